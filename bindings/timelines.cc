// SPDX-License-Identifier: MIT
#include "timelines.h"

#include <chrono>

#include "understudy/outcome/lanes.h"
#include "understudy/outcome/story.h"

namespace understudy::python {
namespace {

namespace py = pybind11;

double seconds(Time time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

}  // namespace

py::dict to_python(const Scenario& scenario, const Timeline& timeline) {
  py::list lines;
  for (const StoryLine& line : story_lines(scenario, timeline)) {
    lines.append(py::make_tuple(seconds(line.at), line.who, line.what));
  }
  py::list spans;
  for (const Span& span : lanes(scenario, timeline)) {
    spans.append(py::make_tuple(to_text(span.lane), span.who, span.what, seconds(span.begin),
                                seconds(span.end)));
  }
  py::dict run;
  run["lines"] = lines;
  run["spans"] = spans;
  run["end_s"] = seconds(timeline.ending.at);
  return run;
}

}  // namespace understudy::python
