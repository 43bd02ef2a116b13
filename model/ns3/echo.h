// SPDX-License-Identifier: MIT
//
// Signals: ICMP echo requests with a token, and the answers to them.
//
// The answer comes from the other node's own stack, from the address that was asked. The token (64
// bits) is the payload of the request and comes back in the reply; the ICMP identifier and sequence
// number are its highest and lowest 16 bits. A reply counts only if all of it fits: type, checksum,
// identifier, sequence number, token. (The checksum only if ns-3 computes them at all: by default
// it does not.)
//
// Faithful: the packets, as ping(8) would send them with 8 bytes of payload. Left out: nothing that
// the pair could notice. Judging an answer's lateness is the caller's: a reply that waited for ARP
// or in a queue is reported when it arrives.
#pragma once

#include <cstdint>

#include <ns3/address.h>
#include <ns3/callback.h>
#include <ns3/ptr.h>
#include <ns3/socket.h>

#include "understudy/ns3/host.h"

namespace ns3 {

class UnderstudyEcho : public UnderstudyPart {
 public:
  static TypeId GetTypeId();

  /// An answer arrived, now: from which address, to the signal with which token.
  using AnswerCallback = Callback<void, const Address&, uint64_t>;

  void Send(const Address& to, uint64_t token);
  void SetAnswerCallback(AnswerCallback answer);

  void PowerGone() override;

 protected:
  void Installed() override;
  void DoDispose() override;

 private:
  void Receive(Ptr<Socket> socket);

  // Never bound: a raw socket bound to an address that was given up crashes ns-3.
  Ptr<Socket> socket_;
  bool v6_ = false;
  AnswerCallback answer_;
};

}  // namespace ns3
