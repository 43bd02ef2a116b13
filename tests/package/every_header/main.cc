// SPDX-License-Identifier: MIT
#include <cstdio>

#include "understudy/version.h"

int main() {
  std::printf("understudy %.*s, all of its headers\n", static_cast<int>(understudy::version.size()),
              understudy::version.data());
}
