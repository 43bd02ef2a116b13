// SPDX-License-Identifier: MIT
#include "understudy/copying/delta.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/pair.h"
#include "understudy/copying/failure.h"

namespace understudy::copying {
namespace {

using Buffer = std::vector<std::uint8_t>;

class DeltaTest : public testing::Test {
 protected:
  Descriptor file(const std::string& text) {
    const fs::path path = folder_.path() / std::to_string(++files_);
    write(path, text);
    return Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }
  Buffer signature(const std::string& text) {
    Buffer made;
    make_signature(file(text), text.size(), into(made));
    return made;
  }
  Buffer delta(const Buffer& signature, const std::string& text) {
    Buffer made;
    const Descriptor fresh = file(text);
    make_delta(
        signature, [&](auto buffer) { return read_some(fresh, buffer); }, into(made));
    return made;
  }
  std::string patched(const std::string& old, Bytes delta, std::uint64_t size) {
    Buffer made;
    const Descriptor basis = file(old);
    Patch patch(basis, size, into(made));
    for (; !delta.empty(); delta = delta.subspan(std::min<std::size_t>(delta.size(), 1000))) {
      patch.add(delta.first(std::min<std::size_t>(delta.size(), 1000)));
    }
    patch.finish();
    return {made.begin(), made.end()};
  }
  static Sink into(Buffer& buffer) {
    return [&buffer](Bytes bytes) { buffer.insert(buffer.end(), bytes.begin(), bytes.end()); };
  }

 private:
  TemporaryFolder folder_;
  int files_ = 0;
};

TEST_F(DeltaTest, TheOldFileAndTheDeltaAreTheNewFile) {
  const std::string old = noise(300'000, 1);
  std::vector<std::string> news = {
      old, "", "x", old + "end", "begin" + old, old.substr(5000), noise(200'000, 2), old + old};
  news.push_back(old);
  news.back()[150'000] ^= 1;
  const Buffer sums = signature(old);
  for (const std::string& fresh : news) {
    EXPECT_EQ(patched(old, delta(sums, fresh), fresh.size()), fresh) << fresh.size();
  }
}

TEST_F(DeltaTest, ADeltaOfAFileWithOneChangeIsSmall) {
  const std::string old = noise(1'000'000, 1);
  std::string fresh = old;
  fresh.insert(500'000, "something");
  EXPECT_LT(delta(signature(old), fresh).size(), 5'000U);
  EXPECT_LT(signature(old).size(), 25'000U);
}

TEST_F(DeltaTest, ADeltaThatMakesALongerFileOrIsCutIsRefused) {
  const std::string old = noise(100'000, 1);
  const std::string fresh = old + old;
  const Buffer whole = delta(signature(old), fresh);
  EXPECT_THROW(patched(old, whole, fresh.size() - 1), CopyFailed);
  EXPECT_THROW(patched(old, Bytes(whole).first(whole.size() - 1), fresh.size()), CopyFailed);
  Buffer longer = whole;
  longer.push_back(0);
  EXPECT_THROW(patched(old, longer, fresh.size() + 1), CopyFailed);
  // From beyond the old file.
  EXPECT_THROW(patched(old.substr(0, 50'000), whole, fresh.size()), CopyFailed);
}

TEST_F(DeltaTest, ASignatureThatCannotBeOneIsRefused) {
  const Buffer good = signature(noise(100'000, 1));
  check_signature(good);
  const auto refused = [&](std::size_t at, std::uint8_t value) {
    Buffer bad = good;
    bad[at] = value;
    EXPECT_THROW(check_signature(bad), CopyFailed) << at;
  };
  refused(3, 0x36);   // the magic of a delta
  refused(4, 0xff);   // a block of gigabytes
  refused(11, 0xff);  // a sum longer than there are
  refused(11, 0);
  EXPECT_THROW(check_signature(Bytes(good).first(good.size() - 1)), CopyFailed);
  EXPECT_THROW(check_signature(Bytes(good).first(11)), CopyFailed);
  EXPECT_THROW(check_signature({}), CopyFailed);
}

}  // namespace
}  // namespace understudy::copying
