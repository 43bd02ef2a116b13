// SPDX-License-Identifier: MIT

#include "understudy/ns3/copy_end.h"

#include <ns3/boolean.h>
#include <ns3/double.h>
#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/socket.h>
#include <ns3/tcp-socket-factory.h>
#include <ns3/uinteger.h>

#include "understudy/ns3/address.h"

namespace ns3 {

NS_OBJECT_ENSURE_REGISTERED(UnderstudyCopyEnd);

TypeId UnderstudyCopyEnd::GetTypeId() {
  static TypeId tid =
      TypeId("ns3::UnderstudyCopyEnd")
          .SetParent<UnderstudyPart>()
          .SetGroupName("Understudy")
          .AddAttribute("Port", "Where a source listens and a sink connects to.",
                        UintegerValue(8651), MakeUintegerAccessor(&UnderstudyCopyEnd::port_),
                        MakeUintegerChecker<uint16_t>(1))
          .AddAttribute("Window",
                        "Bytes that may be on the way at once, from the start. At least bandwidth "
                        "times round trip, or the copy waits for acknowledgements; and no more "
                        "than the queues on the way hold.",
                        UintegerValue(128 * 1024),
                        MakeUintegerAccessor(&UnderstudyCopyEnd::window_),
                        MakeUintegerChecker<uint32_t>(4096))
          .AddAttribute("Timeout", "A copy that takes longer has failed.", TimeValue(Seconds(2)),
                        MakeTimeAccessor(&UnderstudyCopyEnd::timeout_),
                        MakeTimeChecker(NanoSeconds(1)));
  return tid;
}

Ptr<Socket> UnderstudyCopyEnd::MakeSocket() const {
  const uint32_t headers = IsIpv6(GetHost().GetServerAddress()) ? 60 : 40;  // IP and TCP
  const uint32_t segment = GetHost().GetNetDevice()->GetMtu() - headers;
  const Ptr<Socket> socket =
      Socket::CreateSocket(GetHost().GetNode(), TcpSocketFactory::GetTypeId());
  socket->SetAttribute("SegmentSize", UintegerValue(segment));
  socket->SetAttribute("Timestamp", BooleanValue(false));  // 12 bytes that would not fit the MTU
  socket->SetAttribute("InitialCwnd", UintegerValue((window_ + segment - 1) / segment));
  socket->SetAttribute("RcvBufSize", UintegerValue(window_));
  socket->SetAttribute("SndBufSize", UintegerValue(window_));
  socket->SetAttribute("TcpNoDelay", BooleanValue(true));
  socket->SetAttribute("DelAckTimeout", TimeValue(MicroSeconds(500)));
  socket->SetAttribute("ConnTimeout", TimeValue(Seconds(1)));    // Linux; ns-3: 3 s
  socket->SetAttribute("MinRto", TimeValue(MilliSeconds(200)));  // Linux; ns-3: 1 s
  socket->SetAttribute("MaxSegLifetime", DoubleValue(0.1));      // else a socket a copy for 240 s
  return socket;
}

}  // namespace ns3
