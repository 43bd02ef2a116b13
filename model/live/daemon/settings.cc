// SPDX-License-Identifier: MIT
#include "understudy/daemon/settings.h"

#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <utility>
#include <variant>

#include "understudy/copying/failure.h"
#include "understudy/copying/tls.h"
#include "understudy/failover/derive.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/keys.h"
#include "understudy/scenario/spelling.h"
#include "understudy/scenario/text_file.h"
#include "understudy/scenario/units.h"
#include "understudy/scenario/values.h"
#include "understudy/scenario/written.h"

namespace understudy::live {
namespace {

using Type = Written::Type;

constexpr std::size_t largest_file = std::size_t{1} << 20;
constexpr std::size_t least_secret = 32;  // characters

// ---- values -------------------------------------------------------------------------------------

// Each throws BadInput that says what was found and what would be right, but not where.
const std::string& text_in(const Written& value, const std::string& example) {
  if (value.type != Type::text || value.text.empty() ||
      value.text.find('\0') != std::string::npos) {
    throw BadInput(shown(value) + " is no text for this; write one such as " + example);
  }
  return value.text;
}

std::filesystem::path path_in(const Written& value, const std::string& example) {
  std::filesystem::path path = text_in(value, example);
  if (!path.is_absolute()) {
    throw BadInput(shown(value) + " is no path from the root; write one such as " + example);
  }
  return path;
}

IpAddress address_in(const Written& value) {
  boost::system::error_code error;
  const std::string example = R"("192.0.2.10" or "2001:db8::10")";
  IpAddress address = boost::asio::ip::make_address(text_in(value, example), error);
  if (error || address.is_unspecified() || address.is_multicast() || address.is_loopback() ||
      (address.is_v6() && address.to_v6().scope_id() != 0)) {
    throw BadInput(shown(value) + " is no host's IP address; write one such as " + example);
  }
  return address;
}

// One that a network may be given: nobody's card has it, and it means one station.
SharedHardware hardware_in(const Written& value) {
  const std::string example = R"("02:75:6e:64:00:10")";
  const std::string& text = text_in(value, example);
  SharedHardware hardware;
  constexpr std::size_t digits = 2;
  bool well = text.size() == hardware.primary.size() * (digits + 1) - 1;
  for (std::size_t i = 0; well && i < hardware.primary.size(); ++i) {
    const char* const begin = text.data() + i * (digits + 1);
    const auto [end, error] = std::from_chars(begin, begin + digits, hardware.primary[i], 16);
    well = error == std::errc() && end == begin + digits && (*end == ':' || *end == '\0');
  }
  if (!well) throw BadInput(shown(value) + " is no hardware address; write one such as " + example);
  if ((hardware.primary.front() & 3U) != 2U || (hardware.primary.back() & 1U) != 0) {
    throw BadInput(shown(value) +
                   " cannot be shared; write one whose first byte is 02, 06, 0a or 0e and whose "
                   "last byte is even, such as " +
                   example);
  }
  return hardware;
}

Arguments arguments_in(const Written& value) {
  const std::string example = R"(["/usr/local/bin/program", "argument"])";
  Arguments arguments;
  if (value.type == Type::text) {
    arguments.push_back(text_in(value, example));
  } else {
    if (value.type != Type::list || value.items.empty()) {
      throw BadInput(shown(value) + " is no program; write one such as " + example);
    }
    for (const Written& item : value.items) arguments.push_back(text_in(item, example));
  }
  const std::string& program = arguments.front();
  if (!std::filesystem::path(program).is_absolute()) {
    throw BadInput(in_quotes(program) + " is no path from the root; write one such as " + example);
  }
  if (access(program.c_str(), X_OK) < 0) {
    throw BadInput(in_quotes(program) + " cannot be run; check its name and rights");
  }
  return arguments;
}

std::string program_in(const Written& value, const std::string& example) {
  std::string program = path_in(value, example);
  if (access(program.c_str(), X_OK) < 0) {
    throw BadInput(in_quotes(program) + " cannot be run; check its name and rights");
  }
  return program;
}

// As the `fence_*` programs read them, which know nothing but text.
std::string option_in(const Written& value) {
  switch (value.type) {
    case Type::text: return value.text;
    case Type::integer: return std::to_string(value.integer);
    case Type::truth: return value.truth ? "1" : "0";
    default: break;
  }
  throw BadInput(shown(value) + " is no option; write a text, a whole number, true or false");
}

std::vector<FenceOption> options_in(const Written& value) {
  const std::string example = R"({ ip = "192.0.2.3", username = "understudy" })";
  if (value.type != Type::table) {
    throw BadInput(shown(value) + " is no table of options; write one such as " + example);
  }
  std::vector<FenceOption> options;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    options.push_back({.name = value.names[i], .value = option_in(value.items[i])});
  }
  return options;
}

constexpr Range some_time{1e6, 86400e9, "1ms to 1d"};
constexpr Range ports{1, 65535, "1 to 65535"};
constexpr Range priorities{0, 99, "0 to 99"};
constexpr Range some_bytes{1, 1e18, "1B to 1e18 B"};
constexpr Range some_files{1, 1e9, "1 to 1e9"};

Duration span_in(const Written& value) {
  Duration span{};
  read_value({value, ValueType::duration, some_time, {}}, span);
  return span;
}

std::uint32_t count_in(const Written& value, const Range& range) {
  std::uint32_t count = 0;
  read_value({value, ValueType::count, range, {}}, count);
  return count;
}

std::uint64_t size_in(const Written& value) {
  std::uint64_t size = 0;
  read_value({value, ValueType::size, some_bytes, {}}, size);
  return size;
}

std::chrono::milliseconds milliseconds_in(const Written& value) {
  return std::chrono::ceil<std::chrono::milliseconds>(span_in(value));
}

copying::Quiet quiet_in(const Written& value) {
  return read_word(value, {"each-file", "whole-tree"}) == 0 ? copying::Quiet::each_file
                                                            : copying::Quiet::whole_tree;
}

ServerId id_in(const Written& value) {
  for (const ServerId id : {ServerId::first, ServerId::second}) {
    if (value.type == Type::text && value.text == to_text(id)) return id;
  }
  throw BadInput(shown(value) +
                 " is neither server; write \"first\" on one and \"second\" on the "
                 "other");
}

std::string interface_in(const Written& value) {
  const std::string& name = text_in(value, "\"eth0\"");
  if (name.size() >= IFNAMSIZ)
    throw BadInput(shown(value) + " is too long; write one that `ip link` lists");
  return name;
}

Secret secret_in(const Written& value) {
  const std::string remedy =
      "; write the same on both servers, as `head -c 32 /dev/urandom | "
      "base64` makes one";
  if (value.type != Type::text) throw BadInput("is no text" + remedy);
  if (value.text.size() < least_secret) {
    throw BadInput("has " + std::to_string(value.text.size()) + " characters, fewer than " +
                   std::to_string(least_secret) + remedy);
  }
  return secret_from(value.text);
}

// ---- keys ---------------------------------------------------------------------------------------

struct DaemonKey {
  std::string_view table;
  std::string_view name;
  std::string_view standard;  // what holds if nothing is said; empty: it must be said
  std::string_view meaning;
  void (*read)(DaemonSettings&, const Written&);
};

constexpr std::string_view none = "none";

constexpr std::array all_keys = {
    // clang-format off
    DaemonKey{"daemon", "id", "",
        "`\"first\"` or `\"second\"`: which of the two servers this is; it decides ties only.",
        [](DaemonSettings& s, const Written& v) { s.host.id = id_in(v); }},
    DaemonKey{"daemon", "interface", "",
        "The network interface that the pair's addresses live on.",
        [](DaemonSettings& s, const Written& v) { s.host.interface = interface_in(v); }},
    DaemonKey{"daemon", "secret", "",
        "What only the two servers know: at least 32 characters, the same on both.",
        [](DaemonSettings& s, const Written& v) { s.host.secret = secret_in(v); }},
    DaemonKey{"daemon", "port", "7410",
        "UDP port of the agents' messages, the same on both servers.",
        [](DaemonSettings& s, const Written& v) {
          s.host.port = static_cast<std::uint16_t>(count_in(v, ports));
        }},
    DaemonKey{"daemon", "state", "\"/var/lib/understudy\"",
        "Folder of what must survive a boot.",
        [](DaemonSettings& s, const Written& v) {
          s.host.state = path_in(v, "\"/var/lib/understudy\"");
        }},
    DaemonKey{"daemon", "socket", "\"/run/understudy/understudyd.sock\"",
        "Where understudyctl finds the daemon.",
        [](DaemonSettings& s, const Written& v) {
          s.socket = path_in(v, "\"/run/understudy/understudyd.sock\"");
        }},
    DaemonKey{"daemon", "metrics", none,
        "File that is written each second for Prometheus' node exporter (textfile collector).",
        [](DaemonSettings& s, const Written& v) {
          s.metrics = path_in(v, "\"/var/lib/prometheus/node-exporter/a.prom\"");
        }},
    DaemonKey{"daemon", "events", none,
        "File or pipe that gets a line of JSON for each event of the agent, with the nanosecond of "
        "CLOCK_BOOTTIME.",
        [](DaemonSettings& s, const Written& v) {
          s.events = path_in(v, "\"/run/understudy/events\"");
        }},
    DaemonKey{"daemon", "lock_memory", "true",
        "Whether the daemon stays in memory when the machine swaps.",
        [](DaemonSettings& s, const Written& v) {
          read_value({v, ValueType::truth, {}, {}}, s.lock_memory);
        }},
    DaemonKey{"daemon", "realtime_priority", "0",
        "Priority under SCHED_FIFO, up to 99, which orders to the fence agent have too; 0: as any "
        "other program.",
        [](DaemonSettings& s, const Written& v) { s.realtime_priority = count_in(v, priorities); }},

    DaemonKey{"addresses", "server", "",
        "This server's own address, which the machine brings itself.",
        [](DaemonSettings& s, const Written& v) { s.host.addresses.server = address_in(v); }},
    DaemonKey{"addresses", "peer", "",
        "The other server's own address.",
        [](DaemonSettings& s, const Written& v) { s.host.addresses.peer = address_in(v); }},
    DaemonKey{"addresses", "primary", "",
        "The service's address, which the primary holds.",
        [](DaemonSettings& s, const Written& v) { s.host.addresses.primary = address_in(v); }},
    DaemonKey{"addresses", "monitor", "",
        "The address that the monitor holds.",
        [](DaemonSettings& s, const Written& v) { s.host.addresses.monitor = address_in(v); }},
    DaemonKey{"addresses", "witness", none,
        "An address that always answers, such as the gateway's; turns `pair.witness` on.",
        [](DaemonSettings& s, const Written& v) { s.host.addresses.witness = address_in(v); }},
    DaemonKey{"addresses", "shared_hardware", none,
        "Hardware address that goes where the primary address goes, on a macvlan of its own, so "
        "that neighbours have nothing to learn at a failover; the monitor address gets the next "
        "one. The same on both servers, and used by nothing else on the link.",
        [](DaemonSettings& s, const Written& v) {
          s.host.addresses.shared_hardware = hardware_in(v);
        }},

    DaemonKey{"power", "agent", none,
        "The fence agent that switches the other server's power: a program of the `fence_*` "
        "convention, which reads its options and `action=off`, `on`, `reboot`, `status` or "
        "`monitor` from its standard input.",
        [](DaemonSettings& s, const Written& v) {
          s.power.program = program_in(v, "\"/usr/sbin/fence_ipmilan\"");
        }},
    DaemonKey{"power", "options", none,
        "Its options, such as `{ ip = \"192.0.2.3\", username = \"understudy\" }`; "
        "`PROGRAM -o metadata` lists them.",
        [](DaemonSettings& s, const Written& v) { s.power.options = options_in(v); }},
    DaemonKey{"power", "confirm", "false",
        "Whether to ask for the `status` after each `off` and `on`, for a fence agent that does "
        "not look itself.",
        [](DaemonSettings& s, const Written& v) {
          read_value({v, ValueType::truth, {}, {}}, s.power.confirm);
        }},
    DaemonKey{"power", "check_interval", "\"10min\"",
        "How often the fence agent is asked (`monitor`) whether it still reaches its device.",
        [](DaemonSettings& s, const Written& v) { s.power_check = span_in(v); }},

    DaemonKey{"memory", "folder", none,
        "Where the memory lies that the monitor copies: the service works in `current/data` of "
        "it. Left out, the servers share no memory.",
        [](DaemonSettings& s, const Written& v) {
          s.memory.folder = path_in(v, "\"/var/lib/understudy/memory\"");
        }},
    DaemonKey{"memory", "keys", none,
        "Folder of this server's keys for copying, as `understudyctl pair-keys` makes them.",
        [](DaemonSettings& s, const Written& v) {
          s.memory.keys = path_in(v, "\"/etc/understudy/keys\"");
        }},
    DaemonKey{"memory", "port", "7411",
        "TCP port of the copies, the same on both servers.",
        [](DaemonSettings& s, const Written& v) {
          s.memory.port = static_cast<std::uint16_t>(count_in(v, ports));
        }},
    DaemonKey{"memory", "quiet", "\"each-file\"",
        "What a copy is of: `\"each-file\"` as it was at some instant during the copy, or the "
        "`\"whole-tree\"` as it was at one, which a service that never rests never allows.",
        [](DaemonSettings& s, const Written& v) { s.memory.source.quiet = quiet_in(v); }},
    DaemonKey{"memory", "command", none,
        "Program whose standard output is the memory, such as a dump of a database; the monitor "
        "gets it as the file `output`.",
        [](DaemonSettings& s, const Written& v) { s.memory.source.command = arguments_in(v); }},
    DaemonKey{"memory", "command_timeout", "\"1min\"",
        "Time after which that program is killed and the copy has failed.",
        [](DaemonSettings& s, const Written& v) {
          s.memory.source.command_timeout = milliseconds_in(v);
        }},
    DaemonKey{"memory", "copy_timeout", "\"10min\"",
        "Time after which a copy is given up.",
        [](DaemonSettings& s, const Written& v) { s.memory.limits.copy = milliseconds_in(v); }},
    DaemonKey{"memory", "largest", "\"64GiB\"",
        "What the monitor takes at the most from the primary, in all.",
        [](DaemonSettings& s, const Written& v) { s.memory.limits.bytes = size_in(v); }},
    DaemonKey{"memory", "most_files", "200000",
        "How many files and folders it takes at the most.",
        [](DaemonSettings& s, const Written& v) {
          s.memory.limits.files = count_in(v, some_files);
        }},

    DaemonKey{"service", "on_primary", none,
        "Program that starts the service, when this server comes to serve.",
        [](DaemonSettings& s, const Written& v) { s.host.service.on_primary = arguments_in(v); }},
    DaemonKey{"service", "on_monitor", none,
        "Program that stops the service, when this server stands by, and at the daemon's start.",
        [](DaemonSettings& s, const Written& v) { s.host.service.on_monitor = arguments_in(v); }},
    DaemonKey{"service", "on_failure", none,
        "Program that is run when this server declares the other failed.",
        [](DaemonSettings& s, const Written& v) { s.host.service.on_failure = arguments_in(v); }},
    DaemonKey{"service", "hook_timeout", "\"30s\"",
        "Time after which one of these is killed.",
        [](DaemonSettings& s, const Written& v) { s.host.service.hook_timeout = span_in(v); }},
    DaemonKey{"service", "health", none,
        "Program that ends with 0 if the service here is well, or would be if it were needed.",
        [](DaemonSettings& s, const Written& v) { s.host.service.health = arguments_in(v); }},
    DaemonKey{"service", "health_interval", "\"1s\"",
        "Time from the end of one health check to the next.",
        [](DaemonSettings& s, const Written& v) { s.host.service.health_interval = span_in(v); }},
    DaemonKey{"service", "health_timeout", "\"5s\"",
        "Time after which a health check is killed and has failed.",
        [](DaemonSettings& s, const Written& v) { s.host.service.health_timeout = span_in(v); }},
    // clang-format on
};

constexpr std::array<std::string_view, 6> all_tables = {"daemon", "addresses", "power",
                                                        "memory", "service",   "pair"};

const DaemonKey* find_daemon_key(std::string_view table, std::string_view name) {
  const auto found = std::ranges::find_if(
      all_keys, [&](const DaemonKey& key) { return key.table == table && key.name == name; });
  return found == all_keys.end() ? nullptr : &*found;
}

std::string unknown(std::string_view word, std::string_view what,
                    std::span<const std::string_view> words) {
  const std::string_view near = understudy::nearest(word, words);
  return "no such " + std::string(what) + "; " +
         (near.empty() ? "there are " + listed(words, "and")
                       : "did you mean " + std::string(near) + "?");
}

std::vector<std::string_view> names_in(std::string_view table) {
  std::vector<std::string_view> names;
  for (const DaemonKey& key : all_keys) {
    if (key.table == table) names.push_back(key.name);
  }
  for (const Key& key : keys()) {
    if (table == "pair" && key.table == table) names.push_back(key.name);
  }
  return names;
}

// ---- the file -----------------------------------------------------------------------------------

class SettingsReader {
 public:
  explicit SettingsReader(std::string name) : name_(std::move(name)) {
    settings_.host.port = 7410;
    settings_.host.state = "/var/lib/understudy";
  }

