// SPDX-License-Identifier: MIT

#include "understudy/ns3/simulation.h"

#include <cstddef>
#include <stdexcept>
#include <string>

#include <ns3/boolean.h>
#include <ns3/config.h>
#include <ns3/global-value.h>
#include <ns3/ipv4-address-generator.h>
#include <ns3/ipv6-address-generator.h>
#include <ns3/names.h>
#include <ns3/rng-seed-manager.h>
#include <ns3/simulator.h>
#include <ns3/string.h>
#include <ns3/type-id.h>

namespace ns3 {

namespace {

void tear_down() {
  Simulator::Destroy();  // hardware addresses start again with it
  Names::Clear();
  Ipv4AddressGenerator::Reset();
  Ipv6AddressGenerator::Reset();
}

// What ns-3 would have to say if it told a wrong name from a wrong value.
std::string complaint(const UnderstudyDefault& wrong) {
  const std::size_t colons = wrong.name.rfind("::");
  TypeId type;
  TypeId::AttributeInformation attribute;
  if (colons != std::string::npos &&
      TypeId::LookupByNameFailSafe(wrong.name.substr(0, colons), &type) &&
      type.LookupAttributeByName(wrong.name.substr(colons + 2), &attribute)) {
    std::string wanted = attribute.checker->GetValueTypeName();
    if (attribute.checker->HasUnderlyingTypeInformation()) {
      wanted += " " + attribute.checker->GetUnderlyingTypeInformation();
    }
    return wrong.name + ": \"" + wrong.value + "\" is no value for it; ns-3 wants " + wanted;
  }
  return wrong.name + ": ns-3 has no attribute or global value of this name";
}

void apply(const UnderstudyDefault& wanted) {
  const StringValue value(wanted.value);
  if (Config::SetDefaultFailSafe(wanted.name, value)) return;
  if (Config::SetGlobalFailSafe(wanted.name, value)) return;
  throw std::invalid_argument(complaint(wanted));
}

}  // namespace

UnderstudySimulation::UnderstudySimulation(const Options& options) {
  tear_down();  // of whatever ran before outside of this class
  Config::Reset();
  Config::SetGlobal("ChecksumEnabled", BooleanValue(true));
  for (const UnderstudyDefault& wanted : options.defaults) apply(wanted);
  RngSeedManager::SetSeed(options.seed);
  RngSeedManager::SetRun(options.run);
}

UnderstudySimulation::~UnderstudySimulation() { tear_down(); }

}  // namespace ns3
