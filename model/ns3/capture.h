// SPDX-License-Identifier: MIT
//
// Writes what passes one end of a cable to a pcap file, as tcpdump on the device there would.
//
// SimpleNetDevice has neither an Ethernet header nor a capture of its own, so each frame gets a
// header (destination, source, EtherType) as it is written; link type Ethernet, nanoseconds, no
// frame check sequence, short frames not padded. ICMP and ICMPv6 are read without complaint only if
// checksums are on (GlobalValue ChecksumEnabled; UnderstudySimulation turns them on).
#pragma once

#include <string>

#include <ns3/object.h>
#include <ns3/pcap-file-wrapper.h>
#include <ns3/ptr.h>
#include <ns3/simple-net-device.h>

#include "understudy/ns3/frame.h"

namespace ns3 {

class NetDevice;

class UnderstudyCapture : public Object {
 public:
  static TypeId GetTypeId();

  /// Captures at `device`, an end of an UnderstudyLink, until the simulator is destroyed or Close.
  /// Throws std::runtime_error if the file cannot be written.
  static Ptr<UnderstudyCapture> Open(Ptr<SimpleNetDevice> device, const std::string& path);

  void Close();

 protected:
  void DoDispose() override;

 private:
  void Write(Ptr<const NetDevice> end, const UnderstudyFrame& frame);

  Ptr<SimpleNetDevice> device_;
  Ptr<PcapFileWrapper> file_;
};

}  // namespace ns3
