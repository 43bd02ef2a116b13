// SPDX-License-Identifier: MIT
#include "understudy/daemon/settings.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <variant>

#include "understudy/copying/failure.h"
#include "understudy/copying/tls.h"
#include "understudy/daemon/daemon_keys.h"
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

constexpr std::size_t largest_file = std::size_t{1} << 20;

constexpr std::array<std::string_view, 6> all_tables = {"daemon", "addresses", "power",
                                                        "memory", "service",   "pair"};

std::string unknown(std::string_view word, std::string_view what,
                    std::span<const std::string_view> words) {
  const std::string_view near = understudy::nearest(word, words);
  return "no such " + std::string(what) + "; " +
         (near.empty() ? "there are " + listed(words, "and")
                       : "did you mean " + std::string(near) + "?");
}

std::vector<std::string_view> names_in(std::string_view table) {
  std::vector<std::string_view> names;
  for (const DaemonKey& key : daemon_keys()) {
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
    const auto& root = std::get<Written>(document);
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
    if (value.type != Written::Type::table) {
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
    for (const DaemonKey& key : daemon_keys()) {
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
      for (const char* key :
           {"power.options", "power.confirm", "power.keep_started", "power.check_interval"}) {
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
    for (const DaemonKey& key : daemon_keys()) {
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
  for (const DaemonKey& key : daemon_keys()) {
    std::string standard(key.standard);
    if (!standard.empty() && standard != no_standard) standard = "`" + standard + "`";
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
