// SPDX-License-Identifier: MIT
//
// A span of time that is fixed or drawn: what stands in a scenario file wherever a duration may.
//
//   "20s"                        always
//   { uniform = ["30s", "31s"] } between the two
//   { normal = ["20s", "2s"] }   mean and standard deviation; negative draws count as 0
//   { exponential = "1h" }       mean
//   { trace = "rtt.csv" }        resampled from a column of spans (see read_trace in trace.h)
//   { replay = "rtt.csv" }       one after the other as they were recorded, and again from the
//                                first; each stream begins somewhere of its own
//
// A trace has the law of what was recorded, a replay its bursts and rhythms, too.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "understudy/failover/time.h"
#include "understudy/scenario/draws.h"

namespace understudy {

struct Fixed {
  Duration value{};
  bool operator==(const Fixed&) const = default;
};
struct Uniform {
  Duration from{};
  Duration to{};
  bool operator==(const Uniform&) const = default;
};
struct Normal {
  Duration mean{};
  Duration deviation{};
  bool operator==(const Normal&) const = default;
};
struct Exponential {
  Duration mean{};
  bool operator==(const Exponential&) const = default;
};
struct Trace {
  std::string path;  // where it was read from, as the process that read it would open it
  std::shared_ptr<const std::vector<Duration>> spans;  // sorted, at least one; shared by all copies
  bool operator==(const Trace& that) const { return path == that.path && *spans == *that.spans; }
};

struct Replay {
  Trace trace;  // the same spans, sorted
  std::shared_ptr<const std::vector<Duration>> recorded;
  bool operator==(const Replay& that) const {
    return trace == that.trace && *recorded == *that.recorded;
  }
};

template <class S>
concept DistributionShape =
    std::same_as<S, Fixed> || std::same_as<S, Uniform> || std::same_as<S, Normal> ||
    std::same_as<S, Exponential> || std::same_as<S, Trace> || std::same_as<S, Replay>;

// Two drawn spans, one after the other. Draws have no bound, so what no Duration can hold ends at
// `forever`.
[[nodiscard]] constexpr Duration sum(Duration a, Duration b) {
  return b >= forever - a ? forever : a + b;
}

class Distribution {
 public:
  using Shape = std::variant<Fixed, Uniform, Normal, Exponential, Trace, Replay>;

  constexpr Distribution() = default;
  // Implicit: wherever a drawn span may stand, a fixed one may.
  template <std::convertible_to<Duration> Span>
  Distribution(Span value) : shape_(Fixed{value}) {}  // NOLINT(google-explicit-constructor)
  template <DistributionShape S>
  Distribution(S shape) : shape_(std::move(shape)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] bool fixed() const { return std::holds_alternative<Fixed>(shape_); }

  // One draw by inversion, or the next span of a replay: takes exactly one number from the stream,
  // a fixed span too, so that the i-th draw of a stream belongs to the i-th event of its kind
  // whatever the shape.
  [[nodiscard]] Duration draw(Stream& stream) const;
  // The same, cut at least() and greatest(): for boot and power times, on whose bounds the pair is
  // told to rely.
  [[nodiscard]] Duration draw_bounded(Stream& stream) const;
  // The span below which a draw falls with this probability (0 < p < 1). Between two spans of a
  // trace: interpolated.
  [[nodiscard]] Duration quantile(double p) const;

  // What no draw exceeds that comes of a number of the stream up to u (0 < u < 1).
  [[nodiscard]] Duration at_most(double u) const;

  // Of the draws: a normal one's is above its first parameter where many draws count as 0.
  [[nodiscard]] Duration mean() const;
  // Least and greatest span that has to be reckoned with: exact where the shape has bounds, else
  // the mean less and plus 4 deviations (normal), the 1e-4 quantiles (exponential).
  [[nodiscard]] Duration least() const;
  [[nodiscard]] Duration greatest() const;

  bool operator==(const Distribution&) const = default;

 private:
  Shape shape_;
};

}  // namespace understudy
