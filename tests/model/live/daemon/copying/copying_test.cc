// SPDX-License-Identifier: MIT
//
// Two servers in one process: what is copied, what it costs, and what is refused.
#include "understudy/copying/copying.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include "support/pair.h"
#include "understudy/copying/failure.h"

namespace understudy::copying {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using enum ServerId;

// Of a memory that nobody has written to.
constexpr MemoryStamp fresh{};

void fill(const fs::path& root) {
  write(root / "table", noise(400'000, 1));
  write(root / "small", "ten bytes\n");
  write(root / "empty", "");
  write(root / "deep/er/file", "inside");
  fs::create_directory(root / "bare");
  fs::create_symlink("../table", root / "deep/link");
  fs::permissions(root / "small", fs::perms::owner_read);
  fs::permissions(root / "bare", fs::perms::owner_all | fs::perms::sticky_bit);
  fs::last_write_time(root / "small", fs::file_time_type::clock::now() - 1000h);
  fs::last_write_time(root / "deep", fs::file_time_type::clock::now() - 2000h);
}

TEST(Copying, BringsTheWholeTree) {
  Pair pair;
  fill(pair.data(first));
  pair.at(first).serve(1);
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  EXPECT_EQ(picture(pair.data(second)), picture(pair.data(first)));
  EXPECT_EQ(pair.at(second).memory(), (MemoryStamp{.term = 1, .version = 1}));
  EXPECT_EQ(pair.at(first).memory(), pair.at(second).memory());
}

TEST(Copying, ASecondCopyOfTheSameCostsNothing) {
  Pair pair;
  fill(pair.data(first));
  pair.at(first).serve(1);
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  const std::uint64_t full = pair.traffic.received;
  EXPECT_GT(full, 400'000U);
  ASSERT_EQ(pair.copy(second), CopyResult::whole);
  EXPECT_LT(pair.traffic.received + pair.traffic.sent, 500U);
  EXPECT_EQ(pair.at(second).memory().version, 1U);
}

TEST(Copying, AChangeCostsADelta) {
  Pair pair;
  fill(pair.data(first));
  pair.at(first).serve(1);
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  const std::uint64_t full = pair.traffic.received + pair.traffic.sent;
  std::string table = read(pair.data(first) / "table");
  table.insert(200'000, "a new row");
  write(pair.data(first) / "table", table);
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  EXPECT_EQ(picture(pair.data(second)), picture(pair.data(first)));
  const std::uint64_t delta = pair.traffic.received + pair.traffic.sent;
  RecordProperty("full_bytes", std::to_string(full));
  RecordProperty("delta_bytes", std::to_string(delta));
  EXPECT_LT(delta, full / 20);
}

TEST(Copying, BringsDeletionsAndChangesOfKind) {
  Pair pair;
  fill(pair.data(first));
  pair.at(first).serve(1);
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  const fs::path root = pair.data(first);
  fs::remove(root / "small");
  fs::remove_all(root / "deep");
  write(root / "deep", "now a file");
  fs::remove(root / "empty");
  fs::create_directory(root / "empty");
  fs::remove(root / "table");
  fs::create_symlink("deep", root / "table");
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  EXPECT_EQ(picture(pair.data(second)), picture(root));
}

TEST(Copying, BringsAChangeOfModeOwnerOrTimeAlone) {
  Pair pair;
  fill(pair.data(first));
  pair.at(first).serve(1);
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  fs::permissions(pair.data(first) / "table", fs::perms::owner_read | fs::perms::set_uid);
  fs::last_write_time(pair.data(first) / "empty", fs::file_time_type::clock::now() - 5h);
  if (::geteuid() == 0) {
    ASSERT_EQ(::lchown((pair.data(first) / "deep/link").c_str(), 1234, 4321), 0);
    ASSERT_EQ(::chown((pair.data(first) / "bare").c_str(), 1234, 4321), 0);
  }
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  EXPECT_EQ(picture(pair.data(second)), picture(pair.data(first)));
  EXPECT_LT(pair.traffic.received, 20'000U);
}

TEST(Copying, GoesBothWays) {
  Pair pair;
  write(pair.data(first) / "file", "by the first");
  pair.at(first).serve(1);
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  pair.at(second).serve(2);
  write(pair.data(second) / "file", "by the second");
  ASSERT_EQ(pair.copy(first), CopyResult::whole) << pair.log;
  EXPECT_EQ(read(pair.data(first) / "file"), "by the second");
  EXPECT_EQ(pair.at(first).memory(), (MemoryStamp{.term = 2, .version = 2}));
}

TEST(Copying, AnOlderMemoryDoesNotReplaceANewerOne) {
  Pair pair;
  write(pair.data(first) / "file", "old");
  pair.at(first).serve(1);
  write(pair.data(second) / "file", "new");
  pair.at(second).serve(2);
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  EXPECT_EQ(read(pair.data(second) / "file"), "new");
  EXPECT_EQ(pair.at(second).memory().term, 2U);
}

TEST(Copying, WhatWasWrittenSinceTheLastCopyCountsAfterAPowerCutOfBoth) {
  Pair pair;
  write(pair.data(first) / "file", "copied");
  pair.at(first).serve(1);
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  write(pair.data(first) / "file", "written after it");
  pair.restart(first);
  pair.restart(second);
  EXPECT_GT(pair.at(first).memory(), pair.at(second).memory());
  ASSERT_EQ(pair.copy(first), CopyResult::whole) << pair.log;
  EXPECT_EQ(read(pair.data(first) / "file"), "written after it");
}

TEST(Copying, AReceivedMemoryIsTheSameAfterARestart) {
  Pair pair;
  fill(pair.data(first));
  pair.at(first).serve(4);
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  const MemoryStamp stamp = pair.at(second).memory();
  pair.restart(second);
  EXPECT_EQ(pair.at(second).memory(), stamp);
}

TEST(Copying, WhatAMonitorFindsChangedIsNoNewerMemory) {
  Pair pair;
  write(pair.data(first) / "file", "served");
  pair.at(first).serve(1);
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  write(pair.data(second) / "file", "meddled with");
  const MemoryStamp stamp = pair.at(second).memory();
  pair.restart(second);
  EXPECT_EQ(pair.at(second).memory(), stamp);
  write(pair.data(first) / "file", "served on");
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  EXPECT_EQ(read(pair.data(second) / "file"), "served on");
}

TEST(Copying, SocketsPipesAndDevicesAreNoMemory) {
  Pair pair;
  write(pair.data(first) / "file", "x");
  ASSERT_EQ(::mkfifo((pair.data(first) / "pipe").c_str(), 0600), 0);
  pair.at(first).serve(1);
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  EXPECT_TRUE(fs::exists(pair.data(second) / "file"));
  EXPECT_FALSE(fs::exists(pair.data(second) / "pipe"));
}

TEST(Copying, ALinkOutOfTheTreeFailsTheCopyAndSaysWhich) {
  Pair pair;
  fs::create_symlink("/etc/passwd", pair.data(first) / "escape");
  pair.at(first).serve(1);
  EXPECT_EQ(pair.copy(second), CopyResult::failed);
  EXPECT_THAT(pair.log, HasSubstr("\"escape\" cannot be copied: it is a link to an absolute path"));
  pair.restart(first);  // that is no reason not to run
  EXPECT_EQ(pair.at(first).memory().term, 1U);
}

// ---- a command ----------------------------------------------------------------------------------

MemorySource command(const std::string& text) {
  return {.command = {"/bin/sh", "-c", text}, .command_timeout = 500ms};
}

TEST(CopyingACommand, BringsWhatItWrites) {
  const TemporaryFolder folder;
  write(folder.path() / "database", "one");
  Pair pair(quick_limits(), command("cat " + (folder.path() / "database").string()));
  pair.at(first).serve(1);
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  EXPECT_EQ(read(pair.data(second) / "output"), "one");
  EXPECT_EQ(pair.at(second).memory(), (MemoryStamp{.term = 1, .version = 1}));
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  EXPECT_EQ(pair.at(second).memory().version, 1U);  // it has written the same
  write(folder.path() / "database", "two");
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  EXPECT_EQ(read(pair.data(second) / "output"), "two");
  EXPECT_EQ(pair.at(second).memory().version, 2U);
}

TEST(CopyingACommand, IsRunByTheServerThatWritesAndNoOther) {
  const TemporaryFolder folder;
  Pair pair(quick_limits(),
            command("echo x >>" + (folder.path() / "runs").string() + "; date +%N"));
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  EXPECT_EQ(read(folder.path() / "runs"), "");
  pair.at(first).serve(1);
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  EXPECT_EQ(read(folder.path() / "runs"), "x\n");
  ASSERT_EQ(pair.copy(first), CopyResult::whole) << pair.log;
  EXPECT_EQ(read(folder.path() / "runs"), "x\n");
}

TEST(CopyingACommand, ThatFailsHangsOrWritesTooMuchFailsTheCopy) {
  Limits limits = quick_limits();
  limits.bytes = 1'000'000;
  for (const auto& [text, words] :
       {std::pair{"echo half; echo why >&2; exit 3", "exit code 3: why"},
        std::pair{"sleep 60", "takes too long"}, std::pair{"cat /dev/zero", "too much"}}) {
    Pair pair(limits, command(text));
    pair.at(first).serve(1);
    EXPECT_EQ(pair.copy(second), CopyResult::failed) << text;
    EXPECT_THAT(pair.log, HasSubstr(words));
    EXPECT_EQ(pair.at(second).memory(), fresh);
    EXPECT_EQ(pair.at(first).memory(), (MemoryStamp{.term = 1, .version = 0}));
  }
}

// ---- stopping -----------------------------------------------------------------------------------

TEST(Copying, AStoppedCopyChangesNothingAndIsNotReported) {
  Pair pair;
  write(pair.data(first) / "table", noise(20'000'000, 1));
  pair.at(first).serve(1);
  for (const auto span : {0ms, 5ms, 30ms, 60ms, 100ms, 150ms}) {
    pair.copied.reset();
    pair.at(second).start_copy();
    pair.run_for(span);
    if (pair.copied) break;  // a quick machine
    pair.at(second).stop_copy();
    const MemoryStamp stamp = pair.at(second).memory();
    const auto before = picture(pair.data(second));
    pair.run_for(300ms);
    EXPECT_FALSE(pair.copied);
    EXPECT_EQ(pair.at(second).memory(), stamp);
    EXPECT_EQ(picture(pair.data(second)), before);
  }
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
}

TEST(Copying, ACopyThatIsStoppedWhenAllIsThereButTheSwitchChangesNothing) {
  Pair pair;
  write(pair.data(first) / "file", "x");
  pair.at(first).serve(1);
  boost::asio::io_context loop;
  CopyingConfig config = pair.config(second);
  Store store(pair.folder() / "another");
  std::atomic<bool> complete = false;
  std::atomic<bool> go_on = false;
  bool reported = false;
  Receiver receiver(
      loop, store,
      {.keys = config.keys,
       .here = config.here,
       .peer = pair.at(first).endpoint(),
       .limits = config.limits},
      [&](CopyResult, const Traffic&) { reported = true; }, [](const std::string&) {},
      [&](const char* step) {
        if (std::string_view(step) != "commit") return;
        complete = true;
        while (!go_on) std::this_thread::sleep_for(1ms);
      });
  receiver.start();
  pair.run_until([&] { return complete.load(); });
  go_on = true;
  std::this_thread::sleep_for(100ms);  // it waits for the loop now
  receiver.stop();
  loop.run_for(200ms);
  EXPECT_FALSE(reported);
  EXPECT_EQ(store.state(), State{});
  EXPECT_FALSE(fs::exists(store.data() / "file"));
}

TEST(Copying, ANewCopyFollowsAStoppedOneAtOnce) {
  Pair pair;
  write(pair.data(first) / "table", noise(3'000'000, 1));
  pair.at(first).serve(1);
  for (int i = 0; i < 10; ++i) {
    pair.at(second).start_copy();
    pair.run_for(std::chrono::milliseconds(i));
    pair.at(second).stop_copy();
  }
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  EXPECT_EQ(picture(pair.data(second)), picture(pair.data(first)));
}

TEST(Copying, FailsInTimeIfNobodyAnswers) {
  Pair pair;
  // A listener that accepts and says nothing.
  boost::asio::io_context loop;
  boost::asio::ip::tcp::acceptor mute(loop, {boost::asio::ip::make_address("127.0.0.1"), 0});
  pair.at(second).set_peer(mute.local_endpoint());
  EXPECT_EQ(pair.copy(second), CopyResult::failed);
  EXPECT_THAT(pair.log, HasSubstr("it takes too long"));
  const auto nobody = mute.local_endpoint();
  mute.close();
  pair.at(second).set_peer(nobody);
  EXPECT_EQ(pair.copy(second), CopyResult::failed);
  EXPECT_THAT(pair.log, HasSubstr("Connection refused"));
}

TEST(Copying, ThoseWhoHoldConnectionsOpenDoNotKeepThePeerOut) {
  Pair pair;
  write(pair.data(first) / "file", "x");
  pair.at(first).serve(1);
  boost::asio::io_context loop;
  std::vector<boost::asio::ip::tcp::socket> idle;
  for (int i = 0; i < 20; ++i) {
    idle.emplace_back(loop).connect(pair.at(first).endpoint());
  }
  // The first eight are held to the end of their handshake's time, the rest closed at once.
  pair.run_for(1500ms);
  EXPECT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
}

// ---- limits -------------------------------------------------------------------------------------

TEST(Copying, TooManyFilesOrTooMuchInThemFailTheCopy) {
  for (const Limits& too_few : {Limits{.files = 5}, Limits{.bytes = 1000}}) {
    Pair pair;
    fill(pair.data(first));
    pair.at(first).serve(1);
    // The monitor alone has the lower limit: the peer may be broken.
    boost::asio::io_context loop;
    CopyingConfig config = pair.config(second);
    config.folder = pair.folder() / "narrow";
    config.limits.files = too_few.files;
    config.limits.bytes = too_few.bytes;
    std::optional<CopyResult> result;
    std::string log;
    Copying narrow(
        loop, config, [&](CopyResult how, const Traffic&) { result = how; },
        [&](const std::string& line) { log += line; });
    narrow.set_peer(pair.at(first).endpoint());
    narrow.start_copy();
    pair.run_until([&] {
      loop.restart();
      loop.run_one_for(1ms);
      return result.has_value();
    });
    EXPECT_EQ(*result, CopyResult::failed);
    EXPECT_THAT(log, testing::AnyOf(HasSubstr("too many"), HasSubstr("too much")));
    EXPECT_EQ(narrow.memory(), fresh);
  }
}

// What is wrong, by a number, if the second server's store is on a disk of 1 MiB.
int copy_to_a_small_disk(Pair& pair) {
  if (pair.copy(second) != CopyResult::whole) return 1;
  const MemoryStamp stamp = pair.at(second).memory();
  const auto before = picture(pair.data(second));
  write(pair.data(first) / "table", noise(3'000'000, 1));
  if (pair.copy(second) != CopyResult::failed) return 2;
  if (pair.log.find("No space left on device") == pair.log.npos) return 3;
  if (pair.at(second).memory() != stamp || picture(pair.data(second)) != before) return 4;
  fs::remove(pair.data(first) / "table");
  write(pair.data(first) / "file", "fits again");
  if (pair.copy(second) != CopyResult::whole) return 5;  // nothing was left behind
  return read(pair.data(second) / "file") == "fits again" ? 0 : 6;
}

// Mounts of this process' own. Who is not root has them in a user namespace, as who he was.
bool have_own_mounts() {
  if (::geteuid() == 0) return ::unshare(CLONE_NEWNS) == 0;
  const std::string user = std::to_string(::geteuid());
  const std::string group = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  write("/proc/self/setgroups", "deny");
  write("/proc/self/uid_map", user + " " + user + " 1");
  write("/proc/self/gid_map", group + " " + group + " 1");
  return true;
}

// In a process of its own. 77: it can mount nothing.
int copy_to_a_full_disk() {
  if (!have_own_mounts()) return 77;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
  Pair pair;
  write(pair.data(first) / "file", "fits");
  pair.at(first).serve(1);
  const fs::path small = pair.store(second);
  fs::remove_all(small);
  fs::create_directory(small);
  if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=1M") != 0) return 77;
  pair.restart(second);
  const int wrong = copy_to_a_small_disk(pair);
  ::umount2(small.c_str(), MNT_DETACH);  // or the temporary folder could not be removed
  return wrong;
}

TEST(Copying, AFullDiskFailsTheCopyAndLeavesTheLastOneWhole) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(copy_to_a_full_disk());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  ASSERT_NE(WEXITSTATUS(status), 77) << "nothing can be mounted here; run this as root";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// ---- crashes ------------------------------------------------------------------------------------

void change_everything(const fs::path& root) {
  std::string table = read(root / "table");
  table.insert(100'000, "row");
  write(root / "table", table);
  write(root / "added", noise(100'000, 7));
  fs::remove(root / "empty");
  fs::create_symlink("small", root / "deep/other");
  fs::create_directory(root / "more");
}

// Kills this process at the step of this number. Does not return otherwise than at the end.
void copy_and_die(const CopyingConfig& primary, const CopyingConfig& monitor, int at) {
  boost::asio::io_context loop;
  Copying source(loop, primary, {}, [](const std::string&) {});
  Store store(monitor.folder);
  int steps = 0;
  std::optional<CopyResult> result;
  Receiver receiver(
      loop, store,
      {.keys = monitor.keys,
       .here = monitor.here,
       .peer = source.endpoint(),
       .limits = monitor.limits},
      [&](CopyResult how, const Traffic&) { result = how; }, [](const std::string&) {},
      [&](const char*) {
        if (++steps == at) static_cast<void>(::raise(SIGKILL));
      });
  receiver.start();
  while (!result) loop.run_one_for(20ms);
  ::_exit(*result == CopyResult::whole ? 0 : 1);
}

TEST(Copying, KilledAtAnyStepItLeavesAWholeGeneration) {
  const TemporaryFolder folder;
  CopyingConfig primary;
  CopyingConfig monitor;
  std::map<std::string, std::string> before;
  std::map<std::string, std::string> after;
  const fs::path keep = folder.path() / "keep";
  const fs::path stores = folder.path() / "stores";
  {
    Pair pair;
    fill(pair.data(first));
    pair.at(first).serve(1);
    ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
    before = picture(pair.data(second));
    change_everything(pair.data(first));
    after = picture(pair.data(first));
    primary = pair.config(first);
    monitor = pair.config(second);
    const auto all = fs::copy_options::recursive | fs::copy_options::copy_symlinks;
    fs::copy(pair.keys(), folder.path() / "keys", all);
    fs::create_directory(keep);
    // With times and modes, which std::filesystem does not copy.
    const std::string copy = "cp -a " + pair.store(first).string() + " " +
                             pair.store(second).string() + " " + keep.string();
    ASSERT_EQ(std::system(copy.c_str()), 0);
  }
  primary.keys.folder = folder.path() / "keys/first";
  monitor.keys.folder = folder.path() / "keys/second";
  primary.folder = stores / "store-first";
  monitor.folder = stores / "store-second";

  bool finished = false;
  int old_ones = 0;
  int new_ones = 0;
  for (int at = 1; !finished; ++at) {
    ASSERT_LT(at, 500);
    ASSERT_EQ(std::system(
                  ("rm -rf " + stores.string() + "; cp -a " + keep.string() + " " + stores.string())
                      .c_str()),
              0);
    const pid_t child = ::fork();
    if (child == 0) copy_and_die(primary, monitor, at);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    finished = WIFEXITED(status);
    ASSERT_TRUE(!finished || WEXITSTATUS(status) == 0);

    const Store store(monitor.folder);
    const auto found = picture(store.data());
    if (found == before) {
      ++old_ones;
      EXPECT_EQ(store.state().stamp, (MemoryStamp{.term = 1, .version = 1})) << at;
    } else {
      ++new_ones;
      EXPECT_EQ(found, after) << at;
      EXPECT_EQ(store.state().stamp, (MemoryStamp{.term = 1, .version = 2})) << at;
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(monitor.folder / "generations"),
                            fs::directory_iterator()),
              1);
  }
  EXPECT_GT(old_ones, 20);
  EXPECT_GE(new_ones, 2);  // killed after the switch, and not at all
}

}  // namespace
}  // namespace understudy::copying
