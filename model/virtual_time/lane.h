// SPDX-License-Identifier: MIT
//
// One kind of packet, one way, on a network that does no more to it than delay and lose it, each
// packet by itself. What the next packet meets with can then be seen before it is sent, because a
// stream is a function of its place: to look at a number does not move it (draws.h).
//
// To know that a packet arrives in time takes no logarithm. A delay is drawn by inversion, so a
// number below `usual_share` gives one of at most `usual()`, whatever it is; all but one in a
// million are.
//
// Good for as long as nothing about the network changes.
#pragma once

#include <optional>

#include "understudy/scenario/distribution.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/impairments.h"

namespace understudy {

class Lane {
 public:
  // The share of delays that are usual.
  static constexpr double usual_share = 1.0 - 1e-6;

  // All packets take the same time, and arrive.
  explicit Lane(Duration delay) : usual_(delay) {}
  // `usual`: delay.at_most(usual_share).
  Lane(const Distribution& delay, Stream& delays, Duration usual, const Impairments::Losses& losses)
      : delay_(&delay), delays_(&delays), usual_(usual), losses_(losses) {}

  [[nodiscard]] Duration usual() const { return usual_; }
  // Whether the next packet arrives, and takes the usual time at most.
  [[nodiscard]] bool next_is_usual() const {
    if (delays_ == nullptr) return true;
    return Stream::to_uniform(delays_->at(delays_->position())) <= usual_share && !next_is_lost();
  }
  // How long the next packet takes; none: it is lost.
  [[nodiscard]] std::optional<Duration> next() const {
    if (delays_ == nullptr) return usual_;
    if (next_is_lost()) return {};
    Stream ahead = *delays_;
    return delay_->draw(ahead);
  }
  // It is sent.
  void send() {
    if (delays_ == nullptr) return;
    delays_->skip_to(delays_->position() + 1);
    if (losses_.stream != nullptr) losses_.stream->skip_to(losses_.stream->position() + 1);
  }

 private:
  [[nodiscard]] bool next_is_lost() const {
    if (losses_.stream == nullptr) return false;
    const Stream& stream = *losses_.stream;
    return Stream::to_uniform(stream.at(stream.position())) < losses_.probability;
  }

  const Distribution* delay_ = nullptr;
  Stream* delays_ = nullptr;  // none: all take the usual time
  Duration usual_;
  Impairments::Losses losses_{};
};

}  // namespace understudy