  DaemonSettings read(std::string_view text) {
    const auto document = read_toml(text);
    if (const auto* mistake = std::get_if<SyntaxMistake>(&document)) {
      fail(mistake->line, mistake->text);
    }
    const Written& root = std::get<Written>(document);
    for (std::size_t i = 0; i < root.items.size(); ++i) read_table(root.names[i], root.items[i]);
    check_what_must_be_said();
    check_addresses();
    check_power();
    check_memory();
    settle_pair();
    return std::move(settings_);
  }

 private:
  [[noreturn]] void fail(std::size_t line, const std::string& what) const {
    throw BadInput(name_ + (line > 0 ? ":" + std::to_string(line) : "") + ": " + what);
  }
  [[noreturn]] void fail_at(const std::string& key, const std::string& what) const {
    fail(line_of(key), key + ": " + what);
  }
  [[nodiscard]] std::size_t line_of(const std::string& key) const {
    const auto found = lines_.find(key);
    return found == lines_.end() ? 0 : found->second;
  }
  [[nodiscard]] bool said(const std::string& key) const { return lines_.contains(key); }

  void read_table(const std::string& table, const Written& value) {
    if (std::ranges::find(all_tables, table) == all_tables.end()) {
      fail(value.line, as_name(table) + ": " + unknown(table, "table", all_tables));
    }
    if (value.type != Type::table) {
      fail(value.line, table + ": " + shown(value) + " is no table; write [" + table +
                           "] and its keys beneath");
    }
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      read_key_of(table, value.names[i], value.items[i]);
    }
  }

