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

}  // namespace

std::string packed(const Outcome& outcome) {
  std::string bytes;
  each_figure(outcome, [&](const auto& figure) { put(bytes, figure); });
  put(bytes, outcome.faults.size());
  for (const FaultOutcome& fault : outcome.faults) put(bytes, fault);
  return bytes;
}

Outcome unpacked(std::string_view bytes) {
  Outcome outcome;
  each_figure(outcome, [&](auto& figure) { take(bytes, figure); });
  std::size_t faults = 0;
  take(bytes, faults);
  outcome.faults.resize(faults);
  for (FaultOutcome& fault : outcome.faults) take(bytes, fault);
  assert(bytes.empty());
  return outcome;
}

}  // namespace understudy::cli
