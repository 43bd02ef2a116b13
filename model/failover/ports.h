// SPDX-License-Identifier: MIT
//
// What an agent asks of the world that it lives in, and what it can be told.
//
// The agent does no I/O. Each of its inputs is a call that brings the world along; what the agent
// wants done goes out through the ports below, during that call. Contract for every world:
//
// - No port calls back into an agent. Whatever a port starts ends in a later input.
// - One input at a time per agent; time does not move during an input.
// - A port call cannot fail. What can go wrong in the world (a refused fence, a lost packet, a copy
//   cut off) comes back as an input or, like the packet, not at all.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "understudy/failover/journal.h"
#include "understudy/failover/names.h"
#include "understudy/failover/time.h"

namespace understudy {

// Written on every signal, fence order and handover, so that an answer can be matched to what it
// answers, across boots too. Zero is none.
using Token = std::uint64_t;
inline constexpr Token no_token = 0;

// Counts the tenures of the primary role; orders two holders of one address. Survives boots.
using Term = std::uint64_t;

// Which state a memory is in. Later terms are newer; within a term more writes are.
struct MemoryStamp {
  Term term = 0;              // of the primary that wrote it last
  std::uint64_t version = 0;  // writes that it contains
  auto operator<=>(const MemoryStamp&) const = default;
};

// What a server remembers across a boot (a small file on a real one).
struct History {
  static constexpr std::size_t capacity = 8;  // the greatest `max_boots`

  Term term = 0;
  // The latest fences ordered, oldest first, `never` where there is none: what `max_boots` and the
  // back-off count. Forgetting them at a boot would make a lasting partition an endless war.
  std::array<Time, capacity> fences = {never, never, never, never, never, never, never, never};
  bool maintenance = false;
  bool operator==(const History&) const = default;
};

// What the two agents say to each other, between the servers' own addresses, unreliably.
struct Message {
  enum class Kind : std::uint8_t {
    announcement,   // I hold `address`, with this term; also carries my health
    prepare,        // primary -> monitor: take the last copy and let the monitor address go
    ready,          // monitor -> primary: done, let the primary address go
    go,             // primary -> monitor: done, it is yours
    memory_query,   // how new is your memory?
    memory_report,  // this new
    farewell,       // I stop in good order, and have let everything go
  };
  Kind kind = Kind::announcement;
  ServerId from = ServerId::first;
  Address address = Address::primary;  // announcement
  bool healthy = true;                 // announcement
  Term term = 0;
  Token nonce = no_token;  // all but the announcement and the farewell
  MemoryStamp memory{};    // memory_report
  bool operator==(const Message&) const = default;
};

// An answer to a signal. `received` is when it reached this server, which on a busy one is earlier
// than when the agent gets to see it.
struct Answer {
  Address address = Address::primary;
  Token token = no_token;
  Time received;
};

// What the power channel was asked for, and what it says became of it.
enum class PowerOrder : std::uint8_t { off, on, reboot };
enum class FenceResult : std::uint8_t {
  off,      // the other is off now, or was at some time after the order
  on,       // the other has power again
  refused,  // nothing was done
};
struct FenceReport {
  Token token = no_token;
  FenceResult result = FenceResult::off;
};

[[nodiscard]] constexpr std::string_view to_text(PowerOrder order) {
  switch (order) {
    case PowerOrder::off: return "off";
    case PowerOrder::on: return "on";
    case PowerOrder::reboot: return "reboot";
  }
  return "?";
}

[[nodiscard]] constexpr std::string_view to_text(FenceResult result) {
  switch (result) {
    case FenceResult::off: return "off";
    case FenceResult::on: return "on";
    case FenceResult::refused: return "refused";
  }
  return "?";
}

enum class CopyResult : std::uint8_t { whole, failed };
enum class Health : std::uint8_t { well, ill };
enum class OwnLink : std::uint8_t { up, down };
enum class Request : std::uint8_t { switchover, maintenance_on, maintenance_off };

// The ports ------------------------------------------------------------------------------------

struct Clock {
  virtual Time now() const = 0;
  // One slot a timer: arming it again moves it. It fires once, as `expired`, not before `deadline`.
  virtual void arm(Timer timer, Time deadline) = 0;
  // Disarming what is not armed changes nothing.
  virtual void disarm(Timer timer) = 0;

 protected:
  ~Clock() = default;
};

struct Randomness {
  // A number never drawn before, on this server or the other, and not to be guessed by a third
  // party. Not zero.
  virtual Token draw_token() = 0;

 protected:
  ~Randomness() = default;
};

struct Network {
  // Sends an echo request with this token to whoever answers for the address.
  virtual void signal(Address address, Token token) = 0;
  // Starts or stops answering for a shared address. Claiming what is held, or releasing what is
  // not, changes nothing. A claim does not announce itself; `announce` does.
  virtual void claim(Address address) = 0;
  virtual void release(Address address) = 0;
  // Tells all neighbours that this server holds the address (gratuitous ARP, unsolicited NA).
  virtual void announce(Address address) = 0;
  // Sends a message to the other server's own address.
  virtual void tell(const Message& message) = 0;

 protected:
  ~Network() = default;
};

struct Power {
  // Gives the power channel an order about the other server; its reports carry the token. The
  // latest order counts: one that has not been carried out when a newer one is never is, or an
  // `on` would undo the `off` that came after it.
  virtual void order(PowerOrder order, Token token) = 0;

 protected:
  ~Power() = default;
};

struct Memory {
  // Starts to bring the other server's memory here, as it is when the copy begins. It ends in
  // `copied`. It is whole or changes nothing, and never replaces a newer memory by an older one.
  virtual void start_copy() = 0;
  // Abandons the copy that is under way, if any; `copied` does not come.
  virtual void stop_copy() = 0;
  // What the memory here is now.
  virtual MemoryStamp memory() = 0;

 protected:
  ~Memory() = default;
};

struct Service {
  // Serves the network from the memory that is here; its writes carry `term` from now on. Called
  // while serving, it changes the term alone.
  virtual void serve(Term term) = 0;
  // Stops serving, accepting writes included. Resting while resting changes nothing.
  virtual void rest() = 0;

 protected:
  ~Service() = default;
};

struct Keeper {
  // Keeps the history such that recall() after a boot returns it. On return it is safe, or the
  // world sees to it that until then the other server is neither given power nor told of a term.
  // Its instants are those of now(), after the boot too: where that clock starts anew, recall()
  // moves them, or fences of an earlier life would count as fences to come.
  virtual void remember(const History& history) = 0;
  virtual History recall() const = 0;

 protected:
  ~Keeper() = default;
};

struct Journal {
  virtual void note(const Note& note) = 0;

 protected:
  ~Journal() = default;
};

struct World : Clock, Randomness, Network, Power, Memory, Service, Keeper, Journal {
 protected:
  ~World() = default;
};

}  // namespace understudy
