// SPDX-License-Identifier: MIT
//
// The keys of a pair, made once on one server and brought to the other by hand:
//
//   FOLDER/first/   ca.pem  server.pem  server.key     for the server `first`
//   FOLDER/second/  ca.pem  server.pem  server.key     for the server `second`
//
// The private key of the pair's authority is never written anywhere: once the two certificates are
// signed it is forgotten, and nobody can make a third. To renew the keys is to make all of them
// anew, and to bring both servers theirs; until both have them they cannot copy.
#pragma once

#include <chrono>
#include <filesystem>

namespace understudy::copying {

struct KeyValidity {
  // Into the past, for clocks that differ.
  std::chrono::hours before{24};
  // An expired certificate ends all copying, and there is nobody to be protected from by that: the
  // pair's keys are used by the pair alone. Longer than the hardware lives.
  std::chrono::hours after{24 * 3652};
};

// Throws CopyFailed, also if there are keys in the folder already: they are not overwritten.
void make_pair_keys(const std::filesystem::path& folder, const KeyValidity& validity = {});

}  // namespace understudy::copying
