// SPDX-License-Identifier: MIT
#include "understudy/live/bystanders.h"

#include <algorithm>

namespace understudy::live {
namespace {

std::size_t slot(Address address) { return static_cast<std::size_t>(address); }

bool among(const std::vector<HardwareAddress>& kept, const HardwareAddress& at) {
  return std::ranges::find(kept, at) != kept.end();
}

}  // namespace

void Bystanders::keep(Kept& kept, const HardwareAddress& at) {
  if (among(kept, at)) return;
  if (kept.size() == most_kept) kept.erase(kept.begin());
  kept.push_back(at);
}

void Bystanders::heard(const IpAddress& address, const HardwareAddress& at) {
  if (address == addresses_.peer) return keep(peer_, at);
  for (const Address shared : {Address::primary, Address::monitor}) {
    if (address == addresses_.of(shared)) keep(shared_[slot(shared)].at, at);
  }
}

void Bystanders::forget_holders() {
  for (Holders& holders : shared_) holders.at.clear();
}

void Bystanders::told(Address address) {
  if (address != Address::witness) shared_[slot(address)].told = true;
}

bool Bystanders::strange(Address address, const HardwareAddress& at) const {
  if (addresses_.shared_hardware && at == addresses_.shared_hardware->of(address)) return false;
  if (among(peer_, at)) return false;
  const Holders& holders = shared_[slot(address)];
  if (!holders.told) return true;
  // Its word speaks for one: for a card that it has been heard from, else for the only one there.
  return holders.at.size() > 1 ||
         std::ranges::any_of(holders.at, [&](const auto& each) { return among(peer_, each); });
}

std::optional<HardwareAddress> Bystanders::stranger_at(Address address) const {
  for (const HardwareAddress& at : shared_[slot(address)].at) {
    if (strange(address, at)) return at;
  }
  return std::nullopt;
}

}  // namespace understudy::live
