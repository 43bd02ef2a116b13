// SPDX-License-Identifier: MIT
//
// Prints what docs/ keeps of the pair's transitions: `transitions dot` the diagram for Graphviz,
// `transitions page` the table in Markdown.
#include <iostream>
#include <string_view>

#include "understudy/docs/state_diagram.h"

int main(int argc, char* argv[]) {
  const std::string_view what = argc == 2 ? argv[1] : "";
  if (what == "dot") {
    std::cout << understudy::state_diagram();
  } else if (what == "page") {
    std::cout << understudy::transitions_page();
  } else {
    std::cerr << "usage: transitions dot|page\n";
    return 2;
  }
  return 0;
}