  void read_key_of(const std::string& table, const std::string& name, const Written& value) {
    const std::string key = table + "." + as_name(name);
    const Key* const pair_key = table == "pair" ? find_key(table, name) : nullptr;
    const DaemonKey* const own_key = find_daemon_key(table, name);
    if (pair_key == nullptr && own_key == nullptr) {
      fail(value.line, key + ": " + unknown(name, "key", names_in(table)));
    }
    lines_[key] = value.line;
    try {
      if (own_key != nullptr) return own_key->read(settings_, value);
      Scenario holder;
      holder.pair = settings_.pair;
      understudy::read_key(holder, {pair_key, 0}, value, {});
      settings_.pair = holder.pair;
    } catch (const BadInput& mistake) {
      fail(value.line, key + ": " + mistake.what());
    }
  }

  void check_what_must_be_said() const {
    for (const DaemonKey& key : all_keys) {
      const std::string name = std::string(key.table) + "." + std::string(key.name);
      if (key.standard.empty() && !said(name)) {
        fail(0, name + ": is missing; " + std::string(key.meaning));
      }
    }
  }

  void check_addresses() const {
    const PairAddresses& all = settings_.host.addresses;
    std::vector<std::pair<std::string, IpAddress>> named = {{"addresses.server", all.server},
                                                            {"addresses.peer", all.peer},
                                                            {"addresses.primary", all.primary},
                                                            {"addresses.monitor", all.monitor}};
    if (all.witness) named.emplace_back("addresses.witness", *all.witness);
    for (std::size_t i = 1; i < named.size(); ++i) {
      if (named[i].second.is_v4() != all.server.is_v4()) {
        fail_at(named[i].first,
                "is not of the same IP version as addresses.server; write both as "
                "IPv4 or both as IPv6");
      }
      for (std::size_t j = 0; j < i; ++j) {
        if (named[i].second != named[j].second) continue;
        fail_at(named[i].first, "is the same as " + named[j].first + "; write another address");
      }
    }
  }

