// SPDX-License-Identifier: MIT
#include "understudy/cli/packing.h"

#include <cassert>
#include <cstring>
#include <type_traits>

namespace understudy::cli {
namespace {

template <class T>
void put(std::string& bytes, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  const std::size_t end = bytes.size();
  bytes.resize(end + sizeof value);
  std::memcpy(bytes.data() + end, &value, sizeof value);
}

template <class T>
void take(std::string_view& bytes, T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  assert(bytes.size() >= sizeof value);
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
}

// All members but the faults, for both directions. A member too many in Outcome does not compile.
template <class Subject, class Use>
void each_figure(Subject& outcome, Use use) {
  auto& [faults, dual_primary, no_primary, false_failovers, boots, requests, lost_requests,
         lost_writes, fates, roles] = outcome;
  static_cast<void>(faults);
  use(dual_primary);
  use(no_primary);
  use(false_failovers);
  use(boots);
  use(requests);
  use(lost_requests);
  use(lost_writes);
  use(fates);
  use(roles);
}

// The same for all but the levels.
template <class Subject, class Use>
void each_sum(Subject& sample, Use use) {
  auto& [happened, happened_after_warm_up, exposed_s, events, paths, simulated_s, levels] = sample;
  static_cast<void>(levels);
  use(happened);
  use(happened_after_warm_up);
  use(exposed_s);
  use(events);
  use(paths);
  use(simulated_s);
}

template <class Item>
void put_all(std::string& bytes, const std::vector<Item>& items) {
  put(bytes, items.size());
  for (const Item& item : items) put(bytes, item);
}

template <class Item>
void take_all(std::string_view& bytes, std::vector<Item>& items) {
  std::size_t count = 0;
  take(bytes, count);
  items.resize(count);
  for (Item& item : items) take(bytes, item);
}

}  // namespace

std::string packed(const Outcome& outcome) {
  std::string bytes;
  each_figure(outcome, [&](const auto& figure) { put(bytes, figure); });
  put_all(bytes, outcome.faults);
  return bytes;
}

Outcome unpacked(std::string_view bytes) {
  Outcome outcome;
  each_figure(outcome, [&](auto& figure) { take(bytes, figure); });
  take_all(bytes, outcome.faults);
  assert(bytes.empty());
  return outcome;
}

std::string packed(const RareSample& sample) {
  std::string bytes;
  each_sum(sample, [&](const auto& sum) { put(bytes, sum); });
  put_all(bytes, sample.levels);
  return bytes;
}

RareSample unpacked_sample(std::string_view bytes) {
  RareSample sample;
  each_sum(sample, [&](auto& sum) { take(bytes, sum); });
  take_all(bytes, sample.levels);
  assert(bytes.empty());
  return sample;
}

}  // namespace understudy::cli
