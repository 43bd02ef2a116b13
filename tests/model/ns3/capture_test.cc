// SPDX-License-Identifier: MIT
//
// What a capture holds, as Wireshark's dissectors read it.

#include "understudy/ns3/capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <ns3/node.h>

#include "lan.h"
#include "understudy/ns3/client.h"
#include "understudy/ns3/copy_sink.h"
#include "understudy/ns3/copy_source.h"
#include "understudy/ns3/datagrams.h"
#include "understudy/ns3/echo.h"
#include "understudy/ns3/service.h"

namespace understudy::ns3_tests {
namespace {

using ns3::MilliSeconds;
using ns3::Ptr;
using ns3::UnderstudyCapture;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

struct Output {
  int status;
  std::string text;
};

Output run(const std::string& command) {
  FILE* pipe = popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  Output output{0, {}};
  std::array<char, 4096> chunk{};
  while (const std::size_t size = fread(chunk.data(), 1, chunk.size(), pipe)) {
    output.text.append(chunk.data(), size);
  }
  output.status = pclose(pipe);
  return output;
}

class CaptureTest : public testing::TestWithParam<Family> {
 protected:
  void SetUp() override {
    ASSERT_EQ(run("command -v tshark").status, 0)
        << "this test reads captures with tshark: apt-get install tshark";
  }
  void TearDown() override { std::filesystem::remove(path); }

  // How many frames each of these filters of Wireshark's matches, all checksums verified.
  std::vector<int> count(const std::vector<std::string>& filters) const {
    std::string statistics = "io,stat,0";
    for (const std::string& filter : filters) statistics += "," + filter;
    const Output output =
        run("tshark -n -q -r " + path.string() +
            " -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE"
            " -z '" +
            statistics + "'");
    EXPECT_EQ(output.status, 0);
    // One line of results: | 0.0 <> 1.0 | frames | bytes | frames | bytes | ...
    const std::size_t line = output.text.find("<>", output.text.find("Frames"));
    if (line == std::string::npos) throw std::runtime_error("no statistics from tshark");
    std::istringstream columns(output.text.substr(output.text.find('|', line) + 1));
    std::vector<int> counts;
    std::string frames;
    std::string bytes;
    while (counts.size() < filters.size() && std::getline(columns, frames, '|') &&
           std::getline(columns, bytes, '|')) {
      counts.push_back(std::stoi(frames));
    }
    return counts;
  }

  // A bit of everything that the pair does, captured at host 1, the monitor.
  void capture_a_day() {
    Lan lan(GetParam());
    const auto capture = UnderstudyCapture::Open(lan.hosts[1]->GetDevice(), path);
    const auto echo = lan.hosts[1]->Install<ns3::UnderstudyEcho>();
    const auto source = lan.hosts[0]->Install<ns3::UnderstudyCopySource>();
    const auto sink = lan.hosts[1]->Install<ns3::UnderstudyCopySink>();
    const auto service = lan.hosts[1]->Install<ns3::UnderstudyService>();
    const auto datagrams = lan.hosts[1]->Install<ns3::UnderstudyDatagrams>();
    const auto client = ns3::CreateObject<ns3::UnderstudyClient>();
    client->SetAttribute("Remote", ns3::AddressValue(lan.primary));
    lan.hosts[2]->GetNode()->AddApplication(client);
    datagrams->Open();
    source->Open([] { return ns3::UnderstudySnapshot{1, 2, std::vector<std::uint8_t>(20'000)}; });

    lan.hosts[0]->Claim(lan.primary);
    lan.hosts[1]->Claim(lan.monitor);
    at(MilliSeconds(10), [&] { echo->Send(lan.primary, 0x1122334455667788); });
    at(MilliSeconds(20), [&] {
      sink->Fetch(lan.hosts[0]->GetServerAddress(),
                  [](const std::optional<ns3::UnderstudySnapshot>&) {});
    });
    at(MilliSeconds(500), [&] {
      const std::array<std::uint8_t, 3> hello{1, 2, 3};
      datagrams->Send(lan.hosts[0]->GetServerAddress(), hello);
    });
    at(MilliSeconds(605), [&] {
      lan.hosts[0]->Release(lan.primary);
      lan.hosts[1]->Claim(lan.primary);
      service->Serve(lan.primary);
    });
    run_until(MilliSeconds(1001));
    capture->Close();
  }

  std::filesystem::path path = std::filesystem::temp_directory_path() /
                               ("understudy-capture-test-" + std::to_string(getpid()) + ".pcap");
};
INSTANTIATE_TEST_SUITE_P(Families, CaptureTest, testing::Values(Family::v4, Family::v6), name_of);

TEST_P(CaptureTest, WiresharkReadsEveryFrameWithoutAComplaint) {
  capture_a_day();
  const std::vector<int> counts = count({
      "eth",
      "not eth",
      "_ws.malformed or _ws.short or _ws.unreassembled",
      "ip.checksum.status == 0 or icmp.checksum.status == 0 or icmpv6.checksum.status == 0",
      "tcp.checksum.status == 0 or udp.checksum.status == 0",
      "tcp.analysis.retransmission or tcp.analysis.out_of_order or tcp.analysis.lost_segment",
      "ip.flags.mf == 1 or ip.frag_offset > 0 or ipv6.fraghdr",
  });
  ASSERT_THAT(counts, SizeIs(7));
  EXPECT_GT(counts[0], 100);
  EXPECT_THAT(std::vector(counts.begin() + 1, counts.end()), Each(0));
}

TEST_P(CaptureTest, EachKindOfPacketIsInIt) {
  capture_a_day();
  std::vector<std::string> filters = {
      "tcp.flags.syn == 1",   "tcp.flags.fin == 1",
      "tcp.flags.reset == 1", "udp.dstport == 8650 and not icmp and not icmpv6",
      "udp.dstport == 8000",  "udp.srcport == 8000"};
  if (GetParam() == Family::v4) {
    filters.insert(filters.end(),
                   {"arp.isgratuitous and arp.src.proto_ipv4 == 10.0.0.100",
                    "icmp.type == 8 and ip.dst == 10.0.0.100 and icmp.ident == 0x1122 and "
                    "icmp.seq == 0x7788",
                    "icmp.type == 0 and ip.src == 10.0.0.100"});
  } else {
    filters.insert(filters.end(),
                   {"icmpv6.type == 136 and icmpv6.nd.na.target_address == 2001:db8::100 and "
                    "icmpv6.nd.na.flag.o == 1 and icmpv6.nd.na.flag.s == 0",
                    "icmpv6.type == 128 and ipv6.dst == 2001:db8::100 and "
                    "icmpv6.echo.identifier == 0x1122 and icmpv6.echo.sequence_number == 0x7788",
                    "icmpv6.type == 129 and ipv6.src == 2001:db8::100"});
  }
  // The two announcements are host 0's and host 1's own; requests at 610 ms and on reach host 1.
  EXPECT_THAT(count(filters), ElementsAre(2, 2, 0, 1, 40, 40, 2, 1, 1));
}

TEST_P(CaptureTest, FileThatCannotBeWrittenIsNamed) {
  Lan lan(GetParam());
  try {
    UnderstudyCapture::Open(lan.hosts[0]->GetDevice(), "/nowhere/capture.pcap");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/capture.pcap"));
  }
}

}  // namespace
}  // namespace understudy::ns3_tests
