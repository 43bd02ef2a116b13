// SPDX-License-Identifier: MIT
#include "understudy/cli/command_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string_view>
#include <thread>

#include <CLI/CLI.hpp>

#include "understudy/cli/substrates.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/spelling.h"
#include "understudy/version.h"

namespace understudy::cli {
namespace {

constexpr std::uint64_t usual_rare_runs = 1000;
constexpr std::string_view attribute_prefix = "--ns3::";

constexpr std::array<std::pair<std::string_view, Format>, 3> formats = {
    {{"table", Format::table}, {"csv", Format::csv}, {"json", Format::json}}};

// ---- values ----

struct WholeNumber {
  std::string_view option;
  std::uint64_t least = 0;
  std::uint64_t greatest = std::numeric_limits<std::uint64_t>::max();
};

// Decimal digits and nothing else: CLI11 would read 010 as 8 and -1 as a great number.
std::uint64_t whole_number(const WholeNumber& what, std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size() && number >= what.least &&
      number <= what.greatest) {
    return number;
  }
  const std::string found = std::string(what.option) + ": " + in_quotes(text);
  if (error == std::errc::result_out_of_range || (error == std::errc{} && number > what.greatest)) {
    throw BadInput(found + " is too great; take at most " + std::to_string(what.greatest));
  }
  throw BadInput(found + " is not a whole number; write one from " + std::to_string(what.least) +
                 " on");
}

Format format_named(std::string_view text) {
  std::vector<std::string_view> names;
  for (const auto& [name, format] : formats) {
    if (name == text) return format;
    names.push_back(name);
  }
  throw BadInput("--format: there is no " + in_quotes(text) + "; take " + listed(names, "or"));
}

std::pair<std::string, std::string> attribute(std::string_view argument) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string_view::npos || argument.rfind("::", equals) < attribute_prefix.size()) {
    throw BadInput(in_quotes(argument) + " sets nothing; write --ns3::TypeId::Attribute=VALUE");
  }
  return {std::string(argument.substr(2, equals - 2)), std::string(argument.substr(equals + 1))};
}

// What a mistake is said about.
template <class Read>
auto of_option(const std::string& option, Read read) {
  try {
    return read();
  } catch (const BadInput& mistake) {
    throw BadInput(option + ": " + mistake.what());
  }
}

// ---- the options ----

// The texts of options whose values this file reads by itself.
struct Texts {
  std::string seed;
  std::string first_run;
  std::string runs;
  std::string jobs;
  std::string timeline;
  std::string format;
  std::string output;
  std::string scenario;
  std::string pcap;
  std::string netanim;
  std::string rare;
  std::string method;
};

std::string substrates_text() {
  std::string text;
  for (const Substrate& substrate : substrates()) {
    text += (text.empty() ? "" : "; ") + std::string(substrate.name) + ": " +
            std::string(substrate.meaning);
  }
  return text;
}

class Options {
 public:
  explicit Options(CLI::App& app) : app_(app) {}

  void group(std::string name) { group_ = std::move(name); }
  template <class Target>
  void add(const std::string& names, std::string_view value, Target& target,
           const std::string& meaning) {
    app_.add_option(names, target, meaning)
        ->type_name(std::string(value))
        ->group(group_)
        ->allow_extra_args(false)
        ->check(CLI::Validator(
            [](const std::string& text) { return std::string(text.empty() ? "is empty" : ""); },
            ""));
  }
  void add_flag(const std::string& name, bool& target, const std::string& meaning) {
    app_.add_flag(name, target, meaning)->group(group_);
  }

 private:
  CLI::App& app_;
  std::string group_;
};

