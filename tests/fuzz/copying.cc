// SPDX-License-Identifier: MIT
//
// What one server of a pair may say to the other over their copying connection, and what lies on
// its disk: any bytes are taken as they are meant or refused with CopyFailed, nothing else. What is
// taken says the same when it is written again; no manifest leads out of its tree; no delta makes a
// file longer than it should be.
//
// The first byte says whose the others are.
#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "fuzz.h"
#include "understudy/copying/delta.h"
#include "understudy/copying/failure.h"
#include "understudy/copying/framing.h"
#include "understudy/copying/limits.h"
#include "understudy/copying/manifest.h"
#include "understudy/copying/store.h"

namespace understudy::fuzz {
namespace {

using namespace copying;

enum class Part : std::uint8_t { head, hello, offer, want, manifest, signature, delta, stamp };
constexpr std::size_t parts = 8;

constexpr std::uint64_t greatest_file = 100'000;
const Limits limits{.files = 50, .bytes = 1'000'000};

// No periods in it that a delta could be lost in.
std::string old_content() {
  std::string text(20'000, '\0');
  std::uint32_t state = 1;
  for (char& c : text) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24U);
  }
  return text;
}

const Descriptor& old_file() {
  static const Descriptor file = [] {
    Descriptor made(::memfd_create("old", MFD_CLOEXEC));
    const std::string text = old_content();
    write_all(made, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    return made;
  }();
  return file;
}

bool same(Bytes a, Bytes b) { return std::ranges::equal(a, b); }

// ---- the promises -------------------------------------------------------------------------------

void check_head(Bytes bytes) {
  if (bytes.size() != FrameHead::size) throw CopyFailed("no head");
  const FrameHead head = decode_head(bytes.first<FrameHead::size>());
  require(head.length <= greatest_payload, "a frame is bounded");
  require(same(encode(head), bytes), "a head is written as it was read");
}

void check_manifest(Bytes bytes) {
  Manifest manifest;
  Reader reader(bytes);
  Writer writer;
  while (!reader.at_end()) manifest.add(decode_entry(reader), limits);
  require(manifest.entries().size() <= limits.files && manifest.bytes() <= limits.bytes,
          "a manifest is bounded");
  for (const Entry& entry : manifest.entries()) {
    encode(writer, entry);
    // Found out in another way than by the manifest itself.
    const std::filesystem::path normal = std::filesystem::path(entry.path).lexically_normal();
    require(normal.is_relative() && normal.native() == entry.path && !entry.path.starts_with(".."),
            "a path stays in the tree: " + entry.path);
    const std::filesystem::path folder = normal.parent_path();
    const Entry* above = manifest.find(folder.empty() ? "." : folder.string());
    require(above != nullptr && above->kind == Entry::Kind::folder, "a path leads through folders");
    if (entry.kind != Entry::Kind::link) continue;
    const std::filesystem::path led = (folder / entry.target).lexically_normal();
    require(led.is_relative() && *led.begin() != "..", "a link stays in the tree: " + entry.target);
  }
  require(same(writer.bytes(), bytes), "a manifest is written as it was read");
}

void check_delta_for(Bytes signature) {
  std::uint64_t size = 0;
  require(::lseek(old_file().number(), 0, SEEK_SET) == 0, "a file can be read again");
  make_delta(
      signature, [](auto buffer) { return read_some(old_file(), buffer); },
      [&](Bytes made) { size += made.size(); });
  require(size > 0 && size < 2 * old_content().size(), "a delta is not much longer than its file");
}

void check_patch(Bytes delta) {
  std::uint64_t size = 0;
  Patch patch(old_file(), greatest_file, [&](Bytes made) {
    size += made.size();
    require(size <= greatest_file, "a file does not become longer than was said");
  });
  // In two pieces, as the network likes it.
  patch.add(delta.first(delta.size() / 2));
  patch.add(delta.subspan(delta.size() / 2));
  patch.finish();
}

template <typename Decode>
void check_words(Bytes bytes, Decode decode) {
  require(same(encode(decode(bytes)), bytes), "what is said is written as it was read");
}

void check_stamp(Bytes bytes) {
  const State state = parse_state({bytes.begin(), bytes.end()});
  require(parse_state(to_text(state)) == state, "a stamp is read as it was written");
}

void check(Part part, Bytes bytes) {
  switch (part) {
    case Part::head: return check_head(bytes);
    case Part::hello: return check_words(bytes, decode_hello);
    case Part::offer: return check_words(bytes, decode_offer);
    case Part::want: return check_words(bytes, decode_want);
    case Part::manifest: return check_manifest(bytes);
    case Part::signature: return check_delta_for(bytes);
    case Part::delta: return check_patch(bytes);
    case Part::stamp: return check_stamp(bytes);
  }
}

// ---- what could be meant ------------------------------------------------------------------------

std::vector<std::uint8_t> a_manifest(unsigned choice) {
  constexpr std::array<std::string_view, 8> paths = {"a",  "a/b", "c",    "a/b/d",
                                                     "..", "/e",  "a/..", "a//b"};
  Writer writer;
  encode(writer, Entry{.path = ".", .mode = 0755});
  for (unsigned left = 4; left > 0; --left, choice /= 5) {
    Entry entry{.path = std::string(paths[choice % paths.size()])};
    entry.kind = static_cast<Entry::Kind>(1 + choice % 3);
    if (entry.kind == Entry::Kind::link) entry.target = paths[choice / 3 % paths.size()];
    if (entry.kind == Entry::Kind::file) entry.size = choice % 1000;
    encode(writer, entry);
  }
  return writer.bytes();
}

std::vector<std::uint8_t> a_signature() {
  static const std::vector<std::uint8_t> made = [] {
    std::vector<std::uint8_t> bytes;
    static_cast<void>(::lseek(old_file().number(), 0, SEEK_SET));
    make_signature(old_file(), old_content().size(),
                   [&](Bytes piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
    return bytes;
  }();
  return made;
}

std::vector<std::uint8_t> a_delta(unsigned choice) {
  std::string text = old_content();
  text.insert(choice % text.size(), "new");
  std::vector<std::uint8_t> bytes;
  std::size_t at = 0;
  const auto read = [&](std::span<std::uint8_t> buffer) {
    const std::size_t size = std::min(buffer.size(), text.size() - at);
    std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), size, buffer.begin());
    at += size;
    return size;
  };
  make_delta(a_signature(), read,
             [&](Bytes piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
  return bytes;
}

std::vector<std::uint8_t> something(Part part, unsigned choice) {
  switch (part) {
    case Part::head: {
      const auto head = encode(
          FrameHead{.type = static_cast<FrameType>(choice % 11), .length = choice % (2U << 16U)});
      return {head.begin(), head.end()};
    }
    case Part::hello: return encode(Hello{.stamp = {.term = choice}});
    case Part::offer:
      return encode(Offer{.stamp = {.term = 1, .version = choice}, .entries = choice});
    case Part::want: return encode(Want{.entry = choice});
    case Part::manifest: return a_manifest(choice);
    case Part::signature: return a_signature();
    case Part::delta: return a_delta(choice);
    case Part::stamp: {
      const std::string text = to_text(State{.stamp = {.term = choice}});
      return {text.begin(), text.end()};
    }
  }
  return {};
}

}  // namespace

std::string shortcoming(std::span<const std::uint8_t> ever_reached) {
  for (std::size_t part = 0; part < parts; ++part) {
    if (ever_reached[2 * part] == 0) return "part " + std::to_string(part) + " was never taken";
    if (ever_reached[2 * part + 1] == 0) return "part " + std::to_string(part) + " never refused";
  }
  return {};
}

}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace understudy::fuzz;
  if (size == 0) return -1;
  const std::size_t part = data[0] % parts;
  try {
    check(static_cast<Part>(part), {data + 1, size - 1});
    reached(2 * part);
  } catch (const understudy::copying::CopyFailed& failure) {
    require(std::string_view(failure.what()).size() < 10'000, "a refusal can be logged");
    reached(2 * part + 1);
  }
  return 0;
}

// Every fourth time what could be meant, and a change in it or not; the others have a start then.
std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                    unsigned seed) {
  using namespace understudy::fuzz;
  if (seed % 4 != 0) return LLVMFuzzerMutate(data, size, most);
  seed /= 4;
  const auto part = static_cast<Part>(seed % parts);
  const std::vector<std::uint8_t> meant =
      something(part, seed / (2 * static_cast<unsigned>(parts)));
  if (meant.size() + 1 > most) return LLVMFuzzerMutate(data, size, most);
  data[0] = static_cast<std::uint8_t>(part);
  std::ranges::copy(meant, data + 1);
  const std::size_t made = meant.size() + 1;
  return seed / parts % 2 == 0 ? made : LLVMFuzzerMutate(data, made, most);
}
