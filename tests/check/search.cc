// SPDX-License-Identifier: MIT
#include "search.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>

#include "convergence.h"
#include "visited.h"

namespace understudy::check {
namespace {

constexpr std::size_t part_count = 16;
constexpr std::size_t batch = 2048;  // states of a part between two exchanges

// Which state of which part.
struct Number {
  std::uint32_t part = 0;
  std::uint32_t row = 0;
  bool operator==(const Number&) const = default;
};

struct Node {
  CheckedPair pair;
  Number number;
};

struct Candidate {
  CheckedPair pair;
  std::uint64_t fingerprint = 0;
  Number parent{};
  Step step{};
};

// How a state was reached first.
struct Origin {
  Number parent;
  Step step;
};

struct Part {
  Visited visited;
  std::vector<Origin> origins;
  std::vector<Node> frontier;
  std::vector<Node> next;
  std::array<std::vector<Candidate>, part_count> out;
  std::uint64_t steps = 0;
};

// The first thing found, by the order of states: not by that of threads.
struct Finding {
  Number at;
  std::optional<Step> last;  // beyond `at`, if a promise breaks on the way
  Broken what = nullptr;
  std::optional<Convergence::Failure> liveness;
};

class Search {
 public:
  Search(const Config& config, const Policy& policy, const Bounds& bounds, const Limits& limits)
      : config_(config),
        policy_(policy),
        bounds_(bounds),
        limits_(limits),
        convergence_(config, bounds),
        parts_(part_count) {}

  Report run(const std::function<void(const Report&)>& progress) {
    begin();
    while (!findings_exist() && !frontier_empty() && !over_limit()) {
      ++report_.depth;
      expand_level();
      swap_frontiers();
      sum_up();
      progress(report_);
    }
    report_.exhausted = frontier_empty() && !findings_exist();
    sum_up();
    if (findings_exist()) report_.found = counterexample();
    return report_;
  }

 private:
  void begin() {
    Candidate root{.pair = CheckedPair::settled(config_, policy_, bounds_)};
    root.fingerprint = root.pair.fingerprint(config_, bounds_);
    root_.part = static_cast<std::uint32_t>(root.fingerprint % part_count);
    insert(parts_[root_.part], root_.part, root, root.fingerprint);
    swap_frontiers();
  }

  static void insert(Part& part, std::uint32_t which, const Candidate& candidate,
                     std::uint64_t fingerprint) {
    if (!part.visited.insert(fingerprint)) return;
    const auto row = static_cast<std::uint32_t>(part.origins.size());
    part.origins.push_back({candidate.parent, candidate.step});
    part.next.push_back({candidate.pair, {which, row}});
  }

  template <class Work>
  void share(Work work) {
    std::vector<std::jthread> threads;
    std::atomic<std::size_t> next = 0;
    const auto loop = [&] {
      for (std::size_t i = next++; i < part_count; i = next++) work(i);
    };
    for (unsigned i = 1; i < limits_.jobs; ++i) threads.emplace_back(loop);
    loop();
  }

  void expand_level() {
    std::size_t longest = 0;
    for (const Part& part : parts_) longest = std::max(longest, part.frontier.size());
    for (std::size_t from = 0; from < longest && !findings_exist(); from += batch) {
      share([&](std::size_t i) { expand(parts_[i], from); });
      share([&](std::size_t i) {
        for (Part& source : parts_) {
          for (const Candidate& candidate : source.out.at(i)) {
            insert(parts_[i], static_cast<std::uint32_t>(i), candidate, candidate.fingerprint);
          }
          source.out.at(i).clear();
        }
      });
    }
  }

  void expand(Part& part, std::size_t from) {
    const std::size_t until = std::min(from + batch, part.frontier.size());
    for (std::size_t i = from; i < until; ++i) {
      const Node& node = part.frontier[i];
      if (limits_.liveness) {
        CheckedPair calm = node.pair;
        calm.end_faults();
        if (auto failure = convergence_.check(calm)) {
          return found({node.number, std::nullopt, failure->what, std::move(failure)});
        }
      }
      for (const Step step : node.pair.steps(config_, bounds_)) {
        CheckedPair next = node.pair;
        next.take(step, config_, bounds_);
        ++part.steps;
        if (next.broken() != nullptr) return found({node.number, step, next.broken(), {}});
        const std::uint64_t fingerprint = next.fingerprint(config_, bounds_);
        if (parts_[fingerprint % part_count].visited.contains(fingerprint)) continue;
        part.out.at(fingerprint % part_count).push_back({next, fingerprint, node.number, step});
      }
    }
  }

