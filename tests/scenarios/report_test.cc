// SPDX-License-Identifier: MIT
#include "understudy/cli/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <string>
#include <vector>

namespace understudy::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

Outcome failover(Duration detection) {
  FaultOutcome fault;
  fault.server = ServerId::first;
  fault.at = Time{} + 30s;
  fault.detection = detection;
  fault.takeover = 500ms;
  fault.outage = 810ms;
  Outcome outcome;
  outcome.faults = {fault};
  outcome.requests = 11996;
  outcome.fates = {Fate::running, Fate::running};
  outcome.roles = {Role::monitor, Role::primary};
  return outcome;
}

std::vector<Record> failovers(std::uint64_t count) {
  std::vector<Record> records;
  for (std::uint64_t run = 1; run <= count; ++run) {
    records.push_back({.run = run, .outcome = failover(std::chrono::milliseconds(200 + run))});
  }
  return records;
}

using Writer = void (*)(std::ostream&, const Results&);

std::string written(Writer write, const std::vector<Record>& records) {
  std::ostringstream out;
  write(out, {.scenario = "crash",
              .substrate = "virtual",
              .seed = 7,
              .version = "1.2.3",
              .records = records});
  return out.str();
}

TEST(JsonReport, IsOneObjectWithALineARun) {
  EXPECT_EQ(written(write_json, failovers(2)),
            "{\n"
            " \"scenario\": \"crash\",\n"
            " \"substrate\": \"virtual\",\n"
            " \"seed\": 7,\n"
            " \"version\": \"1.2.3\",\n"
            " \"runs\": [\n"
            "  {\"run\":1,\"faults\":[{\"kind\":\"crash\",\"target\":\"first\",\"at_s\":30.0,"
            "\"detection_s\":0.201,\"takeover_s\":0.5,\"outage_s\":0.81,\"censored\":false,"
            "\"redundancy_s\":null}],\"detection_s\":0.201,\"takeover_s\":0.5,\"outage_s\":0.81,"
            "\"censored\":false,\"redundancy_s\":null,\"dual_primary_s\":0.0,\"no_primary_s\":0.0,"
            "\"false_failovers\":0,\"boots\":0,\"requests\":11996,\"lost_requests\":0,"
            "\"lost_writes\":0,\"final_roles\":{\"first\":\"monitor\",\"second\":\"primary\"}},\n"
            "  {\"run\":2,\"faults\":[{\"kind\":\"crash\",\"target\":\"first\",\"at_s\":30.0,"
            "\"detection_s\":0.202,\"takeover_s\":0.5,\"outage_s\":0.81,\"censored\":false,"
            "\"redundancy_s\":null}],\"detection_s\":0.202,\"takeover_s\":0.5,\"outage_s\":0.81,"
            "\"censored\":false,\"redundancy_s\":null,\"dual_primary_s\":0.0,\"no_primary_s\":0.0,"
            "\"false_failovers\":0,\"boots\":0,\"requests\":11996,\"lost_requests\":0,"
            "\"lost_writes\":0,\"final_roles\":{\"first\":\"monitor\",\"second\":\"primary\"}}\n"
            " ]\n"
            "}\n");
}

TEST(JsonReport, HasTheShortestDigitsThatReadAsTheNanoseconds) {
  EXPECT_THAT(written(write_json, {{.run = 1, .outcome = failover(307065999ns)}}),
              HasSubstr("\"detection_s\":0.307065999,"));
}

TEST(CsvReport, HasAHeadingAndALineARunWithEmptyFieldsForNull) {
  EXPECT_EQ(written(write_csv, failovers(1)),
            "run,faults,detection_s,takeover_s,outage_s,censored,redundancy_s,dual_primary_s,"
            "no_primary_s,false_failovers,boots,requests,lost_requests,lost_writes,final_roles\n"
            "1,\"[{\"\"kind\"\":\"\"crash\"\",\"\"target\"\":\"\"first\"\",\"\"at_s\"\":30.0,"
            "\"\"detection_s\"\":0.201,\"\"takeover_s\"\":0.5,\"\"outage_s\"\":0.81,"
            "\"\"censored\"\":false,\"\"redundancy_s\"\":null}]\",0.201,0.5,0.81,false,,0.0,0.0,"
            "0,0,11996,0,0,\"{\"\"first\"\":\"\"monitor\"\",\"\"second\"\":\"\"primary\"\"}\"\n");
}

