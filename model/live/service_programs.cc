// SPDX-License-Identifier: MIT
#include "understudy/live/service_programs.h"

#include <unistd.h>

#include <utility>

namespace understudy::live {

ServicePrograms::ServicePrograms(boost::asio::io_context& loop, ServiceSettings settings, Log& log,
                                 std::function<std::vector<std::string>()> environment,
                                 Checked checked)
    : loop_(loop),
      settings_(std::move(settings)),
      log_(log),
      environment_(std::move(environment)),
      checked_(std::move(checked)),
      check_timer_(loop) {
  if (!settings_.health.empty()) check_later();
}

ServicePrograms::~ServicePrograms() {
  failures_.push_back(running_);
  failures_.push_back(checking_);
  for (const auto& program : failures_) {
    if (program) program->abandon();
  }
}

void ServicePrograms::serve() {
  if (serving_ == true) return;
  serving_ = true;
  next_ = Hook{"on_primary", &settings_.on_primary};
  run_next();
}

void ServicePrograms::rest() {
  if (serving_ == false) return;
  serving_ = false;
  next_ = Hook{"on_monitor", &settings_.on_monitor};
  run_next();
}

void ServicePrograms::failure_declared() {
  if (settings_.on_failure.empty()) return;
  const auto place = failures_.emplace(failures_.end());
  *place =
      start(settings_.on_failure, settings_.hook_timeout, [this, place](const ProgramEnd& end) {
        if (!end.well()) log_.say(Priority::warning, "service.on_failure: " + end.reason);
        failures_.erase(place);
      });
}

void ServicePrograms::wind_up(std::function<void()> done) {
  check_timer_.cancel();
  if (const auto check = std::exchange(checking_, nullptr)) check->abandon();
  settings_.health.clear();
  if (running_ == nullptr) return done();
  wound_up_ = std::move(done);
}

void ServicePrograms::run_next() {
  if (running_ != nullptr || !next_) return;
  const Hook hook = *std::exchange(next_, std::nullopt);
  if (hook.arguments->empty()) return;
  running_ = start(*hook.arguments, settings_.hook_timeout,
                   [this, hook](const ProgramEnd& end) { hook_ended(hook, end); });
}

void ServicePrograms::hook_ended(const Hook& hook, const ProgramEnd& end) {
  if (!end.well()) {
    log_.say(Priority::error, "service." + std::string(hook.name) + ": " + end.reason);
  }
  running_.reset();
  run_next();
  if (running_ == nullptr && wound_up_) std::exchange(wound_up_, nullptr)();
}

void ServicePrograms::check_later() {
  check_timer_.expires_after(settings_.health_interval);
  check_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) check();
  });
}

void ServicePrograms::check() {
  checking_ = start(settings_.health, settings_.health_timeout, [this](const ProgramEnd& end) {
    checking_.reset();
    checked_(end.well() ? Health::well : Health::ill);
    check_later();
  });
}

std::shared_ptr<ChildProcess> ServicePrograms::start(const Arguments& arguments, Duration limit,
                                                     ChildProcess::Ended ended) const {
  std::vector<std::string> told = environment_();
  told.insert(told.end(), settings_.environment.begin(), settings_.environment.end());
  for (char** each = environ; *each != nullptr; ++each) told.emplace_back(*each);
  return ChildProcess::start(loop_,
                             {.arguments = arguments,
                              .environment = std::move(told),
                              .limit = limit,
                              .words = Program::Words::its_own},
                             std::move(ended));
}

}  // namespace understudy::live
