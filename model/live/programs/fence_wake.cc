// SPDX-License-Identifier: MIT
//
// Wake-on-LAN as a fence agent, after the convention of the `fence_*` programs: reads `name=value`
// lines from its standard input, and says by its exit code whether it is done.
//
//   action       on, off, reboot, status, monitor, metadata
//   mac          of the card that is to wake its server
//   interface    whose link the magic packet goes to, as a frame of its own (0x0842)
//   broadcast    where it goes to as UDP, such as 192.0.2.255, be it behind a router
//   power_agent  another fence agent, which gets each action and all other options
//
// A magic packet switches a server on that is off, and nothing else: it has no answer, and a server
// that hangs is not helped by it. So without a `power_agent`
//
// - `on` is done when the packet has gone out,
// - `reboot` sends it and fails all the same, since nobody knows whether the server had been off,
// - `off` and `status` are refused,
// - `monitor` says whether a packet could go out.
//
// With one the answers are that agent's, and after each `on` and `reboot` the packet goes out too:
// for servers that stay off when their power strip or switch is on again, or for an agent that can
// only switch off.
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr int done = 0;
constexpr int failed = 1;

constexpr std::uint16_t wake_on_lan = 0x0842;  // the type of its frames
constexpr std::uint16_t discard = 9;           // the port where nobody listens
// A packet may be lost, and nobody would know.
constexpr int repeats = 3;
constexpr std::chrono::milliseconds pause(50);

constexpr const char* metadata = R"(<?xml version="1.0" ?>
<resource-agent name="fence_wake" shortdesc="Fence agent for Wake-on-LAN">
<longdesc>Sends magic packets, which switch a server on and cannot switch it off. Whatever needs that
is refused, or done by another fence agent.</longdesc>
<parameters>
<parameter name="action" required="1"><content type="string" />
<shortdesc lang="en">Fencing action</shortdesc></parameter>
<parameter name="mac" required="1"><content type="string" />
<shortdesc lang="en">Hardware address of the card that wakes its server</shortdesc></parameter>
<parameter name="interface" required="0"><content type="string" />
<shortdesc lang="en">Interface whose link gets the packet as a frame of type 0x0842</shortdesc></parameter>
<parameter name="broadcast" required="0"><content type="string" />
<shortdesc lang="en">IPv4 address that gets the packet by UDP, at port 9</shortdesc></parameter>
<parameter name="power_agent" required="0"><content type="string" />
<shortdesc lang="en">Fence agent that gets each action and all other options first</shortdesc></parameter>
</parameters>
<actions>
<action name="on" automatic="0" /><action name="off" /><action name="reboot" />
<action name="status" /><action name="monitor" /><action name="metadata" />
</actions>
</resource-agent>
)";

// What cannot be done, in one line.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// ---- the options --------------------------------------------------------------------------------

struct Options {
  std::string action;
  std::string mac;
  std::string interface;
  std::string broadcast;
  std::string power_agent;
  std::string others;  // for the power agent, line by line
};

void take(Options& options, const std::string& line) {
  const std::size_t equals = line.find('=');
  if (equals == line.npos || line.front() == '#') return;
  const std::string_view name(line.data(), equals);
  std::string value = line.substr(equals + 1);
  if (name == "action") {
    options.action = std::move(value);
  } else if (name == "mac") {
    options.mac = std::move(value);
  } else if (name == "interface") {
    options.interface = std::move(value);
  } else if (name == "broadcast") {
    options.broadcast = std::move(value);
  } else if (name == "power_agent") {
    options.power_agent = std::move(value);
  } else {
    options.others += line + '\n';
  }
}

Options read_options() {
  Options options;
  for (std::string line; std::getline(std::cin, line);) take(options, line);
  return options;
}

// ---- the packet ---------------------------------------------------------------------------------

using Card = std::array<std::uint8_t, 6>;
using MagicPacket = std::array<std::uint8_t, 17 * std::tuple_size_v<Card>>;

// Empty where a text is none.
std::optional<Card> as_card(const std::string& text) {
  Card card{};
  if (text.size() != 3 * card.size() - 1) return {};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool between = i % 3 == 2;
    if (between ? text[i] != ':' && text[i] != '-' : isxdigit(text[i]) == 0) return {};
    if (i % 3 == 0) card[i / 3] = static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), {}, 16));
  }
  const bool of_a_group = (card[0] & 1) != 0;
  if (of_a_group || card == Card{}) return {};
  return card;
}

// Six times 0xff, then sixteen times the card.
MagicPacket magic_packet(const std::string& mac) {
  const auto card = as_card(mac);
  if (!card) {
    throw Refused("mac=" + mac + " is no hardware address of a card, such as 02:00:5e:10:00:01");
  }
  MagicPacket packet{};
  auto* at = std::ranges::fill_n(packet.data(), card->size(), 0xff);
  while (at != packet.data() + packet.size()) at = std::ranges::copy(*card, at).out;
  return packet;
}

// ---- the ways out -------------------------------------------------------------------------------

[[noreturn]] void refuse_for_errno(const std::string& what) {
  throw Refused(what + ": " + strerror(errno));
}

struct Way {
  std::string name;
  int socket = -1;
  sockaddr_storage to{};
  socklen_t size = 0;

  template <class Address>
  Way(std::string named, int opened, const Address& address)
      : name(std::move(named)), socket(opened), size(sizeof address) {
    memcpy(&to, &address, sizeof address);
  }

