// SPDX-License-Identifier: MIT
#include "understudy/daemon/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "understudy/scenario/bad_input.h"

namespace understudy::live {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

// Eleven lines.
const std::string whole = R"([daemon]
id        = "second"
interface = "eth0"
secret    = "0123456789abcdef0123456789abcdef"
[addresses]
server  = "192.0.2.2"
peer    = "192.0.2.1"
primary = "192.0.2.10"
monitor = "192.0.2.11"
[power]
agent = "/bin/true"
)";

std::string mistake_in(const std::string& text) {
  try {
    static_cast<void>(parse_settings(text, "d.toml"));
  } catch (const BadInput& mistake) {
    return mistake.what();
  }
  return "";
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

TEST(DaemonSettings, AreReadWithThePairOfAScenario) {
  const DaemonSettings settings =
      parse_settings(whole + "[pair]\nmisses = 5\nping_interval = \"20ms\"\n", "d.toml");
  EXPECT_EQ(settings.host.id, ServerId::second);
  EXPECT_EQ(settings.host.addresses.primary.to_string(), "192.0.2.10");
  EXPECT_EQ(settings.host.config.misses, 5U);
  EXPECT_EQ(settings.host.config.ping_interval, 20ms);
  EXPECT_EQ(settings.host.config.fence_max, 10s);  // a daemon's default
  EXPECT_EQ(settings.power.program, "/bin/true");
}

TEST(DaemonSettings, TheExampleIsRightButForTheProgramsThatItNames) {
  std::ifstream file("model/live/daemon/understudyd.toml");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const std::string program :
       {"/usr/sbin/fence_ipmilan", "/usr/bin/systemctl", "/usr/bin/systemctl"}) {
    text = replaced(text, program, "/bin/true");
  }
  const DaemonSettings settings = parse_settings(text, "understudyd.toml");
  EXPECT_EQ(settings.warnings, std::vector<std::string>{});
  EXPECT_TRUE(settings.host.config.witness);
}

TEST(DaemonSettings, AMistakeNamesFileLineKeyAndRemedy) {
  EXPECT_EQ(mistake_in(whole + "[pair]\nmises = 5\n"),
            "d.toml:13: pair.mises: no such key; did you mean misses?");
  EXPECT_EQ(mistake_in(whole + "[pair]\nping_timeout = 50\n"),
            "d.toml:13: pair.ping_timeout: 50 has no unit; write a duration such as \"50ms\"");
  EXPECT_EQ(mistake_in(whole + "[deamon]\n"),
            "d.toml:12: deamon: no such table; did you mean daemon?");
  EXPECT_THAT(mistake_in(replaced(whole, "\"second\"", "2")),
              StartsWith("d.toml:2: daemon.id: 2 is neither server; write \"first\""));
  EXPECT_THAT(mistake_in(replaced(whole, "192.0.2.10", "192.0.2.300")),
              StartsWith("d.toml:8: addresses.primary: \"192.0.2.300\" is no host's IP address"));
  EXPECT_EQ(mistake_in(replaced(whole, "/bin/true", "/bin/none")),
            "d.toml:11: power.agent: \"/bin/none\" cannot be run; check its name and rights");
  EXPECT_EQ(mistake_in(replaced(whole, "/bin/true", "/bin")),
            "d.toml:11: power.agent: \"/bin\" cannot be run; check its name and rights");
  EXPECT_EQ(mistake_in(replaced(whole, "[addresses]",
                                "socket = \"/" + std::string(107, 's') + "\"\n[addresses]")),
            "d.toml:5: daemon.socket: has 108 characters, and a socket's path may have 107; write "
            "a shorter one");
}

TEST(DaemonSettings, AnAddressIsOneThatAHostMayHave) {
  for (const std::string address :
       {"127.0.0.1", "0.0.0.0", "0.1.2.3", "224.0.0.18", "255.255.255.255", "::1", "::", "ff02::1",
        "::ffff:192.0.2.10", "fe80::1%1"}) {
    EXPECT_THAT(mistake_in(replaced(whole, "192.0.2.10", address)),
                StartsWith("d.toml:8: addresses.primary: \"" + address + "\" is no host's IP"));
  }
}

TEST(DaemonSettings, WhatMustBeSaidIsMissed) {
  EXPECT_THAT(mistake_in(replaced(whole, "interface = \"eth0\"", "")),
              StartsWith("d.toml: daemon.interface: is missing"));
  EXPECT_THAT(mistake_in(replaced(whole, "peer    = \"192.0.2.1\"", "")),
              StartsWith("d.toml: addresses.peer: is missing"));
}

