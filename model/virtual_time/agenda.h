// SPDX-License-Identifier: MIT
//
// What is going to happen, by time. A pair at work has some ten things ahead of it: its timers, a
// ping under way, the client. For so few a sorted array beats a heap: the next is at its end, a new
// one is moved past the few that come sooner, and a timer that is disarmed is simply taken out.
// Things of one instant happen in the order in which they were planned.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "understudy/failover/time.h"

namespace understudy {

// `Item` has a member `Time at`.
template <class Item>
class Agenda {
 public:
  Agenda() { items_.reserve(64); }

  [[nodiscard]] bool empty() const { return items_.empty(); }
  [[nodiscard]] Time next() const { return items_.empty() ? never : items_.back().at; }

  void add(const Item& item) {
    items_.push_back(item);
    auto place = items_.end() - 1;
    while (place != items_.begin() && (place - 1)->at <= item.at) {
      *place = *(place - 1);
      --place;
    }
    *place = item;
  }

  Item take() {
    const Item item = items_.back();
    items_.pop_back();
    return item;
  }

  // Takes out the soonest item for which the predicate holds, if any.
  template <class Predicate>
  void cancel(Predicate predicate) {
    for (auto it = items_.end(); it != items_.begin();) {
      if (predicate(*--it)) {
        items_.erase(it);
        return;
      }
    }
  }

  // Takes out all for which the predicate holds.
  template <class Predicate>
  void cancel_all(Predicate predicate) {
    std::erase_if(items_, predicate);
  }

  // All that is ahead, the latest first.
  [[nodiscard]] const std::vector<Item>& items() const { return items_; }
  void clear() { items_.clear(); }
  // As many fit without an allocation.
  [[nodiscard]] std::size_t capacity() const { return items_.capacity(); }

  bool operator==(const Agenda&) const = default;

 private:
  std::vector<Item> items_;  // latest first
};

}  // namespace understudy
