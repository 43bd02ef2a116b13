// SPDX-License-Identifier: MIT
//
// The end of a node's connections when its power goes: they stop to exist, and nobody is told.
//
// Closing a TCP socket sends a FIN, aborting it an RST, and ns-3 knows no third way: after a device
// was taken down and up again its connections go on where they were. Here timers are cancelled, end
// points freed and callbacks taken away, of listeners and of sockets in the middle of a handshake
// too. What the peer then sends meets no end point and is answered by an RST if the node is up
// again by then, as by a rebooted machine.
#pragma once

#include <ns3/ptr.h>

namespace ns3 {

class Node;
class Socket;

/// All TCP sockets of the node, whoever made them.
void VanishTcpSockets(Ptr<Node> node);

/// One TCP socket. Null is allowed.
void VanishTcpSocket(Ptr<Socket> socket);

}  // namespace ns3
