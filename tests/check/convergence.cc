// SPDX-License-Identifier: MIT
#include "convergence.h"

#include <algorithm>
#include <cassert>
#include <unordered_set>

namespace understudy::check {
namespace {

// As many ticks, or one more. The bounds that are checked settle in far fewer than a byte holds.
std::uint8_t later(std::uint8_t ticks, bool ticked) {
  assert(ticks < 255);
  return ticked ? static_cast<std::uint8_t>(ticks + 1) : ticks;
}

}  // namespace

std::optional<std::uint8_t> Convergence::known(std::uint64_t fingerprint) {
  Part& p = part(fingerprint);
  const std::scoped_lock lock(p.lock);
  return p.settling.note(fingerprint);
}

void Convergence::learn(std::uint64_t fingerprint, std::uint8_t ticks) {
  Part& p = part(fingerprint);
  const std::scoped_lock lock(p.lock);
  p.settling.insert(fingerprint, ticks);
}

bool Convergence::first_seen_settled(std::uint64_t fingerprint) {
  Part& p = part(fingerprint);
  const std::scoped_lock lock(p.lock);
  return p.settled.insert(fingerprint);
}

std::uint64_t Convergence::states() const {
  std::uint64_t sum = 0;
  for (const Part& p : parts_) sum += p.settling.size() + p.settled.size();
  return sum;
}

std::optional<Convergence::Failure> Convergence::check(const CheckedPair& from) {
  std::vector<Frame> path;
  std::unordered_set<std::uint64_t> on_path;
  std::uint8_t last = 0;  // what the state that was left last needs

  const auto steps_taken = [&] {
    std::vector<Step> steps;
    for (const Frame& frame : path) steps.push_back(frame.steps[frame.next - 1]);
    return steps;
  };
  // Goes into a state, or says at once what it needs. Fails if it is on the path already.
  enum class Entry : std::uint8_t { known, entered, returned };
  std::optional<Failure> failure;
  const auto enter = [&](const CheckedPair& pair) {
    const std::uint64_t fingerprint = pair.fingerprint(config_, bounds_);
    if (const auto ticks = known(fingerprint)) {
      last = *ticks;
      return Entry::known;
    }
    if (on_path.contains(fingerprint)) {
      const auto back = std::ranges::find(path, fingerprint, &Frame::fingerprint);
      failure = Failure{"the pair never settles, though nothing goes wrong any more", steps_taken(),
                        static_cast<std::size_t>(back - path.begin())};
      return Entry::returned;
    }
    if (pair.settled(config_)) {
      if (auto broken = check_stays(pair)) {
        auto steps = steps_taken();
        steps.insert(steps.end(), broken->steps.begin(), broken->steps.end());
        failure = Failure{broken->what, std::move(steps), 0};
        return Entry::returned;
      }
      learn(fingerprint, 0);
      last = 0;
      return Entry::known;
    }
    on_path.insert(fingerprint);
    path.push_back({pair, fingerprint, pair.steps(config_, bounds_)});
    return Entry::entered;
  };

  Entry entry = enter(from);
  while (!path.empty() && entry != Entry::returned) {
    Frame& top = path.back();
    if (entry == Entry::known && top.next > 0) {  // back from a step
      const bool ticked = top.steps[top.next - 1].kind == Step::Kind::wait;
      top.ticks = std::max(top.ticks, later(last, ticked));
    }
    if (top.next == top.steps.size()) {
      if (top.steps.empty()) {
        return Failure{"the pair is stuck: nothing can happen any more", steps_taken(), 0};
      }
      last = top.ticks;
      learn(top.fingerprint, last);
      on_path.erase(top.fingerprint);
      path.pop_back();
      entry = Entry::known;
      continue;
    }
    CheckedPair next = top.pair;
    next.take(top.steps[top.next++], config_, bounds_);
    if (next.broken() != nullptr) return Failure{next.broken(), steps_taken(), 0};
    entry = enter(next);
  }
  if (failure) return failure;
  const std::scoped_lock lock(most_lock_);
  most_ticks_ = std::max<std::uint32_t>(most_ticks_, last);
  return std::nullopt;
}

// Whether everything that can follow on a settled state is good.
std::optional<Convergence::Failure> Convergence::check_stays(const CheckedPair& settled) {
  struct Node {
    CheckedPair pair;
    CheckedPair::Steps steps;
    std::size_t next = 0;
  };
  if (!first_seen_settled(settled.fingerprint(config_, bounds_))) return std::nullopt;
  std::vector<Node> path{{settled, settled.steps(config_, bounds_)}};
  while (!path.empty()) {
    Node& top = path.back();
    if (top.next == top.steps.size()) {
      path.pop_back();
      continue;
    }
    CheckedPair next = top.pair;
    next.take(top.steps[top.next++], config_, bounds_);
    if (next.broken() != nullptr || !next.good()) {
      std::vector<Step> steps;
      for (const Node& node : path) steps.push_back(node.steps[node.next - 1]);
      return Failure{next.broken() != nullptr ? next.broken()
                                              : "a settled pair leaves its roles, though nothing "
                                                "goes wrong any more",
                     std::move(steps), 0};
    }
    if (first_seen_settled(next.fingerprint(config_, bounds_))) {
      auto steps = next.steps(config_, bounds_);
      path.push_back({next, std::move(steps)});
    }
  }
  return std::nullopt;
}

}  // namespace understudy::check
