// SPDX-License-Identifier: MIT
//
// A full-duplex cable between two SimpleNetDevices, with a gate at each end.
//
// A closed gate lets nothing pass, in either direction, from the instant that it closes: neither a
// frame that waits in the device's queue nor one whose last bit is not on the wire yet gets out,
// and what arrives is lost. A frame that had left before still arrives. So a host that loses power
// at t has sent exactly what it had sent at t.
//
// Faithful: each direction has a delay and a rate of its own (the rate is the sending device's);
// frames do not collide; what was sent first arrives first, unless a fate says otherwise.
// Left out: the Ethernet header, preamble and inter-frame gap take no time on the wire (38 bytes a
// frame less than in reality, 2.5 % of a full one), and there is neither auto-negotiation nor flow
// control.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <ns3/callback.h>
#include <ns3/nstime.h>
#include <ns3/simple-channel.h>
#include <ns3/traced-callback.h>

#include "understudy/ns3/frame.h"

namespace ns3 {

class NetDevice;
class SimpleNetDevice;

enum class UnderstudyGate : uint8_t {
  open,
  closed,
  holding,  ///< nothing gets out; what arrives waits until the gate opens, and is lost if it closes
};

class UnderstudyLink : public SimpleChannel {
 public:
  static TypeId GetTypeId();

  /// Decides what becomes of a frame on the wire. `arrivals` holds the one time that it will take;
  /// clear it to lose the frame, change it to delay the frame, add to it to duplicate the frame.
  /// The payload may be exchanged for a corrupted one.
  using FateCallback = Callback<void, UnderstudyFrame&, std::vector<Time>&>;

  /// Takes what arrives at an end instead of the device there.
  using ReceiverCallback = Callback<void, UnderstudyFrame>;

  /// TracedCallback signature: the end concerned, and the frame.
  typedef void (*FrameTracedCallback)(Ptr<const NetDevice> end, const UnderstudyFrame& frame);

  void SetGate(Ptr<const NetDevice> end, UnderstudyGate gate);
  UnderstudyGate GetGate(Ptr<const NetDevice> end) const;

  /// For frames sent by `from`. A null callback takes the fate away.
  void SetFate(Ptr<const NetDevice> from, FateCallback fate);

  /// Frames that arrive at `end` go to `receiver`, past SimpleNetDevice::Receive. A switch takes
  /// them so: it needs no copy of a frame that it passes on.
  void SetReceiver(Ptr<const NetDevice> end, ReceiverCallback receiver);

  /// What `from` sends takes this time to the other end, instead of PropagationDelay.
  void SetDelay(Ptr<const NetDevice> from, Time delay);

  /// An end has a carrier as long as the gate at the other one is not closed.
  bool HasCarrier(Ptr<const NetDevice> end) const;
  /// Called when the end has lost its carrier, or has it again.
  using CarrierCallback = Callback<void>;
  void SetCarrierCallback(Ptr<const NetDevice> end, CarrierCallback changed);

  /// The device at the other end.
  Ptr<SimpleNetDevice> GetPeer(Ptr<const NetDevice> end) const;

  // SimpleChannel
  void Add(Ptr<SimpleNetDevice> device) override;
  void Send(Ptr<Packet> packet, uint16_t protocol, Mac48Address to, Mac48Address from,
            Ptr<SimpleNetDevice> sender) override;
  std::size_t GetNDevices() const override;
  Ptr<NetDevice> GetDevice(std::size_t i) const override;

 protected:
  void DoDispose() override;

 private:
  struct End {
    Ptr<SimpleNetDevice> device;
    uint32_t node = 0;
    UnderstudyGate gate = UnderstudyGate::open;
    FateCallback fate;  // of what this end sends
    ReceiverCallback receiver;
    std::optional<Time> delay;  // of what this end sends
    CarrierCallback carrierChanged;
    std::vector<UnderstudyFrame> waiting;  // at a gate that holds
  };

  std::size_t IndexOf(Ptr<const NetDevice> device) const;
  void Deliver(std::size_t end, UnderstudyFrame frame);

  std::array<End, 2> ends_;
  Time delay_;
  std::vector<Time> arrivals_;  // scratch of Send, so that a frame costs no allocation here
  TracedCallback<Ptr<const NetDevice>, const UnderstudyFrame&> sent_;
  TracedCallback<Ptr<const NetDevice>, const UnderstudyFrame&> received_;
  TracedCallback<Ptr<const NetDevice>, const UnderstudyFrame&> dropped_;
};

}  // namespace ns3