void add_options(CLI::App& app, CommandLine& line, Texts& texts) {
  Options options(app);
  options.group("Runs");
  options.add("--substrate", "NAME", line.substrate, substrates_text());
  options.add("--runs", "N", texts.runs, "how many runs (1; with --rare 1000)");
  options.add("--first-run,--RngRun", "K", texts.first_run, "the number of the first one (1)");
  options.add("--seed,--RngSeed", "S", texts.seed, "what all draws follow from (1)");
  options.add("--jobs", "J", texts.jobs, "processes at a time (one a core); changes no result");

  options.group("Scenario");
  options.add("--set", "TABLE.KEY=VALUE", line.set, "another value for a key, fault.0.at too");
  options.add("--scenario", "FILE.toml", texts.scenario, "another scenario than the one inside");
  options.add_flag("--print-scenario", line.print_scenario, "print it as TOML, and run nothing");

  options.group("Results");
  options.add("--format", "FORMAT", texts.format, "table (default), csv or json");
  options.add("--output", "FILE", texts.output, "where they go, instead of to standard output");
  options.add("--timeline", "RUN", texts.timeline, "tell one run as a story instead");
  options.add_flag("--packets", line.packets, "with --timeline: tell of each packet");

  options.group("Rare events (virtual)");
  options.add("--rare", "EVENT", texts.rare,
              "estimate how often it happens: false_failover, dual_primary");
  options.add("--method", "METHOD", texts.method,
              "with --rare: splitting (default), importance or plain");

  options.group("With real packets (ns-3)");
  options.add("--pcap", "DIR", texts.pcap, "capture the packets of a single run");
  options.add("--netanim", "FILE", texts.netanim, "write a single run as an animation for NetAnim");
}

void take_texts(CommandLine& line, const Texts& texts) {
  const auto take = [](const WholeNumber& what, const std::string& text, std::uint64_t& number) {
    if (!text.empty()) number = whole_number(what, text);
  };
  take({.option = "--seed"}, texts.seed, line.seed);
  take({.option = "--first-run", .least = 1}, texts.first_run, line.first_run);
  take({.option = "--runs", .least = 1}, texts.runs, line.runs);
  take({.option = "--jobs", .least = 1, .greatest = 1024}, texts.jobs, line.jobs);
  if (!texts.timeline.empty()) {
    line.timeline = whole_number({.option = "--timeline", .least = 1}, texts.timeline);
  }
  if (!texts.format.empty()) line.format = format_named(texts.format);
  if (!texts.output.empty()) line.output = texts.output;
  if (!texts.scenario.empty()) line.scenario = texts.scenario;
  if (!texts.pcap.empty()) line.pcap = texts.pcap;
  if (!texts.rare.empty()) {
    line.rare = of_option("--rare", [&] { return rare_event_named(texts.rare); });
    if (texts.runs.empty()) line.runs = usual_rare_runs;
  }
  if (!texts.method.empty())
    line.rare_method = of_option("--method", [&] { return rare_method_named(texts.method); });
  if (!texts.netanim.empty()) line.netanim = texts.netanim;
}

// ---- what does not go together ----

void check_rare_together(const CommandLine& line, const Texts& texts) {
  if (!line.rare) {
    if (!texts.method.empty())
      throw BadInput("--method: says how to do what --rare asks for; add it");
    return;
  }
  if (line.substrate != "virtual") {
    throw BadInput("--rare: needs worlds that can be copied, and " + in_quotes(line.substrate) +
                   " has none; leave --substrate out");
  }
  if (line.timeline) {
    throw BadInput("--rare: an estimate has no --timeline; leave one of them out");
  }
  if (line.runs < least_rare_runs) {
    throw BadInput("--runs: \"" + std::to_string(line.runs) +
                   "\" runs do not tell how sure a rate is; take at least " +
                   std::to_string(least_rare_runs));
  }
}

// The first option that asks for what ns-3's packets alone can do.
std::optional<std::string> ns3_wish(const CommandLine& line) {
  if (line.netanim) return "--netanim";
  if (!line.attributes.empty()) return "--" + line.attributes.front().first;
  return {};
}

void check_together(const CommandLine& line, const Texts& texts) {
  check_rare_together(line, texts);
  if (line.runs - 1 > std::numeric_limits<std::uint64_t>::max() - line.first_run) {
    throw BadInput("--runs: there are not so many run numbers from --first-run on");
  }
  if (line.timeline && !texts.format.empty()) {
    throw BadInput("--timeline: a story has no --format; leave one of them out");
  }
  if (line.packets && !line.timeline) {
    throw BadInput("--packets: tells of each packet of a --timeline; name its run");
  }
  const Substrate& substrate = find_substrate(line.substrate);
  if (line.pcap && substrate.packets == Packets::none) {
    throw BadInput("--pcap: there is no packet in " + in_quotes(line.substrate) +
                   "; add --substrate ns3, or live");
  }
  if (const auto wish = ns3_wish(line); wish && substrate.packets != Packets::of_ns3) {
    throw BadInput(*wish + ": there is no packet of ns-3 in " + in_quotes(line.substrate) +
                   "; add --substrate ns3");
  }
  if ((line.pcap || line.netanim) && line.runs > 1 && !line.timeline) {
    throw BadInput(std::string(line.pcap ? "--pcap" : "--netanim") +
                   ": takes a single run; leave --runs out, and choose it by --first-run");
  }
}

