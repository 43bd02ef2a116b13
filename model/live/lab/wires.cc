// SPDX-License-Identifier: MIT
#include "understudy/lab/wires.h"

#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "understudy/lab/system_error.h"
#include "understudy/live/boot_clock.h"
#include "understudy/scenario/topologies.h"

namespace understudy::lab {

Wires::Wires(Loop& loop, Topology topology, const Run& run, const Cables& cables, Ears ears)
    : loop_(loop), topology_(std::move(topology)), run_(run), ears_(std::move(ears)) {
  for (const Host host : all_hosts) {
    end(host).cable = cables[static_cast<std::size_t>(host)].cable.number();
    loop_.watch(end(host).cable, [this, host] { read_cable(host); });
  }
  begin_run();
}

void Wires::begin_run() {
  impairments_ = Impairments(topology_, run_);
  delay_streams_ = {};
  wan_streams_ = {};
  dual_switch_ = {};
  carriers_ = carriers();
  for (const Host host : all_hosts) {
    failover_streams_[static_cast<std::size_t>(host)] = Stream(run_, failover_stream(host));
  }
}

// ---- frames -------------------------------------------------------------------------------------

void Wires::read_cable(Host from) {
  std::array<std::uint8_t, 2048> bytes{};
  for (;;) {
    const ssize_t size = read(end(from).cable, bytes.data(), bytes.size());
    if (size <= 0) return;
    if (end(from).plug != Plug::taken) continue;
    send(from, Frame(bytes.begin(), bytes.begin() + size));
  }
}

void Wires::send(Host from, const Frame& frame) {
  const Arriving what{.frame = frame, .facts = inspect(frame)};
  if (ears_.sent) ears_.sent(from, what.facts);
  if (ears_.passed) ears_.passed(from, frame);
  const Time sent = on_the_wire(from, frame.size());
  constexpr std::uint8_t group = 1;
  for (const Host to : all_hosts) {
    if (to == from) continue;
    if ((what.facts.to[0] & group) != 0 || what.facts.to == hardware_of(to)) {
      carry({.from = from, .to = to, .kind = what.facts.kind}, what, sent);
    }
  }
}

// When the last bit of the next frame has left a host.
Time Wires::on_the_wire(Host from, std::size_t bytes) {
  const double seconds = 8.0 * static_cast<double>(bytes) / topology_.bandwidth_bps;
  Time& free = end(from).free;
  free = after(std::max(free, live::boot_now()), Duration(std::llround(seconds * 1e9)));
  return free;
}

void Wires::carry(const Path& path, const Arriving& what, Time sent) {
  Duration delay = draw_delay(path);
  if (topology_.kind == TopologyKind::dual_switch && !dual_switch_.connected(path.from, path.to)) {
    return;
  }
  std::uint8_t copies = 1;
  if (!impairments_.none()) {
    const Impairments::Verdict verdict = impairments_.judge(path);
    delay = sum(delay, verdict.delay);
    copies = verdict.copies;
  }
  const Time when = after(sent, delay);
  for (; copies > 0; --copies) {
    loop_.at(when, [this, to = path.to, what] { arrive(to, what); });
  }
}

Duration Wires::draw_delay(const Path& path) {
  const auto stream = [this](std::optional<Stream>& kept, const std::string& name) -> Stream& {
    if (!kept) kept = Stream(run_, name);
    return *kept;
  };
  const Duration within =
      topology_.delay.draw(stream(delay_streams_[index(path)], delay_stream(path)));
  const Distribution* const between = wan_delay(topology_, path.from, path.to);
  if (between == nullptr) return within;
  return sum(within, between->draw(stream(wan_streams_[index(path)], wan_stream(path))));
}

void Wires::arrive(Host to, const Arriving& what) {
  switch (end(to).plug) {
    case Plug::dropped: return;
    case Plug::kept: return end(to).kept.push_back(what);
    case Plug::taken: break;
  }
  if (ears_.arrived) ears_.arrived(to, what.facts);
  if (ears_.passed) ears_.passed(to, what.frame);
  static_cast<void>(!write(end(to).cable, what.frame.data(), what.frame.size()));
}

void Wires::plug(Host host, Plug plug) {
  end(host).plug = plug;
  const std::vector<Arriving> kept = std::exchange(end(host).kept, {});
  if (plug == Plug::dropped) return;
  for (const Arriving& what : kept) arrive(host, what);
}

// ---- faults -------------------------------------------------------------------------------------

void Wires::begin_fault(std::size_t number, const Fault& fault, const Struck& struck) {
  if (topology_.kind == TopologyKind::dual_switch && DualSwitch::concerns(fault.kind)) {
    dual_switch_.begin(number, fault, struck.hosts);
    return follow_carriers();
  }
  impairments_.begin(number, fault, struck);
}

void Wires::end_fault(std::size_t number) {
  impairments_.end(number);
  dual_switch_.end(number);
  follow_carriers();
}

// A call to the kernel that may have to wait for others of its kind, so only where it says news.
void Wires::show_link(Host host, OwnLink link) {
  if (std::exchange(end(host).link, link) == link) return;
  const int carrier = link == OwnLink::up ? 1 : 0;
  checked(ioctl(end(host).cable, TUNSETCARRIER, &carrier), "change the carrier of a host");
}

Wires::Carriers Wires::carriers() const {
  Carriers found;
  for (const Port port : both_ports) {
    for (const Host host : all_hosts) {
      if (dual_switch_.carrier(host, port)) found[static_cast<std::size_t>(port)].add(host);
    }
  }
  return found;
}

// For each port that has lost or regained its carrier, its host looks some time later.
void Wires::follow_carriers() {
  const Carriers before = std::exchange(carriers_, carriers());
  for (const Host host : all_hosts) {
    for (std::size_t port = 0; port < before.size(); ++port) {
      if (before[port].has(host) == carriers_[port].has(host)) continue;
      Stream& stream = failover_streams_[static_cast<std::size_t>(host)];
      loop_.at(after(live::boot_now(), topology_.failover_delay.draw(stream)),
               [this, host] { look_at_ports(host); });
    }
  }
}

void Wires::look_at_ports(Host host) {
  const std::optional<Port> port = dual_switch_.better(host);
  if (!port) return;
  dual_switch_.use(host, *port);
  if (ears_.moved_port) ears_.moved_port(host, *port);
}

}  // namespace understudy::lab
