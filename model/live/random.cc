// SPDX-License-Identifier: MIT
#include "understudy/live/random.h"

#include <sys/random.h>

namespace understudy::live {

std::uint64_t random_number() {
  std::uint64_t number = 0;
  // So few bytes come whole; before the kernel's pool is ready the call waits, early in a boot.
  while (number == 0) {
    if (getrandom(&number, sizeof number, 0) != sizeof number) number = 0;
  }
  return number;
}

}  // namespace understudy::live
