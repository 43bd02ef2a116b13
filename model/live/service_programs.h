// SPDX-License-Identifier: MIT
//
// The service, as the daemon knows it: programs of the operator's that start it, stop it, look
// after it, and hear of failures. None is ever waited for.
//
// `on_primary` starts the service, when this server comes to serve; `on_monitor` stops it, when the
// server stands by, and once at the start of the daemon, for a service left over from an earlier
// life. One of the two runs at a time, in the order of events; where several are due, only the last
// is run. `on_failure` runs beside them when a failure is declared.
// `health` runs at an interval whatever the role is; exit code 0 is well. It is told the role
// (UNDERSTUDY_ROLE), as a service that stands by may be well though it does not run.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "understudy/failover/ports.h"
#include "understudy/live/child_process.h"
#include "understudy/live/log.h"

namespace understudy::live {

using Arguments = std::vector<std::string>;  // empty: there is no such program

struct ServiceSettings {
  Arguments on_primary;
  Arguments on_monitor;
  Arguments on_failure;
  Duration hook_timeout = std::chrono::seconds(30);
  Arguments health;
  Duration health_interval = std::chrono::seconds(1);
  Duration health_timeout = std::chrono::seconds(5);
  std::vector<std::string> environment;  // "NAME=value": what all of them are told
};

class ServicePrograms {
 public:
  using Checked = std::function<void(Health)>;
  // `environment` makes what each program is told besides.
  ServicePrograms(boost::asio::io_context& loop, ServiceSettings settings, Log& log,
                  std::function<std::vector<std::string>()> environment, Checked checked);
  ~ServicePrograms();  // kills those that run
  ServicePrograms(const ServicePrograms&) = delete;
  ServicePrograms& operator=(const ServicePrograms&) = delete;

  void serve();
  void rest();
  void failure_declared();
  // Ends the checks; calls once no hook of the roles runs any more, at the latest when its time is
  // over.
  void wind_up(std::function<void()> done);

 private:
  struct Hook {
    const char* name;
    const Arguments* arguments;
  };
  void run_next();
  void hook_ended(const Hook& hook, const ProgramEnd& end);
  void check_later();
  void check();
  std::shared_ptr<ChildProcess> start(const Arguments& arguments, Duration limit,
                                      ChildProcess::Ended ended) const;

  boost::asio::io_context& loop_;
  ServiceSettings settings_;
  Log& log_;
  std::function<std::vector<std::string>()> environment_;
  Checked checked_;
  std::optional<bool> serving_;  // as last told; none: nothing was told yet
  std::optional<Hook> next_;
  std::shared_ptr<ChildProcess> running_;
  std::list<std::shared_ptr<ChildProcess>> failures_;
  std::shared_ptr<ChildProcess> checking_;
  boost::asio::steady_timer check_timer_;
  std::function<void()> wound_up_;
};

}  // namespace understudy::live
