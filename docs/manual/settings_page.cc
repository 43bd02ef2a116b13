// SPDX-License-Identifier: MIT
//
// Completes understudyd.toml(5): prints the page given on standard input, with the keys of the
// daemon's table in place of the line @KEYS@.
#include <iostream>
#include <string>

#include "understudy/daemon/settings.h"
#include "understudy/manual/key_list.h"

int main() {
  bool put = false;
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "@KEYS@") {
      std::cout << understudy::key_list(understudy::live::settings_in_words());
      put = true;
    } else {
      std::cout << line << '\n';
    }
  }
  if (!put) std::cerr << "settings_page: the page has no line @KEYS@\n";
  return put ? 0 : 1;
}
