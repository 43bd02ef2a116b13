// SPDX-License-Identifier: MIT
#include "understudy/copying/tls.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string_view>

#include <boost/asio/ssl/verify_context.hpp>
#include <boost/asio/ssl/verify_mode.hpp>

#include "understudy/copying/failure.h"

namespace understudy::copying {
namespace {

namespace ssl = boost::asio::ssl;

struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct CloseFile {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};

using Certificate = std::unique_ptr<X509, FreeCertificate>;

Certificate read_certificate(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "re"));
  if (!file) fail_with_errno(path);
  Certificate certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
  if (!certificate) throw CopyFailed(path.string() + ": this is no certificate");
  return certificate;
}

bool is_of(X509* certificate, ServerId id) {
  std::array<char, 64> name{};
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                             name.data(), static_cast<int>(name.size()));
  return size > 0 &&
         std::string_view(name.data(), static_cast<std::size_t>(size)) == subject_of(id);
}

}  // namespace

const char* subject_of(ServerId id) {
  return id == ServerId::first ? "understudy first" : "understudy second";
}

void check(const Keys& keys) {
  struct ::stat status {};
  if (::stat(keys.key().c_str(), &status) != 0) fail_with_errno(keys.key());
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw CopyFailed(keys.key().string() + ": others than its owner may use it; chmod 600");
  }
  if (!is_of(read_certificate(keys.certificate()).get(), keys.self)) {
    throw CopyFailed(keys.certificate().string() + ": it is not of \"" + subject_of(keys.self) +
                     '"');
  }
  static_cast<void>(make_context(keys));
}

std::chrono::system_clock::time_point end_of(const Keys& keys) {
  const Certificate certificate = read_certificate(keys.certificate());
  std::tm end{};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end);
  return std::chrono::system_clock::from_time_t(::timegm(&end));
}

ssl::context make_context(const Keys& keys) {
  ssl::context context(ssl::context::tlsv13);
  SSL_CTX* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(native, 0);
  context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  context.set_verify_callback([peer = other(keys.self)](bool valid, ssl::verify_context& verified) {
    X509_STORE_CTX* chain = verified.native_handle();
    const bool leaf = X509_STORE_CTX_get_error_depth(chain) == 0;
    return valid && (!leaf || is_of(X509_STORE_CTX_get_current_cert(chain), peer));
  });
  const auto load = [](const std::filesystem::path& path, auto how) {
    boost::system::error_code error;
    how(path.string(), error);
    if (error) throw CopyFailed(path.string() + ": " + error.message());
  };
  load(keys.authority(), [&](const auto& path, auto& e) { context.load_verify_file(path, e); });
  load(keys.certificate(), [&](const auto& path, auto& e) {
    context.use_certificate_file(path, ssl::context::pem, e);
  });
  load(keys.key(), [&](const auto& path, auto& e) {
    context.use_private_key_file(path, ssl::context::pem, e);  // also: that it fits
  });
  return context;
}

}  // namespace understudy::copying
