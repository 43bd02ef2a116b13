// SPDX-License-Identifier: MIT
#include "understudy/daemon/daemon_keys.h"

#include <net/if.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/spelling.h"
#include "understudy/scenario/units.h"
#include "understudy/scenario/values.h"

namespace understudy::live {
namespace {

using Type = Written::Type;

constexpr std::size_t least_secret = 32;  // characters

// ---- values -------------------------------------------------------------------------------------

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

// Not one of this host or link alone, nor of a crowd, nor an IPv4 address in IPv6's clothes.
bool may_be_a_hosts(const IpAddress& address) {
  if (address.is_unspecified() || address.is_multicast() || address.is_loopback()) return false;
  if (address.is_v6()) {
    const auto& v6 = address.to_v6();
    return v6.scope_id() == 0 && !v6.is_v4_mapped();
  }
  const auto bytes = address.to_v4().to_bytes();
  return bytes[0] != 0 && address.to_v4() != boost::asio::ip::address_v4::broadcast();
}

IpAddress address_in(const Written& value) {
  boost::system::error_code error;
  const std::string example = R"("192.0.2.10" or "2001:db8::10")";
  IpAddress address = boost::asio::ip::make_address(text_in(value, example), error);
  if (error || !may_be_a_hosts(address)) {
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

void check_program(const std::string& program) {
  std::error_code ignored;  // whatever cannot be looked at cannot be run
  if (access(program.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(program, ignored)) {
    return;
  }
  throw BadInput(in_quotes(program) + " cannot be run; check its name and rights");
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
  check_program(program);
  return arguments;
}

std::string program_in(const Written& value, const std::string& example) {
  std::string program = path_in(value, example);
  check_program(program);
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

std::filesystem::path socket_in(const Written& value) {
  std::filesystem::path path = path_in(value, "\"/run/understudy/understudyd.sock\"");
  constexpr std::size_t most = sizeof(sockaddr_un::sun_path) - 1;
  if (path.string().size() > most) {
    throw BadInput("has " + std::to_string(path.string().size()) +
                   " characters, and a socket's path may have " + std::to_string(most) +
                   "; write a shorter one");
  }
  return path;
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
          s.socket = socket_in(v);
        }},
    DaemonKey{"daemon", "metrics", no_standard,
        "File that is written each second for Prometheus' node exporter (textfile collector).",
        [](DaemonSettings& s, const Written& v) {
          s.metrics = path_in(v, "\"/var/lib/prometheus/node-exporter/a.prom\"");
        }},
    DaemonKey{"daemon", "events", no_standard,
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
    DaemonKey{"addresses", "witness", no_standard,
        "An address that always answers, such as the gateway's; turns `pair.witness` on.",
        [](DaemonSettings& s, const Written& v) { s.host.addresses.witness = address_in(v); }},
    DaemonKey{"addresses", "shared_hardware", no_standard,
        "Hardware address that goes where the primary address goes, on a macvlan of its own, so "
        "that neighbours have nothing to learn at a failover; the monitor address gets the next "
        "one. The same on both servers, and used by nothing else on the link.",
        [](DaemonSettings& s, const Written& v) {
          s.host.addresses.shared_hardware = hardware_in(v);
        }},

    DaemonKey{"power", "agent", no_standard,
        "The fence agent that switches the other server's power: a program of the `fence_*` "
        "convention, which reads its options and `action=off`, `on`, `reboot`, `status` or "
        "`monitor` from its standard input.",
        [](DaemonSettings& s, const Written& v) {
          s.power.program = program_in(v, "\"/usr/sbin/fence_ipmilan\"");
        }},
    DaemonKey{"power", "options", no_standard,
        "Its options, such as `{ ip = \"192.0.2.3\", username = \"understudy\" }`; "
        "`PROGRAM -o metadata` lists them.",
        [](DaemonSettings& s, const Written& v) { s.power.options = options_in(v); }},
    DaemonKey{"power", "confirm", "false",
        "Whether to ask for the `status` after each `off` and `on`, for a fence agent that does "
        "not look itself.",
        [](DaemonSettings& s, const Written& v) {
          read_value({v, ValueType::truth, {}, {}}, s.power.confirm);
        }},
    DaemonKey{"power", "keep_started", "true",
        "Whether a fence agent is always started beforehand and waits for its options, so that no "
        "order waits until it has been loaded. For one that does not read its input to the end "
        "before it acts: `false`.",
        [](DaemonSettings& s, const Written& v) {
          read_value({v, ValueType::truth, {}, {}}, s.keep_agent_started);
        }},
    DaemonKey{"power", "check_interval", "\"10min\"",
        "How often the fence agent is asked (`monitor`, or `status` where there is a `plug` or a "
        "`port`) whether it still reaches its device.",
        [](DaemonSettings& s, const Written& v) { s.power_check = span_in(v); }},

    DaemonKey{"memory", "folder", no_standard,
        "Where the memory lies that the monitor copies: the service works in `current/data` of "
        "it. Left out, the servers share no memory.",
        [](DaemonSettings& s, const Written& v) {
          s.memory.folder = path_in(v, "\"/var/lib/understudy/memory\"");
        }},
    DaemonKey{"memory", "keys", no_standard,
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
    DaemonKey{"memory", "command", no_standard,
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

    DaemonKey{"service", "on_primary", no_standard,
        "Program that starts the service, when this server comes to serve.",
        [](DaemonSettings& s, const Written& v) { s.host.service.on_primary = arguments_in(v); }},
    DaemonKey{"service", "on_monitor", no_standard,
        "Program that stops the service, when this server stands by, and at the daemon's start.",
        [](DaemonSettings& s, const Written& v) { s.host.service.on_monitor = arguments_in(v); }},
    DaemonKey{"service", "on_failure", no_standard,
        "Program that is run when this server declares the other failed.",
        [](DaemonSettings& s, const Written& v) { s.host.service.on_failure = arguments_in(v); }},
    DaemonKey{"service", "hook_timeout", "\"30s\"",
        "Time after which one of these is killed.",
        [](DaemonSettings& s, const Written& v) { s.host.service.hook_timeout = span_in(v); }},
    DaemonKey{"service", "health", no_standard,
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

}  // namespace

std::span<const DaemonKey> daemon_keys() { return all_keys; }

const DaemonKey* find_daemon_key(std::string_view table, std::string_view name) {
  const auto found = std::ranges::find_if(
      all_keys, [&](const DaemonKey& key) { return key.table == table && key.name == name; });
  return found == all_keys.end() ? nullptr : &*found;
}

}  // namespace understudy::live
