// SPDX-License-Identifier: MIT
//
//   peer_power FOLDER LAN FIRST SECOND ADDRESS...
//
// What happens to the servers of bench/peers.py: their power and their cables. LAN, FIRST and
// SECOND are network namespaces; in LAN the ports of the bridge are named `first` and `second`.
// One order a packet on the socket FOLDER/power:
//
//   on SERVER     runs the script FOLDER/SERVER/boot as the first process of a server
//   off SERVER    takes it off the network, kills all of its processes, takes the ADDRESSes away
//   pull SERVER, plug SERVER   its cable: the server sees it, too
//   part -, join -             the servers do not reach each other; the client reaches both
//
// The answer is "done", the time when it took effect (CLOCK_REALTIME, ns), and for `on` the number
// of the server's first process.
#include <arpa/inet.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "namespaces.h"
#include "understudy/live/addresses.h"
#include "understudy/live/boot_clock.h"

namespace understudy::bench {
namespace {

// The bridge's ports, which iproute2 would take milliseconds for.
class Ports {
 public:
  explicit Ports(const std::string& lan) {
    enter(lan);
    socket_ = Descriptor(
        require(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "netlink"));
    for (const std::string name : {"first", "second"}) {
      index_[name] = static_cast<int>(::if_nametoindex(name.c_str()));
    }
  }

  // False: the port is down, where nothing is forwarded anyway.
  bool forward(const std::string& port, bool forwards) {
    return set(port, IFLA_BRPORT_STATE, forwards ? BR_STATE_FORWARDING : BR_STATE_DISABLED);
  }
  void isolate(const std::string& port, bool isolated) {
    if (!set(port, IFLA_BRPORT_ISOLATED, isolated ? 1 : 0)) throw std::runtime_error("isolated");
  }
  void switch_link(const std::string& port, bool up) {
    Request request{};
    request.head.nlmsg_len = NLMSG_LENGTH(sizeof request.link);
    request.link.ifi_index = index_.at(port);
    request.link.ifi_change = IFF_UP;
    request.link.ifi_flags = up ? IFF_UP : 0;
    if (!carry_out(request)) throw std::runtime_error("link");
  }

 private:
  struct Request {
    nlmsghdr head;
    ifinfomsg link;
    nlattr outer;
    nlattr inner;
    std::array<std::uint8_t, 4> value;
  };

  bool set(const std::string& port, std::uint16_t attribute, std::uint8_t value) {
    Request request{};
    request.head.nlmsg_len = sizeof request;
    request.link.ifi_family = AF_BRIDGE;
    request.link.ifi_index = index_.at(port);
    request.outer = {.nla_len = 2 * sizeof(nlattr) + 4, .nla_type = IFLA_PROTINFO | NLA_F_NESTED};
    request.inner = {.nla_len = sizeof(nlattr) + 1, .nla_type = attribute};
    request.value[0] = value;
    return carry_out(request);
  }

  bool carry_out(Request& request) {
    request.head.nlmsg_type = RTM_SETLINK;
    request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    require(static_cast<int>(::send(socket_.number(), &request, request.head.nlmsg_len, 0)),
            "send");
    std::array<char, 1024> answer{};
    require(static_cast<int>(::recv(socket_.number(), answer.data(), answer.size(), 0)), "recv");
    const auto* const head = reinterpret_cast<const nlmsghdr*>(answer.data());
    return static_cast<const nlmsgerr*>(NLMSG_DATA(head))->error == 0;
  }

  Descriptor socket_;
  std::map<std::string, int> index_;
};

// Kills a process and all that descends from it. What a killed process still has to do in the
// kernel, such as the end of its sockets, takes milliseconds; it does nothing else any more.
void kill_all(int pid) {
  const std::string number = std::to_string(pid);
  std::ifstream in("/proc/" + number + "/task/" + number + "/children");
  const std::vector<int> children{std::istream_iterator<int>(in), {}};
  ::kill(pid, SIGKILL);
  for (const int child : children) kill_all(child);
}

class Server {
 public:
  Server(std::string folder, std::string network)
      : folder_(std::move(folder)), network_(std::move(network)) {
    enter(network_);
    interface_ = static_cast<int>(::if_nametoindex("eth0"));
    addresses_ = std::make_unique<live::Addresses>();
  }

  [[nodiscard]] bool is_on() const { return on_; }
  [[nodiscard]] int first_process() const { return first_process_; }

