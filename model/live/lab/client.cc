// SPDX-License-Identifier: MIT
#include "understudy/lab/client.h"

#include <sys/socket.h>

#include <array>
#include <cstring>
#include <ctime>

#include "understudy/lab/system_error.h"
#include "understudy/live/boot_clock.h"

namespace understudy::lab {
namespace {

live::Descriptor open_socket(const Addresses& addresses) {
  live::Descriptor socket(checked(
      ::socket(addresses.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "open a socket"));
  const int yes = 1;
  checked(setsockopt(socket.number(), SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes),
          "have the kernel note when packets arrive");
  return socket;
}

// When the kernel got it; now, if it does not say.
Time arrival(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
    return live::from_wall(stamp);
  }
  return live::boot_now();
}

}  // namespace

Client::Client(Loop& loop, const Addresses& addresses, const HostNetwork& network,
               const ServiceLoad& load, Told told)
    : loop_(loop),
      load_(load),
      to_(socket_name(addresses.of(Address::primary), service_port)),
      told_(std::move(told)),
      socket_(inside(network.space, [&] { return open_socket(addresses); })) {
  loop_.watch(socket_.number(), [this] { listen(); });
}

void Client::ask_between(Time zero, Time end) {
  zero_ = zero;
  end_ = end;
  loop_.at(zero, [this] { ask(); });
}

void Client::ask() {
  open_.push_back({.sent = live::boot_now(), .answered = {}});
  // The number says which one is answered; nobody but this client reads it.
  sendto(socket_.number(), &next_, sizeof next_, MSG_DONTWAIT,
         reinterpret_cast<const sockaddr*>(to_.bytes.data()), to_.length);
  ++next_;
  settle();
  const Time when = zero_ + load_.request_interval * static_cast<std::int64_t>(next_);
  if (when < end_) loop_.at(when, [this] { ask(); });
  // The last ones are to be judged too.
  loop_.at(after(open_.back().sent, load_.request_timeout), [this] { settle(); });
}

void Client::listen() {
  for (;;) {
    std::uint64_t number = 0;
    alignas(cmsghdr) std::array<char, 128> control{};
    iovec buffer{.iov_base = &number, .iov_len = sizeof number};
    msghdr message{};
    message.msg_iov = &buffer;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = recvmsg(socket_.number(), &message, MSG_DONTWAIT);
    if (size < 0 && errno != EAGAIN) continue;  // what ICMP said of an earlier request
    if (size < 0) return;
    if (number < first_ || number >= next_) continue;
    Request& request = open_[static_cast<std::size_t>(number - first_)];
    if (!request.answered) request.answered = arrival(message);
  }
}

// Those whose time is over, in their order. What has arrived is heard before silence is judged.
void Client::settle() {
  listen();
  const Time now = live::boot_now();
  while (!open_.empty() && after(open_.front().sent, load_.request_timeout) <= now) {
    Request request = open_.front();
    if (request.answered && *request.answered - request.sent > load_.request_timeout) {
      request.answered.reset();
    }
    open_.pop_front();
    ++first_;
    told_(request.sent, request.answered);
  }
}

}  // namespace understudy::lab
