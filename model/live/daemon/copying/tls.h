// SPDX-License-Identifier: MIT
//
// Who may copy: the two servers of the pair, and nobody else. Each has a certificate of the pair's
// own authority (pair_keys.h) that says which server it is, and believes no other authority and no
// other server. TLS 1.3 only, without session tickets: each connection proves both ends anew.
#pragma once

#include <chrono>
#include <filesystem>

#include <boost/asio/ssl/context.hpp>

#include "understudy/failover/names.h"

namespace understudy::copying {

// The files of one server, as pair_keys.h makes them.
struct Keys {
  std::filesystem::path folder;
  ServerId self = ServerId::first;

  [[nodiscard]] std::filesystem::path authority() const { return folder / "ca.pem"; }
  [[nodiscard]] std::filesystem::path certificate() const { return folder / "server.pem"; }
  [[nodiscard]] std::filesystem::path key() const { return folder / "server.key"; }
};

// What the certificate of a server has for its subject's common name.
[[nodiscard]] const char* subject_of(ServerId id);

// Throws CopyFailed, naming the file, where there is no such key or it is not for this server, and
// where others may read the private key.
void check(const Keys& keys);

// When the certificate of this server ends: to be said in the log while there is time.
[[nodiscard]] std::chrono::system_clock::time_point end_of(const Keys& keys);

// For one connection, so that renewed keys count from the next one on.
[[nodiscard]] boost::asio::ssl::context make_context(const Keys& keys);

}  // namespace understudy::copying
