// SPDX-License-Identifier: MIT
//
//   peer_observer FILE INTERVAL_US PRIMARY PORT CLIENT LAN FIRST SECOND
//
// What a client of the servers in bench/peers.py sees, and what the servers do, by one clock
// (CLOCK_REALTIME). It asks the primary address each INTERVAL_US from the namespace CLIENT, listens
// in FIRST and SECOND to which addresses come and go, and at the bridge's ports in LAN to their
// pings of the primary address. On SIGTERM it writes all of it to FILE, a line each, times in ns:
//
//   ask SENT LATENESS
//   answer SENT RECEIVED SERVER     as the kernel received it
//   address SERVER +|- TIME
//   ping SERVER TIME                as it came to the bridge
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>

#include "namespaces.h"

namespace understudy::bench {
namespace {

using Nanoseconds = std::int64_t;

volatile sig_atomic_t enough = 0;

Nanoseconds count(const timespec& time) { return time.tv_sec * 1'000'000'000LL + time.tv_nsec; }

Nanoseconds now() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return count(time);
}

// A datagram and when the kernel had it.
struct Received {
  ssize_t size = -1;
  Nanoseconds at = 0;
  sockaddr_ll from{};
};

template <class Text>
Received receive(int socket, Text& text) {
  Received result;
  std::array<char, 128> control{};
  iovec part{.iov_base = text.data(), .iov_len = text.size()};
  msghdr message{};
  message.msg_name = &result.from;
  message.msg_namelen = sizeof result.from;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  result.size = ::recvmsg(socket, &message, MSG_DONTWAIT);
  if (result.size < 0) return result;
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec time{};
    std::memcpy(&time, CMSG_DATA(each), sizeof time);
    result.at = count(time);
  }
  return result;
}

Descriptor stamped(int family, int type, int protocol) {
  Descriptor socket(require(::socket(family, type | SOCK_CLOEXEC, protocol), "socket"));
  const int on = 1;
  require(::setsockopt(socket.number(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on), "time stamps");
  return socket;
}

class Client {
 public:
  Client(const std::string& network, in_addr primary, int port) {
    enter(network);
    socket_ = stamped(AF_INET, SOCK_DGRAM, 0);
    to_.sin_family = AF_INET;
    to_.sin_addr = primary;
    to_.sin_port = htons(static_cast<std::uint16_t>(port));
  }

  [[nodiscard]] int number() const { return socket_.number(); }

  void ask(Nanoseconds due) {
    const Nanoseconds sent = now();
    // Fails while nobody is known to have the address: then it is not answered.
    static_cast<void>(::sendto(socket_.number(), &sent, sizeof sent, MSG_DONTWAIT,
                               reinterpret_cast<const sockaddr*>(&to_), sizeof to_));
    asked_.push_back({.sent = sent, .lateness = sent - due});
  }

  void listen() {
    std::array<char, 64> text{};
    while (true) {
      const Received datagram = receive(socket_.number(), text);
      if (datagram.size < 0) return;
      Answer answer{.sent = 0, .received = datagram.at, .by = {}};
      const auto size = static_cast<std::size_t>(datagram.size);
      if (size < sizeof answer.sent || size - sizeof answer.sent >= answer.by.size()) continue;
      std::memcpy(&answer.sent, text.data(), sizeof answer.sent);
      std::memcpy(answer.by.data(), text.data() + sizeof answer.sent, size - sizeof answer.sent);
      answers_.push_back(answer);
    }
  }

  void write(std::ostream& out) const {
    for (const Asked& each : asked_) out << "ask " << each.sent << ' ' << each.lateness << '\n';
    for (const Answer& each : answers_) {
      out << "answer " << each.sent << ' ' << each.received << ' ' << each.by.data() << '\n';
    }
  }

 private:
  struct Asked {
    Nanoseconds sent;
    Nanoseconds lateness;
  };
  struct Answer {
    Nanoseconds sent;
    Nanoseconds received;
    std::array<char, 16> by;
  };
  Descriptor socket_;
  sockaddr_in to_{};
  std::deque<Asked> asked_;
  std::deque<Answer> answers_;
};

// Which servers have the address, from when to when.
class Holders {
 public:
  Holders(std::string server, const std::string& network, in_addr primary)
      : server_(std::move(server)), primary_(primary) {
    enter(network);
    socket_ = Descriptor(
        require(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "netlink"));
    sockaddr_nl own{};
    own.nl_family = AF_NETLINK;
    own.nl_groups = RTMGRP_IPV4_IFADDR;
    require(::bind(socket_.number(), reinterpret_cast<sockaddr*>(&own), sizeof own), "bind");
    struct {
      nlmsghdr head;
      ifaddrmsg address;
    } list{};
    list.head.nlmsg_len = sizeof list;
    list.head.nlmsg_type = RTM_GETADDR;
    list.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    list.address.ifa_family = AF_INET;
    require(static_cast<int>(::send(socket_.number(), &list, sizeof list, 0)), "list");
  }

  [[nodiscard]] int number() const { return socket_.number(); }

  void listen() {
    std::array<char, 8192> text{};
    while (true) {
      const ssize_t size = ::recv(socket_.number(), text.data(), text.size(), MSG_DONTWAIT);
      if (size < 0) return;
      auto left = static_cast<unsigned>(size);
      for (auto* head = reinterpret_cast<nlmsghdr*>(text.data()); NLMSG_OK(head, left);
           head = NLMSG_NEXT(head, left)) {
        if (head->nlmsg_type == RTM_NEWADDR || head->nlmsg_type == RTM_DELADDR) hear(*head);
      }
    }
  }

  void write(std::ostream& out) const {
    for (const Change& each : changes_) {
      out << "address " << server_ << ' ' << (each.there ? '+' : '-') << ' ' << each.at << '\n';
    }
  }

 private:
  struct Change {
    bool there;
    Nanoseconds at;
  };

  void hear(nlmsghdr& head) {
    auto* const address = static_cast<ifaddrmsg*>(NLMSG_DATA(&head));
    auto left = static_cast<unsigned>(IFA_PAYLOAD(&head));
    for (rtattr* each = IFA_RTA(address); RTA_OK(each, left); each = RTA_NEXT(each, left)) {
      if (each->rta_type != IFA_LOCAL) continue;
      if (std::memcmp(RTA_DATA(each), &primary_, sizeof primary_) != 0) continue;
      changes_.push_back({.there = head.nlmsg_type == RTM_NEWADDR, .at = now()});
    }
  }

  std::string server_;
  in_addr primary_;
  Descriptor socket_;
  std::deque<Change> changes_;
};

// The pings of the primary address that come to a port of the bridge.
class Pings {
 public:
  Pings(std::string server, const std::string& lan, in_addr primary) : server_(std::move(server)) {
    enter(lan);
    socket_ = stamped(AF_PACKET, SOCK_DGRAM, 0);
    // An echo request (IP's protocol 1, ICMP's type 8) to the primary address.
    std::array code{
        sock_filter BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMP, 0, 5),
        sock_filter BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 8, 0, 3),
        sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(primary.s_addr), 0, 1),
        sock_filter BPF_STMT(BPF_RET | BPF_K, 64),
        sock_filter BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const sock_fprog program{.len = code.size(), .filter = code.data()};
    require(::setsockopt(socket_.number(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program),
            "filter");
    sockaddr_ll port{};
    port.sll_family = AF_PACKET;
    port.sll_protocol = htons(ETH_P_ALL);
    port.sll_ifindex = static_cast<int>(::if_nametoindex(server_.c_str()));
    require(::bind(socket_.number(), reinterpret_cast<sockaddr*>(&port), sizeof port), "bind");
  }

  [[nodiscard]] int number() const { return socket_.number(); }

  void listen() {
    std::array<char, 64> text{};
    while (true) {
      const Received packet = receive(socket_.number(), text);
      if (packet.size < 0) return;
      if (packet.from.sll_pkttype != PACKET_OUTGOING) at_.push_back(packet.at);
    }
  }

  void write(std::ostream& out) const {
    for (const Nanoseconds at : at_) out << "ping " << server_ << ' ' << at << '\n';
  }

 private:
  std::string server_;
  Descriptor socket_;
  std::deque<Nanoseconds> at_;
};

struct Observer {
  Client client;
  std::array<Holders, 2> holders;
  std::array<Pings, 2> pings;

