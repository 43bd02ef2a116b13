// SPDX-License-Identifier: MIT
//
// What network faults do to a packet: whether it gets through, how much later, and how often. One
// place for all substrates, so that the same packet meets with the same.
//
// - partition, link-down, switch-failure: nothing gets through in the directions struck. What is on
//   the wire when they begin arrives. The power channel is not part of this network.
// - loss: each packet is lost with `probability`, alone. With `burst_begins`, Gilbert's and
//   Elliott's channel (E. N. Gilbert, Bell System Technical Journal 39, 1960; E. O. Elliott, ibid.
//   42, 1963): at each packet it first turns bad with `burst_begins`, or good with `burst_ends`,
//   and then loses the packet with `burst_probability` or `probability`. Each kind of packet has a
//   channel of its own in each direction, good when the fault begins; bursts that hit all packets
//   at once are a loss with `for` and `every`.
// - corrupt: a damaged packet is dropped by the checksum of whoever gets it, so it equals a loss.
//   Damage that checksums miss (one in 2^16 for UDP, had the frame's CRC not been there) is left
//   out.
// - delay: all packets of an occurrence take the same time longer. jitter: each its own, so that
//   one can overtake another, as with several paths and other than in a single queue. slow: the
//   same, for all that a server sends.
// - reorder: with `probability` a packet waits for `delay`, and later ones overtake it.
// - duplicate: with `probability` a packet arrives twice, at once; a duplicated request or response
//   changes nothing and is left out.
// - congestion: other traffic at `load` times topology.bandwidth fills a queue in front of each
//   link struck. Packets meet an M/M/1/K queue in its steady state (L. Kleinrock, Queueing Systems,
//   volume 1, 1975, section 3.6), K = `queue`:
//     P(n packets ahead) = (1 - load) load^n / (1 - load^(K+1)), n = 0 … K; 1/(K+1) for load = 1.
//   With K ahead the packet is lost, else it waits for n times 1500 B / bandwidth. Left out: that
//   packets shortly behind each other meet the same queue, and the time that it takes to fill,
//   some K packet times.
//
// Streams: "link/second-first/ping" decides all losses of that path, one number for each
// packet that can be lost; "fault/i/second-first/ping" what else fault i draws for each of its
// packets; "fault/i/delay" its delay, one number an occurrence.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "understudy/scenario/draws.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/links.h"

namespace understudy {

class Impairments {
 public:
  Impairments() = default;
  Impairments(const Topology& topology, const Run& run)
      : run_(run), bandwidth_bps_(topology.bandwidth_bps) {}

  // Fault `number` has struck; one that does nothing to packets is passed over.
  void begin(std::size_t number, const Fault& fault, const Struck& struck);
  void end(std::size_t number);

  // Every packet gets through, once and in time.
  [[nodiscard]] bool none() const { return active_.empty(); }
  // No packet gets through.
  [[nodiscard]] bool cut(Host from, Host to) const {
    return at(from, to).cut || at(from, to).loss >= 1.0;
  }
  // How much longer packets take on average; what is held back or queued is left out.
  [[nodiscard]] Duration mean_delay(Host from, Host to) const;

  struct Verdict {
    std::uint8_t copies = 1;  // 0: it is lost
    Duration delay{};         // on top of what the link takes
    bool operator==(const Verdict&) const = default;
  };
  // Of the next packet on this path.
  Verdict judge(const Path& path) {
    const Direction& direction = at(path.from, path.to);
    if (direction.cut) return {.copies = 0};
    if (drawing_ || tilt_) return judge_by_all(path, direction.loss);
    const bool lost = direction.loss > 0.0 && loss_stream_of(path).chance(direction.loss);
    return {.copies = static_cast<std::uint8_t>(lost ? 0 : 1)};
  }

  // Packets on a path that are lost each by itself, by a number of this stream each.
  struct Losses {
    double probability = 0.0;
    Stream* stream = nullptr;  // none: none is lost
  };
  // If that is all that happens on this path.
  [[nodiscard]] std::optional<Losses> mere_losses(const Path& path) {
    const Direction& direction = at(path.from, path.to);
    if (direction.cut || drawing_ || tilt_) return std::nullopt;
    if (direction.loss <= 0.0) return Losses{};
    return Losses{.probability = direction.loss, .stream = &loss_stream_of(path)};
  }

