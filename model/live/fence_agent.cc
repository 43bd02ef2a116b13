// SPDX-License-Identifier: MIT
#include "understudy/live/fence_agent.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

namespace understudy::live {
namespace {

// Exit codes of the convention. Of `status` and `monitor`: the device answers, the power is off.
constexpr int success = 0;
constexpr int power_is_off = 2;
// Of the holder: the program had ended before it was told anything.
constexpr int not_told = 126;

bool is_name(std::string_view text) {
  return !text.empty() && text.front() != '#' && std::ranges::all_of(text, [](unsigned char c) {
    return c > ' ' && c != '=' && c != 0x7f;
  });
}

bool is_line(std::string_view text) { return text.find_first_of({"\n\r\0", 3}) == text.npos; }

// On one line, with nothing in it that a terminal obeys.
std::string printable(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = c == '\n' ? '|' : ' ';
  }
  return text;
}

bool is_secret(std::string_view name) { return name.find("pass") != name.npos; }

// Whether the device has the power of several servers, and which.
bool names_a_plug(const FenceAgentConfig& config) {
  return std::ranges::any_of(config.options, [](const FenceOption& option) {
    return option.name == "plug" || option.name == "port";
  });
}

std::string without_secrets(std::string text, const std::vector<FenceOption>& options) {
  for (const FenceOption& option : options) {
    if (!is_secret(option.name) || option.value.empty()) continue;
    for (std::size_t at = 0; (at = text.find(option.value, at)) != text.npos; at += 3) {
      text.replace(at, option.value.size(), "***");
    }
  }
  return text;
}

}  // namespace

std::string mistake_in(const FenceAgentConfig& config) {
  if (config.program.empty() || config.program.front() != '/') {
    return "the program of the fence agent must be an absolute path, not \"" + config.program + '"';
  }
  std::size_t size = 0;
  for (const FenceOption& option : config.options) {
    size += option.name.size() + option.value.size() + 2;
    if (!is_name(option.name)) {
      return "an option of the fence agent cannot have the name \"" + printable(option.name) + '"';
    }
    if (option.name == "action" || option.name == "option") {
      return "the fence agent is given its action by each order, not as an option";
    }
    if (!is_line(option.value)) {
      return "the option \"" + option.name + "\" of the fence agent must be one line";
    }
  }
  if (size + 64 > Program::greatest_input) return "the fence agent has too many options";
  if (!config.holder.empty() && config.holder.front() != '/') {
    return "the holder of the fence agent must be an absolute path, not \"" + config.holder + '"';
  }
  if (config.attempts == 0) return "the fence agent needs at least 1 attempt";
  if (config.timeout <= Duration::zero()) return "the fence agent needs a timeout above 0";
  return {};
}

FenceAgent::FenceAgent(boost::asio::io_context& loop, FenceAgentConfig config, Report report,
                       Log log)
    : loop_(loop),
      config_(std::move(config)),
      report_(std::move(report)),
      log_(std::move(log)),
      timer_(loop) {
  keep_one();
}

FenceAgent::~FenceAgent() {
  if (kept_) kept_->abandon();
  if (running_) running_->abandon();
}

void FenceAgent::order(PowerOrder order, Token token) {
  begin({.order = order, .token = token, .checked = nullptr});
}

void FenceAgent::check(Checked checked) {
  if (!task_ && !running_) {
    begin({.order = {}, .checked = std::move(checked)});
    did_not_wait_ = false;
    return;
  }
  boost::asio::post(loop_, [checked = std::move(checked)] {
    checked({.answer = Answer::not_asked, .reason = "it is at work"});
  });
}

void FenceAgent::begin(Task task) {
  wait_.reset();
  if (task_ && task_->checked) {
    boost::asio::post(loop_, [checked = task_->checked] {
      checked({.answer = Answer::not_asked, .reason = "an order came"});
    });
  } else if (task_) {
    note("overtaken by a newer order");
  }
  task_ = std::move(task);
  if (!running_) return run();
  overtaken_ = true;
  running_->stop(config_.grace);
}

// ---- one run of the program ---------------------------------------------------------------------

