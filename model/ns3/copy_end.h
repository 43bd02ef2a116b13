// SPDX-License-Identifier: MIT
//
// Copying a memory over TCP: what both ends have in common.
//
//      UnderstudyCopySink                           UnderstudyCopySource
//      (monitor)                                    (primary; listens at its server address)
//          | ---- SYN ------------------------------------> |
//          | <--- SYN, ACK -------------------------------- |
//          | ---- request (8 bytes) ----------------------> |  snapshot, at this instant
//          | <--- term, version, length, bytes ------------ |
//          | ---- FIN ---- and so on ---------------------- |
//
// A sink delivers a whole snapshot or none. TCP alone would notice a dead peer after some minutes,
// so each end has a timeout of its own, after which its socket vanishes.
//
// TCP is set up for a local network: segments as large as the MTU allows (no timestamps), a first
// window of the size of the whole window, acknowledgements that do not wait for 200 ms. So a
// snapshot takes size/bandwidth, a round trip for the handshake and one for the request.
// Faithful: every byte is sent, acknowledged and, if lost, sent again (TCP CUBIC as ns-3 has it).
// Left out: disks, processors and encryption, which take no time.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <ns3/nstime.h>
#include <ns3/ptr.h>

#include "understudy/ns3/host.h"

namespace ns3 {

class Socket;

/// A memory as it was at one instant.
struct UnderstudySnapshot {
  uint64_t term = 0;
  uint64_t version = 0;
  std::vector<uint8_t> bytes;

  friend bool operator==(const UnderstudySnapshot&, const UnderstudySnapshot&) = default;
};

class UnderstudyCopyEnd : public UnderstudyPart {
 public:
  static TypeId GetTypeId();

 protected:
  using Request = std::array<uint8_t, 8>;
  static constexpr Request request = {'s', 'n', 'a', 'p', 's', 'h', 'o', 't'};

  /// What goes before the bytes: term, version, length, in network order.
  using Header = std::array<uint8_t, 24>;

  Ptr<Socket> MakeSocket() const;
  Time GetTimeout() const { return timeout_; }
  uint16_t GetPort() const { return port_; }

 private:
  uint16_t port_ = 0;
  uint32_t window_ = 0;
  Time timeout_;
};

}  // namespace ns3
