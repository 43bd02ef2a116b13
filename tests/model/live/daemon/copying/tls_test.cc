// SPDX-License-Identifier: MIT
//
// Who is let in, and what a peer that is let in can do with what it sends.
#include "understudy/copying/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <thread>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "support/pair.h"
#include "understudy/copying/failure.h"
#include "understudy/copying/pair_keys.h"

namespace understudy::copying {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using enum ServerId;

// ---- the keys -----------------------------------------------------------------------------------

TEST(PairKeys, AreForBothServersAndPrivate) {
  const TemporaryFolder folder;
  make_pair_keys(folder.path() / "keys");
  for (const ServerId id : {first, second}) {
    const Keys keys{.folder = folder.path() / "keys" / (id == first ? "first" : "second"),
                    .self = id};
    check(keys);
    struct ::stat status {};
    ASSERT_EQ(::stat(keys.key().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const auto left = end_of(keys) - std::chrono::system_clock::now();
    EXPECT_GT(left, 24h * 3650);
    EXPECT_LT(left, 24h * 3660);
  }
  // The private key of the authority is nowhere.
  std::size_t keys = 0;
  for (const auto& found : fs::recursive_directory_iterator(folder.path())) {
    if (found.is_regular_file()) keys += read(found).find("PRIVATE KEY") != std::string::npos;
  }
  EXPECT_EQ(keys, 2U);
}

TEST(PairKeys, AreNotOverwritten) {
  const TemporaryFolder folder;
  make_pair_keys(folder.path());
  const std::string key = read(folder.path() / "first/server.key");
  EXPECT_THROW(make_pair_keys(folder.path()), CopyFailed);
  EXPECT_EQ(read(folder.path() / "first/server.key"), key);
}

TEST(PairKeys, ThatOthersMayReadOrThatAreTheOthersAreRefused) {
  const TemporaryFolder folder;
  make_pair_keys(folder.path());
  const Keys keys{.folder = folder.path() / "first", .self = first};
  EXPECT_THAT([&] { check({.folder = keys.folder, .self = second}); },
              ThrowsMessage<CopyFailed>(HasSubstr("not of \"understudy second\"")));
  fs::permissions(keys.key(), fs::perms::group_read, fs::perm_options::add);
  EXPECT_THAT([&] { check(keys); }, ThrowsMessage<CopyFailed>(HasSubstr("chmod 600")));
  fs::remove(keys.key());
  EXPECT_THAT([&] { check(keys); }, ThrowsMessage<CopyFailed>(HasSubstr("server.key")));
}

// ---- who is let in ------------------------------------------------------------------------------

// Speaks to the first server of a pair as somebody, while the pair's loop runs.
class Intruder {
 public:
  explicit Intruder(Pair& pair) : pair_(pair), server_(pair.at(first).endpoint()) {}

  // What comes of it: empty if the intruder got what it wanted.
  std::string act(const Keys& keys, const std::function<void(Channel&)>& act) {
    return in_thread([&] {
      Channel channel(keys, quick_limits());
      channel.connect({boost::asio::ip::make_address("127.0.0.1"), 0}, server_);
      act(channel);
    });
  }
  std::string ask_for_an_offer(const Keys& keys) {
    return act(keys, [](Channel& channel) {
      channel.send(FrameType::hello, encode(Hello{}));
      static_cast<void>(channel.expect(FrameType::offer, 5s));
    });
  }
  // With nothing that this program checks itself.
  std::string ask_without_a_certificate() {
    return in_thread([&] {
      boost::asio::io_context io;
      boost::asio::ssl::context tls(boost::asio::ssl::context::tls_client);
      boost::asio::ssl::stream<tcp::socket> stream(io, tls);
      stream.next_layer().connect(server_);
      stream.handshake(boost::asio::ssl::stream_base::client);
      std::array<char, 1> byte{};
      boost::asio::write(stream, boost::asio::buffer(std::string(53, 'x')));
      boost::asio::read(stream, boost::asio::buffer(byte));
    });
  }
  std::string ask_with_an_old_protocol(const Keys& keys) {
    return in_thread([&] {
      boost::asio::io_context io;
      boost::asio::ssl::context tls = make_context(keys);
      SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
      SSL_CTX_set_max_proto_version(tls.native_handle(), TLS1_2_VERSION);
      boost::asio::ssl::stream<tcp::socket> stream(io, tls);
      stream.next_layer().connect(server_);
      stream.handshake(boost::asio::ssl::stream_base::client);
    });
  }

 private:
  std::string in_thread(const std::function<void()>& what) {
    std::string failure;
    std::atomic<bool> over = false;
    std::thread thread([&] {
      try {
        what();
      } catch (const std::exception& error) {
        failure = error.what();
        if (failure.empty()) failure = "?";
      }
      over = true;
    });
    pair_.run_until([&] { return over.load(); });
    thread.join();
    pair_.run_for(50ms);  // what the server says about it
    return failure;
  }

  Pair& pair_;
  tcp::endpoint server_;
};

class IntruderTest : public testing::Test {
 protected:
  IntruderTest() {
    write(pair_.data(first) / "secret", "the memory");
    pair_.at(first).serve(1);
  }
  // The peer's own keys, with which anybody would get in.
  [[nodiscard]] Keys peer() const { return {.folder = pair_.keys() / "second", .self = second}; }
  [[nodiscard]] fs::path other(const std::string& name) const { return pair_.folder() / name; }

  void expect_that_the_pair_still_copies() {
    EXPECT_EQ(pair_.copy(second), CopyResult::whole) << pair_.log;
    EXPECT_EQ(read(pair_.data(second) / "secret"), "the memory");
  }

  Pair pair_;
  Intruder intruder_{pair_};
};

TEST_F(IntruderTest, ThePeerIsLetIn) { EXPECT_EQ(intruder_.ask_for_an_offer(peer()), ""); }

TEST_F(IntruderTest, NobodyWithoutACertificateIsLetIn) {
  EXPECT_NE(intruder_.ask_without_a_certificate(), "");
  EXPECT_THAT(pair_.log, HasSubstr("peer did not return a certificate"));
  expect_that_the_pair_still_copies();
}

TEST_F(IntruderTest, NobodyWithTheCertificateOfAnotherPairIsLetIn) {
  make_pair_keys(other("foreign"));
  // It trusts our pair, but is signed by its own authority.
  fs::copy_file(peer().authority(), other("foreign/second/ca.pem"),
                fs::copy_options::overwrite_existing);
  EXPECT_NE(intruder_.ask_for_an_offer({.folder = other("foreign/second"), .self = second}), "");
  EXPECT_THAT(pair_.log, HasSubstr("certificate verify failed"));
  expect_that_the_pair_still_copies();
}

TEST_F(IntruderTest, AServerIsNotItsOwnPeer) {
  // Someone who has stolen the first's keys, and says so to the first. It looks for the second.
  const Keys stolen{.folder = pair_.keys() / "first", .self = second};
  EXPECT_NE(intruder_.ask_for_an_offer(stolen), "");
  EXPECT_THAT(pair_.log, HasSubstr("certificate verify failed"));
}

TEST_F(IntruderTest, NoExpiredCertificateIsLetIn) {
  Pair expired;
  fs::remove_all(expired.keys());
  make_pair_keys(expired.keys(), {.before = 48h, .after = -24h});
  expired.restart(first);
  expired.restart(second);
  expired.at(first).serve(1);
  EXPECT_EQ(expired.copy(second), CopyResult::failed);
  EXPECT_THAT(expired.log, HasSubstr("certificate verify failed"));
}

TEST_F(IntruderTest, NoOlderProtocolIsSpoken) {
  EXPECT_NE(intruder_.ask_with_an_old_protocol(peer()), "");
  expect_that_the_pair_still_copies();
}

TEST_F(IntruderTest, TheMonitorCopiesFromNobodyButItsPeer) {
  Pair other_pair;  // with keys of its own
  write(other_pair.data(first) / "secret", "forged");
  other_pair.at(first).serve(99);
  pair_.at(second).set_peer(other_pair.at(first).endpoint());
  pair_.copied.reset();
  pair_.at(second).start_copy();
  pair_.run_until([&] {
    other_pair.run_for(1ms);
    return pair_.copied.has_value();
  });
  EXPECT_EQ(*pair_.copied, CopyResult::failed);
  EXPECT_FALSE(fs::exists(pair_.data(second) / "secret"));
}

// ---- what a peer can say ------------------------------------------------------------------------

TEST_F(IntruderTest, APeerThatSaysNonsenseIsHeardNoFurther) {
  const auto greet = [](Channel& channel) {
    channel.send(FrameType::hello, encode(Hello{}));
    static_cast<void>(channel.expect(FrameType::offer, 5s));
  };
  const auto refused = [&](const char* words, const std::function<void(Channel&)>& nonsense) {
    pair_.log.clear();
    EXPECT_NE(intruder_.act(peer(),
                            [&](Channel& channel) {
                              nonsense(channel);
                              static_cast<void>(channel.receive(5s));
                            }),
              "");
    EXPECT_THAT(pair_.log, HasSubstr(words));
  };
  refused("too long", [](Channel& channel) {
    channel.send(FrameType::hello, std::vector<std::uint8_t>(greatest_payload + 1));
  });
  refused("cut short", [](Channel& channel) {
    std::vector<std::uint8_t> hello = encode(Hello{});
    hello.pop_back();
    channel.send(FrameType::hello, hello);
  });
  refused("not asked for", [](Channel& channel) { channel.send(FrameType::offer); });
  refused("not asked for", [&](Channel& channel) {
    greet(channel);
    channel.send(FrameType::entries);
  });
  refused("a file that there is not", [&](Channel& channel) {
    greet(channel);
    channel.send(FrameType::want, encode(Want{.entry = 0}));
  });
  refused("a file that there is not", [&](Channel& channel) {
    greet(channel);
    channel.send(FrameType::want, encode(Want{.entry = ~0ULL}));
  });
  refused("too long a signature", [&](Channel& channel) {
    greet(channel);
    channel.send(FrameType::want, encode(Want{.entry = 1, .signature_size = ~0ULL}));
  });
  refused("no signature of a file", [&](Channel& channel) {
    greet(channel);
    channel.send(FrameType::want, encode(Want{.entry = 1, .signature_size = 20}));
    channel.send(FrameType::bytes, std::vector<std::uint8_t>(20));
  });
  refused("it takes too long", [](Channel& channel) {
    static_cast<void>(channel.receive(5s));  // says nothing
  });
  expect_that_the_pair_still_copies();
}

// A primary that was taken over: it has the keys, and sends what it likes.
class FalsePrimary {
 public:
  FalsePrimary(Pair& pair, std::vector<Entry> entries)
      : keys_{.folder = pair.keys() / "first", .self = first},
        entries_(std::move(entries)),
        acceptor_(io_, {boost::asio::ip::make_address("127.0.0.1"), 0}),
        thread_([this] { run(); }) {}
  ~FalsePrimary() { thread_.join(); }
  FalsePrimary(const FalsePrimary&) = delete;
  FalsePrimary& operator=(const FalsePrimary&) = delete;
  [[nodiscard]] tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  void run() {
    try {
      Channel channel(keys_, quick_limits());
      channel.accept(tcp::v4(), acceptor_.accept().release());
      static_cast<void>(channel.expect(FrameType::hello, 5s));
      Writer writer;
      for (const Entry& entry : entries_) encode(writer, entry);
      channel.send(FrameType::offer, encode(Offer{.stamp = {.term = 9},
                                                  .digest = digest_of(writer.bytes()),
                                                  .entries = entries_.size(),
                                                  .bytes = 4}));
      static_cast<void>(channel.expect(FrameType::go_on, 5s));
      channel.send(FrameType::entries, writer.bytes());
      channel.send(FrameType::end);
      while (channel.receive(5s).type == FrameType::want) {
        const std::string content = "evil and more than was said";
        channel.send(FrameType::bytes,
                     {reinterpret_cast<const std::uint8_t*>(content.data()), content.size()});
        channel.send(FrameType::end);
      }
    } catch (const CopyFailed&) {  // the monitor hangs up
    }
  }

  Keys keys_;
  std::vector<Entry> entries_;
  boost::asio::io_context io_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

TEST_F(IntruderTest, APeerCannotWriteOutOfTheTree) {
  const Entry root{.path = ".", .mode = 0755};
  const auto file = [](const std::string& path) {
    return Entry{.path = path, .kind = Entry::Kind::file, .mode = 0644, .size = 4};
  };
  const auto link = [](const std::string& path, const std::string& target) {
    return Entry{.path = path, .kind = Entry::Kind::link, .mode = 0777, .target = target};
  };
  const std::string outside = (pair_.folder() / "escaped").string();
  const std::vector<std::pair<std::vector<Entry>, const char*>> attacks = {
      {{root, file("../../../escaped")}, "not a plain one"},
      {{root, file(outside)}, "absolute"},
      {{root, link("l", pair_.folder().string()), file("l/escaped")}, "absolute"},
      {{root, link("l", "../../.."), file("l/escaped")}, "out of the tree"},
      {{root, link("l", "."), file("l/escaped")}, "its folder is none"},
      {{root, file("a")}, "more than"},
  };
  const auto before = picture(pair_.store(second) / "generations");
  for (const auto& [entries, words] : attacks) {
    pair_.log.clear();
    FalsePrimary primary(pair_, entries);
    pair_.at(second).set_peer(primary.endpoint());
    EXPECT_EQ(pair_.copy(second), CopyResult::failed) << words;
    EXPECT_THAT(pair_.log, HasSubstr(words));
    EXPECT_FALSE(fs::exists(outside)) << words;
    EXPECT_EQ(pair_.at(second).memory().term, 0U);
  }
  EXPECT_EQ(picture(pair_.store(second) / "generations").size(), before.size());
}

}  // namespace
}  // namespace understudy::copying
