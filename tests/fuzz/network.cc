// SPDX-License-Identifier: MIT
//
// What reaches the daemon from outside: packets of its link, messages of the other server, lines on
// its control socket, and the history that lies on its disk. Any bytes are taken as they are meant
// or refused, nothing else. What is taken says the same when it is written again; nothing that was
// not sealed for this life of the daemon is believed, and nothing twice.
//
// The first byte says whose the others are.
#include <sodium.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "fuzz.h"
#include "understudy/daemon/control.h"
#include "understudy/failover/wire.h"
#include "understudy/live/arp_packet.h"
#include "understudy/live/echo_packet.h"
#include "understudy/live/history_file.h"
#include "understudy/live/ndp_packet.h"
#include "understudy/live/sealed.h"
#include "understudy/scenario/bad_input.h"

namespace understudy::fuzz {
namespace {

using namespace live;
using Bytes = std::span<const std::uint8_t>;

enum class Part : std::uint8_t {
  arp,
  advertisement,
  echo_v4,
  echo_v6,
  message,
  sealed,    // as they are
  resealed,  // with the hash that whoever knows the secret would have given them
  command,
  history,
};
constexpr std::size_t parts = 9;

const BootMoment now{.boot_id = "this one",
                     .now = Time{} + std::chrono::hours(5),
                     .wall = std::chrono::hours(500'000)};

std::string text_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

// ---- the promises; each says whether the bytes were taken ---------------------------------------

bool check_arp(Bytes bytes) {
  const auto packet = decode_arp(bytes);
  if (!packet) return false;
  require(std::ranges::equal(encode(*packet), bytes.first(arp_size)),
          "ARP is written as it was read");
  return true;
}

bool check_advertisement(Bytes bytes) {
  const auto said = decode_advertisement(bytes);
  if (!said) return false;
  require(decode_advertisement(encode_advertisement(said->target, said->hardware)) == said,
          "an advertisement is read as it was written");
  return true;
}

bool check_echo(IpFamily family, Bytes bytes) {
  const auto packet = decode_reply(family, bytes);
  if (!packet) return false;
  const EchoBytes request = encode_request(family, *packet);
  require(std::ranges::equal(Bytes(request).subspan(4), bytes.last(echo_size - 4)),
          "a reply is its request's");
  return true;
}

bool check_message(Bytes bytes) {
  const auto message = decode(bytes);
  if (!message) return false;
  require(std::ranges::equal(encode(*message), bytes), "a message is written as it was read");
  return true;
}

struct Pair {
  Secret secret = secret_from("a secret that both servers know");
  Sealer first{ServerId::first, secret, 1001};
  Sealer second{ServerId::second, secret, 2001};
  Pair() {
    const auto to_first = second.open(first.hello().span()).answer;
    const auto to_second = first.open(to_first->span());
    static_cast<void>(to_second);
    static_cast<void>(second.open(first.hello().span()));
    require(first.acquainted() && second.acquainted(), "a hello introduces");
  }
};

bool check_sealed(Bytes bytes) {
  Pair pair;
  const auto opened = pair.second.open(bytes);
  require(opened.forged && !opened.message && !opened.answer, "what nobody sealed is forged");
  return false;
}

// Whatever the other server may come to say, now that it is the secret's holder who says it.
bool check_resealed(Bytes bytes) {
  Pair pair;
  constexpr std::size_t hash = crypto_auth_hmacsha256_BYTES;
  std::vector<std::uint8_t> packet(bytes.begin(), bytes.end());
  packet.resize(packet.size() + hash);
  crypto_auth_hmacsha256(packet.data() + bytes.size(), packet.data(), bytes.size(),
                         pair.secret.data());
  const auto opened = pair.second.open(packet);
  if (!opened.message) return false;
  require(opened.message->from == ServerId::first, "nobody speaks for another");
  require(std::ranges::equal(encode(*opened.message), bytes.last(message_size)),
          "a message is believed as it was sealed");
  require(!pair.second.open(packet).message, "nothing is believed twice");
  Sealer restarted(ServerId::second, pair.secret, 2002);
  require(!restarted.open(packet).message, "nothing is believed that was for an earlier life");
  return true;
}

bool check_command(Bytes bytes) {
  const std::string command = command_in(text_of(bytes));
  if (command.empty()) return false;
  require(command_in(nlohmann::json{{"command", command}}.dump()) == command,
          "a command is read as it was written");
  return true;
}

bool check_history(Bytes bytes) {
  try {
    const History history = history_from_text(text_of(bytes), now);
    for (const Time fence : history.fences) {
      require(fence == never || fence <= now.now, "no fence lies in the future");
    }
    require(history_from_text(history_text(history, now), now) == history,
            "a history is read as it was written");
    return true;
  } catch (const BadInput& mistake) {
    require(std::string_view(mistake.what()).size() < 10'000, "a refusal can be logged");
    return false;
  }
}

bool check(Part part, Bytes bytes) {
  switch (part) {
    case Part::arp: return check_arp(bytes);
    case Part::advertisement: return check_advertisement(bytes);
    case Part::echo_v4: return check_echo(IpFamily::v4, bytes);
    case Part::echo_v6: return check_echo(IpFamily::v6, bytes);
    case Part::message: return check_message(bytes);
    case Part::sealed: return check_sealed(bytes);
    case Part::resealed: return check_resealed(bytes);
    case Part::command: return check_command(bytes);
    case Part::history: return check_history(bytes);
  }
  return false;
}

// ---- what could be meant ------------------------------------------------------------------------

using Made = std::vector<std::uint8_t>;
constexpr HardwareAddress somewhere = {2, 0, 0, 0, 0, 1};

template <class Range>
Made made_of(const Range& range) {
  return {range.begin(), range.end()};
}

Message a_message(unsigned choice) {
  return {.kind = static_cast<Message::Kind>(choice % 6),
          .from = choice % 5 == 0 ? ServerId::second : ServerId::first,
          .address = choice % 2 == 0 ? Address::primary : Address::monitor,
          .healthy = choice % 3 != 0,
          .term = choice,
          .nonce = choice};
}

// As a host answers a request: another type, and with IPv4 a header and another checksum.
Made a_reply(IpFamily family, unsigned choice) {
  const EchoPacket packet{.identifier = static_cast<std::uint16_t>(choice), .token = choice};
  EchoBytes request = encode_request(family, packet);
  if (family == IpFamily::v6) {
    request[0] = 129;
    return made_of(request);
  }
  request[0] = 0;
  const auto sum = static_cast<unsigned>(request[2] << 8 | request[3]) + 0x0800U;
  const unsigned folded = (sum & 0xffffU) + (sum >> 16U);
  request[2] = static_cast<std::uint8_t>(folded >> 8U);
  request[3] = static_cast<std::uint8_t>(folded);
  Made bytes(choice % 2 == 0 ? 20 : 24);
  bytes[0] = static_cast<std::uint8_t>(0x40U | bytes.size() / 4);
  bytes.insert(bytes.end(), request.begin(), request.end());
  return bytes;
}

Made something(Part part, unsigned choice) {
  using boost::asio::ip::make_address_v4;
  using boost::asio::ip::make_address_v6;
  switch (part) {
    case Part::arp:
      return made_of(encode(
          ArpPacket{.kind = choice % 2 == 0 ? ArpPacket::Kind::request : ArpPacket::Kind::reply,
                    .sender_hardware = somewhere,
                    .sender = make_address_v4("192.0.2.10"),
                    .target_hardware = {},
                    .target = make_address_v4("192.0.2.11")}));
    case Part::advertisement:
      return made_of(encode_advertisement(make_address_v6("2001:db8::10"), somewhere));
    case Part::echo_v4: return a_reply(IpFamily::v4, choice);
    case Part::echo_v6: return a_reply(IpFamily::v6, choice);
    case Part::message: return made_of(encode(a_message(choice)));
    case Part::sealed: {
      Sealer other(ServerId::first, secret_from("another secret"), 1001);
      return made_of(other.seal(a_message(choice)).span());
    }
    case Part::resealed: {
      Pair pair;
      const SealedBytes packet = pair.first.seal(a_message(choice));
      Made bytes = made_of(packet.span());
      bytes.resize(bytes.size() - crypto_auth_hmacsha256_BYTES);
      return bytes;
    }
    case Part::command: return made_of(std::string(R"({"command": "maintenance on"})"));
    case Part::history: {
      History history{.term = choice};
      for (unsigned i = 0; i < choice % 9; ++i) {
        history.fences[i] = Time{} + std::chrono::minutes(choice % 300);
      }
      return made_of(history_text(history, now));
    }
  }
  return {};
}

}  // namespace

std::string shortcoming(std::span<const std::uint8_t> ever_reached) {
  for (std::size_t part = 0; part < parts; ++part) {
    const bool can_be_taken = static_cast<Part>(part) != Part::sealed;
    if (can_be_taken && ever_reached[2 * part] == 0) {
      return "part " + std::to_string(part) + " was never taken";
    }
    if (ever_reached[2 * part + 1] == 0) return "part " + std::to_string(part) + " never refused";
  }
  return {};
}

}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace understudy::fuzz;
  if (size == 0) return -1;
  const std::size_t part = data[0] % parts;
  reached(2 * part + (check(static_cast<Part>(part), {data + 1, size - 1}) ? 0 : 1));
  return 0;
}

// Every fourth time what could be meant, and a change in it or not; the others have a start then.
std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                    unsigned seed) {
  using namespace understudy::fuzz;
  if (seed % 4 != 0) return LLVMFuzzerMutate(data, size, most);
  seed /= 4;
  const auto part = static_cast<Part>(seed % parts);
  const Made meant = something(part, seed / (2 * static_cast<unsigned>(parts)));
  if (meant.size() + 1 > most) return LLVMFuzzerMutate(data, size, most);
  data[0] = static_cast<std::uint8_t>(part);
  std::ranges::copy(meant, data + 1);
  const std::size_t made = meant.size() + 1;
  return seed / parts % 2 == 0 ? made : LLVMFuzzerMutate(data, made, most);
}
