// SPDX-License-Identifier: MIT
#include "understudy/scenario/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "understudy/scenario/bad_input.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

std::vector<Duration> spans(std::string_view text) { return *parse_trace({"rtt.csv", text}).spans; }

TEST(Trace, AColumnOfSecondsIsSorted) {
  EXPECT_THAT(spans("0.002\n0.001\n1e-3\n3\n"), ElementsAre(1ms, 1ms, 2ms, 3s));
}

TEST(Trace, SpansMayHaveUnits) {
  EXPECT_THAT(spans("120us\n1.5 ms\n\"2ms\"\n"), ElementsAre(120us, 1500us, 2ms));
}

TEST(Trace, FractionsOfNanosecondsAreRounded) {
  EXPECT_THAT(spans("0.0000000016\n"), ElementsAre(2ns));
}

TEST(Trace, AHeadingCommentsAndBlankLinesArePassedOver) {
  EXPECT_THAT(spans("# measured in the lab\r\n\r\nrtt_s\r\n0.001\r\n\r\n0.002"),
              ElementsAre(1ms, 2ms));
}

TEST(Trace, TheOutputOfPingIsATrace) {
  EXPECT_THAT(
      spans("PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n"
            "[1700000000.000001] 64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.123 ms\n"
            "[1700000001.000001] no answer yet for icmp_seq=2\n"
            "[1700000002.000001] 64 bytes from 10.0.0.2: icmp_seq=3 ttl=64 time=12 ms (DUP!)\n"
            "\n"
            "--- 10.0.0.2 ping statistics ---\n"
            "3 packets transmitted, 2 received, 33% packet loss, time 2030ms\n"
            "rtt min/avg/max/mdev = 0.123/6.061/12.000/5.938 ms\n"),
      ElementsAre(123us, 12ms));
}

TEST(Trace, AReplayKeepsTheOrder) {
  const Replay replay = parse_replay({"rtt.csv", "0.002\n0.001\n0.003\n"});
  EXPECT_THAT(*replay.recorded, ElementsAre(2ms, 1ms, 3ms));
  EXPECT_EQ(replay.trace, parse_trace({"rtt.csv", "0.001\n0.002\n0.003\n"}));
}

struct Mistake {
  const char* text;
  const char* message;
};
class TraceMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(TraceMistake, IsNamedWithPathAndLine) {
  try {
    static_cast<void>(parse_trace({"rtt.csv", GetParam().text}));
    FAIL() << "accepted";
  } catch (const BadInput& mistake) {
    EXPECT_STREQ(mistake.what(), GetParam().message);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Trace, TraceMistake,
    ::testing::Values(
        Mistake{"", "rtt.csv: holds no span; write one a line, or keep what ping -D prints"},
        Mistake{"rtt_s\n", "rtt.csv: holds no span; write one a line, or keep what ping -D prints"},
        Mistake{"0.1\nabc\n",
                R"(rtt.csv:2: "abc" is no span; write seconds such as 0.05, or 50ms)"},
        Mistake{"rtt\nabc\n",
                R"(rtt.csv:2: "abc" is no span; write seconds such as 0.05, or 50ms)"},
        Mistake{"nan\n0.1\nnan\n",
                R"(rtt.csv:3: "nan" is no span; write seconds such as 0.05, or 50ms)"},
        Mistake{"0.1\n-0.1\n", R"(rtt.csv:2: "-0.1" is negative; write a span such as 50ms)"},
        Mistake{"1e300\n", R"(rtt.csv:1: "1e300" is longer than 36500d; write a shorter span)"},
        Mistake{"1e999\n", R"(rtt.csv:1: "1e999" is no span; write seconds such as 0.05, or 50ms)"},
        Mistake{"1 sec\n",
                R"(rtt.csv:1: "1 sec" has the unknown unit "sec"; use ns, us, ms, s, min, h or d)"},
        Mistake{"1,2\n", R"(rtt.csv:1: "1,2" is more than one column; leave only the spans)"}));

TEST(Trace, AFileThatIsNotThereIsNamed) {
  try {
    static_cast<void>(read_trace("no/such/rtt.csv"));
    FAIL() << "accepted";
  } catch (const BadInput& mistake) {
    EXPECT_STREQ(mistake.what(),
                 "no/such/rtt.csv: cannot be opened (No such file or directory); "
                 "check its name and rights");
  }
}

}  // namespace
}  // namespace understudy
