// SPDX-License-Identifier: MIT

#include "understudy/ns3/agent_attributes.h"

#include <algorithm>
#include <cassert>
#include <cctype>
#include <iomanip>
#include <limits>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <ns3/boolean.h>
#include <ns3/double.h>
#include <ns3/nstime.h>
#include <ns3/string.h>
#include <ns3/uinteger.h>

#include "understudy/ns3/understudy_agent.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/keys.h"

namespace ns3 {

namespace {

using understudy::Key;
using understudy::ValueType;

constexpr uint32_t no_count = std::numeric_limits<uint32_t>::max();

// ping_interval -> PingInterval
std::string attribute_name(const Key& key) {
  std::string name;
  bool begins = true;
  for (const char c : key.name) {
    if (c != '_') name += begins ? static_cast<char>(std::toupper(c)) : c;
    begins = c == '_';
  }
  return name;
}

std::vector<std::string> words_of(const Key& key) {
  if (key.type == ValueType::truth) return {"true", "false"};
  std::vector<std::string> words;
  for (const std::string_view word : key.access.words()) words.emplace_back(word);
  return words;
}

// What was said, as scenarios say it; empty: nothing.
std::string text_of(const AttributeValue& value) {
  if (const auto* time = dynamic_cast<const TimeValue*>(&value)) {
    const int64_t ns = time->Get().GetNanoSeconds();
    return ns < 0 ? std::string() : std::to_string(ns) + "ns";
  }
  if (const auto* count = dynamic_cast<const UintegerValue*>(&value)) {
    return count->Get() == no_count ? std::string() : std::to_string(count->Get());
  }
  if (const auto* number = dynamic_cast<const DoubleValue*>(&value)) {
    std::ostringstream text;
    text << std::setprecision(std::numeric_limits<double>::max_digits10) << number->Get();
    return number->Get() < 0 ? std::string() : text.str();
  }
  if (const auto* truth = dynamic_cast<const BooleanValue*>(&value)) {
    return truth->Get() ? "true" : "false";
  }
  return dynamic_cast<const StringValue&>(value).Get();
}

// One of some words, or none.
class WordChecker final : public AttributeChecker {
 public:
  explicit WordChecker(const Key& key)
      : words_(words_of(key)), truth_(key.type == ValueType::truth) {}

  bool Check(const AttributeValue& value) const override {
    if (truth_ && dynamic_cast<const BooleanValue*>(&value) != nullptr) return true;
    const auto* text = dynamic_cast<const StringValue*>(&value);
    return text != nullptr && (text->Get().empty() || std::ranges::count(words_, text->Get()) > 0);
  }
  std::string GetValueTypeName() const override { return "ns3::StringValue"; }
  bool HasUnderlyingTypeInformation() const override { return true; }
  std::string GetUnderlyingTypeInformation() const override {
    std::string all;
    for (const std::string& word : words_) all += (all.empty() ? "" : "|") + word;
    return all;
  }
  Ptr<AttributeValue> Create() const override { return ns3::Create<StringValue>(); }
  bool Copy(const AttributeValue& source, AttributeValue& destination) const override {
    auto* to = dynamic_cast<StringValue*>(&destination);
    if (to == nullptr) return false;
    to->Set(text_of(source));
    return true;
  }

 private:
  std::vector<std::string> words_;
  bool truth_;
};

struct Kind {
  Ptr<AttributeValue> unsaid;
  Ptr<const AttributeChecker> checker;
  std::string how_to_leave_unsaid;
};

Kind kind_of(const Key& key) {
  switch (key.type) {
    case ValueType::duration:
      return {Create<TimeValue>(NanoSeconds(-1)), MakeTimeChecker(NanoSeconds(-1)), "-1ns"};
    case ValueType::count:
      return {Create<UintegerValue>(no_count), MakeUintegerChecker<uint32_t>(),
              std::to_string(no_count)};
    case ValueType::number: return {Create<DoubleValue>(-1.0), MakeDoubleChecker<double>(), "-1"};
    default: return {Create<StringValue>(), Create<WordChecker>(key), "empty"};
  }
}

}  // namespace

class UnderstudyAgentAttributes::Accessor final : public AttributeAccessor {
 public:
  explicit Accessor(const Key& key) : key_(&key), checker_(kind_of(key).checker) {}

  bool Set(ObjectBase* object, const AttributeValue& value) const override {
    auto* agent = dynamic_cast<UnderstudyAgent*>(object);
    if (agent == nullptr) return false;
    agent->attributes_.values_[key_] = value.Copy();
    return true;
  }
  bool Get(const ObjectBase* object, AttributeValue& value) const override {
    const auto* agent = dynamic_cast<const UnderstudyAgent*>(object);
    if (agent == nullptr) return false;
    return checker_->Copy(*agent->attributes_.values_.at(key_), value);
  }
  bool HasGetter() const override { return true; }
  bool HasSetter() const override { return true; }

 private:
  const Key* key_;
  Ptr<const AttributeChecker> checker_;
};

TypeId UnderstudyAgentAttributes::AddTo(TypeId tid) {
  for (const Key& key : understudy::keys()) {
    if (key.table != "pair") continue;
    const Kind kind = kind_of(key);
    tid.AddAttribute(attribute_name(key),
                     std::string(key.meaning) + " Default: " + understudy::default_of(key) + ". (" +
                         kind.how_to_leave_unsaid + ": not said here.)",
                     *kind.unsaid, Create<Accessor>(key), kind.checker);
  }
  return tid;
}

void UnderstudyAgentAttributes::ApplyTo(understudy::PairSettings& settings) const {
  understudy::Scenario scenario;  // whose keys they are
  scenario.pair = settings;
  for (const auto& [key, value] : values_) {
    const std::string text = text_of(*value);
    if (text.empty()) continue;
    try {
      understudy::set(scenario, understudy::dotted({key, 0}), text);
    } catch (const understudy::BadInput& mistake) {
      throw std::invalid_argument("ns3::UnderstudyAgent::" + attribute_name(*key) + ": " +
                                  mistake.what());
    }
  }
  settings = scenario.pair;
}

}  // namespace ns3