void FenceAgent::keep_one() {
  if (config_.holder.empty() || kept_ || did_not_wait_) return;
  kept_ = ChildProcess::start(loop_,
                              {.arguments = {config_.holder, config_.program}, .told_later = true},
                              [this](const ProgramEnd& end) {
                                kept_.reset();
                                did_not_wait_ = true;
                                output_of_kept_ = end.output;
                              });
}

void FenceAgent::run() {
  overtaken_ = false;
  too_late_ = false;
  // Nothing is more urgent than an order: the service waits for it.
  const auto priority = task_->order ? Program::Priority::the_daemons : Program::Priority::normal;
  const auto then = [this](const ProgramEnd& end) { ended(end); };
  was_kept_ = kept_ != nullptr;
  if (was_kept_) {
    running_ = std::exchange(kept_, nullptr);
    running_->tell(input(), priority, then);
    if (!task_->order) keep_one();  // for the order that overtakes the check
  } else {
    // Not before: at the end of all that runs on a machine it is no news.
    if (did_not_wait_) note("did not wait for its options, so it is started now", output_of_kept_);
    running_ = ChildProcess::start(
        loop_, {.arguments = {config_.program}, .input = input(), .priority = priority}, then);
  }
  wait(config_.timeout, [this] {
    too_late_ = true;
    running_->stop(config_.grace);
  });
}

void FenceAgent::ended(const ProgramEnd& end) {
  running_.reset();
  wait_.reset();
  if (overtaken_) return run();
  if (was_kept_ && (!end.started || end.exit_code == not_told)) return run();
  keep_one();
  if (too_late_) return attempt_failed("no end within its time");
  if (!succeeded(end)) {
    note(end.reason, end.output);
    return attempt_failed(end.reason);
  }
  if (config_.confirm && !task_->confirming && task_->order &&
      *task_->order != PowerOrder::reboot) {
    task_->confirming = true;
    return run();
  }
  conclude(true, end.reason);
}

void FenceAgent::attempt_failed(const std::string& reason) {
  note("attempt " + std::to_string(task_->attempt) + " of " + std::to_string(config_.attempts) +
       " failed: " + reason);
  if (!task_->order || task_->attempt >= config_.attempts) return conclude(false, reason);
  ++task_->attempt;
  task_->confirming = false;
  wait(config_.pause, [this] { run(); });
}

void FenceAgent::wait(Duration span, std::function<void()> then) {
  wait_ = std::make_shared<const std::function<void()>>(std::move(then));
  timer_.expires_after(span);
  timer_.async_wait([wait = std::weak_ptr(wait_)](boost::system::error_code /*cancelled*/) {
    if (const auto awaited = wait.lock()) (*awaited)();
  });
}

void FenceAgent::conclude(bool well, const std::string& reason) {
  if (task_->order) note(well ? "done" : "failed");
  const Task task = *std::exchange(task_, std::nullopt);
  if (!task.order) {
    return task.checked({.answer = well ? Answer::reached : Answer::not_reached, .reason = reason});
  }
  const FenceResult done = *task.order == PowerOrder::on ? FenceResult::on : FenceResult::off;
  report_({.token = task.token, .result = well ? done : FenceResult::refused});
}

// ---- the convention -----------------------------------------------------------------------------

std::string_view FenceAgent::action() const {
  if (!task_->order) return names_a_plug(config_) ? "status" : "monitor";
  if (task_->confirming) return "status";
  switch (*task_->order) {
    case PowerOrder::off: return "off";
    case PowerOrder::on: return "on";
    case PowerOrder::reboot: return "reboot";
  }
  return {};
}

bool FenceAgent::succeeded(const ProgramEnd& end) const {
  if (!task_->order) return end.exit_code == success || end.exit_code == power_is_off;
  if (task_->confirming && *task_->order == PowerOrder::off) return end.exit_code == power_is_off;
  return end.exit_code == success;
}

std::string FenceAgent::input() const {
  std::string text;
  for (const FenceOption& option : config_.options) text += option.name + '=' + option.value + '\n';
  return text + "action=" + std::string(action()) + '\n';
}

void FenceAgent::note(const std::string& what, const std::string& output) const {
  std::string line = config_.program + ' ' + std::string(action()) + ": " + what;
  if (!output.empty()) line += ": " + printable(without_secrets(output, config_.options));
  log_(line);
}

}  // namespace understudy::live
