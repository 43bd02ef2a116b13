// SPDX-License-Identifier: MIT
//
// Who else on the link answers for which address: whether whoever has a shared address can be the
// other server, or is a stranger, a machine that was given it by mistake or by somebody's will.
//
// The other server's hardware addresses are those that its own address is answered from, however
// many: a machine with two cards on one link answers from both. They are learned all the time, and
// before anybody is called a stranger the other server's own address is asked for anew, since it
// may have been off until now, or have got another card. Its sealed word that it holds an address
// (peer_link.h) speaks for whoever answers for that, unless it answers as well.
//
// A hardware address that the pair shares (macvlan.h) is nobody's: neither speaks for a server nor
// makes a stranger.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "understudy/live/interface.h"

namespace understudy::live {

class Bystanders {
 public:
  explicit Bystanders(PairAddresses addresses) : addresses_(std::move(addresses)) {}

  // Somebody says that an address is at this hardware address.
  void heard(const IpAddress& address, const HardwareAddress& at);
  // Before everybody is asked anew: who had a shared address may be gone by now. The other server
  // above all, whose power can be cut between its answer for that and its answer for its own.
  void forget_holders();
  // The other server says, under seal, that it holds a shared address.
  void told(Address address);

  // Whether this can't be the other server's, as far as is known now.
  [[nodiscard]] bool strange(Address address, const HardwareAddress& at) const;
  // A stranger that was heard to have a shared address.
  [[nodiscard]] std::optional<HardwareAddress> stranger_at(Address address) const;

 private:
  // The latest few: a flood of made-up ones must not fill the memory.
  static constexpr std::size_t most_kept = 8;
  using Kept = std::vector<HardwareAddress>;
  static void keep(Kept& kept, const HardwareAddress& at);

  PairAddresses addresses_;
  Kept peer_;
  struct Holders {
    Kept at;
    bool told = false;
  };
  std::array<Holders, 2> shared_;
};

}  // namespace understudy::live
