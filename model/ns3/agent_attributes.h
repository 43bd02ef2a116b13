// SPDX-License-Identifier: MIT
//
// The pair's parameters as attributes of ns3::UnderstudyAgent: every key of [pair], so that
// ping_interval is PingInterval, with its meaning and default. They come from the table of
// keys.h, as all else that knows the keys does.
//
//   a duration    TimeValue       negative: not said
//   a count       UintegerValue   4294967295: not said
//   a number      DoubleValue     negative: not said
//   a word        StringValue     empty: not said
//   true, false   StringValue or BooleanValue; an empty string: not said
//
// What is not said follows from what else is known: what a scenario says, or what derive.h makes of
// the rest. What is said here wins.
#pragma once

#include <map>
#include <string_view>

#include <ns3/attribute.h>
#include <ns3/ptr.h>
#include <ns3/type-id.h>

#include "understudy/failover/config.h"

namespace understudy {
struct Key;
}

namespace ns3 {

class UnderstudyAgentAttributes {
 public:
  /// Adds them to a type, which is UnderstudyAgent's.
  static TypeId AddTo(TypeId tid);

  /// Puts what is said into `settings`. Throws std::invalid_argument, led by the attribute's name,
  /// for a value out of its range.
  void ApplyTo(understudy::PairSettings& settings) const;

 private:
  class Accessor;
  friend class Accessor;

  std::map<const understudy::Key*, Ptr<const AttributeValue>> values_;
};

}  // namespace ns3