  void check_power() const {
    if (settings_.power.program.empty()) {
      for (const char* key : {"power.options", "power.confirm", "power.check_interval"}) {
        if (said(key)) fail_at(key, "there is no power.agent; write that too, or leave this out");
      }
      return;
    }
    const std::string mistake = mistake_in(settings_.power);
    if (!mistake.empty()) fail_at("power.options", mistake);
  }

  void check_memory() {
    if (!settings_.memory.folder.empty()) {
      if (settings_.memory.keys.empty()) {
        fail_at("memory.folder",
                "there is no memory.keys; write the folder that `understudyctl pair-keys` made "
                "for this server");
      }
      const auto data = settings_.memory.folder / "current" / "data";
      settings_.host.service.environment.push_back("UNDERSTUDY_MEMORY=" + data.string());
      return;
    }
    for (const DaemonKey& key : all_keys) {
      const std::string name = std::string(key.table) + "." + std::string(key.name);
      if (key.table != "memory" || !said(name)) continue;
      fail_at(name, "there is no memory.folder; write that too, or leave this out");
    }
  }

  void settle_pair() {
    PairSettings pair = settings_.pair;
    const bool has_witness = settings_.host.addresses.witness.has_value();
    if (pair.witness == true && !has_witness) {
      fail_at("pair.witness", "there is no addresses.witness; write that too, or leave this out");
    }
    if (!pair.witness) pair.witness = has_witness;
    if (settings_.memory.folder.empty()) without_memory(pair);
    const Config config = derive(pair);
    if (settings_.power.program.empty() && config.takeover != Takeover::immediate) {
      fail(line_of("pair.takeover"),
           "power.agent: is missing, and pair.takeover (" + in_quotes(to_text(config.takeover)) +
               ") waits for it; write one, or pair.takeover = \"immediate\"");
    }
    for (const Violation& violation : violations(config)) judge(violation);
    if (settings_.power.program.empty()) {
      settings_.warnings.emplace_back(
          "power.agent: is missing; the other server cannot be booted, and after a mistake there "
          "are two primaries until they hear of each other");
    }
    settings_.host.config = config;
    settings_.power.timeout = config.fence_timeout;
    settings_.power.attempts = 1;  // the agent tries again by its own rules
  }