// ---- words for what CLI11 finds ----

[[noreturn]] void unknown_argument(const CLI::App& app, const std::string& argument) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string_view guess =
      nearest(std::string_view(argument).substr(0, argument.find('=')), views);
  throw BadInput(in_quotes(argument) + ": there is no such option" +
                 (guess.empty() ? std::string("; --help lists them")
                                : "; did you mean " + std::string(guess) + "?"));
}

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text.erase(text.find_last_not_of(' ') + 1);
}

// CLI11 puts two empty lines between groups.
std::string without_double_gaps(std::string text) {
  for (std::size_t at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n")) {
    text.erase(at, 1);
  }
  return text;
}

// CLI11 takes them from the back.
void parse(CLI::App& app, CommandLine& line, std::vector<std::string> arguments) {
  std::ranges::reverse(arguments);
  try {
    app.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    line.text = without_double_gaps(app.help());
  } catch (const CLI::CallForVersion& version) {
    line.text = std::string(version.what()) + "\n";
  } catch (const CLI::ExtrasError&) {
    unknown_argument(app, app.remaining().front());
  } catch (const CLI::ParseError& error) {
    throw BadInput(one_line(error.what()));
  }
}

std::string footer(const std::string& name) {
  return "--ns3::TypeId::Attribute=VALUE sets an attribute of ns-3's objects.\n\n"
         "Results go to standard output, progress and log to standard error. Exit status: 0 done,\n"
         "2 bad input, 1 a run failed.\n\n"
         "For example:\n"
         "  " +
         name +
         " --runs 1000                        what to expect of it\n"
         "  " +
         name +
         " --timeline 17                      what happens in run 17\n"
         "  " +
         name +
         " --runs 100 --set pair.misses=2     with another value for a key\n"
         "  " +
         name + " --runs 100 --format csv --output runs.csv\n";
}

std::string shell_word(const std::string& text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,+%@-";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

}  // namespace

CommandLine read_command_line(const std::string& name, std::span<const char* const> arguments) {
  CommandLine line;
  line.program = arguments.empty() ? name : arguments.front();
  line.jobs = std::max(1U, std::thread::hardware_concurrency());

  std::vector<std::string> options;
  for (const std::string_view argument : arguments.subspan(arguments.empty() ? 0 : 1)) {
    if (argument.starts_with(attribute_prefix)) {
      line.attributes.push_back(attribute(argument));
    } else {
      options.emplace_back(argument);
    }
  }

  Texts texts;
  CLI::App app("Runs the scenario '" + name + "', or another one, and prints what came of it.",
               name);
  app.set_version_flag("--version", name + " (Understudy) " + std::string(version), "print it");
  app.set_help_flag("-h,--help", "print this");
  app.footer(footer(name));
  add_options(app, line, texts);
  parse(app, line, std::move(options));
  if (line.text) return line;
  take_texts(line, texts);
  check_together(line, texts);
  return line;
}

std::string repeat_command(const CommandLine& line, std::uint64_t run) {
  std::string command = shell_word(line.program);
  const auto add = [&](const std::string& option, const std::string& value) {
    command += " " + option + " " + shell_word(value);
  };
  add("--substrate", line.substrate);
  add("--seed", std::to_string(line.seed));
  if (line.scenario) add("--scenario", line.scenario->string());
  for (const std::string& assignment : line.set) add("--set", assignment);
  for (const auto& [name, value] : line.attributes)
    command += " " + shell_word("--" + name + "=" + value);
  add("--first-run", std::to_string(run));
  add("--runs", "1");
  add("--jobs", "1");
  return command;
}

}  // namespace understudy::cli
