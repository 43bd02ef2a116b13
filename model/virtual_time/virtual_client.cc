// SPDX-License-Identifier: MIT
#include "understudy/virtual_time/virtual_client.h"

#include <algorithm>

namespace understudy {
namespace {

// Who gets a request that travels to `target`, if he serves.
std::optional<ServerId> server_reached(const std::optional<ServerId>& target,
                                       const std::array<bool, 2>& serving) {
  for (const ServerId id : {ServerId::first, ServerId::second}) {
    if (serving[index(id)] && target.value_or(id) == id) return id;
  }
  return std::nullopt;
}

// A request to nobody in particular travels on the path to whoever will have it.
ServerId towards_of(const VirtualClient::Service& service) {
  return service.believed.value_or(
      server_reached(std::nullopt, service.serving).value_or(ServerId::first));
}

}  // namespace

VirtualClient::VirtualClient(const ServiceLoad& load, Time end)
    : enabled_(load.enabled), interval_(load.request_interval), timeout_(load.request_timeout) {
  log_.count_until(end - timeout_);
  under_way_.reserve(8);
}

void VirtualClient::settle(Time now, const Service& service, VirtualLinks& links) {
  if (!enabled_) return;
  // Requests under way were sent before the last change; they meet with what is now.
  meet_arrived(std::min(now, next_send_), service, links);
  log_judged();
  if (under_way_.empty()) settle_stretch(now, service, links);
  while (next_send_ < now) {
    send(next_send_, service, links);
    next_send_ += interval_;
    meet_arrived(std::min(now, next_send_), service, links);
    log_judged();
  }
  for (Request& request : under_way_) {
    if (!request.judged && request.arrival <= now) request.arrival = now;  // it waits
  }
}

// In the order of their arrival, in which answers draw what becomes of them.
void VirtualClient::meet_arrived(Time until, const Service& service, VirtualLinks& links) {
  for (;;) {
    Request* soonest = nullptr;
    for (Request& request : under_way_) {
      if (request.judged || request.arrival > until || waits(request, until, service)) continue;
      if (soonest == nullptr || request.arrival < soonest->arrival) soonest = &request;
    }
    if (soonest == nullptr) return;
    meet(*soonest, service, links);
  }
}

// All requests that are sent and arrive between the last change and now, in one go, if the links
// are plain. Of those that wait at a paused server, the ones that have waited too long.
void VirtualClient::settle_stretch(Time now, const Service& service, const VirtualLinks& links) {
  const auto server = server_reached(service.believed, service.serving);
  const Host towards = host_of(towards_of(service));
  const auto there = links.plain_delay(Host::client, towards);
  const auto back = links.plain_delay(towards, Host::client);
  if (!there || !back) return;
  const bool wait = server && service.paused[index(*server)];
  const Duration judged_after = wait ? std::max(timeout_ + Duration(1), *there) : *there;
  if (next_send_ + judged_after > now) return;
  const auto count = static_cast<std::uint64_t>((now - judged_after - next_send_) / interval_) + 1;
  const ClientLog::Stretch requests{
      .first_sent = next_send_, .interval = interval_, .count = count};
  const Duration round_trip = *there + *back;
  if (round_trip <= timeout_ && server && !wait) {
    log_.answered(requests, round_trip);
  } else {
    log_.lost(requests);
  }
  next_send_ += interval_ * static_cast<std::int64_t>(count);
}

void VirtualClient::send(Time sent, const Service& service, VirtualLinks& links) {
  Request request{.sent = sent, .arrival = never, .target = service.believed, .round_trip = {}};
  const auto carried = links.carry(
      {.from = Host::client, .to = host_of(towards_of(service)), .kind = PacketKind::request});
  if (carried) {
    request.arrival = after(sent, carried.delay);
  } else {
    request.judged = true;
  }
  under_way_.push_back(request);
}

// Whether a request that has arrived meets with what comes next: at a paused server, until it has
// waited too long.
bool VirtualClient::waits(const Request& request, Time now, const Service& service) const {
  const auto server = server_reached(request.target, service.serving);
  return server && service.paused[index(*server)] && now - request.sent <= timeout_;
}

// What becomes of a request that has arrived.
void VirtualClient::meet(Request& request, const Service& service, VirtualLinks& links) const {
  const auto server = server_reached(request.target, service.serving);
  request.judged = true;
  if (!server || service.paused[index(*server)]) return;
  const auto carried =
      links.carry({.from = host_of(*server), .to = Host::client, .kind = PacketKind::response});
  if (!carried) return;
  const Duration round_trip = sum(request.arrival - request.sent, carried.delay);
  if (round_trip <= timeout_) request.round_trip = round_trip;
}

void VirtualClient::log_judged() {
  auto request = under_way_.begin();
  for (; request != under_way_.end() && request->judged; ++request) {
    const ClientLog::Stretch alone{.first_sent = request->sent, .interval = interval_};
    if (request->round_trip) {
      log_.answered(alone, *request->round_trip);
    } else {
      log_.lost(alone);
    }
  }
  under_way_.erase(under_way_.begin(), request);
}

void VirtualClient::finish(Timeline& timeline) {
  for (Request& request : under_way_) request.judged = true;
  log_judged();
  log_.finish(timeline);
}

}  // namespace understudy