  void watch(Nanoseconds interval) {
    std::array<pollfd, 5> ready{};
    ready[0] = {.fd = client.number(), .events = POLLIN, .revents = 0};
    for (std::size_t i = 0; i < 2; ++i) {
      ready[1 + i] = {.fd = holders[i].number(), .events = POLLIN, .revents = 0};
      ready[3 + i] = {.fd = pings[i].number(), .events = POLLIN, .revents = 0};
    }
    sigset_t none;
    ::sigemptyset(&none);
    for (Nanoseconds due = now(); enough == 0;) {
      const Nanoseconds left = std::max<Nanoseconds>(due - now(), 0);
      const timespec wait{.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
      ::ppoll(ready.data(), ready.size(), &wait, &none);
      if (ready[0].revents != 0) client.listen();
      for (std::size_t i = 0; i < 2; ++i) {
        if (ready[1 + i].revents != 0) holders[i].listen();
        if (ready[3 + i].revents != 0) pings[i].listen();
      }
      if (now() < due) continue;
      client.ask(due);
      while (due <= now()) due += interval;  // what was slept through is not made up for
    }
  }

  void write(const std::string& path) const {
    std::ofstream out(path);
    client.write(out);
    for (const Holders& each : holders) each.write(out);
    for (const Pings& each : pings) each.write(out);
  }
};

void observe(char** words) {
  in_addr primary{};
  if (::inet_pton(AF_INET, words[3], &primary) != 1) throw std::runtime_error("PRIMARY");
  Observer observer{
      .client = Client(words[5], primary, std::atoi(words[4])),
      .holders = {Holders("first", words[7], primary), Holders("second", words[8], primary)},
      .pings = {Pings("first", words[6], primary), Pings("second", words[6], primary)}};
  be_first();
  static_cast<void>(::mlockall(MCL_CURRENT | MCL_FUTURE));
  observer.watch(std::atoll(words[2]) * 1000);
  observer.write(words[1]);
}

void wait_for_the_end_only_in_ppoll() {
  sigset_t end;
  ::sigemptyset(&end);
  ::sigaddset(&end, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &end, nullptr);
  struct sigaction action {};
  action.sa_handler = [](int) { enough = 1; };
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace
}  // namespace understudy::bench

int main(int count, char** words) {
  if (count != 9) {
    std::fputs("peer_observer FILE INTERVAL_US PRIMARY PORT CLIENT LAN FIRST SECOND\n", stderr);
    return 2;
  }
  try {
    understudy::bench::wait_for_the_end_only_in_ppoll();
    understudy::bench::observe(words);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "peer_observer: %s\n", error.what());
    return 1;
  }
}
