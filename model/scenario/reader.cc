// SPDX-License-Identifier: MIT
#include "understudy/scenario/reader.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>
#include <variant>
#include <vector>

#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/checks.h"
#include "understudy/scenario/keys.h"
#include "understudy/scenario/spelling.h"
#include "understudy/scenario/text_file.h"
#include "understudy/scenario/written.h"

namespace understudy {
namespace {

// A scenario is a page; what is larger is another file.
constexpr std::size_t largest_file = std::size_t{1} << 20;

class Reader {
 public:
  Reader(std::string name, const std::filesystem::path& folder)
      : name_(std::move(name)), folder_(folder) {}

  Scenario read(std::string_view text) {
    auto document = read_toml(text);
    if (const auto* mistake = std::get_if<SyntaxMistake>(&document)) {
      fail(mistake->line, mistake->text);
    }
    const Written& root = std::get<Written>(document);
    for (std::size_t i = 0; i < root.items.size(); ++i) read_table(root.names[i], root.items[i]);
    check_whole();
    scenario_.name = std::filesystem::path(name_).stem().string();
    return std::move(scenario_);
  }

 private:
  [[noreturn]] void fail(std::size_t line, const std::string& what) const {
    std::string place = name_;
    if (line > 0) place += ":" + std::to_string(line);
    throw BadInput(place + ": " + what);
  }

  void read_table(const std::string& name, const Written& value) {
    const Table* const table = find_table(name);
    if (table == nullptr) fail_at_unknown(name, value);
    if (table->list) {
      read_list(*table, value);
    } else if (value.type != Written::Type::table) {
      fail(value.line,
           name + ": " + not_a_table(value) + "; write [" + name + "] and its keys beneath");
    } else {
      read_keys(*table, 0, value);
    }
  }

  static std::string not_a_table(const Written& value) {
    const bool list = value.type == Written::Type::list && !value.items.empty() &&
                      value.items.front().type == Written::Type::table;
    return list ? "is a list, but there is only one" : shown(value) + " is no table";
  }

  [[noreturn]] void fail_at_unknown(const std::string& name, const Written& value) const {
    if (value.type == Written::Type::table || value.type == Written::Type::list) {
      fail(value.line, as_name(name) + ": " + unknown_table(name));
    }
    for (const Key& key : keys()) {
      if (key.name != name) continue;
      const std::string table(key.table);
      const bool list = find_table(table)->list;
      fail(value.line, name + ": stands in no table; put it under " +
                           (list ? "[[" + table + "]]" : "[" + table + "]"));
    }
    fail(value.line, as_name(name) + ": stands in no table; put keys under [table] headings");
  }

  void read_list(const Table& table, const Written& value) {
    const std::string name(table.name);
    const std::string remedy = "; write [[" + name + "]] and its keys beneath";
    if (value.type == Written::Type::table) {
      fail(value.line, name + ": can be there more than once" + remedy);
    }
    if (value.type != Written::Type::list) {
      fail(value.line, name + ": " + shown(value) + " is no list of tables" + remedy);
    }
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const Written& item = value.items[i];
      if (item.type != Written::Type::table) {
        fail(value.line, name + ": " + shown(item) + " is no table" + remedy);
      }
      scenario_.faults.emplace_back();
      read_keys(table, i, item);
    }
  }

  // In the order of the file, but for the first of all keys: what a fault or a topology can have
  // depends on its kind, wherever that stands.
  void read_keys(const Table& table, std::size_t item, const Written& value) {
    const auto first = std::ranges::find(value.names, "kind");
    const auto leader = static_cast<std::size_t>(first - value.names.begin());
    if (first != value.names.end()) read_value_of(table, item, *first, value.items[leader]);
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      if (i != leader) read_value_of(table, item, value.names[i], value.items[i]);
    }
  }

  void read_value_of(const Table& table, std::size_t item, const std::string& name,
                     const Written& value) {
    const Place place{find_key(table.name, name), item};
    if (place.key == nullptr) {
      std::string where(table.name);
      if (table.list) where += "." + std::to_string(item);
      fail(value.line, where + "." + as_name(name) + ": " + unknown_key(table.name, name));
    }
    const std::string key = dotted(place);
    lines_[key] = value.line;
    try {
      read_key(scenario_, place, value, folder_);
    } catch (const BadInput& mistake) {
      fail(value.line, key + ": " + mistake.what());
    }
  }

  void check_whole() const {
    for (const Finding& found : findings(scenario_)) {
      if (found.severity == Severity::error) fail(line_of(found), found.text);
    }
  }

  // Of the first key that the finding follows from and that somebody wrote.
  [[nodiscard]] std::size_t line_of(const Finding& found) const {
    for (const std::string& key : found.keys) {
      const auto line = lines_.find(key);
      if (line != lines_.end()) return line->second;
    }
    return 0;
  }

  std::string name_;
  const std::filesystem::path& folder_;
  Scenario scenario_;
  std::map<std::string, std::size_t> lines_;
};

}  // namespace

Scenario parse(std::string_view text, const std::string& name,
               const std::filesystem::path& folder) {
  return Reader(name, folder).read(text);
}

Scenario load(const std::filesystem::path& path) {
  return parse(read_text_file(path, largest_file), path.string(), path.parent_path());
}

}  // namespace understudy
