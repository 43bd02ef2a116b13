// SPDX-License-Identifier: MIT
#include "understudy/ns3/animation.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string_view>

#include <ns3/channel.h>
#include <ns3/node-list.h>
#include <ns3/simple-net-device.h>

#include "understudy/ns3/packets.h"
#include "understudy/ns3/schedule.h"
#include "understudy/ns3/switch.h"

namespace understudy::ns3_substrate {
namespace {

struct Colour {
  int red;
  int green;
  int blue;
};
constexpr Colour holds_primary{255, 150, 40};
constexpr Colour holds_monitor{70, 130, 220};
constexpr Colour declared_failure{220, 40, 40};
constexpr Colour arbitrates{240, 220, 70};
constexpr Colour without_power{110, 110, 110};
constexpr Colour stands_still{150, 80, 190};
constexpr Colour no_server{200, 200, 200};

Colour colour_of(Role role) {
  switch (role) {
    case Role::primary:
    case Role::handing_over: return holds_primary;
    case Role::monitor:
    case Role::taking_over: return holds_monitor;
    case Role::fencing:
    case Role::restarting: return declared_failure;
    case Role::arbitrating: return arbitrates;
  }
  return no_server;
}

// What is known of a server from what has happened to it so far.
class Server {
 public:
  void happen(const Event& event) {
    switch (event.kind) {
      case Event::Kind::powered_off: power_ = "off"; break;
      case Event::Kind::powered_on:
        power_ = "booting";
        role_ = Role::arbitrating;  // which is how every boot ends
        break;
      case Event::Kind::up: power_ = ""; break;
      case Event::Kind::froze: frozen_ = true; break;
      case Event::Kind::thawed: frozen_ = false; break;
      case Event::Kind::note:
        if (event.note.kind == Note::Kind::became) role_ = event.note.role;
        break;
      case Event::Kind::claimed:  // of a pair that is met settled, in place of a note
        if (!role_) role_ = event.address == Address::primary ? Role::primary : Role::monitor;
        break;
      default: break;
    }
    if (event.kind == Event::Kind::powered_off) frozen_ = false;
  }
  [[nodiscard]] Colour colour() const {
    if (!power_.empty()) return without_power;
    if (frozen_) return stands_still;
    return role_ ? colour_of(*role_) : no_server;
  }
  [[nodiscard]] std::string_view state() const {
    if (!power_.empty()) return power_;
    if (frozen_) return "standing still";
    return role_ ? to_text(*role_) : "up";
  }

 private:
  std::string_view power_;  // empty: up
  bool frozen_ = false;
  std::optional<Role> role_;
};

// ---- where nodes are ----------------------------------------------------------------------------

struct Point {
  double x = 50.0;
  double y = 50.0;
};
constexpr std::array<Point, host_count> corners = {
    {{10.0, 10.0}, {90.0, 10.0}, {10.0, 90.0}, {90.0, 90.0}}};

std::uint32_t node_at(const ns3::UnderstudyLink& cable, std::size_t end) {
  return cable.GetDevice(end)->GetNode()->GetId();
}

// Hosts in the corners, everything else in the middle of its neighbours.
std::vector<Point> places(const Animation::Hosts& hosts,
                          const std::vector<ns3::Ptr<ns3::UnderstudyLink>>& cables) {
  std::vector<Point> points(ns3::NodeList::GetNNodes());
  std::vector<bool> fixed(points.size());
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    points[hosts[i]->GetId()] = corners[i];
    fixed[hosts[i]->GetId()] = true;
  }
  for (int round = 0; round < 50; ++round) {
    std::vector<Point> sums(points.size(), Point{0.0, 0.0});
    std::vector<int> neighbours(points.size());
    for (const auto& cable : cables) {
      const std::array ends = {node_at(*cable, 0), node_at(*cable, 1)};
      for (std::size_t i = 0; i < ends.size(); ++i) {
        sums[ends[i]].x += points[ends[1 - i]].x;
        sums[ends[i]].y += points[ends[1 - i]].y;
        ++neighbours[ends[i]];
      }
    }
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (fixed[i] || neighbours[i] == 0) continue;
      points[i] = {sums[i].x / neighbours[i], sums[i].y / neighbours[i]};
    }
  }
  // Two that connect the same lie side by side.
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (std::abs(points[i].x - points[j].x) + std::abs(points[i].y - points[j].y) < 1.0) {
        points[i].x += 8.0;
      }
    }
  }
  return points;
}

std::vector<ns3::Ptr<ns3::UnderstudyLink>> all_cables() {
  std::vector<ns3::Ptr<ns3::UnderstudyLink>> cables;
  for (auto node = ns3::NodeList::Begin(); node != ns3::NodeList::End(); ++node) {
    for (std::uint32_t i = 0; i < (*node)->GetNDevices(); ++i) {
      const auto cable = ns3::DynamicCast<ns3::UnderstudyLink>((*node)->GetDevice(i)->GetChannel());
      if (!cable || cable->GetNDevices() < 2) continue;
      if (std::ranges::find(cables, cable) == cables.end()) cables.push_back(cable);
    }
  }
  return cables;
}