TEST(TableReport, ExplainsEachFigureOfASingleRun) {
  const std::string text = written(write_table, failovers(1));
  EXPECT_THAT(text, HasSubstr("crash, substrate virtual, seed 7, run 1\n"));
  EXPECT_THAT(text, HasSubstr("detection_s      0.201000  fault -> first failure declared"));
  EXPECT_THAT(text, HasSubstr("redundancy_s            -  fault -> both roles"));
  EXPECT_THAT(text, HasSubstr("final_roles: first monitor, second primary\n"));
}

TEST(TableReport, ListsTheFaultsOfASingleRunIfThereAreSeveral) {
  std::vector<Record> records = failovers(1);
  EXPECT_THAT(written(write_table, records), Not(HasSubstr("fault   kind")));
  records[0].outcome.faults.push_back(records[0].outcome.faults[0]);
  records[0].outcome.faults[1].number = 4;
  const std::string text = written(write_table, records);
  EXPECT_THAT(text, HasSubstr("fault   kind  target       at_s  detection_s"));
  EXPECT_THAT(text, HasSubstr("\n    4  crash   first  30.000000     0.201000"));
}

TEST(TableReport, HasARowARunAndASummaryForAFew) {
  const std::string text = written(write_table, failovers(20));
  EXPECT_THAT(text, HasSubstr("crash, substrate virtual, seed 7, runs 1 to 20\n"));
  EXPECT_THAT(text, HasSubstr("\nrun  faults  detection_s"));
  EXPECT_THAT(text, HasSubstr("\n 20       1     0.220000"));
  EXPECT_THAT(text, HasSubstr("median"));
}

TEST(TableReport, OnlySumsUpMany) {
  const std::string text = written(write_table, failovers(21));
  EXPECT_THAT(text, Not(HasSubstr("\nrun  ")));
  // of 0.201 … 0.221: median, 5 %, 95 %, least, greatest, mean, nulls
  EXPECT_THAT(text, HasSubstr("detection_s      0.211000  0.202000  0.220000  0.201000  0.221000  "
                              "0.211000      0\n"));
  EXPECT_THAT(text, HasSubstr("redundancy_s            -         -         -         -         -  "
                              "       -     21\n"));
  EXPECT_THAT(text, HasSubstr("final_roles:\n     21  first monitor, second primary\n"));
}

TEST(TableReport, CountsHowOftenTheServersEndedUpHow) {
  std::vector<Record> records = failovers(30);
  for (std::size_t i = 0; i < 10; ++i) records[i].outcome.fates[0] = Fate::off;
  EXPECT_THAT(written(write_table, records), HasSubstr("final_roles:\n"
                                                       "     20  first monitor, second primary\n"
                                                       "     10  first off, second primary\n"));
}

TEST(TableReport, EndsInTheAvailabilityThatClientsSaw) {
  std::vector<Record> records = failovers(2);
  records[0].outcome.requests = 1'000'000;
  records[1].outcome.requests = 3'000'000;
  records[1].outcome.lost_requests = 80;
  // 80 of 4 million, of the 525600 minutes of a year.
  const std::string line =
      "\navailability: 0.999980000 of all requests were answered, none in 10.51 minutes a year\n";
  const std::string text = written(write_table, records);
  EXPECT_EQ(text.substr(text.size() - line.size()), line);
  EXPECT_THAT(written(write_table, {records[1]}), HasSubstr("\navailability: 0.99997333"));
}

TEST(TableReport, HasNoAvailabilityWhereNobodyAsked) {
  std::vector<Record> records = failovers(1);
  records[0].outcome.requests = 0;
  EXPECT_THAT(written(write_table, records), Not(HasSubstr("availability")));
}

TEST(TableReport, FitsOnAHundredColumns) {
  for (const std::uint64_t runs : {1U, 20U, 1000U}) {
    std::istringstream text(written(write_table, failovers(runs)));
    for (std::string line; std::getline(text, line);) EXPECT_LE(line.size(), 100U) << line;
  }
}

}  // namespace
}  // namespace understudy::cli
