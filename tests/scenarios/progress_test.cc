// SPDX-License-Identifier: MIT
#include "understudy/cli/progress.h"

#include <gtest/gtest.h>

#include <chrono>

namespace understudy::cli {
namespace {

using namespace std::chrono_literals;

TEST(ProgressText, HasABarARateAndTheTimeLeft) {
  EXPECT_EQ(progress_text({.done = 250, .total = 1000, .elapsed = 10s}),
            "250 of 1000 runs [######                  ] 25 a second, 30 s left");
  EXPECT_EQ(progress_text({.done = 3, .total = 4, .elapsed = 4s}),
            "3 of 4 runs [##################      ] 0.8 a second, 2 s left");
}

TEST(ProgressText, SaysLongTimesInMinutesAndHours) {
  EXPECT_EQ(progress_text({.done = 1, .total = 4, .elapsed = 100s}),
            "1 of 4 runs [######                  ] 0.0 a second, 5 min left");
  EXPECT_EQ(progress_text({.done = 1, .total = 100, .elapsed = 1000s}),
            "1 of 100 runs [                        ] 0.0 a second, 27 h left");
}

TEST(ProgressText, PromisesNothingBeforeTheFirstRunIsDone) {
  EXPECT_EQ(progress_text({.done = 0, .total = 4, .elapsed = 10s}),
            "0 of 4 runs [                        ]");
}

}  // namespace
}  // namespace understudy::cli
