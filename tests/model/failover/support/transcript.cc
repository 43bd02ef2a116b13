// SPDX-License-Identifier: MIT
#include "transcript.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <sstream>

#include "pair.h"
#include "understudy/failover/derive.h"
#include "words.h"

namespace understudy::transcript {
namespace {

using Words = std::vector<std::string>;

constexpr std::array hosts = {Host::first, Host::second, Host::witness, Host::client};

std::uint32_t parse_order(const std::string& name) {
  if (name.size() < 2 || name.front() != 'o') throw BadScript("not an order: " + name);
  return parse_count(name.substr(1));
}

template <class T>
T choose(const std::map<std::string_view, T>& choices, const std::string& word) {
  const auto found = choices.find(word);
  if (found == choices.end()) throw BadScript("what is " + word + "?");
  return found->second;
}

class Player {
 public:
  // What came of a command, line by line.
  std::vector<std::string> command(const std::string& line) {
    const Words words = split(line);
    const auto found = commands().find(words.front());
    if (found == commands().end()) throw BadScript("no such command: " + words.front());
    arguments_ = Words(words.begin() + 1, words.end());
    if (!pair_ && words.front() != "pair") throw BadScript("no pair yet");
    std::vector<std::string> said;
    if (words.front() == "pair") {
      said = make_pair();
    } else {
      found->second(*this);
      said = pair_->story().take();
    }
    return said;
  }

  // What came of all pairs so far.
  void add_to(Played& played) const {
    played.broken_promises = broken_;
    played.used_rows = used_;
    if (!pair_) return;
    const auto& broken = pair_->broken_promises();
    played.broken_promises.insert(played.broken_promises.end(), broken.begin(), broken.end());
    played.used_rows.insert(pair_->used_rows().begin(), pair_->used_rows().end());
  }

 private:
  using Command = std::function<void(Player&)>;

  static const std::map<std::string_view, Command>& commands();

  [[nodiscard]] const std::string& argument(std::size_t i) const {
    if (i >= arguments_.size()) throw BadScript("something is missing");
    return arguments_[i];
  }
  [[nodiscard]] ServerId server() const { return parse_server(argument(0)); }

  std::vector<std::string> make_pair() {
    // The surroundings are what the pair expects: boots of 10 s, the other off within half a
    // second.
    PairSettings settings;
    settings.boot_min = std::chrono::seconds(8);
    settings.boot_max = std::chrono::seconds(12);
    settings.fence_max = std::chrono::seconds(1);
    settings.confirm_max = std::chrono::milliseconds(200);
    Surroundings around;
    for (const std::string& setting : arguments_) set(setting, settings, around);
    Played before;
    add_to(before);
    broken_ = before.broken_promises;
    used_ = before.used_rows;
    pair_.emplace(settings, around);
    std::vector<std::string> said;
    for (const Violation& violation : violations(pair_->config())) {
      said.push_back(
          join({violation.severity == Severity::error ? "error: " : "warning: ", violation.text}));
    }
    return said;
  }

  void cut() {
    Wires& wires = pair_->wires();
    const Host one = parse_host(argument(0));
    if (arguments_.size() == 3 && argument(1) == "to")
      return wires.cut(one, parse_host(argument(2)));
    for (const Host host : hosts) {
      if (host == one || (arguments_.size() > 1 && host != parse_host(argument(1)))) continue;
      wires.cut(one, host);
      wires.cut(host, one);
    }
  }

  void rule(Rule::Fate fate) {
    Rule rule{.fate = fate, .sort = argument(0), .from = std::nullopt};
    if (arguments_.size() > 1) rule.from = parse_host(argument(2));
    pair_->wires().add(rule);
  }

  void power() {
    const std::string& verb = argument(0);
    if (verb == "strike") return pair_->strike(parse_order(argument(1)));
    if (verb == "confirm") return pair_->confirm(parse_order(argument(1)));
    if (verb == "refuse") return pair_->report(parse_order(argument(1)), FenceResult::refused);
    pair_->set_channel(choose<Channel>({{"works", Channel::works},
                                        {"refuses", Channel::refuses},
                                        {"silent", Channel::silent},
                                        {"lies", Channel::lies},
                                        {"hold", Channel::held}},
                                       verb));
  }

