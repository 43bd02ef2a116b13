// SPDX-License-Identifier: MIT
//
// The power channel of a real server: any program of the `fence_*` convention (FenceAgentAPI of
// the cluster world; Debian's package fence-agents has one for IPMI, libvirt, power strips …,
// programs/fence_wake.cc is one for Wake-on-LAN). The program reads `name=value` lines,
// `action=off` among them, and says by its exit code whether the action was done.
//
// What the port Power asks for is kept as follows:
//
// - The latest order counts. A newer one stops the program that works on the older (its whole
//   process group), and begins only when that is gone. What the older one had already said to the
//   device is said; the newer is carried out after it.
// - `off` and `reboot` are reported as `off`, `on` as `on`, when the program says success and, if
//   `confirm` wants it, `status` says so too. By the convention a success of `reboot` means that
//   the power was off.
// - Whatever else comes of it, a time-out too, is a failed attempt. When all attempts have failed
//   the order is reported as `refused`. After a time-out it may have been carried out all the same;
//   a time-out is never taken for a success.
// - Reports come from the loop, never from within order(). An overtaken order is not reported.
//
// With a holder (programs/fence_holder.cc) one program is always started already, up to where it
// reads its options, and gets those and the order when one comes: no order waits until a program
// has been loaded. The daemon's end is the end of a program that was told nothing.
//
// A password goes to the program through its standard input alone: it is in no argument list, no
// environment and no file, and is blotted out of what the program says before that is logged.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "understudy/failover/ports.h"
#include "understudy/failover/time.h"
#include "understudy/live/child_process.h"

namespace understudy::live {

struct FenceOption {
  std::string name;
  std::string value;
};

// With the power channel's worst order at F and its worst confirmation at C (ALGORITHM's names, the
// keys `fence_max` and `confirm_max`), `timeout` should be above F + C; and the agent gives up an
// order after its own `fence_timeout`, whatever attempts are left here.
struct FenceAgentConfig {
  std::string program;  // absolute, e.g. /usr/sbin/fence_ipmilan
  // Without `action`. Which there are says `fence_… -o metadata`.
  std::vector<FenceOption> options = {};
  Duration timeout = std::chrono::seconds(10);  // of one attempt, and of one `status`
  std::string holder = {};  // the path of fence_holder; empty: each order starts the program
  std::uint32_t attempts = 2;
  Duration pause = std::chrono::milliseconds(200);  // between two attempts
  // Ask `status` after an `off` or an `on`, for programs that do not look themselves. (Those of
  // Debian do.) A `reboot` leaves nothing that could be asked for.
  bool confirm = false;
  // From the friendly signal to the deadly one for a program that is overtaken or too late. Some
  // devices accept one session at a time, and a program that is asked to end can close its own.
  Duration grace = std::chrono::milliseconds(100);
};

// What is wrong with a configuration, in the words for the one who wrote it; empty: nothing.
[[nodiscard]] std::string mistake_in(const FenceAgentConfig& config);

class FenceAgent final : public Power {
 public:
  using Report = std::function<void(const FenceReport&)>;
  using Log = std::function<void(const std::string&)>;
  // Whether the device answers; if not, why.
  enum class Answer : std::uint8_t { reached, not_reached, not_asked };
  struct Check {
    Answer answer = Answer::not_asked;
    std::string reason;
  };
  using Checked = std::function<void(const Check&)>;

  // The configuration must have no mistake.
  FenceAgent(boost::asio::io_context& loop, FenceAgentConfig config, Report report, Log log);
  // Kills what is running.
  ~FenceAgent();
  FenceAgent(const FenceAgent&) = delete;
  FenceAgent& operator=(const FenceAgent&) = delete;

  void order(PowerOrder order, Token token) override;

  // Asks the program whether it reaches its device (`monitor`; `status` where one device has the
  // power of several servers, so that it knows this one), without touching the power: what a daemon
  // does at its start and from time to time. One check at a time, none during an order, and
  // an order overtakes it: then the device was not asked.
  void check(Checked checked);

 private:
  // What is to be done: an order, or a check if there is no order in it.
  struct Task {
    std::optional<PowerOrder> order = {};
    Token token = no_token;
    Checked checked = nullptr;
    std::uint32_t attempt = 1;
    bool confirming = false;  // the order is done, as the program says; now `status` is asked
  };

  void begin(Task task);
  void keep_one();
  void run();
  void ended(const ProgramEnd& end);
  void conclude(bool well, const std::string& reason);
  void attempt_failed(const std::string& reason);
  void wait(Duration span, std::function<void()> then);
  [[nodiscard]] std::string_view action() const;
  [[nodiscard]] bool succeeded(const ProgramEnd& end) const;
  [[nodiscard]] std::string input() const;
  void note(const std::string& what, const std::string& output = {}) const;

  boost::asio::io_context& loop_;
  FenceAgentConfig config_;
  Report report_;
  Log log_;
  std::optional<Task> task_;
  std::shared_ptr<ChildProcess> kept_;  // waits in the holder, and has been told nothing
  std::shared_ptr<ChildProcess> running_;
  bool was_kept_ = false;  // what is running
  std::string output_of_kept_;
  bool did_not_wait_ = false;  // the last one that was kept, since the last check
  bool overtaken_ = false;     // what is running belongs to a task of the past
  bool too_late_ = false;      // what is running was stopped because its time was over
  // What the timer waits for. Whoever drops it cancels that, even if the timer has just run out.
  std::shared_ptr<const std::function<void()>> wait_;
  boost::asio::steady_timer timer_;
};

}  // namespace understudy::live
