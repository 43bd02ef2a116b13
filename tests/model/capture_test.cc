// SPDX-License-Identifier: MIT
//
// The claims that a capture shows: what the pair puts on the wire, as Wireshark's dissectors read
// it. In virtual time there is no wire; there the timeline stands for it (claims_test.cc).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "substrates.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::IsEmpty;

// The lines that a command prints.
std::vector<std::string> lines_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t size = fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    text.append(buffer.data(), size);
  }
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

class Captures : public testing::TestWithParam<IpVersion> {
 protected:
  void SetUp() override {
    ASSERT_THAT(lines_of("tshark --version 2>&1"), Contains(testing::StartsWith("TShark")))
        << "this test reads captures with tshark: install the package tshark";
    std::string name = std::filesystem::temp_directory_path() / "understudy-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
    Scenario scenario = crash_scenario();
    scenario.pair.method = Method::original;
    scenario.run.duration = 20s;
    scenario.server.boot_time = 5s;
    scenario.faults[0].at = Uniform{10s, 11s};
    scenario.topology.ip = GetParam();
    const Timeline timeline = ns3_substrate::run(
        scenario, {}, {.pcap_directory = directory_, .animation = {}, .attributes = {}});
    ASSERT_THAT(timeline.events, testing::Not(IsEmpty()));
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  // What the capture at a host says of the frames that a display filter picks, one line each.
  [[nodiscard]] std::vector<std::string> frames(Host host, const std::string& filter) const {
    const auto file = directory_ / (std::string(to_text(host)) + ".pcap");
    return lines_of("tshark -n -r " + file.string() + " -Y '" + filter + "' 2>/dev/null");
  }
  [[nodiscard]] static bool v6() { return GetParam() == IpVersion::v6; }

  std::filesystem::path directory_;
};

TEST_P(Captures, Claim08_18_SignallingIsIcmpEchoAnsweredByTheAddressThatWasAsked) {
  const std::string request = v6() ? "icmpv6.type == 128 && ipv6.src == 2001:db8::2 && "
                                     "ipv6.dst == 2001:db8::100"
                                   : "icmp.type == 8 && ip.src == 10.0.0.2 && ip.dst == 10.0.0.100";
  const std::string reply = v6() ? "icmpv6.type == 129 && ipv6.src == 2001:db8::100 && "
                                   "ipv6.dst == 2001:db8::2"
                                 : "icmp.type == 0 && ip.src == 10.0.0.100 && ip.dst == 10.0.0.2";
  const std::size_t requests = frames(Host::second, request).size();
  const std::size_t replies = frames(Host::second, reply).size();
  EXPECT_GE(requests, 100U) << "ten seconds of pings";
  EXPECT_EQ(replies, requests - 1) << "one stayed away, and the method knows one miss only";
}

TEST_P(Captures, Claim01_TheBootedServerProbesTheMonitorAddressAndNobodyAnswers) {
  const std::string probe = v6() ? "icmpv6.type == 128 && ipv6.dst == 2001:db8::101"
                                 : "icmp.type == 8 && ip.dst == 10.0.0.101";
  const std::string asked =
      v6() ? "icmpv6.type == 135 && icmpv6.nd.ns.target_address == 2001:db8::101"
           : "arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.0.101 && "
             "arp.src.proto_ipv4 != 10.0.0.101";
  // With nobody at the address the probe does not get further than asking for its hardware.
  EXPECT_THAT(frames(Host::first, probe), IsEmpty());
  EXPECT_THAT(frames(Host::first, asked), testing::Not(IsEmpty()));
}

TEST_P(Captures, Claim06_16_TheMoveOfThePrimaryAddressIsAnnouncedToAll) {
  const std::string announcement =
      v6() ? "icmpv6.type == 136 && icmpv6.nd.na.target_address == 2001:db8::100 && "
             "icmpv6.nd.na.flag.o == 1"
           : "arp.isgratuitous == 1 && arp.src.proto_ipv4 == 10.0.0.100";
  std::vector<std::string> by_second;
  for (const std::string& line :
       frames(Host::client, announcement + " && frame.time_relative > 5")) {
    by_second.push_back(line);
  }
  EXPECT_THAT(by_second, testing::Not(IsEmpty()));
}

TEST_P(Captures, Claim07_17_TheAddressesAreIpAddresses) {
  EXPECT_THAT(frames(Host::client, v6() ? "ipv6.dst == 2001:db8::100" : "ip.dst == 10.0.0.100"),
              testing::Not(IsEmpty()));
}

TEST_P(Captures, Claim22_23_24_25_26_DissectorsReadEveryFrameWithoutComplaint) {
  for (const Host host : {Host::first, Host::second, Host::client, Host::witness}) {
    EXPECT_THAT(frames(host, "frame"), testing::Not(IsEmpty()));
    // ns-3 writes a UDP checksum that comes out as 0 as 0, which IPv6 does not allow (RFC
    // 8200, 8.1: it is sent as 0xffff). That happens to one packet in 65,536 and is not ours to
    // mend.
    EXPECT_THAT(frames(host,
                       "(_ws.malformed || _ws.expert.severity == 8388608) && "
                       "!(ipv6 && udp.checksum == 0)"),
                IsEmpty())
        << "malformed, or an expert's error, at " << to_text(host);
  }
}

INSTANTIATE_TEST_SUITE_P(Ns3, Captures, testing::Values(IpVersion::v4, IpVersion::v6),
                         [](const auto& instance) {
                           return instance.param == IpVersion::v4 ? "IPv4" : "IPv6";
                         });

}  // namespace
}  // namespace understudy
