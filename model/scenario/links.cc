// SPDX-License-Identifier: MIT
#include "understudy/scenario/links.h"

namespace understudy {

std::string to_text(const Path& path) {
  std::string name(to_text(path.from));
  name += '-';
  name += to_text(path.to);
  name += '/';
  name += to_text(path.kind);
  return name;
}

std::string loss_stream(const Path& path) { return "link/" + to_text(path); }

std::string delay_stream(const Path& path) { return loss_stream(path) + "/delay"; }

std::string wan_stream(const Path& path) { return loss_stream(path) + "/wan"; }

std::string failover_stream(Host host) { return "failover/" + std::string(to_text(host)); }

std::string route_stream(Host host) { return "route/" + std::string(to_text(host)); }

std::string_view to_text(Host host) {
  switch (host) {
    case Host::first: return "first";
    case Host::second: return "second";
    case Host::client: return "client";
    case Host::witness: return "witness";
  }
  return "?";
}

std::string_view to_text(PacketKind kind) {
  switch (kind) {
    case PacketKind::ping: return "ping";
    case PacketKind::answer: return "answer";
    case PacketKind::message: return "message";
    case PacketKind::announcement: return "announcement";
    case PacketKind::request: return "request";
    case PacketKind::response: return "response";
    case PacketKind::other: return "other";
  }
  return "?";
}

}  // namespace understudy
