// SPDX-License-Identifier: MIT
#include "understudy/scenario/printing.h"

#include <cstddef>
#include <string_view>
#include <utility>

#include "understudy/failover/derive.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/spelling.h"
#include "understudy/scenario/words.h"

namespace understudy {
namespace {

std::string lines(const Scenario& scenario, const Table& table, std::size_t item,
                  const Scenario* explained) {
  std::string text;
  for (const Key& key : keys()) {
    if (key.table != table.name) continue;
    const std::string name = dotted({&key, item});
    std::string value = get(scenario, name);
    if (value.empty() && explained != nullptr) {
      value = get(*explained, name);
      if (!value.empty()) text += "# ";
    }
    if (value.empty()) continue;
    text += key.name;
    text += " = " + value + "\n";
  }
  return text;
}

// A cell of a Markdown table.
std::string cell(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) {
    text.insert(at, "\\");
  }
  return " " + text + " |";
}

std::string in_code(const std::string& text) { return "`" + text + "`"; }

std::string type_of(const Key& key) {
  if (key.access.words == nullptr) return std::string(to_text(key.type));
  std::string text;
  for (const std::string_view word : key.access.words()) {
    if (!text.empty()) text += ", ";
    text += in_code('"' + std::string(word) + '"');
  }
  return text;
}

std::string range_of(const Key& key) {
  std::string text(key.range.text);
  if (key.range.forever) text += R"(, or `"forever"`: )" + std::string(*key.range.forever);
  return text;
}

std::string row(const Key& key) {
  const KeyInWords words = in_words(key);
  return "|" + cell(in_code(words.name)) + cell(words.type) + cell(words.standard) +
         cell(words.range) + cell(words.meaning) + "\n";
}

// The kinds of fault: what each is, what it can strike, and which keys it has besides the common
// ones.
std::string kinds_of_fault() {
  std::string text = "| kind | strikes | keys | meaning |\n| --- | --- | --- | --- |\n";
  for (const Word<FaultKind>& kind : words<FaultKind>) {
    std::string targets;
    for (const FaultTarget target : targets_of(kind.value)) {
      targets += (targets.empty() ? "" : ", ") + in_code(std::string(to_text(target)));
    }
    std::string its_keys;
    for (const Key& key : keys()) {
      if (key.kinds.empty() || !among(key.kinds, kind.value)) continue;
      its_keys += (its_keys.empty() ? "" : ", ") + in_code(std::string(key.name));
    }
    text += "|" + cell(in_code(std::string(kind.text))) + cell(targets) + cell(its_keys) +
            cell(std::string(meaning_of(kind.value))) + "\n";
  }
  return text;
}

}  // namespace

std::string to_toml(const Scenario& scenario, Unsaid unsaid) {
  Scenario explained = scenario;
  if (unsaid == Unsaid::as_comment) explained.pair = settings(scenario.config());
  std::string text;
  for (const Table& table : tables()) {
    const std::size_t items = table.list ? scenario.faults.size() : 1;
    for (std::size_t item = 0; item < items; ++item) {
      const std::string heading(table.name);
      const std::string body =
          lines(scenario, table, item, unsaid == Unsaid::as_comment ? &explained : nullptr);
      if (body.empty()) continue;
      if (!text.empty()) text += '\n';
      text += (table.list ? "[[" + heading + "]]" : "[" + heading + "]") + "\n" + body;
    }
  }
  return text;
}

KeyInWords in_words(const Key& key) {
  std::string standard = default_of(key);
  if (key.formula.empty() && !standard.empty()) standard = in_code(standard);
  return {.table = std::string(key.table),
          .name = std::string(key.name),
          .type = type_of(key),
          .standard = std::move(standard),
          .range = range_of(key),
          .meaning = std::string(key.meaning)};
}

std::string reference() {
  std::string text;
  for (const Table& table : tables()) {
    const std::string name(table.name);
    if (!text.empty()) text += '\n';
    text += "## " + in_code(table.list ? "[[" + name + "]]" : "[" + name + "]") + "\n\n";
    text += std::string(table.meaning) + "\n\n";
    text += "| key | type | default | range | meaning |\n| --- | --- | --- | --- | --- |\n";
    for (const Key& key : keys()) {
      if (key.table == table.name) text += row(key);
    }
  }
  text +=
      "\nKinds of fault, with the targets of each, the one that it strikes if nothing is said "
      "first:\n\n";
  text += kinds_of_fault();
  return text;
}

}  // namespace understudy
