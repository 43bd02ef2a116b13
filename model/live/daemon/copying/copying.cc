// SPDX-License-Identifier: MIT
#include "understudy/copying/copying.h"

#include <exception>
#include <utility>

namespace understudy::copying {

Copying::Copying(boost::asio::io_context& loop, const CopyingConfig& config,
                 Receiver::Copied copied, const Log& log)
    : store_(config.folder),
      freezer_(store_, config.source, config.limits),
      server_(loop, freezer_,
              {.keys = config.keys,
               .here = config.here,
               .peer = config.peer.address(),
               .limits = config.limits},
              log),
      receiver_(loop, store_,
                {.keys = config.keys,
                 .here = {config.here.address(), 0},
                 .peer = config.peer,
                 .limits = config.limits},
                std::move(copied), log) {
  // What came from the other server is what it was. Of what cannot be read the stamp stays.
  if (!store_.state().written_here || !config.source.command.empty()) return;
  try {
    freezer_.look();
  } catch (const std::exception& failure) {
    log(std::string("the memory cannot be looked through: ") + failure.what());
  }
}

}  // namespace understudy::copying
