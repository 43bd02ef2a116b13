// SPDX-License-Identifier: MIT
//
// Any text is a scenario or a mistake of one line. A scenario can be printed and read again, to the
// same scenario and the same text; each of its keys can be read and set again, and unset; and what
// somebody sets, whatever it is, is taken or refused in one line too.
//
// The text is a scenario file. Lines beneath one that says "%%" are what --set takes, KEY=VALUE.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/checks.h"
#include "understudy/scenario/keys.h"
#include "understudy/scenario/printing.h"
#include "understudy/scenario/reader.h"
#include "understudy/scenario/words.h"

namespace understudy::fuzz {
namespace {

constexpr std::string_view file_name = "x.toml";
constexpr std::string_view divider = "\n%%\n";

// Landmarks: each key read, each key refused, and each sort of mistake.
constexpr std::size_t most_keys = 512;
std::size_t number_of(const Key& key) { return static_cast<std::size_t>(&key - keys().data()); }

// What a message says, apart from what it is about: its letters outside quotes and numbers.
void reached_mistake(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && ((c >= 'a' && c <= 'z') || c == ' ')) {
      hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
    }
  }
  reached(2 * most_keys + hash % (landmark_count - 2 * most_keys));
}

void check_mistake(std::string_view text) {
  reached_mistake(text);
  require(!text.empty() && text.find_first_of("\n\r") == std::string_view::npos,
          "a mistake is one line: " + std::string(text));
  require(text.size() < 1000, "a mistake fits a screen: " + std::string(text));
  for (const Key& key : keys()) {
    if (text.find("." + std::string(key.name) + ':') == std::string_view::npos) continue;
    reached(most_keys + number_of(key));
  }
}

std::vector<std::string> dotted_keys(const Scenario& scenario) {
  std::vector<std::string> all;
  for (const Key& key : keys()) {
    const std::size_t items = find_table(key.table)->list ? scenario.faults.size() : 1;
    for (std::size_t item = 0; item < items; ++item) all.push_back(dotted({&key, item}));
  }
  return all;
}

void check_printing(const Scenario& scenario) {
  const std::string printed = to_toml(scenario);
  const Scenario again = parse(printed, scenario.name + ".toml");
  require(again == scenario, "what is printed is read as the same: " + printed);
  require(to_toml(again) == printed, "one text for all that are equal: " + printed);
  // The comments are only there if the pair makes sense, and then change nothing.
  const std::string explained = to_toml(scenario, Unsaid::as_comment);
  require(parse(explained, scenario.name + ".toml") == scenario,
          "comments change nothing: " + explained);
}

void check_keys(const Scenario& scenario) {
  for (const std::string& name : dotted_keys(scenario)) {
    const std::string value = get(scenario, name);
    Scenario changed = scenario;
    set(changed, name, value);
    require(changed == scenario, "set(get) changes nothing: " + name + " = " + value);
    if (value.empty()) continue;
    reached(number_of(*find_place(scenario, name).key));
    set(changed, name, "");
    try {
      set(changed, name, value);
    } catch (const BadInput& mistake) {
      require(false, name + " = " + value + " can be set anew: " + mistake.what());
    }
    require(get(changed, name) == value, "what was unset can be set: " + name + " = " + value);
  }
}

void check_scenario(const Scenario& scenario) {
  check_printing(scenario);
  check_keys(scenario);
  check(scenario);  // throws BadInput, which is not expected here
  static_cast<void>(warnings(scenario));
}

// As the command line does it: one after the other, and then a look at the whole.
void change(Scenario& scenario, std::string_view lines) {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const Scenario before = scenario;
    const std::string name(line.substr(0, equals));
    try {
      set(scenario, name, line.substr(equals + 1));
      const std::string value = get(scenario, name);
      Scenario again = before;
      set(again, name, value);
      require(again == scenario, "what was taken is taken again: " + name + " = " + value);
    } catch (const BadInput& mistake) {
      check_mistake(mistake.what());
      require(scenario == before, "what is refused changes nothing: " + std::string(line));
    }
  }
}

