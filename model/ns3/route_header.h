// SPDX-License-Identifier: MIT
//
// What goes between hosts and routers of a routed network (router.h), in UDP: "`holder` holds the
// shared address `shared`".
//
//      0               1               2 …
//     +---------------+---------------+---------------+---------------+
//     | version (1)   | address bytes | shared        | holder        |   4 or 16 bytes each
//     +---------------+---------------+---------------+---------------+
#pragma once

#include <cstdint>

#include <ns3/address.h>
#include <ns3/header.h>

namespace ns3 {

class UnderstudyRouteHeader : public Header {
 public:
  static TypeId GetTypeId();
  static constexpr uint16_t port = 8652;

  UnderstudyRouteHeader() = default;
  /// The holder is known by the address of its own that never moves.
  UnderstudyRouteHeader(const Address& shared, const Address& holder);

  /// Whether what was read is one at all.
  bool IsValid() const;
  const Address& GetShared() const;
  const Address& GetHolder() const;

  // Header
  TypeId GetInstanceTypeId() const override;
  uint32_t GetSerializedSize() const override;
  void Serialize(Buffer::Iterator start) const override;
  uint32_t Deserialize(Buffer::Iterator start) override;
  void Print(std::ostream& out) const override;

 private:
  Address shared_;
  Address holder_;
};

}  // namespace ns3
