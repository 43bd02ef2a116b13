// SPDX-License-Identifier: MIT
//
// Timelines by hand, a line an event:
//
//   TimelineMaker t;
//   t.at(0s).claims(first, primary_address).serves(first);
//   t.at(30s).fault(0, first).powered_off(first);
#pragma once

#include <chrono>
#include <cstdint>

#include "understudy/outcome/timeline.h"

namespace understudy::testing {

using namespace std::chrono_literals;

inline constexpr Host first = Host::first;
inline constexpr Host second = Host::second;

inline Time instant(Duration since_start) { return Time{} + since_start; }

class TimelineMaker {
 public:
  TimelineMaker& at(Duration since_start) {
    now_ = instant(since_start);
    return *this;
  }

  TimelineMaker& claims(Host host, Address address) {
    return add({.kind = Event::Kind::claimed, .host = host, .address = address});
  }
  TimelineMaker& releases(Host host, Address address) {
    return add({.kind = Event::Kind::released, .host = host, .address = address});
  }
  TimelineMaker& serves(Host host) { return add({.kind = Event::Kind::serving, .host = host}); }
  TimelineMaker& rests(Host host) { return add({.kind = Event::Kind::resting, .host = host}); }
  TimelineMaker& powered_off(Host host) {
    return add({.kind = Event::Kind::powered_off, .host = host});
  }
  TimelineMaker& powered_on_by_channel(Host host) {
    return add({.kind = Event::Kind::powered_on, .host = host, .by_channel = true});
  }
  TimelineMaker& powered_on_by_itself(Host host) {
    return add({.kind = Event::Kind::powered_on, .host = host, .by_channel = false});
  }
  TimelineMaker& freezes(Host host) { return add({.kind = Event::Kind::froze, .host = host}); }
  TimelineMaker& thaws(Host host) { return add({.kind = Event::Kind::thawed, .host = host}); }
  TimelineMaker& up(Host host) { return add({.kind = Event::Kind::up, .host = host}); }
  TimelineMaker& orders(Host host, PowerOrder order) {
    return add({.kind = Event::Kind::ordered, .host = host, .order = order});
  }
  TimelineMaker& is_told(Host host, FenceResult result) {
    return add({.kind = Event::Kind::reported, .host = host, .result = result});
  }
  TimelineMaker& fault(std::uint16_t number, Host host = first) {
    return add({.kind = Event::Kind::fault_began, .host = host, .fault = number});
  }
  TimelineMaker& fault_ends(std::uint16_t number, Host host = first) {
    return add({.kind = Event::Kind::fault_ended, .host = host, .fault = number});
  }
  // A fault of the network between two sides.
  TimelineMaker& fault_between(std::uint16_t number, HostSet hosts, HostSet others) {
    return add({.kind = Event::Kind::fault_began, .fault = number, .struck = {hosts, others}});
  }
  TimelineMaker& fault_between_ends(std::uint16_t number, HostSet hosts, HostSet others) {
    return add({.kind = Event::Kind::fault_ended, .fault = number, .struck = {hosts, others}});
  }
  TimelineMaker& notes(Host host, const Note& note) {
    return add({.kind = Event::Kind::note, .host = host, .note = note});
  }
  TimelineMaker& declares(Host host, Address address) {
    return notes(host, {.kind = Note::Kind::declared_failure, .address = address, .count = 3});
  }
  TimelineMaker& add(Event event) {
    event.at = now_;
    timeline_.events.push_back(event);
    return *this;
  }

  // The pair as every settled run begins.
  TimelineMaker& settled() {
    at(0s);
    claims(first, Address::primary).serves(first);
    return claims(second, Address::monitor);
  }

  TimelineMaker& gap(const Gap& gap) {
    timeline_.gaps.push_back(gap);
    return *this;
  }

  Timeline ends(Duration since_start) {
    timeline_.ending.at = instant(since_start);
    return timeline_;
  }

 private:
  Time now_{};
  Timeline timeline_;
};

}  // namespace understudy::testing