int judge(std::string_view text) {
  const std::string_view file = text.substr(0, text.find(divider));
  Scenario scenario;
  try {
    scenario = parse(file, std::string(file_name));
  } catch (const BadInput& mistake) {
    check_mistake(mistake.what());
    require(std::string_view(mistake.what()).starts_with(file_name), "a mistake names the file");
    return 0;
  }
  check_scenario(scenario);
  if (file.size() == text.size()) return 0;
  change(scenario, text.substr(file.size() + divider.size()));
  try {
    check(scenario);
  } catch (const BadInput& mistake) {
    check_mistake(mistake.what());
    return 0;
  }
  check_scenario(scenario);
  return 0;
}

// ---- changes that know the keys -----------------------------------------------------------------

// Something like a value of the key.
std::string a_value(const Key& key, std::size_t choice) {
  constexpr std::array<std::string_view, 20> values = {"0",
                                                       "1",
                                                       "-1",
                                                       "3",
                                                       "1e300",
                                                       "0.5",
                                                       "true",
                                                       "\"0s\"",
                                                       "\"1ns\"",
                                                       "\"100ms\"",
                                                       "\"1h\"",
                                                       "\"forever\"",
                                                       "\"36500d\"",
                                                       "\"v6\"",
                                                       "\"reboot\"",
                                                       "{ uniform = [\"30s\", \"31s\"] }",
                                                       "{ normal = [\"20s\", \"2s\"] }",
                                                       "{ exponential = \"1ms\" }",
                                                       "{ trace = \"a.csv\" }",
                                                       "[]"};
  if (choice % 2 == 0 && key.access.words != nullptr) {
    const std::vector<std::string_view> words = key.access.words();
    return '"' + std::string(words[choice / 2 % words.size()]) + '"';
  }
  if (choice % 2 == 0) return std::string(example_of(key.type));
  return std::string(values[choice / 2 % values.size()]);
}

// A fault of a kind that has the key, in some company.
std::string a_fault(const Key& key, const std::string& value, std::size_t choice) {
  const std::vector<std::string_view> all = find_key("fault", "kind")->access.words();
  const std::string_view kind =
      key.kinds.empty() ? all[choice % all.size()] : to_text(key.kinds[choice % key.kinds.size()]);
  std::string text = "[[fault]]\nkind = \"" + std::string(kind) + "\"\nat = \"1s\"\n";
  if (choice % 3 == 0) text += "for = \"1ms\"\n";
  if (key.name != "kind" && key.name != "at" && key.name != "for") {
    text += std::string(key.name) + " = " + value + '\n';
  }
  return text;
}

std::string a_line(std::size_t choice, bool in_file) {
  const Key& key = keys()[choice % keys().size()];
  choice /= keys().size();
  const std::string value = a_value(key, choice);
  const std::string name(key.name);
  const std::string table(key.table);
  const bool list = find_table(table)->list;
  if (!in_file) return table + (list ? ".0." : ".") + name + '=' + value + '\n';
  if (list && choice / 3 % 2 == 0) return a_fault(key, value, choice);
  const std::string heading = list ? "[[" + table + "]]" : "[" + table + "]";
  // Mostly beneath a heading that is there already.
  return (choice / 7 % 4 == 0 ? heading + '\n' : "") + name + " = " + value + '\n';
}

std::string with_a_line(std::string text, std::size_t choice) {
  const std::size_t divided = text.find(divider);
  // At the beginning of some line.
  const std::size_t at = text.rfind('\n', choice / 11 % (text.size() + 1)) + 1;
  std::string line = a_line(choice, divided == std::string::npos || at <= divided);
  if (divided == std::string::npos && choice % 5 == 0) line = "%%\n" + a_line(choice, false);
  return text.insert(at, line);
}

}  // namespace

std::string shortcoming(std::span<const std::uint8_t> ever_reached) {
  for (const Key& key : keys()) {
    const std::string name = std::string(key.table) + '.' + std::string(key.name);
    if (ever_reached[number_of(key)] == 0) return name + " was never said";
    if (ever_reached[most_keys + number_of(key)] == 0) return name + " was never said wrongly";
  }
  return {};
}

}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return understudy::fuzz::judge({reinterpret_cast<const char*>(data), size});
}

// Every other time a line with a key is put in; random bytes alone would never spell one.
std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                    unsigned seed) {
  if (seed % 2 == 0) return LLVMFuzzerMutate(data, size, most);
  const std::string text =
      understudy::fuzz::with_a_line({reinterpret_cast<const char*>(data), size}, seed / 2);
  if (text.size() > most) return LLVMFuzzerMutate(data, size, most);
  std::ranges::copy(text, data);
  return text.size();
}
