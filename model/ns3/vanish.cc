// SPDX-License-Identifier: MIT

#include "understudy/ns3/vanish.h"

#include <ns3/callback.h>
#include <ns3/log.h>
#include <ns3/node.h>
#include <ns3/object-ptr-container.h>
#include <ns3/packet.h>
#include <ns3/socket.h>
#include <ns3/tcp-l4-protocol.h>
#include <ns3/tcp-socket-base.h>

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyVanish");

namespace {

// Nobody makes one: a derived class may form pointers to the protected members of its base, and
// these work on any socket, also one that somebody else's application created.
class Eraser : public TcpSocketBase {
 public:
  static void Erase(TcpSocketBase& socket) {
    (socket.*&Eraser::CancelAllTimers)();
    socket.*& Eraser::m_state = CLOSED;
    (socket.*&Eraser::DeallocateEndPoint)();
    (socket.*&Eraser::m_tcp)->RemoveSocket(Ptr<TcpSocketBase>(&socket));
  }
};

void silence(Socket& socket) {
  socket.SetConnectCallback(MakeNullCallback<void, Ptr<Socket>>(),
                            MakeNullCallback<void, Ptr<Socket>>());
  socket.SetCloseCallbacks(MakeNullCallback<void, Ptr<Socket>>(),
                           MakeNullCallback<void, Ptr<Socket>>());
  socket.SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                           MakeNullCallback<void, Ptr<Socket>, const Address&>());
  socket.SetDataSentCallback(MakeNullCallback<void, Ptr<Socket>, uint32_t>());
  socket.SetSendCallback(MakeNullCallback<void, Ptr<Socket>, uint32_t>());
  socket.SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
}

}  // namespace

void VanishTcpSocket(Ptr<Socket> socket) {
  const Ptr<TcpSocketBase> tcp = DynamicCast<TcpSocketBase>(socket);
  if (!tcp) return;
  silence(*tcp);
  Eraser::Erase(*tcp);
}

void VanishTcpSockets(Ptr<Node> node) {
  NS_LOG_FUNCTION(node);
  const Ptr<TcpL4Protocol> tcp = node->GetObject<TcpL4Protocol>();
  if (!tcp) return;
  ObjectPtrContainerValue list;  // a copy of the protocol's own, which shrinks meanwhile
  tcp->GetAttribute("SocketList", list);
  for (auto entry = list.Begin(); entry != list.End(); ++entry) {
    VanishTcpSocket(DynamicCast<Socket>(entry->second));
  }
}

}  // namespace ns3