  void send(std::span<const std::uint8_t> packet) const {
    if (::sendto(socket, packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                 size) < 0) {
      refuse_for_errno(name);
    }
  }
};

// As a frame to all on the link: a switch may have forgotten where a server is that is off.
Way frames_on(const std::string& interface) {
  const std::string name = "interface=" + interface;
  const int socket = ::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) refuse_for_errno(name);
  ifreq asked{};
  if (interface.size() >= sizeof asked.ifr_name) throw Refused(name + " is too long");
  interface.copy(asked.ifr_name, interface.size());

  if (::ioctl(socket, SIOCGIFHWADDR, &asked) < 0) refuse_for_errno(name);
  if (asked.ifr_hwaddr.sa_family != ARPHRD_ETHER) throw Refused(name + " is no Ethernet");
  if (::ioctl(socket, SIOCGIFFLAGS, &asked) < 0) refuse_for_errno(name);
  constexpr int usable = IFF_UP | IFF_RUNNING;
  if ((asked.ifr_flags & usable) != usable) throw Refused(name + " is down, or has no carrier");

  sockaddr_ll everybody{};
  everybody.sll_family = AF_PACKET;
  everybody.sll_protocol = htons(wake_on_lan);
  everybody.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
  everybody.sll_halen = std::tuple_size_v<Card>;
  std::ranges::fill_n(everybody.sll_addr, everybody.sll_halen, 0xff);
  return {name, socket, everybody};
}

Way broadcast_to(const std::string& address) {
  const std::string name = "broadcast=" + address;
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(discard);
  if (::inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1) {
    throw Refused(name + " is no IPv4 address, such as 192.0.2.255");
  }
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  constexpr int yes = 1;
  if (socket < 0 || ::setsockopt(socket, SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes) < 0 ||
      // Whether there is a route.
      ::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) {
    refuse_for_errno(name);
  }
  return {name, socket, to};
}

std::vector<Way> ways_out(const Options& options) {
  std::vector<Way> ways;
  if (!options.interface.empty()) ways.push_back(frames_on(options.interface));
  if (!options.broadcast.empty()) ways.push_back(broadcast_to(options.broadcast));
  if (ways.empty()) throw Refused("write interface=, or broadcast=, or both");
  return ways;
}

struct Call {
  MagicPacket packet;
  std::vector<Way> ways;
};

// All that can be known to be wrong is found here.
Call prepared(const Options& options) {
  return {.packet = magic_packet(options.mac), .ways = ways_out(options)};
}

void wake(const Options& options) {
  const Call call = prepared(options);
  for (int sent = 0; sent < repeats; ++sent) {
    if (sent > 0) std::this_thread::sleep_for(pause);
    for (const Way& way : call.ways) way.send(call.packet);
  }
}

// ---- the actions --------------------------------------------------------------------------------

[[noreturn]] void become_power_agent(const Options& options, int input) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // whoever ends this program means both
  ::signal(SIGPIPE, SIG_DFL);
  ::dup2(input, STDIN_FILENO);
  ::execl(options.power_agent.c_str(), options.power_agent.c_str(), nullptr);
  fprintf(stderr, "fence_wake: power_agent=%s: %s\n", options.power_agent.c_str(), strerror(errno));
  ::_exit(failed);
}

// Has the power agent do it; returns its exit code.
int pass_on(const Options& options) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) refuse_for_errno("pipe");
  const pid_t agent = ::fork();
  if (agent < 0) refuse_for_errno("fork");
  if (agent == 0) become_power_agent(options, ends[0]);
  ::close(ends[0]);
  dprintf(ends[1], "%saction=%s\n", options.others.c_str(), options.action.c_str());
  ::close(ends[1]);
  int status = 0;
  while (::waitpid(agent, &status, 0) != agent) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : failed;
}

int act_with_power_agent(const Options& options) {
  if (options.action == "monitor") prepared(options);
  const int result = pass_on(options);
  if (options.action == "on" || options.action == "reboot") wake(options);
  return result;
}

int act(const Options& options) {
  if (options.action == "on") {
    wake(options);
  } else if (options.action == "monitor") {
    prepared(options);
  } else if (options.action == "reboot") {
    wake(options);
    throw Refused("the magic packet is sent; whether the server had been off is not known");
  } else if (options.action == "off") {
    throw Refused(
        "a magic packet switches nothing off; where there is no power_agent for that, write "
        "pair.fence_mode = \"reboot\"");
  } else if (options.action == "status") {
    throw Refused("a magic packet has no answer, so whether the server is on is not known");
  } else {
    throw Refused("action=" + options.action + " is none of on, off, reboot, status, monitor");
  }
  return done;
}

int run(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  if (arguments == std::vector<std::string_view>{"-o", "metadata"}) {
    return fputs(metadata, stdout) < 0 ? failed : done;
  }
  if (!arguments.empty()) throw Refused("the options come by the standard input, line by line");
  const Options options = read_options();
  if (options.action == "metadata") return fputs(metadata, stdout) < 0 ? failed : done;
  // A power agent that does not read its options is no reason to leave the packet out.
  ::signal(SIGPIPE, SIG_IGN);
  return options.power_agent.empty() ? act(options) : act_with_power_agent(options);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    fprintf(stderr, "fence_wake: %s\n", error.what());
    return failed;
  }
}
