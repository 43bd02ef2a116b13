// SPDX-License-Identifier: MIT
//
// One simulation in a process that runs many: what ns-3 would carry over from the last one is put
// back before it, and everything is taken down after it.
//
// Put back: attribute defaults and global values (then those that the user set are applied again),
// names, automatic addresses, the seed and run of ns-3's own random streams. Not put back, because
// ns-3 offers no way: packet uids and the automatic stream index. Keep the first out of results,
// and give every random variable a stream of its own.
//
// Checksums are on: a corrupted packet is then dropped where a real stack drops it, and captures
// read well.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ns3 {

struct UnderstudyDefault {
  std::string name;  //!< "ns3::TcpSocket::SegmentSize", or the name of a global value
  std::string value;
};

class UnderstudySimulation {
 public:
  struct Options {
    uint32_t seed = 1;                        //!< RngSeed, at least 1
    uint64_t run = 1;                         //!< RngRun
    std::vector<UnderstudyDefault> defaults;  //!< what the user set on the command line
  };

  /// Throws std::invalid_argument naming a default that ns-3 does not know. (A value that ns-3
  /// cannot read ends the program with a message of ns-3's: it has no other way.)
  explicit UnderstudySimulation(const Options& options);
  UnderstudySimulation(const UnderstudySimulation&) = delete;
  UnderstudySimulation& operator=(const UnderstudySimulation&) = delete;
  ~UnderstudySimulation();
};

}  // namespace ns3