  void client() {
    if (argument(0) == "asks") return pair_->client_asks();
    if (argument(0) == "writes") return pair_->client_writes(parse_count(argument(1)));
    throw BadScript("a client asks or writes");
  }

  Words arguments_;
  std::optional<Pair> pair_;
  std::vector<std::string> broken_;        // by the pairs before this one
  std::set<std::pair<Role, Cause>> used_;  // by them
};

const std::map<std::string_view, Player::Command>& Player::commands() {
  static const std::map<std::string_view, Command> all = {
      {"pair", [](Player&) {}},
      {"settle",
       [](Player& p) { p.pair_->settle(p.arguments_.empty() ? ServerId::first : p.server()); }},
      {"boot",
       [](Player& p) {
         for (const std::string& name : p.arguments_) p.pair_->boot(parse_server(name));
       }},
      {"crash", [](Player& p) { p.pair_->crash(p.server()); }},
      {"stop", [](Player& p) { p.pair_->shut_down(p.server()); }},
      {"pause", [](Player& p) { p.pair_->freeze(p.server(), Machine::Kernel::paused); }},
      {"hang", [](Player& p) { p.pair_->freeze(p.server(), Machine::Kernel::hung); }},
      {"thaw", [](Player& p) { p.pair_->thaw(p.server()); }},
      {"restart", [](Player& p) { p.pair_->restart_daemon(p.server()); }},
      {"break", [](Player& p) { p.pair_->set_defect(p.server(), true); }},
      {"mend", [](Player& p) { p.pair_->set_defect(p.server(), false); }},
      {"advance", [](Player& p) { p.pair_->advance(parse_span(p.argument(0))); }},
      {"cut", [](Player& p) { p.cut(); }},
      {"heal", [](Player& p) { p.pair_->wires().heal(); }},
      {"lose", [](Player& p) { p.rule(Rule::Fate::lose); }},
      {"hold", [](Player& p) { p.rule(Rule::Fate::hold); }},
      {"flow", [](Player& p) { p.pair_->wires().forget_rules(); }},
      {"deliver",
       [](Player& p) {
         for (const std::string& name : p.arguments_) p.pair_->deliver(name);
       }},
      {"drop",
       [](Player& p) {
         for (const std::string& name : p.arguments_) p.pair_->drop(name);
       }},
      {"power", [](Player& p) { p.power(); }},
      {"health",
       [](Player& p) {
         p.pair_->check_health(
             p.server(),
             choose<Health>({{"well", Health::well}, {"ill", Health::ill}}, p.argument(1)));
       }},
      {"link",
       [](Player& p) {
         p.pair_->set_own_link(
             p.server(),
             choose<OwnLink>({{"up", OwnLink::up}, {"down", OwnLink::down}}, p.argument(1)));
       }},
      {"switchover", [](Player& p) { p.pair_->request(p.server(), Request::switchover); }},
      {"maintenance",
       [](Player& p) {
         p.pair_->request(p.server(), choose<Request>({{"on", Request::maintenance_on},
                                                       {"off", Request::maintenance_off}},
                                                      p.argument(1)));
       }},
      {"client", [](Player& p) { p.client(); }},
      {"detail",
       [](Player& p) {
         p.pair_->set_detail(choose<Detail>({{"changes", Detail::changes},
                                             {"signals", Detail::signals},
                                             {"everything", Detail::everything}},
                                            p.argument(0)));
       }},
      {"show", [](Player& p) { p.pair_->show(); }},
  };
  return all;
}

bool is_expected(const std::string& line) { return !line.empty() && line.front() == ' '; }
bool is_command(const std::string& line) {
  return !line.empty() && line.front() != ' ' && line.front() != '#';
}

}  // namespace

Played play(std::string_view transcript) {
  Player player;
  Played played;
  bool any = false;
  std::istringstream lines{std::string(transcript)};
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (is_expected(line)) continue;
    played.text += line + "\n";
    if (!is_command(line)) continue;
    try {
      for (const std::string& said : player.command(line)) played.text += "    " + said + "\n";
    } catch (const BadScript& mistake) {
      throw BadScript("line " + std::to_string(number) + ": " + mistake.what());
    }
    any = true;
  }
  if (!any) throw BadScript("a transcript without a command");
  player.add_to(played);
  return played;
}

}  // namespace understudy::transcript