TEST(DaemonSettings, AShortSecretIsRefusedAndNeverShown) {
  const std::string mistake =
      mistake_in(replaced(whole, "0123456789abcdef0123456789abcdef", "hush"));
  EXPECT_THAT(mistake, StartsWith("d.toml:4: daemon.secret: has 4 characters, fewer than 32"));
  EXPECT_THAT(mistake, testing::Not(HasSubstr("hush")));
}

TEST(DaemonSettings, AddressesMustDifferAndBeOfOneVersion) {
  EXPECT_EQ(mistake_in(replaced(whole, "192.0.2.11", "192.0.2.10")),
            "d.toml:9: addresses.monitor: is the same as addresses.primary; write another address");
  EXPECT_THAT(mistake_in(replaced(whole, "192.0.2.11", "2001:db8::11")),
              HasSubstr("addresses.monitor: is not of the same IP version"));
}

TEST(DaemonSettings, ASharedHardwareAddressIsOneThatAPairMayHave) {
  const auto with = [](const std::string& written) {
    return replaced(whole, "[power]", "shared_hardware = \"" + written + "\"\n[power]");
  };
  const auto read = parse_settings(with("02:75:6E:64:00:10"), "d.toml").host.addresses;
  ASSERT_TRUE(read.shared_hardware);
  EXPECT_EQ(hardware_text(read.shared_hardware->of(Address::primary)), "02:75:6e:64:00:10");
  EXPECT_EQ(hardware_text(read.shared_hardware->of(Address::monitor)), "02:75:6e:64:00:11");
  for (const std::string written :
       {"02:75:6e:64:00", "02:75:6e:64:00:1", "02-75-6e-64-00-10",
        "02:75:6e:64:00:10:", "02: 5:6e:64:00:10", "02:75:6e:64:00:-1", "02:75:6e:64:00:g0"}) {
    EXPECT_THAT(mistake_in(with(written)),
                StartsWith("d.toml:10: addresses.shared_hardware: \"" + written +
                           "\" is no hardware address; write one such as"));
  }
  for (const std::string written :
       {"00:75:6e:64:00:10", "03:75:6e:64:00:10", "02:75:6e:64:00:11", "ff:ff:ff:ff:ff:ff"}) {
    EXPECT_THAT(mistake_in(with(written)), HasSubstr("\"" + written + "\" cannot be shared"));
  }
  EXPECT_EQ(parse_settings(whole, "d.toml").host.addresses.shared_hardware, std::nullopt);
}

TEST(DaemonSettings, WithoutAPowerChannelOnlyImmediateTakeoverRuns) {
  const std::string without = replaced(whole, "agent = \"/bin/true\"", "");
  EXPECT_THAT(mistake_in(without), HasSubstr("power.agent: is missing, and pair.takeover"));
  const DaemonSettings settings =
      parse_settings(without + "[pair]\ntakeover = \"immediate\"\n", "d.toml");
  EXPECT_THAT(settings.warnings, testing::Contains(HasSubstr("power.agent: is missing")));
}

TEST(DaemonSettings, WhatIsNotThereIsNotAccepted) {
  EXPECT_THAT(mistake_in(whole + "[clients]\n"), HasSubstr("clients: no such table"));
  EXPECT_THAT(mistake_in(whole + "[pair]\ncopy_every = 10\n"),
              StartsWith("d.toml:13: pair.copy_every: there is no memory.folder"));
  EXPECT_EQ(parse_settings(whole, "d.toml").host.config.copy_every, 0U);
  EXPECT_THAT(mistake_in(whole + "[pair]\nwitness = true\n"),
              StartsWith("d.toml:13: pair.witness: there is no addresses.witness"));
}

TEST(DaemonSettings, TheFenceAgentGetsItsOptionsAsText) {
  const DaemonSettings settings = parse_settings(
      replaced(whole, "agent = \"/bin/true\"",
               "agent = \"/bin/true\"\noptions = { ip = \"192.0.2.3\", port = 7, lanplus = true }"),
      "d.toml");
  std::string options;
  for (const FenceOption& option : settings.power.options) {
    options += option.name + "=" + option.value + " ";
  }
  EXPECT_EQ(options, "ip=192.0.2.3 lanplus=1 port=7 ");
  // The agent tries again by itself, and waits no longer than this.
  EXPECT_EQ(settings.power.attempts, 1U);
  EXPECT_EQ(settings.power.timeout, settings.host.config.fence_timeout);
}

