// SPDX-License-Identifier: MIT
#include "understudy/scenario/keys.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "understudy/failover/derive.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/spelling.h"

namespace understudy {
namespace {

// "pair.ping_interval", "fault.0.at" in parts.
struct Dotted {
  std::string_view table;
  std::optional<std::string_view> item;
  std::string_view name;
};

Dotted split(std::string_view dotted) {
  Dotted parts;
  parts.table = dotted.substr(0, dotted.find('.'));
  dotted.remove_prefix(std::min(parts.table.size() + 1, dotted.size()));
  const std::size_t point = dotted.find('.');
  if (point != std::string_view::npos) parts.item = dotted.substr(0, point);
  parts.name = point == std::string_view::npos ? dotted : dotted.substr(point + 1);
  return parts;
}

[[noreturn]] void fail(std::string_view dotted, const std::string& what) {
  throw BadInput(as_name(dotted) + ": " + what);
}

std::vector<std::string_view> names_in(std::string_view table) {
  std::vector<std::string_view> names;
  for (const Key& key : keys()) {
    if (key.table == table) names.push_back(key.name);
  }
  return names;
}

const Key& first_key(const Table& table) {
  return *std::ranges::find(keys(), table.name, &Key::table);
}

std::string did_you_mean(std::string_view word) {
  return "did you mean " + std::string(word) + "?";
}

std::size_t item_number(const Scenario& scenario, std::string_view dotted, const Dotted& parts) {
  const std::size_t count = scenario.faults.size();
  const std::string example = " such as fault.0." + as_name(parts.name);
  if (!parts.item) fail(dotted, "lacks a number; write one from 0" + example);
  std::size_t number = 0;
  const char* const end = parts.item->data() + parts.item->size();
  const auto result = std::from_chars(parts.item->data(), end, number);
  if (result.ec != std::errc() || result.ptr != end) {
    fail(dotted, in_quotes(*parts.item) + " is no number; write one from 0" + example);
  }
  if (number >= count) {
    fail(dotted, "there is no such fault; the scenario has " +
                     (count == 0 ? "none" : std::to_string(count) + ", counted from 0"));
  }
  return number;
}

template <class Kind>
bool has(std::span<const Kind> kinds, Kind kind) {
  return kinds.empty() || std::ranges::count(kinds, kind) > 0;
}

bool has_key(const Scenario& scenario, const Place& place) {
  if (!has(place.key->topologies, scenario.topology.kind)) return false;
  return place.key->kinds.empty() || has(place.key->kinds, scenario.faults[place.item].kind);
}

template <class Kind>
[[noreturn]] void refuse(std::string_view what, Kind kind, std::span<const Kind> kinds) {
  std::vector<std::string_view> texts;
  for (const Kind having : kinds) texts.push_back(to_text(having));
  throw BadInput("a " + std::string(what) + " of kind " + in_quotes(to_text(kind)) +
                 " has no such key, only " + listed(texts, "and") + "; remove it");
}

void require_key(const Scenario& scenario, const Place& place) {
  if (has_key(scenario, place)) return;
  const Key& key = *place.key;
  if (!key.topologies.empty()) refuse("topology", scenario.topology.kind, key.topologies);
  refuse("fault", scenario.faults[place.item].kind, key.kinds);
}

}  // namespace

const Table* find_table(std::string_view name) {
  const auto found = std::ranges::find(tables(), name, &Table::name);
  return found == tables().end() ? nullptr : &*found;
}

const Key* find_key(std::string_view table, std::string_view name) {
  const auto found = std::ranges::find_if(
      keys(), [&](const Key& key) { return key.table == table && key.name == name; });
  return found == keys().end() ? nullptr : &*found;
}

std::string dotted(const Place& place) {
  std::string text(place.key->table);
  if (find_table(place.key->table)->list) text += "." + std::to_string(place.item);
  text += '.';
  text += place.key->name;
  return text;
}

std::string unknown_table(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Table& table : tables()) names.push_back(table.name);
  const std::string_view near = nearest(name, names);
  return "no such table; " +
         (near.empty() ? "there are " + listed(names, "and") : did_you_mean(near));
}

std::string unknown_key(std::string_view table, std::string_view name) {
  // The right name in the wrong table is more than a similar one in this.
  for (const Key& key : keys()) {
    if (key.name == name) return "no such key; it belongs to [" + std::string(key.table) + "]";
  }
  const std::vector<std::string_view> names = names_in(table);
  const std::string_view near = nearest(name, names);
  return "no such key; " +
         (near.empty() ? "there are " + listed(names, "and") : did_you_mean(near));
}

Place find_place(const Scenario& scenario, std::string_view dotted) {
  const Dotted parts = split(dotted);
  const Table* const table = find_table(parts.table);
  if (table == nullptr) fail(dotted, unknown_table(parts.table));
  if (parts.name.empty() ||
      (table->list && !parts.item && find_key(table->name, parts.name) == nullptr)) {
    fail(dotted, "names no key; write one such as " + understudy::dotted({&first_key(*table), 0}));
  }
  Place place;
  if (table->list) place.item = item_number(scenario, dotted, parts);
  place.key = find_key(parts.table, parts.name);
  if (place.key == nullptr) fail(dotted, unknown_key(parts.table, parts.name));
  if (!table->list && parts.item) {
    fail(dotted, "there is only one [" + std::string(table->name) + "]; leave the number out");
  }
  return place;
}

std::string get(const Scenario& scenario, std::string_view dotted) {
  const Place place = find_place(scenario, dotted);
  if (!has_key(scenario, place)) return {};
  return place.key->access.write(scenario, place.item, place.key->type);
}

void read_key(Scenario& scenario, const Place& place, const Written& value,
              const std::filesystem::path& folder) {
  require_key(scenario, place);
  place.key->access.read(scenario, place.item, {value, place.key->type, place.key->range, folder});
}

void set(Scenario& scenario, std::string_view dotted, std::string_view value) {
  const Place place = find_place(scenario, dotted);
  if (value.empty()) {
    place.key->access.reset(scenario, place.item);
    return;
  }
  try {
    read_key(scenario, place, read_toml_value(value), {});
  } catch (const BadInput& mistake) {
    fail(dotted, mistake.what());
  }
}

std::string default_of(const Key& key) {
  if (!key.formula.empty()) return std::string(key.formula);
  Scenario quiet;
  quiet.pair = settings(derive({}));
  quiet.faults.emplace_back();
  return key.access.write(quiet, 0, key.type);
}

}  // namespace understudy
