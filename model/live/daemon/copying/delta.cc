// SPDX-License-Identifier: MIT
#include "understudy/copying/delta.h"

#include <librsync.h>
#include <unistd.h>

#include <array>
#include <mutex>

#include "understudy/copying/failure.h"
#include "understudy/copying/framing.h"

namespace understudy::copying {
namespace {

constexpr std::size_t buffer_size = 32UL * 1024UL;
constexpr std::size_t signature_head = 12;  // magic, length of a block, length of a sum
// librsync itself takes any; a block is what it keeps in memory.
constexpr std::uint32_t smallest_block = 64;
constexpr std::uint32_t greatest_block = 16U << 20U;
constexpr std::uint32_t smallest_sum = 4;

struct FreeJob {
  void operator()(rs_job_t* job) const { rs_job_free(job); }
};
using Job = std::unique_ptr<rs_job_t, FreeJob>;

Job owned(rs_job_t* job) {
  static std::once_flag silenced;
  std::call_once(silenced, [] { rs_trace_set_level(RS_LOG_EMERG); });  // its own log is stderr
  if (job == nullptr) throw std::bad_alloc();
  return Job(job);
}

enum class Input { more, end };

// Feeds the job, and passes on what it makes of it. True: it is over.
bool run(rs_job_t* job, Bytes bytes, Input input, const Sink& sink) {
  std::array<std::uint8_t, buffer_size> out{};
  std::vector<std::uint8_t> in(bytes.begin(), bytes.end());  // librsync wants it mutable
  rs_buffers_t buffers{};
  buffers.next_in = reinterpret_cast<char*>(in.data());
  buffers.avail_in = in.size();
  buffers.eof_in = input == Input::end ? 1 : 0;
  while (true) {
    buffers.next_out = reinterpret_cast<char*>(out.data());
    buffers.avail_out = out.size();
    const std::size_t before = buffers.avail_in;
    const rs_result result = rs_job_iter(job, &buffers);
    const std::size_t made = out.size() - buffers.avail_out;
    if (made > 0) sink({out.data(), made});
    if (result == RS_DONE) {
      if (buffers.avail_in > 0) throw CopyFailed("librsync: there is something behind the end");
      return true;
    }
    if (result != RS_BLOCKED) throw CopyFailed(std::string("librsync: ") + rs_strerror(result));
    const bool stuck = made == 0 && buffers.avail_in == before;
    if (buffers.avail_in == 0 && buffers.avail_out > 0 && input == Input::more) return false;
    if (stuck) throw CopyFailed("librsync: it waits for more than there is");
  }
}

void run_through(rs_job_t* job, const Source& source, const Sink& sink) {
  std::array<std::uint8_t, buffer_size> buffer{};
  while (true) {
    const std::size_t size = source(buffer);
    const Input input = size == 0 ? Input::end : Input::more;
    if (run(job, {buffer.data(), size}, input, sink) || input == Input::end) return;
  }
}

rs_result read_old(void* old_file, rs_long_t at, std::size_t* size, void** buffer) {
  const int file = *static_cast<const int*>(old_file);
  const ssize_t got = ::pread(file, *buffer, *size, at);
  if (got < 0) return RS_IO_ERROR;
  if (got == 0) return RS_INPUT_ENDED;
  *size = static_cast<std::size_t>(got);
  return RS_DONE;
}

struct FreeSums {
  void operator()(rs_signature_t* sums) const { rs_free_sumset(sums); }
};

}  // namespace

void make_signature(const Descriptor& old_file, std::uint64_t size, const Sink& sink) {
  rs_magic_number magic = RS_RK_BLAKE2_SIG_MAGIC;
  std::size_t block = 0;
  // As short as is safe against chance: that the whole came out right says its digest.
  auto strong = static_cast<std::size_t>(-1);
  if (rs_sig_args(static_cast<rs_long_t>(size), &magic, &block, &strong) != RS_DONE) {
    throw CopyFailed("librsync: no signature for a file of this size");
  }
  const Job job = owned(rs_sig_begin(block, strong, magic));
  run_through(
      job.get(), [&](auto buffer) { return read_some(old_file, buffer); }, sink);
}

void check_signature(Bytes signature) {
  Reader reader(signature);
  const std::uint32_t magic = reader.u32();
  const std::uint32_t block = reader.u32();
  const std::uint32_t strong = reader.u32();
  if (magic != RS_RK_BLAKE2_SIG_MAGIC) throw CopyFailed("the peer sends no signature of a file");
  if (block < smallest_block || block > greatest_block || strong < smallest_sum ||
      strong > RS_MAX_STRONG_SUM_LENGTH ||
      (signature.size() - signature_head) % (sizeof(std::uint32_t) + strong) != 0) {
    throw CopyFailed("the peer sends a signature that cannot be one");
  }
}

void make_delta(Bytes signature, const Source& new_file, const Sink& sink) {
  check_signature(signature);
  rs_signature_t* loaded = nullptr;
  const Job load = owned(rs_loadsig_begin(&loaded));
  const auto nothing = [](Bytes) {};
  const bool over = run(load.get(), signature, Input::end, nothing);
  const std::unique_ptr<rs_signature_t, FreeSums> sums(loaded);
  if (!over || !sums || rs_build_hash_table(sums.get()) != RS_DONE) {
    throw CopyFailed("librsync: it cannot load the signature");
  }
  const Job delta = owned(rs_delta_begin(sums.get()));
  run_through(delta.get(), new_file, sink);
}

Patch::Patch(const Descriptor& old_file, std::uint64_t size, Sink sink)
    : old_file_(old_file.number()),
      left_(size),
      sink_(std::move(sink)),
      job_(owned(rs_patch_begin(read_old, &old_file_)).release()) {}

Patch::~Patch() { rs_job_free(job_); }

void Patch::add(Bytes delta) {
  if (delta.empty()) return;
  if (done_) throw CopyFailed("the peer sends a delta with something behind its end");
  done_ = run(job_, delta, Input::more, [this](Bytes bytes) {
    if (bytes.size() > left_) throw CopyFailed("the peer sends a delta for a longer file");
    left_ -= bytes.size();
    sink_(bytes);
  });
}

void Patch::finish() const {
  if (!done_) throw CopyFailed("the peer sends a delta that is cut short");
}

}  // namespace understudy::copying
