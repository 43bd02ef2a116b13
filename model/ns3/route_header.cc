// SPDX-License-Identifier: MIT

#include "understudy/ns3/route_header.h"

#include <array>
#include <ostream>

#include <ns3/ipv4-address.h>
#include <ns3/ipv6-address.h>

#include "understudy/ns3/address.h"

namespace ns3 {

NS_OBJECT_ENSURE_REGISTERED(UnderstudyRouteHeader);

namespace {

constexpr uint8_t version = 1;
constexpr uint8_t bytes_v4 = 4;
constexpr uint8_t bytes_v6 = 16;

uint8_t size_of(const Address& address) { return IsIpv6(address) ? bytes_v6 : bytes_v4; }

void write(Buffer::Iterator& at, const Address& address) {
  std::array<uint8_t, bytes_v6> bytes{};
  if (IsIpv6(address)) {
    Ipv6Address::ConvertFrom(address).Serialize(bytes.data());
  } else {
    Ipv4Address::ConvertFrom(address).Serialize(bytes.data());
  }
  at.Write(bytes.data(), size_of(address));
}

Address read(Buffer::Iterator& at, uint8_t size) {
  std::array<uint8_t, bytes_v6> bytes{};
  at.Read(bytes.data(), size);
  if (size == bytes_v6) return Ipv6Address::Deserialize(bytes.data());
  return Ipv4Address::Deserialize(bytes.data());
}

}  // namespace

TypeId UnderstudyRouteHeader::GetTypeId() {
  static TypeId tid = TypeId("ns3::UnderstudyRouteHeader")
                          .SetParent<Header>()
                          .SetGroupName("Understudy")
                          .AddConstructor<UnderstudyRouteHeader>();
  return tid;
}

TypeId UnderstudyRouteHeader::GetInstanceTypeId() const { return GetTypeId(); }

UnderstudyRouteHeader::UnderstudyRouteHeader(const Address& shared, const Address& holder)
    : shared_(shared), holder_(holder) {}

bool UnderstudyRouteHeader::IsValid() const { return !shared_.IsInvalid(); }
const Address& UnderstudyRouteHeader::GetShared() const { return shared_; }
const Address& UnderstudyRouteHeader::GetHolder() const { return holder_; }

uint32_t UnderstudyRouteHeader::GetSerializedSize() const {
  return IsValid() ? 2U + 2U * size_of(shared_) : 0U;
}

void UnderstudyRouteHeader::Serialize(Buffer::Iterator start) const {
  start.WriteU8(version);
  start.WriteU8(size_of(shared_));
  write(start, shared_);
  write(start, holder_);
}

uint32_t UnderstudyRouteHeader::Deserialize(Buffer::Iterator start) {
  shared_ = {};
  if (start.GetRemainingSize() < 2 || start.ReadU8() != version) return 0;
  const uint8_t size = start.ReadU8();
  if ((size != bytes_v4 && size != bytes_v6) || start.GetRemainingSize() < 2U * size) return 0;
  shared_ = read(start, size);
  holder_ = read(start, size);
  return GetSerializedSize();
}

void UnderstudyRouteHeader::Print(std::ostream& out) const {
  out << holder_ << " holds " << shared_;
}

}  // namespace ns3
