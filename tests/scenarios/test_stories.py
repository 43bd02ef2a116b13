# SPDX-License-Identifier: MIT
"""Runs told as stories. UNDERSTUDY_REWRITE=1 rewrites the golden ones."""

import os
import pathlib
import re

GOLDEN = pathlib.Path(__file__).parent / "stories"


def check_golden(name, text):
    file = GOLDEN / (name + ".txt")
    if os.environ.get("UNDERSTUDY_REWRITE"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    assert text == file.read_text()


def test_the_story_of_a_crash(crash):
    check_golden("crash-1", crash.output("--timeline", 1))


def test_the_story_of_a_cold_start(program):
    check_golden("cold-start-1", program("cold-start").output("--timeline", 1))


def test_every_line_has_a_time_and_they_are_in_order(program):
    for name in ["crash", "cold-start", "lost-pings"]:
        for arguments in [("--timeline", 1), ("--timeline", 2, "--packets")]:
            lines = program(name).output(*arguments).splitlines()
            times = [re.match(r" *(\d+\.\d{6}) s  ", line) for line in lines]
            assert all(times)
            instants = [float(time.group(1)) for time in times]
            assert instants == sorted(instants)


def test_packets_are_told_when_asked_for(crash):
    text = crash.output("--timeline", 1, "--packets")
    assert re.search(r"second   sends ping (\d+) to the primary address\n", text)
    number = re.search(r"second   sends ping (\d+) ", text).group(1)
    assert f"first    answers ping {number}\n" in text
    assert f"second   hears the answer to ping {number}\n" in text
    assert "sends ping" not in crash.output("--timeline", 1)


def test_a_story_is_of_the_run_that_the_records_tell_of(crash):
    story = crash.output("--timeline", 17)
    at = float(re.search(r"(\S+) s  first    is struck by fault 0", story).group(1))
    declared = float(re.search(r"(\S+) s  second   declares the primary", story).group(1))
    row = crash.output("--first-run", 17, "--format", "csv").splitlines()[1]
    detection = float(re.sub(r'"[^]]*]",', "", row).split(",")[1])
    assert abs(declared - at - detection) < 2e-6


def test_a_story_can_go_to_a_file(crash):
    crash.output("--timeline", 1, "--output", "story.txt")
    assert (crash.folder / "story.txt").read_text() == crash.output("--timeline", 1)
