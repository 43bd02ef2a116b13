// SPDX-License-Identifier: MIT
//
// The network between the two servers, the witness and the client: which packets get through, and
// what those are called that a transcript speaks of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/failover/ports.h"

namespace understudy::transcript {

enum class Host : std::uint8_t { first, second, witness, client };
inline constexpr std::size_t host_count = 4;

[[nodiscard]] constexpr Host host_of(ServerId id) { return static_cast<Host>(id); }
[[nodiscard]] constexpr bool is_server(Host host) { return host <= Host::second; }
[[nodiscard]] std::string_view to_text(Host host);
[[nodiscard]] Host parse_host(std::string_view word);

struct Packet {
  enum class Kind : std::uint8_t {
    ping,          // an echo request
    answer,        // an echo reply, by a kernel
    announcement,  // to all neighbours: I hold this address (gratuitous ARP, unsolicited NA)
    message,       // from agent to agent
  };
  Kind kind = Kind::ping;
  Host from = Host::first;
  Host to = Host::second;
  Address address = Address::primary;
  Token token = no_token;
  Message message{};
  bool to_client_too = false;  // announcement
  std::string name{};          // p1, a1, g1, m1, … once a transcript has spoken of it
};

// What the script wants done with the packets of one sort.
struct Rule {
  enum class Fate : std::uint8_t { lose, hold };
  Fate fate = Fate::lose;
  std::string sort;  // "pings", "answers", "announcements", "messages", "ready", "go", …
  std::optional<Host> from{};  // anybody, if not said
};

class Wires {
 public:
  enum class Verdict : std::uint8_t { delivered, lost, held };

  // Cuts the way from one host to another; the way back is another way.
  void cut(Host from, Host to) { way(from, to) = true; }
  void heal() { cut_ = {}; }
  [[nodiscard]] bool is_cut(Host from, Host to) const;

  void add(Rule rule);
  void forget_rules() { rules_.clear(); }
  [[nodiscard]] Verdict judge(const Packet& packet) const;

  // Gives the packet a name, if it has none yet. An answer is numbered as its ping.
  void name(Packet& packet);

  void keep(Packet packet) { held_.push_back(std::move(packet)); }
  // Takes the held packet of that name, which must be there.
  [[nodiscard]] Packet take(std::string_view name);

 private:
  bool& way(Host from, Host to) {
    return cut_.at(static_cast<std::size_t>(from)).at(static_cast<std::size_t>(to));
  }

  std::array<std::array<bool, host_count>, host_count> cut_{};
  std::vector<Rule> rules_;
  std::vector<Packet> held_;
  std::map<Token, std::uint32_t> signal_numbers_;
  std::map<Packet::Kind, std::uint32_t> counts_;
};

}  // namespace understudy::transcript
