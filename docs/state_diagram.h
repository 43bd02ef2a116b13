// SPDX-License-Identifier: MIT
//
// The pair's table of transitions (transitions.h) as a picture and as a page.
#pragma once

#include <string>

namespace understudy {

// In the language of Graphviz: one node a role, coloured by the address that it holds; one edge for
// each two roles, labelled with the causes that lead from the one to the other. A cause that leads
// from most roles to one is drawn once, from a node that says which.
[[nodiscard]] std::string state_diagram();

// In Markdown: the diagram, and each row of the table with its reason.
[[nodiscard]] std::string transitions_page();

}  // namespace understudy
