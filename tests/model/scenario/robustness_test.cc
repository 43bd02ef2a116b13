// SPDX-License-Identifier: MIT
//
// Whatever a file holds, it is a scenario or a mistake of one line.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/printing.h"
#include "understudy/scenario/reader.h"

namespace understudy {
namespace {

constexpr std::string_view whole = R"([pair]
method = "today"
ping_interval = "100ms"
misses = 3
phi_threshold = 8.5
takeover = "fence-first"
watch_monitor = true
asleep_after = "forever"
[server]
boot_time = { normal = ["20s", "2s"] }
[power]
latency = { uniform = ["500ms", "0.6s"] }
confirmation = { exponential = "1ms" }
refusal = 0.01
[memory]
size = "64KiB"
write_rate = "200/s"
[topology]
bandwidth = "1Gbps"
[run]
duration = "2min"
[[fault]]
kind = "crash"
at = "30s"
[[fault]]
kind = "loss"
probability = 0.1
at = { uniform = ["30s", "31s"] }
for = "1h"
)";

// What somebody's cat would type, and what the grammar is made of.
constexpr std::string_view letters =
    "\n\n\"'[]{}=.,#-+_ 0123456789aefinstumx\\\t\r\x01\xff\xc2\xb5";

std::size_t below(Stream& stream, std::size_t bound) {
  return static_cast<std::size_t>(stream.bits() % bound);
}

void mutilate(std::string& text, Stream& stream) {
  const std::size_t at = below(stream, text.size() + 1);
  const std::size_t span = std::min(below(stream, 12), text.size() - at);
  const std::size_t digit = text.find_first_of("0123456789", at);
  switch (below(stream, 6)) {
    case 0: text.erase(at, span); break;
    case 1: text.insert(at, 1, letters[below(stream, letters.size())]); break;
    case 2: text.insert(at, std::string(text, below(stream, text.size() + 1), span * 4)); break;
    case 3:
      if (at < text.size()) text[at] = letters[below(stream, letters.size())];
      break;
    default:  // leaves more files that can be read
      if (digit != std::string::npos) text[digit] = static_cast<char>('0' + below(stream, 10));
  }
}

TEST(Robustness, AMutilatedFileIsReadOrRefusedInOneLine) {
  std::size_t read = 0;
  std::size_t refused = 0;
  for (std::uint64_t run = 1; run <= 10'000; ++run) {
    Stream stream({1, run}, "mutilation");
    std::string text(whole);
    for (std::size_t i = 1 + below(stream, 3); i > 0; --i) mutilate(text, stream);
    SCOPED_TRACE(text);
    try {
      const Scenario scenario = parse(text, "x.toml");
      // What was read can be written, and read again.
      ASSERT_EQ(parse(to_toml(scenario), "x.toml"), scenario);
      ++read;
    } catch (const BadInput& mistake) {
      const std::string_view what(mistake.what());
      ASSERT_TRUE(what.starts_with("x.toml:")) << what;
      ASSERT_EQ(what.find('\n'), std::string_view::npos) << what;
      ASSERT_LT(what.size(), 1000u) << what;
      ++refused;
    }
  }
  // Both happen, or the test tests nothing.
  EXPECT_GT(read, 500u);
  EXPECT_GT(refused, 1000u);
}

TEST(Robustness, AZeroByteIsRefusedWhereverItStands) {
  for (std::string text : {"[.", "[a.", "a", "a = ", "a = \"", "# "}) {
    text += '\0';
    EXPECT_THROW(static_cast<void>(parse(text, "x.toml")), BadInput) << text;
  }
}

TEST(Robustness, DeepNestingIsRefused) {
  for (const std::string_view opening : {"[", "{a=", "[{a="}) {
    std::string text = "x = ";
    for (int i = 0; i < 10'000; ++i) text += opening;
    EXPECT_THROW(static_cast<void>(parse(text, "x.toml")), BadInput);
  }
}

TEST(Robustness, ManyLinesAreRefusedInTimeToo) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "[[fault]]\n";
  text += "kind = \"crash\"\nkind = \"crash\"\n";
  EXPECT_THROW(static_cast<void>(parse(text, "x.toml")), BadInput);
}

}  // namespace
}  // namespace understudy
