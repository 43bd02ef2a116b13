// SPDX-License-Identifier: MIT
//
// A host of the simulated LAN: a node with one network card, a server address of its own that never
// moves, shared addresses that it claims and releases, and a power switch.
//
// A host is running, hung or off. What each does to the outside:
//
//   PowerOff  From this instant nothing leaves the host and nothing reaches it, what waited in its
//             queue included. Shared addresses, neighbours, TCP connections and listeners are gone,
//             without FIN, RST or ICMP error, and its parts have ended. Whatever other applications
//             still do stays inside.
//   Boot      A host without memory of the network comes up and holds its server address only. Its
//             owner opens its parts again.
//   Hang      Nothing leaves, nothing arrives, and nothing is forgotten: addresses are still held
//             and sockets still open at the Thaw. What arrived meanwhile is lost.
//   Pause     The same, but what arrives waits at the card and gets in at the Thaw, in order. A
//             Hang of a paused host loses what has waited.
//
// Install makes a host with a card of its own. Attach makes one of a node that is there already,
// with any devices and stacks, and cuts it off by other means: see node_gate.h for what that leaves
// out.
//
// Faithful: the instant, and what the rest of the network sees of it. Left out: that a hung host's
// timers stand still (TCP goes on to retransmit into the closed gate; an application that is to
// hang has to be stopped by its owner), that UDP sockets of applications which are no parts end
// with the power, and the time that a boot takes, which is the caller's to spend.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <ns3/address.h>
#include <ns3/callback.h>
#include <ns3/mac48-address.h>
#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/object.h>
#include <ns3/ptr.h>
#include <ns3/simple-net-device.h>
#include <ns3/traced-callback.h>

#include "understudy/ns3/interface.h"
#include "understudy/ns3/link.h"
#include "understudy/ns3/node_gate.h"

namespace ns3 {

class UnderstudyHost;

/// Something on a host that has to end when the host's power does: signals, a service, a copy.
class UnderstudyPart : public Object {
 public:
  static TypeId GetTypeId();

  /// The host's power has gone. Its gate is closed already; its TCP sockets are about to vanish.
  virtual void PowerGone() = 0;

 protected:
  void DoDispose() override;
  UnderstudyHost& GetHost() const;

  /// The part was put on its host.
  virtual void Installed() {}

 private:
  friend class UnderstudyHost;
  UnderstudyHost* host_ = nullptr;  // which owns this part
};

class UnderstudyHost : public Object {
 public:
  static TypeId GetTypeId();

  using Home = UnderstudyInterface::Home;
  enum class State : uint8_t { running, hung, off };

  /// Makes a host of a bare node: a network card, and a stack of the address family of its home
  /// address. Then run a cable to it: UnderstudySwitch::Attach(host->GetDevice()). It is running.
  static Ptr<UnderstudyHost> Install(Ptr<Node> node, const Home& home);

  /// Makes a host of a node that has its stack, devices and addresses already, one whose shared
  /// addresses will be on `device`. All of its devices fall silent with the power.
  static Ptr<UnderstudyHost> Attach(Ptr<NetDevice> device, UnderstudyInterface::Family family);

  /// Puts a part on the host, which owns it from then on.
  template <typename Part>
  Ptr<Part> Install();
  /// The part of that kind; null: there is none.
  template <typename Part>
  Ptr<Part> GetPart() const;

  Ptr<Node> GetNode() const;
  /// The device with the shared addresses.
  Ptr<NetDevice> GetNetDevice() const;
  /// The same as the card that Install made, to which a cable runs. Null after Attach.
  Ptr<SimpleNetDevice> GetDevice() const;
  Address GetServerAddress() const;
  Ptr<UnderstudyInterface> GetInterface() const;
  State GetState() const;

  /// Answers for a shared address from now on, and announces it.
  void Claim(const Address& shared);
  void Release(const Address& shared);
  bool Holds(const Address& address) const;
  /// Tells of its shared addresses in this way, instead of telling its neighbours.
  using AnnounceCallback = Callback<void, const Address&>;
  void SetAnnounceCallback(AnnounceCallback announce);

  /// Announces an address that it holds.
  void Announce(const Address& address);
  /// All its addresses, if it runs: neighbours or switches may have lost it.
  void AnnounceAll();

  /// Somebody else holds one of its addresses, too; whose hardware address may be unknown.
  void HearConflict(const Address& address, Mac48Address rival);

  void PowerOff();
  void Boot();
  void Hang();
  void Pause();
  void Thaw();

  /// TracedCallback signatures.
  typedef void (*AddressTracedCallback)(const Address& address);
  typedef void (*ConflictTracedCallback)(const Address& address, Mac48Address rival);
  typedef void (*StateTracedCallback)(State state);

 protected:
  void DoDispose() override;

 private:
  void MoveIn(Ptr<UnderstudyInterface> interface, Ptr<NetDevice> device);
  void Adopt(Ptr<UnderstudyPart> part);
  void SetGate(UnderstudyGate gate);
  void Wipe();
  void Enter(State state);

  Ptr<Node> node_;
  Ptr<NetDevice> device_;
  Ptr<SimpleNetDevice> card_;         // device_, if Install made it
  Ptr<UnderstudyNodeGate> nodeGate_;  // if not
  Ptr<UnderstudyInterface> interface_;
  Address server_;
  State state_ = State::running;
  std::vector<Address> shared_;
  AnnounceCallback announce_;
  std::vector<Ptr<UnderstudyPart>> parts_;
  TracedCallback<const Address&> claimed_;
  TracedCallback<const Address&> released_;
  TracedCallback<const Address&, Mac48Address> conflict_;
  TracedCallback<State> entered_;
};

template <typename Part>
Ptr<Part> UnderstudyHost::Install() {
  Ptr<Part> part = CreateObject<Part>();
  Adopt(part);
  return part;
}

template <typename Part>
Ptr<Part> UnderstudyHost::GetPart() const {
  for (const Ptr<UnderstudyPart>& part : parts_) {
    if (const Ptr<Part> found = DynamicCast<Part>(part)) return found;
  }
  return nullptr;
}

}  // namespace ns3
