// SPDX-License-Identifier: MIT
#include "understudy/daemon/copied_memory.h"

#include <chrono>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

#include "understudy/copying/tls.h"

namespace understudy::live {
namespace {

copying::CopyingConfig config_of(const DaemonSettings& settings) {
  const MemorySettings& memory = settings.memory;
  const PairAddresses& addresses = settings.host.addresses;
  return {.folder = memory.folder,
          .source = memory.source,
          .keys = {.folder = memory.keys, .self = settings.host.id},
          .here = {addresses.server, memory.port},
          .peer = {addresses.peer, memory.port},
          .limits = memory.limits};
}

// An expired certificate ends all copying, so it is said while there is time to make new ones.
void warn_of_the_end(const copying::Keys& keys, Log& log) {
  constexpr std::chrono::days notice{60};
  const auto left = copying::end_of(keys) - std::chrono::system_clock::now();
  if (left > notice) return;
  log.say(Priority::warning,
          "the certificate in " + keys.folder.string() + " ends within " +
              std::to_string(std::chrono::duration_cast<std::chrono::days>(left).count()) +
              " days, and all copying with it; make new keys with `understudyctl pair-keys`");
}

}  // namespace

CopiedMemory::CopiedMemory(boost::asio::io_context& loop, const DaemonSettings& settings, Log& log,
                           CopyEnded ended)
    : copying_(
          loop, config_of(settings),
          [this, ended = std::move(ended)](CopyResult result, const copying::Traffic& traffic) {
            if (result == CopyResult::whole) bytes_received_ += traffic.received;
            ended(result);
          },
          [&log](const std::string& text) { log.say(Priority::warning, "copying: " + text); }) {
  warn_of_the_end(config_of(settings).keys, log);
}

}  // namespace understudy::live