  void found(Finding finding) {
    const std::scoped_lock lock(findings_lock_);
    findings_.push_back(std::move(finding));
  }
  [[nodiscard]] bool findings_exist() const { return !findings_.empty(); }
  [[nodiscard]] bool frontier_empty() const {
    return std::ranges::all_of(parts_, [](const Part& part) { return part.frontier.empty(); });
  }
  [[nodiscard]] bool over_limit() const {
    return limits_.states != 0 && report_.states >= limits_.states;
  }
  void swap_frontiers() {
    for (Part& part : parts_) {
      part.frontier.swap(part.next);
      part.next.clear();
      part.next.shrink_to_fit();
    }
  }
  void sum_up() {
    report_.states = 0;
    report_.steps = 0;
    for (const Part& part : parts_) {
      report_.states += part.origins.size();
      report_.steps += part.steps;
    }
    report_.calm_states = convergence_.states();
    report_.settles_within = convergence_.most_ticks();
  }

  // A broken promise comes first; then the order of states decides.
  Counterexample counterexample() {
    const auto rank = [](const Finding& finding) {
      return std::tuple(finding.liveness.has_value(), finding.at.part, finding.at.row);
    };
    const Finding& first = *std::ranges::min_element(findings_, {}, rank);
    Counterexample shown;
    shown.promise = first.what;
    for (Number at = first.at; at != root_;) {
      const Origin& origin = parts_[at.part].origins[at.row];
      shown.steps.push_back(origin.step);
      at = origin.parent;
    }
    std::ranges::reverse(shown.steps);
    if (first.last) shown.steps.push_back(*first.last);
    if (first.liveness) {
      shown.liveness = true;
      shown.faults_end_at = shown.steps.size();
      shown.returns_to = shown.steps.size() + first.liveness->returns_to;
      shown.steps.insert(shown.steps.end(), first.liveness->steps.begin(),
                         first.liveness->steps.end());
    }
    return shown;
  }

  const Config& config_;
  const Policy& policy_;
  const Bounds& bounds_;
  const Limits& limits_;
  Convergence convergence_;
  std::vector<Part> parts_;
  Number root_;
  std::mutex findings_lock_;
  std::vector<Finding> findings_;
  Report report_;
};

}  // namespace

Report search(const Config& config, const Policy& policy, const Bounds& bounds,
              const Limits& limits, const std::function<void(const Report&)>& progress) {
  return Search(config, policy, bounds, limits).run(progress);
}

namespace {

// The same step, with the names of the servers exchanged.
Step mirrored(Step step) {
  using Kind = Step::Kind;
  switch (step.kind) {
    case Kind::fire:
    case Kind::fire_back:
    case Kind::up:
    case Kind::copied:
    case Kind::copy_failed:
    case Kind::power_back:
    case Kind::thaw:
    case Kind::crash:
    case Kind::pause:
    case Kind::restart_daemon:
    case Kind::switchover: step.what = static_cast<std::uint8_t>(1 - step.what); break;
    default: break;  // packets and orders keep their places
  }
  return step;
}

}  // namespace

std::vector<std::string> transcript(const Counterexample& found, const Config& config,
                                    const Policy& policy, const Bounds& bounds) {
  Tale tale;
  std::vector<Step> steps = found.steps;
  CheckedPair pair = CheckedPair::settled(config, policy, bounds);
  // A tie that was decided with the ids the other way: tell it with these ids from the start.
  const auto tie = std::ranges::find(steps, Step::Kind::deliver_tied, &Step::kind);
  if (tie != steps.end()) {
    tie->kind = Step::Kind::deliver;
    for (auto step = steps.begin(); step != tie; ++step) *step = mirrored(*step);
    pair = pair.mirrored();
  }
  tale.emplace_back(pair.summary());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (found.liveness && i == found.faults_end_at) {
      pair.end_faults();
      tale.emplace_back("== from here on nothing goes wrong: " + pair.summary());
    }
    if (found.liveness && i == found.returns_to && i > found.faults_end_at) {
      tale.emplace_back("== round and round from here");
    }
    pair.take(steps[i], config, bounds, &tale);
  }
  tale.emplace_back("=> " + pair.summary() + ": " + found.promise);
  return tale;
}

}  // namespace understudy::check
