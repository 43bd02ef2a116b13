// SPDX-License-Identifier: MIT
//
// A span of time that is fixed or drawn: what stands in a scenario file wherever a duration may.
//
//   "20s"                        always
//   { uniform = ["30s", "31s"] } between the two
//   { normal = ["20s", "2s"] }   mean and standard deviation; negative draws count as 0
//   { exponential = "1h" }       mean
//   { trace = "rtt.csv" }        resampled from a column of spans (see read_trace in trace.h)
#pragma once

#include <memory>
#include <string>
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
  std::string path;                                  // as written in the file
  std::shared_ptr<const std::vector<Duration>> spans;  // sorted; read once, shared by all copies
  bool operator==(const Trace& that) const { return path == that.path && *spans == *that.spans; }
};

class Distribution {
 public:
  using Shape = std::variant<Fixed, Uniform, Normal, Exponential, Trace>;

  constexpr Distribution() = default;
  // Implicit: wherever a drawn span may stand, a fixed one may.
  Distribution(Duration value) : shape_(Fixed{value}) {}  // NOLINT(google-explicit-constructor)
  Distribution(Shape shape) : shape_(std::move(shape)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] bool fixed() const { return std::holds_alternative<Fixed>(shape_); }

  // One draw by inversion: takes exactly one number from the stream, a fixed span too, so that the
  // i-th draw of a stream belongs to the i-th event of its kind whatever the shape.
  [[nodiscard]] Duration draw(Stream& stream) const;
  // The span below which a draw falls with this probability (0 < p < 1).
  [[nodiscard]] Duration quantile(double p) const;

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