  // Nothing could be copied.
  void without_memory(PairSettings& pair) const {
    if (pair.copy_every.value_or(0) != 0) {
      fail_at(
          "pair.copy_every",
          "there is no memory.folder, so nothing to copy; write that too, or 0, or leave it out");
    }
    if (pair.newer_memory_wins.value_or(false)) {
      fail_at("pair.newer_memory_wins",
              "there is no memory.folder; write that too, or false, or leave it out");
    }
    pair.copy_every = 0;
    pair.newer_memory_wins = false;
  }

  void judge(const Violation& violation) {
    if (violation.severity == Severity::warning) {
      settings_.warnings.push_back(violation.text);
      return;
    }
    std::size_t line = 0;
    for (const std::string& field : violation.fields) {
      if (line == 0) line = line_of("pair." + field);
    }
    fail(line, violation.text);
  }

  std::string name_;
  DaemonSettings settings_;
  std::map<std::string, std::size_t> lines_;
};

void check_rights(const std::filesystem::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) < 0) return;  // reading it will say why
  constexpr mode_t of_others = 077;
  if (S_ISREG(status.st_mode) && (status.st_mode & of_others) != 0) {
    throw BadInput(path.string() +
                   ": others may read or write it, and it holds a secret; type `chmod 600 " +
                   path.string() + "`");
  }
}