  // Further draws are those of another branch of the run (draws.h).
  void branch(std::uint64_t number);

  // For importance sampling: pings and answers between these two are lost with another probability
  // than the faults say, where these leave it to chance, and a burst begins more and ends less
  // readily. At least so readily: what is likelier anyway stays as it is.
  struct Tilt {
    Host monitor = Host::second;
    Host primary = Host::first;
    double ping = 0.0;    // the least probability that one is lost, from the monitor
    double answer = 0.0;  // and back
    bool operator==(const Tilt&) const = default;
  };
  // From now on; none: as the faults say.
  void tilt(const std::optional<Tilt>& how) { tilt_ = how; }
  // ln of the likelihood ratio of all that has been drawn tilted.
  [[nodiscard]] double log_likelihood() const { return log_likelihood_; }

  bool operator==(const Impairments&) const = default;

 private:
  struct Active {
    std::size_t number = 0;
    FaultKind kind = FaultKind::loss;
    double probability = 0.0;
    bool bursts = false;
    double burst_begins = 0.0;
    double burst_ends = 0.0;
    double burst_probability = 0.0;
    Distribution delay{};
    double load = 0.0;
    std::uint32_t queue = 0;
    std::array<HostSet, host_count> reach{};  // by sender: to whom
    [[nodiscard]] bool strikes(Host sender, Host receiver) const {
      return reach[static_cast<std::size_t>(sender)].has(receiver);
    }
    bool operator==(const Active&) const = default;
  };
  // What a fault keeps from its first packet on: a stream, and its channel's state.
  struct Kept {
    std::size_t number = 0;
    std::size_t place = 0;  // index(path); path_count: the fault as a whole
    Stream stream;
    bool bad = false;
    bool operator==(const Kept&) const = default;
  };
  // What can be said of a direction without drawing.
  struct Direction {
    bool cut = false;
    double loss = 0.0;  // all those that draw nothing for themselves, together
    bool operator==(const Direction&) const = default;
  };

  [[nodiscard]] static std::size_t cell(Host from, Host to) {
    return static_cast<std::size_t>(from) * host_count + static_cast<std::size_t>(to);
  }
  [[nodiscard]] const Direction& at(Host from, Host to) const {
    return directions_[cell(from, to)];
  }
  [[nodiscard]] Direction& at(Host from, Host to) { return directions_[cell(from, to)]; }
  void sum_up();
  Kept& kept(std::size_t number, std::size_t place);
  [[nodiscard]] Stream& loss_stream_of(const Path& path) {
    std::optional<Stream>& stream = loss_streams_[index(path)];
    return stream ? *stream : stream.emplace(run_, loss_stream(path));
  }
  // With what active faults draw for themselves, and tilted; `loss`: what the others lose together.
  Verdict judge_by_all(const Path& path, double loss);
  // What an active fault adds to the verdict; the probability that it loses the packet.
  double apply(const Active& active, const Path& path, Verdict& verdict);
  // Draws whether a packet is lost, or whether something else happens that makes losses likelier or
  // rarer.
  enum class Means : std::uint8_t { more_losses, fewer_losses };
  bool chance(Stream& stream, const Path& path, double probability, Means means);
  bool tilted_chance(Stream& stream, double least_loss, double probability, Means means);
  double pass_queue(const Active& active, Stream& stream, Verdict& verdict) const;

  Run run_{};
  double bandwidth_bps_ = 1e9;
  std::vector<Active> active_;
  bool drawing_ = false;  // some of them draw for themselves
  std::array<Direction, host_count * host_count> directions_{};
  std::array<std::optional<Stream>, path_count> loss_streams_{};
  std::vector<Kept> kept_;  // sorted by key
  std::optional<Tilt> tilt_{};
  double log_likelihood_ = 0.0;
};

}  // namespace understudy