  void switch_on(const std::vector<live::IpAddress>& shared) {
    if (first_process_ > 0) require(::waitpid(first_process_, nullptr, 0), "waitpid");
    release(shared);  // in case that a process was about to claim one when it was killed
    const long pid =
        ::syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, nullptr, nullptr, nullptr, 0);
    require(static_cast<int>(pid), "clone");
    if (pid == 0) become_server();
    first_process_ = static_cast<int>(pid);
    on_ = true;
  }

  void switch_off(const std::vector<live::IpAddress>& shared) {
    kill_all(first_process_);
    release(shared);
    on_ = false;
  }

 private:
  void release(const std::vector<live::IpAddress>& shared) {
    for (const auto& address : shared) {
      const std::string mistake =
          addresses_->release({.address = address, .interface = interface_});
      if (!mistake.empty()) throw std::runtime_error(mistake);
    }
  }

  [[noreturn]] void become_server() {
    const std::string script = folder_ + "/boot";
    enter(network_);
    ::setsid();
    ::execl("/bin/sh", "sh", script.c_str(), nullptr);
    ::_exit(127);
  }

  std::string folder_;
  std::string network_;
  std::unique_ptr<live::Addresses> addresses_;
  int interface_ = 0;
  bool on_ = false;
  int first_process_ = -1;  // of now, or before it was switched off
};

class Controller {
 public:
  Controller(const std::string& folder, const std::string& lan,
             const std::array<std::string, 2>& networks, std::vector<live::IpAddress> shared)
      : shared_(std::move(shared)), ports_(lan) {
    servers_.emplace("first", Server(folder + "/first", networks[0]));
    servers_.emplace("second", Server(folder + "/second", networks[1]));
  }

  std::string carry_out(const std::string& order) {
    std::istringstream words(order);
    std::string what;
    std::string which;
    words >> what >> which;
    std::string numbers;
    took_effect_ = live::wall_now();
    if (what == "off") {
      if (servers_.at(which).is_on()) switch_off(which);
    } else if (what == "on") {
      if (!servers_.at(which).is_on()) switch_on(which);
      numbers = ' ' + std::to_string(servers_.at(which).first_process());
    } else if (what == "pull") {
      cut(which);
      ports_.switch_link(which, false);
    } else if (what == "plug") {
      ports_.switch_link(which, true);  // and forward
    } else if (what == "part" || what == "join") {
      for (const char* port : {"first", "second"}) ports_.isolate(port, what == "part");
      took_effect_ = live::wall_now();
    } else {
      throw std::runtime_error("what is '" + what + "'?");
    }
    return "done " + std::to_string(took_effect_.count()) + numbers;
  }

 private:
  // At once, other than a port that goes down.
  void cut(const std::string& server) {
    ports_.forward(server, false);
    took_effect_ = live::wall_now();
  }
  void switch_off(const std::string& server) {
    cut(server);
    servers_.at(server).switch_off(shared_);
  }
  void switch_on(const std::string& server) {
    servers_.at(server).switch_on(shared_);
    ports_.forward(server, true);
  }

  std::vector<live::IpAddress> shared_;
  Duration took_effect_{};
  Ports ports_;
  std::map<std::string, Server> servers_;
};

void obey(Controller& controller, const std::string& path) {
  const Descriptor door(require(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), "socket"));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  require(::bind(door.number(), reinterpret_cast<sockaddr*>(&address), sizeof address), path);
  require(::listen(door.number(), 8), "listen");
  while (true) {
    const Descriptor one(require(::accept4(door.number(), nullptr, nullptr, SOCK_CLOEXEC), path));
    std::array<char, 64> order{};
    const ssize_t size = ::recv(one.number(), order.data(), order.size(), 0);
    if (size <= 0) continue;
    std::string answer;
    try {
      answer = controller.carry_out({order.data(), static_cast<std::size_t>(size)});
    } catch (const std::exception& error) {
      answer = std::string("failed: ") + error.what();
    }
    static_cast<void>(::send(one.number(), answer.data(), answer.size(), MSG_NOSIGNAL));
  }
}

}  // namespace
}  // namespace understudy::bench

int main(int count, char** words) {
  namespace live = understudy::live;
  namespace bench = understudy::bench;
  if (count < 6) {
    std::fputs("peer_power FOLDER LAN FIRST SECOND ADDRESS...\n", stderr);
    return 2;
  }
  try {
    std::vector<live::IpAddress> shared;
    for (int i = 5; i < count; ++i) shared.push_back(boost::asio::ip::make_address(words[i]));
    bench::Controller controller(words[1], words[2], {words[3], words[4]}, shared);
    bench::be_first();
    bench::obey(controller, std::string(words[1]) + "/power");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "peer_power: %s\n", error.what());
    return 1;
  }
}