void check_keys(const DaemonSettings& settings, const std::filesystem::path& path) {
  if (settings.memory.folder.empty()) return;
  try {
    copying::check({.folder = settings.memory.keys, .self = settings.host.id});
  } catch (const copying::CopyFailed& failure) {
    throw BadInput(path.string() + ": memory.keys: " + failure.what());
  }
}

}  // namespace

DaemonSettings parse_settings(std::string_view text, const std::string& name) {
  return SettingsReader(name).read(text);
}

DaemonSettings load_settings(const std::filesystem::path& path) {
  check_rights(path);
  DaemonSettings settings = parse_settings(read_text_file(path, largest_file), path.string());
  check_keys(settings, path);
  return settings;
}

std::string consequences(const DaemonSettings& settings) {
  Scenario written;
  written.pair = settings.pair;
  Scenario derived;
  derived.pair = understudy::settings(settings.host.config);
  std::string text = "[pair]\n";
  for (const Key& key : keys()) {
    if (key.table != "pair") continue;
    const std::string name = dotted({&key, 0});
    const std::string said = get(written, name);
    text += (said.empty() ? "# " : "") + std::string(key.name) + " = " +
            (said.empty() ? get(derived, name) : said) + "\n";
  }
  return text;
}

std::vector<KeyInWords> settings_in_words() {
  std::vector<KeyInWords> all;
  for (const DaemonKey& key : all_keys) {
    std::string standard(key.standard);
    if (!standard.empty() && standard != none) standard = "`" + standard + "`";
    all.push_back({.table = std::string(key.table),
                   .name = std::string(key.name),
                   .type = {},
                   .standard = standard.empty() ? "none, it must be said" : std::move(standard),
                   .range = {},
                   .meaning = std::string(key.meaning)});
  }
  for (const Key& key : keys()) {
    if (key.table != "pair") continue;
    all.push_back(in_words(key));
    // "from `server.boot_time`; a daemon: 15s": the first half is a scenario's.
    constexpr std::string_view of_daemon = "; a daemon: ";
    std::string& standard = all.back().standard;
    const std::size_t at = standard.find(of_daemon);
    if (at != std::string::npos) standard.erase(0, at + of_daemon.size());
  }
  return all;
}

}  // namespace understudy::live
