// SPDX-License-Identifier: MIT
#include "understudy/scenario/distribution.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <boost/math/special_functions/erf.hpp>

namespace understudy {
namespace {

using Rep = Duration::rep;

// What has to be reckoned with of shapes without bounds.
constexpr double deviations = 4.0;
constexpr double tail = 1e-4;

// A span in nanoseconds as whole ones; what no Duration can hold ends at `forever`. What
// std::round() gives, without a call.
Duration rounded(double ns) {
  constexpr double limit = 0x1p63;
  if (ns >= limit) return forever;
  const auto whole = static_cast<Rep>(ns);
  const double rest = ns - static_cast<double>(whole);
  return Duration(whole + (rest >= 0.5 ? 1 : 0) - (rest <= -0.5 ? 1 : 0));
}

double ns(Duration span) { return static_cast<double>(span.count()); }

// The inverse of the normal distribution function. In doubles throughout: promoted to long double
// it would be four times slower, and another number on machines where that is another type.
double standard_normal(double p) {
  namespace policies = boost::math::policies;
  using Doubles = policies::policy<policies::promote_double<false>>;
  constexpr double root_2 = 1.4142135623730951;
  return -root_2 * boost::math::erfc_inv(2.0 * p, Doubles());
}

// The span below which a draw falls with probability p, for each shape.
struct Quantile {
  double p;

  Duration operator()(const Fixed& fixed) const { return fixed.value; }
  Duration operator()(const Uniform& uniform) const {
    const Duration above = rounded(p * ns(uniform.to - uniform.from));
    return std::min(uniform.from + above, uniform.to);
  }
  Duration operator()(const Normal& normal) const {
    return rounded(std::max(0.0, ns(normal.mean) + ns(normal.deviation) * standard_normal(p)));
  }
  Duration operator()(const Exponential& exponential) const {
    return rounded(-ns(exponential.mean) * std::log1p(-p));
  }
  // Between the two spans that lie at this place of the sorted list.
  Duration operator()(const Trace& trace) const {
    const std::vector<Duration>& spans = *trace.spans;
    const double place = p * static_cast<double>(spans.size() - 1);
    const auto below = std::min(static_cast<std::size_t>(place), spans.size() - 1);
    const std::size_t above = std::min(below + 1, spans.size() - 1);
    const double share = place - static_cast<double>(below);
    return spans[below] + rounded(share * ns(spans[above] - spans[below]));
  }
  Duration operator()(const Replay& replay) const { return (*this)(replay.trace); }
};

// One of so many places, all alike.
std::size_t place_among(std::size_t places, double u) {
  return std::min(static_cast<std::size_t>(u * static_cast<double>(places)), places - 1);
}

// A draw is the quantile of a uniform number, except that a trace gives spans that were seen, not
// spans between them, and a replay those in their order.
struct Draw {
  Stream& stream;

  Duration operator()(const Trace& trace) const {
    return (*trace.spans)[place_among(trace.spans->size(), stream.uniform())];
  }
  Duration operator()(const Replay& replay) const {
    const std::vector<Duration>& spans = *replay.recorded;
    const double start = Stream::to_uniform(stream.mark());
    const std::uint64_t drawn = stream.position();
    stream.skip_to(drawn + 1);
    return spans[(place_among(spans.size(), start) + drawn) % spans.size()];
  }
  Duration operator()(const auto& shape) const { return Quantile{stream.uniform()}(shape); }
};

struct Mean {
  Duration operator()(const Fixed& fixed) const { return fixed.value; }
  Duration operator()(const Uniform& uniform) const {
    return uniform.from + (uniform.to - uniform.from) / 2;
  }
  // Of the draws, which are cut off at zero.
  Duration operator()(const Normal& normal) const {
    if (normal.deviation <= Duration::zero()) return std::max(normal.mean, Duration::zero());
    constexpr double one_by_root_2 = 0.7071067811865476;
    constexpr double one_by_root_2_pi = 0.3989422804014327;
    const double mean = ns(normal.mean);
    const double deviation = ns(normal.deviation);
    const double z = mean / deviation;
    return rounded(mean * 0.5 * std::erfc(-z * one_by_root_2) +
                   deviation * one_by_root_2_pi * std::exp(-0.5 * z * z));
  }
  Duration operator()(const Exponential& exponential) const { return exponential.mean; }
  Duration operator()(const Trace& trace) const {
    double sum = 0.0;
    for (const Duration span : *trace.spans) sum += ns(span);
    return rounded(sum / static_cast<double>(trace.spans->size()));
  }
  Duration operator()(const Replay& replay) const { return (*this)(replay.trace); }
};

enum class End { least, greatest };

struct Bound {
  End end;

  Duration operator()(const Fixed& fixed) const { return fixed.value; }
  Duration operator()(const Uniform& uniform) const {
    return end == End::least ? uniform.from : uniform.to;
  }
  Duration operator()(const Normal& normal) const {
    const double reach = deviations * ns(normal.deviation);
    return rounded(std::max(0.0, ns(normal.mean) + (end == End::least ? -reach : reach)));
  }
  Duration operator()(const Exponential& exponential) const {
    return Quantile{end == End::least ? tail : 1.0 - tail}(exponential);
  }
  Duration operator()(const Trace& trace) const {
    return end == End::least ? trace.spans->front() : trace.spans->back();
  }
  Duration operator()(const Replay& replay) const { return (*this)(replay.trace); }
};

// Where draws have no bound, they rise with the number that they come of, but for the last bits of
// a logarithm or an error function.
struct AtMost {
  double u;

  Duration operator()(const Normal& normal) const { return and_a_hair(Quantile{u}(normal)); }
  Duration operator()(const Exponential& exponential) const {
    return and_a_hair(Quantile{u}(exponential));
  }
  Duration operator()(const auto& bounded) const { return Bound{End::greatest}(bounded); }

 private:
  static Duration and_a_hair(Duration span) {
    return sum(span, span / 1'000'000'000 + Duration(1));
  }
};

}  // namespace

Duration Distribution::draw(Stream& stream) const { return std::visit(Draw{stream}, shape_); }
Duration Distribution::draw_bounded(Stream& stream) const {
  return std::clamp(draw(stream), least(), greatest());
}
Duration Distribution::quantile(double p) const { return std::visit(Quantile{p}, shape_); }
Duration Distribution::at_most(double u) const { return std::visit(AtMost{u}, shape_); }
Duration Distribution::mean() const { return std::visit(Mean{}, shape_); }
Duration Distribution::least() const { return std::visit(Bound{End::least}, shape_); }
Duration Distribution::greatest() const { return std::visit(Bound{End::greatest}, shape_); }

}  // namespace understudy