TEST(DaemonSettings, OptionsThatNoFenceAgentCouldReadAreRefused) {
  const auto with = [](const std::string& options) {
    return mistake_in(
        replaced(whole, "agent = \"/bin/true\"", "agent = \"/bin/true\"\noptions = " + options));
  };
  EXPECT_THAT(with("7"), StartsWith("d.toml:12: power.options: 7 is no table of options"));
  EXPECT_THAT(with("{ delay = 1.5 }"), StartsWith("d.toml:12: power.options: 1.5 is no option"));
  EXPECT_THAT(with("{ action = \"off\" }"),
              StartsWith("d.toml:12: power.options: the fence agent is given its action"));
  EXPECT_THAT(mistake_in(replaced(whole, "agent = \"/bin/true\"", "confirm = true")),
              StartsWith("d.toml:11: power.confirm: there is no power.agent"));
  EXPECT_THAT(mistake_in(replaced(whole, "agent = \"/bin/true\"", "keep_started = true")),
              StartsWith("d.toml:11: power.keep_started: there is no power.agent"));
}

TEST(DaemonSettings, AMemoryTurnsCopyingOn) {
  const std::string memory = "[memory]\nfolder = \"/srv/m\"\nkeys = \"/srv/k\"\n";
  const DaemonSettings settings = parse_settings(
      whole + memory + "quiet = \"whole-tree\"\nlargest = \"2MiB\"\ncopy_timeout = \"3s\"\n",
      "d.toml");
  EXPECT_EQ(settings.host.config.copy_every, 10U);
  EXPECT_TRUE(settings.host.config.newer_memory_wins);
  EXPECT_EQ(settings.memory.source.quiet, copying::Quiet::whole_tree);
  EXPECT_EQ(settings.memory.limits.bytes, 2U << 20U);
  EXPECT_EQ(settings.memory.limits.copy, 3s);
  EXPECT_THAT(settings.host.service.environment,
              testing::ElementsAre("UNDERSTUDY_MEMORY=/srv/m/current/data"));
}

TEST(DaemonSettings, AMemoryNeedsItsFolderAndItsKeys) {
  EXPECT_THAT(mistake_in(whole + "[memory]\nfolder = \"/srv/m\"\n"),
              StartsWith("d.toml:13: memory.folder: there is no memory.keys"));
  EXPECT_THAT(mistake_in(whole + "[memory]\nquiet = \"whole-tree\"\n"),
              StartsWith("d.toml:13: memory.quiet: there is no memory.folder"));
  EXPECT_THAT(mistake_in(whole + "[memory]\nquiet = \"still\"\n"), HasSubstr("whole-tree"));
}

TEST(DaemonSettings, KeysThatAreNotThereAreSaidWithTheFile) {
  const std::string path = testing::TempDir() + "understudyd_keys.toml";
  std::ofstream(path) << whole << "[memory]\nfolder = \"/srv/m\"\nkeys = \"/no/such\"\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  try {
    static_cast<void>(load_settings(path));
    ADD_FAILURE();
  } catch (const BadInput& mistake) {
    EXPECT_THAT(mistake.what(), StartsWith(path + ": memory.keys: /no/such/server.key: No such"));
  }
  std::filesystem::remove(path);
}

TEST(DaemonSettings, AWitnessAddressTurnsTheWitnessOn) {
  const std::string with = replaced(whole, "[power]", "witness = \"192.0.2.254\"\n[power]");
  EXPECT_TRUE(parse_settings(with, "d.toml").host.config.witness);
  EXPECT_FALSE(parse_settings(whole, "d.toml").host.config.witness);
}

TEST(DaemonSettings, AnInequalityThatDoesNotHoldIsSaidAtItsLine) {
  EXPECT_THAT(mistake_in(whole + "[pair]\nping_interval = \"10ms\"\nping_timeout = \"50ms\"\n"),
              StartsWith("d.toml:14: pair.ping_timeout (50ms) must not exceed"));
}

TEST(DaemonSettings, AFileThatOthersMayReadIsRefused) {
  const std::filesystem::path path = testing::TempDir() + "understudyd_rights.toml";
  std::ofstream(path) << whole;
  std::filesystem::permissions(path, std::filesystem::perms(0644));
  EXPECT_THROW(static_cast<void>(load_settings(path)), BadInput);
  std::filesystem::permissions(path, std::filesystem::perms(0600));
  EXPECT_NO_THROW(static_cast<void>(load_settings(path)));
  std::filesystem::remove(path);
}

TEST(DaemonSettings, ConsequencesSayWhatNobodyWroteAsComments) {
  const std::string text = consequences(parse_settings(whole + "[pair]\nmisses = 5\n", "d.toml"));
  EXPECT_THAT(text, HasSubstr("\nmisses = 5\n"));
  EXPECT_THAT(text, HasSubstr("\n# ping_interval = \"100ms\"\n"));
}

}  // namespace
}  // namespace understudy::live
