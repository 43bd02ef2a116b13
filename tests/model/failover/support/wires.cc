// SPDX-License-Identifier: MIT
#include "wires.h"

#include <algorithm>
#include <utility>

#include "words.h"

namespace understudy::transcript {
namespace {

bool is(const Packet& packet, Message::Kind kind) {
  return packet.kind == Packet::Kind::message && packet.message.kind == kind;
}

// An announcement goes out twice, to the neighbours and to the other agent; who holds back
// announcements means both.
bool is_of(const Packet& packet, std::string_view sort) {
  if (sort == "pings") return packet.kind == Packet::Kind::ping;
  if (sort == "answers") return packet.kind == Packet::Kind::answer;
  if (sort == "announcements") {
    return packet.kind == Packet::Kind::announcement || is(packet, Message::Kind::announcement);
  }
  if (sort == "messages") return packet.kind == Packet::Kind::message;
  if (sort == "prepare") return is(packet, Message::Kind::prepare);
  if (sort == "ready") return is(packet, Message::Kind::ready);
  if (sort == "go") return is(packet, Message::Kind::go);
  if (sort == "questions") return is(packet, Message::Kind::memory_query);
  if (sort == "reports") return is(packet, Message::Kind::memory_report);
  if (sort == "farewells") return is(packet, Message::Kind::farewell);
  throw BadScript("no such packets: " + std::string(sort));
}

std::string_view letter(Packet::Kind kind) {
  switch (kind) {
    case Packet::Kind::ping: return "p";
    case Packet::Kind::answer: return "a";
    case Packet::Kind::announcement: return "g";
    case Packet::Kind::message: return "m";
  }
  return "?";
}

}  // namespace

std::string_view to_text(Host host) {
  switch (host) {
    case Host::first: return "first";
    case Host::second: return "second";
    case Host::witness: return "the witness";
    case Host::client: return "the client";
  }
  return "?";
}

Host parse_host(std::string_view word) {
  if (word == "witness") return Host::witness;
  if (word == "client") return Host::client;
  return host_of(parse_server(word));
}

bool Wires::is_cut(Host from, Host to) const {
  return cut_.at(static_cast<std::size_t>(from)).at(static_cast<std::size_t>(to));
}

void Wires::add(Rule rule) {
  static_cast<void>(is_of({}, rule.sort));  // complains about an unknown sort
  rules_.push_back(std::move(rule));
}

Wires::Verdict Wires::judge(const Packet& packet) const {
  if (packet.from == packet.to) return Verdict::delivered;  // no wire in between
  if (is_cut(packet.from, packet.to)) return Verdict::lost;
  for (const Rule& rule : rules_) {
    if (rule.from && *rule.from != packet.from) continue;
    if (!is_of(packet, rule.sort)) continue;
    return rule.fate == Rule::Fate::lose ? Verdict::lost : Verdict::held;
  }
  return Verdict::delivered;
}

void Wires::name(Packet& packet) {
  if (!packet.name.empty()) return;
  const bool signal = packet.kind == Packet::Kind::ping || packet.kind == Packet::Kind::answer;
  std::uint32_t number = 0;
  if (signal) {
    const auto known = signal_numbers_.find(packet.token);
    number = known != signal_numbers_.end() ? known->second : ++counts_[Packet::Kind::ping];
    signal_numbers_[packet.token] = number;
  } else {
    number = ++counts_[packet.kind];
  }
  packet.name = std::string(letter(packet.kind)) + std::to_string(number);
}

Packet Wires::take(std::string_view name) {
  const auto found = std::ranges::find(held_, name, &Packet::name);
  if (found == held_.end()) throw BadScript("no such packet is held: " + std::string(name));
  Packet packet = std::move(*found);
  held_.erase(found);
  return packet;
}

}  // namespace understudy::transcript
