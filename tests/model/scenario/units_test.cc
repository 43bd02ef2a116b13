// SPDX-License-Identifier: MIT
#include "understudy/scenario/units.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "understudy/failover/time_text.h"
#include "understudy/scenario/bad_input.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;

TEST(Units, DurationsAreOneNumberAndOneUnit) {
  EXPECT_EQ(duration_from_text("0ms"), 0ns);
  EXPECT_EQ(duration_from_text("7ns"), 7ns);
  EXPECT_EQ(duration_from_text("50us"), 50us);
  EXPECT_EQ(duration_from_text("0.5s"), 500ms);
  EXPECT_EQ(duration_from_text("1.500s"), 1500ms);
  EXPECT_EQ(duration_from_text("2min"), 120s);
  EXPECT_EQ(duration_from_text("0.05min"), 3s);
  EXPECT_EQ(duration_from_text("1h"), 3600s);
  EXPECT_EQ(duration_from_text("0.0000000000125d"), 1080ns);
  EXPECT_EQ(duration_from_text("36500d"), longest_span);
  EXPECT_EQ(duration_from_text("-5ms"), -5ms);
}

TEST(Units, DurationsLeadToTextAndBack) {
  for (const Duration span :
       {Duration(0), Duration(1), Duration(1'000'000'001), Duration(28'750ms), Duration(90min),
        Duration(48h), Duration(-3ms), longest_span, longest_span - 1ns}) {
    EXPECT_EQ(duration_from_text(to_text(span)), span);
  }
}

TEST(Units, SizesAreInBytes) {
  EXPECT_EQ(size_from_text("1B"), 1u);
  EXPECT_EQ(size_from_text("64KiB"), 65536u);
  EXPECT_EQ(size_from_text("1.5kB"), 1500u);
  EXPECT_EQ(size_from_text("1TiB"), 1ULL << 40);
  EXPECT_EQ(size_to_text(65536), "64KiB");
  EXPECT_EQ(size_to_text(1500), "1500B");
  EXPECT_EQ(size_to_text(3ULL << 30), "3GiB");
  EXPECT_EQ(size_to_text(0), "0B");
}

TEST(Units, RatesArePerSecond) {
  EXPECT_EQ(rate_from_text("200/s"), 200.0);
  EXPECT_EQ(rate_from_text("30/min"), 0.5);
  EXPECT_EQ(rate_from_text("1800/h"), 0.5);
  EXPECT_EQ(rate_to_text(0.5), "0.5/s");
}

TEST(Units, BandwidthsAreInBitsPerSecond) {
  EXPECT_EQ(bandwidth_from_text("1Gbps"), 1e9);
  EXPECT_EQ(bandwidth_from_text("2.5Gbps"), 2.5e9);
  EXPECT_EQ(bandwidth_from_text("9600bps"), 9600.0);
  EXPECT_EQ(bandwidth_to_text(1e9), "1Gbps");
  EXPECT_EQ(bandwidth_to_text(1e8), "100Mbps");
  EXPECT_EQ(bandwidth_to_text(9600), "9.6kbps");
  EXPECT_EQ(bandwidth_to_text(1), "1bps");
}

TEST(Units, AnyNumberLeadsToTextAndBack) {
  for (double number = 1e-30; number < 1e30; number *= 7.3) {
    EXPECT_EQ(rate_from_text(rate_to_text(number)), number);
    EXPECT_EQ(bandwidth_from_text(bandwidth_to_text(number)), number);
  }
}

struct Mistake {
  std::function<void(std::string_view)> read;
  const char* text;
  const char* message;
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.text; }

class UnitsMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(UnitsMistake, SaysWhatWouldBeRight) {
  try {
    GetParam().read(GetParam().text);
    FAIL() << "accepted";
  } catch (const BadInput& mistake) {
    EXPECT_STREQ(mistake.what(), GetParam().message);
  }
}

const auto duration = [](std::string_view text) { static_cast<void>(duration_from_text(text)); };
const auto size = [](std::string_view text) { static_cast<void>(size_from_text(text)); };
const auto rate = [](std::string_view text) { static_cast<void>(rate_from_text(text)); };
const auto bandwidth = [](std::string_view text) { static_cast<void>(bandwidth_from_text(text)); };

INSTANTIATE_TEST_SUITE_P(
    Units, UnitsMistake,
    ::testing::Values(
        Mistake{duration, "50", R"("50" has no unit; write a duration such as "50ms")"},
        Mistake{duration, "0", R"("0" has no unit; write a duration such as "50ms")"},
        Mistake{duration, "", R"("" is no duration; write a number and a unit such as "50ms")"},
        Mistake{duration, "ms", R"("ms" is no duration; write a number and a unit such as "50ms")"},
        Mistake{duration, ".5s",
                R"(".5s" is no duration; write a number and a unit such as "50ms")"},
        Mistake{duration, "5.s",
                R"("5.s" is no duration; write a number and a unit such as "50ms")"},
        Mistake{duration, "1,5s",
                R"("1,5s" is no duration; write a number and a unit such as "50ms")"},
        Mistake{duration, "50 ms",
                R"("50 ms" is no duration; write a number and a unit such as "50ms")"},
        Mistake{duration, "--5ms",
                R"("--5ms" is no duration; write a number and a unit such as "50ms")"},
        Mistake{duration, "50sec",
                R"("50sec" has the unknown unit "sec"; use ns, us, ms, s, min, h or d)"},
        Mistake{duration, "1h30m",
                R"("1h30m" has the unknown unit "h30m"; use ns, us, ms, s, min, h or d)"},
        Mistake{duration, "0.3ns", R"("0.3ns" is not a whole number of nanoseconds; round it)"},
        Mistake{duration, "0.1234567890123456789s",
                R"("0.1234567890123456789s" is not a whole number of nanoseconds; round it)"},
        Mistake{duration, "36501d", R"("36501d" is longer than 36500d; write a shorter duration)"},
        Mistake{duration, "99999999999999999999999999999999999999999ns",
                R"("99999999999999999999999999999999999999999ns" is longer than 36500d; )"
                "write a shorter duration"},
        Mistake{size, "64", R"("64" has no unit; write a size such as "64KiB")"},
        Mistake{size, "-1B", R"("-1B" is negative; write a size such as "64KiB")"},
        Mistake{size, "0.5B", R"("0.5B" is not a whole number of bytes; round it)"},
        Mistake{size, "99999999999TiB", R"("99999999999TiB" is too large; write a smaller size)"},
        Mistake{size, "64KB",
                R"("64KB" has the unknown unit "KB"; use B, kB, MB, GB, KiB, MiB, GiB or TiB)"},
        Mistake{rate, "200", R"("200" has no unit; write a rate such as "200/s")"},
        Mistake{rate, "200/d", R"("200/d" has the unknown unit "/d"; use /s, /min or /h)"},
        Mistake{bandwidth, "1G", R"("1G" has the unknown unit "G"; use bps, kbps, Mbps or Gbps)"}));

}  // namespace
}  // namespace understudy
