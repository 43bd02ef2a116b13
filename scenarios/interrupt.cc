// SPDX-License-Identifier: MIT
#include "understudy/cli/interrupt.h"

namespace understudy::cli {
namespace {

volatile std::sig_atomic_t latest = 0;

void remember(int signal) { latest = signal; }

}  // namespace

InterruptWatch::InterruptWatch() {
  latest = 0;
  struct sigaction action {};
  action.sa_handler = remember;  // without SA_RESTART: what waits is to notice
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &action, &former_[i]);
}

InterruptWatch::~InterruptWatch() {
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &former_[i], nullptr);
}

void throw_if_interrupted() {
  if (latest != 0) throw Interrupted(latest);
}

}  // namespace understudy::cli
