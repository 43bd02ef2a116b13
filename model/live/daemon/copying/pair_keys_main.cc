// SPDX-License-Identifier: MIT
//
// understudy-pair-keys FOLDER: makes the keys of a pair (pair_keys.h).
#include <cstdlib>
#include <iostream>

#include "understudy/copying/failure.h"
#include "understudy/copying/pair_keys.h"

int main(int argc, char* argv[]) {
  if (argc != 2 || argv[1][0] == '-') {
    std::cerr << "understudy-pair-keys: usage: understudy-pair-keys FOLDER\n";
    return 2;
  }
  try {
    understudy::copying::make_pair_keys(argv[1]);
  } catch (const understudy::copying::CopyFailed& failure) {
    std::cerr << "understudy-pair-keys: " << failure.what() << '\n';
    return 1;
  }
  std::cout << "Bring " << argv[1] << "/first to the server `first` and " << argv[1]
            << "/second to the server `second`, and remove them here.\n";
  return EXIT_SUCCESS;
}
