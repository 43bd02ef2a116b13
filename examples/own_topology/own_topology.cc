// SPDX-License-Identifier: MIT
//
// A pair in an ns-3 topology of one's own: two Ethernets and a router between them.
//
//      server 0    server 1                         client 0    client 1
//       .1 │        .2 │                             .1 │        .2 │
//     ─────┴───────────┴──────┬─────  CSMA        ──────┴───────────┴────┬─────  CSMA
//          10.1.1.0/24        │ .254                   10.1.2.0/24       │ .254
//                             └────────────── router ────────────────────┘
//
//     primary address 10.1.1.100, monitor address 10.1.1.101
//
// Both servers start at 1 s, as equals, and agree on their roles within a second. At 30 s the
// primary loses its power. Expect that the monitor declares a failure after three missed pings,
// some 0.2 s later, cuts the power to be sure, which takes 0.5 s, and takes over: for 0.7 s the
// clients get no answer. The crashed server boots, finds the monitor address free, and is the
// monitor from then on.
//
//     own_topology --interval=100ms          other ping intervals
//     own_topology --neighbours=false        what happens if the router is not told: its ARP keeps
//                                            the dead server, and no answer comes for two minutes
//     own_topology --pcap=own                own-0-0.pcap and so on, of each device
//     NS_LOG=UnderstudyAgent=level_info own_topology
#include <cstdint>
#include <iostream>
#include <string>

#include <ns3/boolean.h>
#include <ns3/command-line.h>
#include <ns3/csma-helper.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-address-helper.h>
#include <ns3/ipv4-global-routing-helper.h>
#include <ns3/net-device-container.h>
#include <ns3/node-container.h>
#include <ns3/nstime.h>
#include <ns3/simulator.h>
#include <ns3/string.h>

#include "understudy/ns3/client.h"
#include "understudy/ns3/understudy_helper.h"

using namespace ns3;

namespace {

std::string Now() { return std::to_string(Simulator::Now().GetSeconds()).substr(0, 7) + " s  "; }

void TellOfRole(std::string server, understudy::Role role, understudy::Cause cause) {
  std::cout << Now() << server << " is " << understudy::to_text(role) << ": "
            << understudy::to_text(cause) << "\n";
}

void TellOfPower(uint32_t server, UnderstudyPair::PowerState state) {
  const char* const words[] = {"is off", "boots", "is up"};
  std::cout << Now() << "server " << server << " " << words[static_cast<int>(state)] << "\n";
}

// What the clients saw, from 20 s on.
uint64_t answered = 0;
uint64_t lost = 0;
void CountAnswer(uint64_t, Time, Time) { ++answered; }
void CountLoss(uint64_t, Time) { ++lost; }

}  // namespace

int main(int argc, char* argv[]) {
  Time interval = MilliSeconds(50);
  bool neighbours = true;
  std::string pcap;
  CommandLine arguments;
  arguments.AddValue("interval", "between two pings", interval);
  arguments.AddValue("neighbours", "let the router notice that addresses move", neighbours);
  arguments.AddValue("pcap", "beginning of the names of captures", pcap);
  arguments.Parse(argc, argv);

  // The topology, as in any ns-3 program.
  NodeContainer servers(2);
  NodeContainer clients(2);
  NodeContainer router(1);
  CsmaHelper ethernet;
  ethernet.SetChannelAttribute("DataRate", StringValue("1Gbps"));
  ethernet.SetChannelAttribute("Delay", StringValue("5us"));
  const NetDeviceContainer serverLan = ethernet.Install(NodeContainer(servers, router));
  const NetDeviceContainer clientLan = ethernet.Install(NodeContainer(clients, router));
  InternetStackHelper stack;
  stack.Install(NodeContainer(servers, clients, router));
  Ipv4AddressHelper addresses("10.1.1.0", "255.255.255.0");
  addresses.Assign(NetDeviceContainer(serverLan.Get(0), serverLan.Get(1)));
  addresses.SetBase("10.1.1.0", "255.255.255.0", "0.0.0.254");
  addresses.Assign(serverLan.Get(2));
  addresses.SetBase("10.1.2.0", "255.255.255.0");
  addresses.Assign(NetDeviceContainer(clientLan.Get(0), clientLan.Get(1)));
  addresses.SetBase("10.1.2.0", "255.255.255.0", "0.0.0.254");
  addresses.Assign(clientLan.Get(2));
  Ipv4GlobalRoutingHelper::PopulateRoutingTables();

  // The pair.
  UnderstudyHelper helper(Ipv4Address("10.1.1.100"), Ipv4Address("10.1.1.101"));
  helper.SetAgentAttribute("PingInterval", TimeValue(interval));
  helper.SetPairAttribute("BootTime", StringValue("ns3::UniformRandomVariable[Min=8|Max=12]"));
  helper.SetPairAttribute("FenceLatency", StringValue("ns3::ConstantRandomVariable[Constant=0.5]"));
  const Ptr<UnderstudyPair> pair = helper.Install(serverLan.Get(0), serverLan.Get(1));
  if (neighbours) helper.InstallNeighbours(serverLan);
  pair->GetApplications().Start(Seconds(1));
  pair->GetApplications().Stop(Seconds(60));
  Simulator::Schedule(Seconds(30), &UnderstudyPair::CrashPrimary, pair);

  // What we want to see of it.
  pair->TraceConnectWithoutContext("Power", MakeCallback(&TellOfPower));
  pair->GetAgent(0)->TraceConnect("Role", "server 0", MakeCallback(&TellOfRole));
  pair->GetAgent(1)->TraceConnect("Role", "server 1", MakeCallback(&TellOfRole));
  for (uint32_t i = 0; i < clients.GetN(); ++i) {
    const Ptr<UnderstudyClient> client = CreateObject<UnderstudyClient>();
    client->SetAttribute("Remote", AddressValue(Ipv4Address("10.1.1.100")));
    client->SetAttribute("Interval", TimeValue(MilliSeconds(10)));
    client->TraceConnectWithoutContext("Answered", MakeCallback(&CountAnswer));
    client->TraceConnectWithoutContext("Lost", MakeCallback(&CountLoss));
    clients.Get(i)->AddApplication(client);
    client->SetStartTime(Seconds(20));
    client->SetStopTime(Seconds(50));
  }
  if (!pcap.empty()) ethernet.EnablePcapAll(pcap);

  Simulator::Stop(Seconds(60));
  Simulator::Run();
  std::cout << answered << " requests of the clients were answered, " << lost << " lost\n";
  Simulator::Destroy();
}