// "12.000345678": NetAnim reads seconds, and a nanosecond counts.
std::string in_seconds(Time time) {
  const long long ns = time.time_since_epoch().count();
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), "%lld.%09lld", ns / 1'000'000'000,
                                 ns % 1'000'000'000);
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

struct Animation::Look {
  Colour colour;
  std::string description;
};

Animation::Animation(const std::filesystem::path& file, const Hosts& hosts)
    : path_(file), out_(file) {
  for (const Host which : all_hosts) {
    const auto number = static_cast<std::size_t>(which);
    node_of_[number] = hosts[number]->GetId();
  }
  const std::vector<Cable> cables = all_cables();
  out_ << "<anim ver=\"netanim-3.108\" filetype=\"animation\">\n";
  write_nodes(hosts, cables);
  for (const Cable& cable : cables) {
    out_ << "<link fromId=\"" << node_at(*cable, 0) << "\" toId=\"" << node_at(*cable, 1)
         << "\" fd=\"\" td=\"\" ld=\"\"/>\n";
  }
  for (const Cable& cable : cables) listen(cable);
  check();
}

Animation::~Animation() = default;

void Animation::write_nodes(const Hosts& hosts, const std::vector<Cable>& cables) {
  const std::vector<Point> points = places(hosts, cables);
  for (std::uint32_t id = 0; id < points.size(); ++id) {
    out_ << "<node id=\"" << id << "\" sysId=\"0\" locX=\"" << points[id].x << "\" locY=\""
         << points[id].y << "\"/>\n";
  }
  for (std::uint32_t id = 0; id < points.size(); ++id) {
    const auto host = std::ranges::find(node_of_, id);
    const auto node = ns3::NodeList::GetNode(id);
    std::string name = node->GetObject<ns3::UnderstudySwitch>() ? "switch" : "router";
    if (host != node_of_.end()) name = to_text(static_cast<Host>(host - node_of_.begin()));
    out_ << "<nu p=\"s\" t=\"0\" id=\"" << id << "\" w=\"4\" h=\"4\"/>\n";
    write_look(id, Time{}, {.colour = no_server, .description = name});
  }
}

void Animation::write_look(std::uint32_t node, Time at, const Look& look) {
  const std::string to_whom = "t=\"" + in_seconds(at) + "\" id=\"" + std::to_string(node) + "\"";
  out_ << "<nu p=\"c\" " << to_whom << " r=\"" << look.colour.red << "\" g=\"" << look.colour.green
       << "\" b=\"" << look.colour.blue << "\"/>\n"
       << "<nu p=\"d\" " << to_whom << " descr=\"" << look.description << "\"/>\n";
}

// ---- frames -------------------------------------------------------------------------------------

void Animation::listen(const Cable& cable) {
  using Heard = ns3::Callback<void, ns3::Ptr<const ns3::NetDevice>, const ns3::UnderstudyFrame&>;
  cable->TraceConnectWithoutContext(
      "Sent", Heard([this](ns3::Ptr<const ns3::NetDevice> end, const ns3::UnderstudyFrame& frame) {
        departures_[{ns3::PeekPointer(end), frame.payload->GetUid()}] = now();
      }));
  const ns3::Ptr<const ns3::UnderstudyLink> link = cable;
  cable->TraceConnectWithoutContext(
      "Received", Heard([this, link = ns3::PeekPointer(link)](ns3::Ptr<const ns3::NetDevice> end,
                                                              const ns3::UnderstudyFrame& frame) {
        arrived(*link, end, frame);
      }));
}

void Animation::arrived(const ns3::UnderstudyLink& cable, ns3::Ptr<const ns3::NetDevice> end,
                        const ns3::UnderstudyFrame& frame) {
  const ns3::Ptr<ns3::NetDevice> sender = cable.GetPeer(end);
  const auto left = departures_.find({ns3::PeekPointer(sender), frame.payload->GetUid()});
  if (left == departures_.end()) return;
  const std::string sent = in_seconds(left->second);
  const std::string received = in_seconds(now());
  out_ << "<p fId=\"" << sender->GetNode()->GetId() << "\" fbTx=\"" << sent << "\" lbTx=\"" << sent
       << "\" meta-info=\"" << to_text(inspect(frame).kind) << "\" tId=\""
       << end->GetNode()->GetId() << "\" fbRx=\"" << received << "\" lbRx=\"" << received
       << "\"/>\n";
}

// ---- servers ------------------------------------------------------------------------------------

void Animation::finish(const Timeline& timeline) {
  std::array<Server, 2> servers;
  for (const Event& event : timeline.events) {
    const auto number = static_cast<std::size_t>(event.host);
    if (number >= servers.size()) continue;
    Server& server = servers[number];
    const std::string_view before = server.state();
    server.happen(event);
    if (server.state() == before) continue;
    const std::string name(to_text(event.host));
    write_look(
        node_of_[number], event.at,
        {.colour = server.colour(), .description = name + ": " + std::string(server.state())});
  }
  out_ << "</anim>\n";
  out_.close();
  check();
}

void Animation::check() {
  if (!out_) throw std::runtime_error("cannot write the animation " + path_.string());
}

}  // namespace understudy::ns3_substrate
