// SPDX-License-Identifier: MIT
#include "understudy/copying/pair_keys.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>

#include "understudy/copying/failure.h"
#include "understudy/copying/files.h"
#include "understudy/copying/tls.h"

namespace understudy::copying {
namespace {

namespace fs = std::filesystem;

template <auto free>
struct Free {
  template <typename T>
  void operator()(T* what) const {
    free(what);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Memory = std::unique_ptr<BIO, Free<BIO_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;

// OpenSSL fails here for want of memory or randomness alone.
void require(bool done, const char* what) {
  if (!done) throw CopyFailed(std::string("cannot make keys: ") + what);
}

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  require(key != nullptr, "the key");
  return key;
}

void extend(X509* certificate, X509* issuer, int name, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, name, value));
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "an extension");
}

std::uint64_t draw_number() {
  std::uint64_t number = 0;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) == 1, "a number");
  return number >> 1U;  // a serial number is positive
}

// As much of a certificate as all have in common: version 3, a serial number of chance, a name.
Certificate begin_certificate(const std::string& name, EVP_PKEY* key, const KeyValidity& validity) {
  Certificate certificate(X509_new());
  require(certificate != nullptr, "the certificate");
  const std::uint64_t serial = draw_number();
  using std::chrono::seconds;
  const bool filled =
      X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
      ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial) == 1 &&
      X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -seconds(validity.before).count()) &&
      X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds(validity.after).count()) &&
      X509_set_pubkey(certificate.get(), key) == 1 &&
      X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                                 0) == 1;
  require(filled, "the certificate");
  return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* key) {
  require(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1, "the issuer");
  extend(certificate, issuer, NID_subject_key_identifier, "hash");
  require(X509_sign(certificate, key, EVP_sha256()) > 0, "the signature");
}

// Each has a name of its own, so that a certificate of another pair is said to be of an unknown
// authority and not to be broken.
Certificate make_authority(EVP_PKEY* key, const KeyValidity& validity) {
  Certificate authority =
      begin_certificate("understudy pair " + std::to_string(draw_number()), key, validity);
  extend(authority.get(), authority.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  extend(authority.get(), authority.get(), NID_key_usage, "critical,keyCertSign");
  sign(authority.get(), authority.get(), key);
  return authority;
}

Certificate make_certificate(ServerId id, EVP_PKEY* key, X509* authority, EVP_PKEY* authority_key,
                             const KeyValidity& validity) {
  Certificate certificate = begin_certificate(subject_of(id), key, validity);
  extend(certificate.get(), authority, NID_basic_constraints, "critical,CA:FALSE");
  extend(certificate.get(), authority, NID_key_usage, "critical,digitalSignature");
  extend(certificate.get(), authority, NID_ext_key_usage, "serverAuth,clientAuth");
  sign(certificate.get(), authority, authority_key);
  return certificate;
}

template <typename Write>
void write_pem(const fs::path& path, mode_t mode, Write write) {
  const Memory memory(BIO_new(BIO_s_mem()));
  require(memory && write(memory.get()) == 1, "the text");
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!file.open()) fail_with_errno(path);
  write_all(file, {reinterpret_cast<const std::uint8_t*>(text), static_cast<std::size_t>(size)});
  sync(file);
}

void write_certificate(const fs::path& path, X509* certificate) {
  write_pem(path, 0644, [&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

void make_folder(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) fail_with_errno(path);
}

}  // namespace

void make_pair_keys(const fs::path& folder, const KeyValidity& validity) {
  const Key authority_key = make_key();
  const Certificate authority = make_authority(authority_key.get(), validity);
  make_folder(folder);
  for (const ServerId id : {ServerId::first, ServerId::second}) {
    const Keys keys{.folder = folder / (id == ServerId::first ? "first" : "second"), .self = id};
    make_folder(keys.folder);
    const Key key = make_key();
    write_pem(keys.key(), 0600, [&](BIO* out) {
      return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    write_certificate(
        keys.certificate(),
        make_certificate(id, key.get(), authority.get(), authority_key.get(), validity).get());
    write_certificate(keys.authority(), authority.get());
    sync(open_folder(keys.folder));
  }
}

}  // namespace understudy::copying
