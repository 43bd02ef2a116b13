# SPDX-License-Identifier: MIT
"""What the programs print, in each format, and that it does not depend on how it is made."""

import csv
import io
import json
import math
import os
import pathlib
import pty
import signal
import subprocess
import time
import xml.etree.ElementTree

import pytest


def records(program, *arguments):
    return json.loads(program.output("--format", "json", *arguments))["runs"]


# ---- formats ----


def test_json_is_one_object_with_the_columns_of_the_contract(crash):
    result = json.loads(crash.output("--runs", 3, "--seed", 7, "--format", "json"))
    assert list(result) == ["scenario", "substrate", "seed", "version", "runs"]
    assert result["scenario"] == "crash"
    assert result["substrate"] == "virtual"
    assert result["seed"] == 7
    assert [run["run"] for run in result["runs"]] == [1, 2, 3]
    assert list(result["runs"][0]) == [
        "run",
        "faults",
        "detection_s",
        "takeover_s",
        "outage_s",
        "censored",
        "redundancy_s",
        "dual_primary_s",
        "no_primary_s",
        "false_failovers",
        "boots",
        "requests",
        "lost_requests",
        "lost_writes",
        "final_roles",
    ]
    assert list(result["runs"][0]["faults"][0]) == [
        "kind",
        "target",
        "at_s",
        "detection_s",
        "takeover_s",
        "outage_s",
        "censored",
        "redundancy_s",
    ]


@pytest.mark.parametrize("name", ["crash", "cold-start", "lost-pings"])
def test_csv_and_json_say_the_same(program, name):
    rows = list(
        csv.DictReader(io.StringIO(program(name).output("--runs", 20, "--format", "csv")))
    )
    runs = records(program(name), "--runs", 20)
    assert len(rows) == len(runs) == 20
    for row, run in zip(rows, runs):
        assert list(row) == list(run)
        for column, value in run.items():
            assert row[column] == "" if value is None else json.loads(row[column]) == value


def test_a_quiet_run_has_nulls_where_there_was_no_fault(program):
    (run,) = records(program("cold-start"))
    assert run["faults"] == []
    for column in ["detection_s", "takeover_s", "outage_s", "censored", "redundancy_s"]:
        assert run[column] is None


def test_the_table_fits_on_a_hundred_columns(crash):
    for runs in [1, 20, 50]:
        lines = crash.output("--runs", runs).splitlines()
        assert max(map(len, lines)) <= 100


def test_the_summary_agrees_with_the_records(crash):
    values = sorted(run["detection_s"] for run in records(crash, "--runs", 101))
    (line,) = [
        line
        for line in crash.output("--runs", 101).splitlines()
        if line.startswith("detection_s")
    ]
    median, low, high, least, greatest, mean, nulls = map(float, line.split()[1:])
    assert median == pytest.approx(values[50], abs=1e-6)
    assert low == pytest.approx(values[5], abs=1e-6)
    assert high == pytest.approx(values[95], abs=1e-6)
    assert (least, greatest) == pytest.approx((values[0], values[-1]), abs=1e-6)
    assert mean == pytest.approx(math.fsum(values) / 101, abs=1e-6)
    assert nulls == 0


# ---- the same results, however they are made ----


@pytest.mark.parametrize("name", ["crash", "cold-start", "lost-pings"])
def test_records_depend_on_nothing_but_seed_and_run(program, simulations, name):
    for substrate in simulations:
        runs = 20 if substrate == "virtual" else 3
        common = ("--substrate", substrate, "--seed", 1)
        one_job = records(program(name), *common, "--runs", runs, "--jobs", 1)
        assert records(program(name), *common, "--runs", runs, "--jobs", 2) == one_job
        for run in reversed(range(1, runs + 1)):
            alone = records(program(name), *common, "--first-run", run, "--runs", 1)
            assert alone == [one_job[run - 1]]


def test_the_text_is_the_same_to_the_byte(crash):
    for form in ["json", "csv", "table"]:
        texts = {
            crash.output("--runs", 50, "--jobs", jobs, "--format", form) for jobs in [1, 2, 5]
        }
        assert len(texts) == 1


def test_another_seed_and_another_run_are_another_story(crash):
    first = records(crash)
    assert records(crash, "--seed", 2)[0]["detection_s"] != first[0]["detection_s"]
    assert records(crash, "--first-run", 2)[0]["detection_s"] != first[0]["detection_s"]


def test_ns3s_names_for_seed_and_run_mean_the_same(crash):
    assert records(crash, "--RngSeed=3", "--RngRun=9") == records(
        crash, "--seed", 3, "--first-run", 9
    )


# ---- scenarios ----


def test_set_changes_a_key(crash):
    slow = records(crash, "--runs", 20, "--set", "pair.misses=10")
    assert min(run["detection_s"] for run in slow) > 0.9
    late = records(crash, "--set", "fault.0.at=60s", "--set", "run.duration=100s")
    assert late[0]["faults"][0]["at_s"] == 60.0


def test_a_printed_scenario_gives_the_same_records(crash):
    changed = ("--set", "pair.misses=2", "--set", "fault.0.at=40s")
    (crash.folder / "crash.toml").write_text(crash.output("--print-scenario", *changed))
    assert records(crash, "--scenario", "crash.toml", "--runs", 5) == records(
        crash, "--runs", 5, *changed
    )


def test_a_scenario_file_gives_the_results_its_name(crash):
    (crash.folder / "quiet.toml").write_text("")
    result = json.loads(crash.output("--scenario", "quiet.toml", "--format", "json"))
    assert result["scenario"] == "quiet"
    assert result["runs"][0]["faults"] == []
    assert result["runs"][0]["lost_requests"] == 0


def test_a_warning_goes_to_the_log_and_not_to_the_results(program):
    done = program("cold-start")("--set", "pair.startup_grace=11s", "--format", "json")
    assert done.returncode == 0
    assert done.stderr.startswith("cold-start: warning: pair.startup_grace")
    assert done.stderr.count("\n") == 1
    assert json.loads(done.stdout)["scenario"] == "cold-start"


# ---- where results go ----


def test_output_takes_what_would_have_been_printed(crash):
    assert crash.output("--runs", 5, "--format", "csv", "--output", "runs.csv") == ""
    assert (crash.folder / "runs.csv").read_text() == crash.output("--runs", 5, "--format", "csv")
    assert list(crash.folder.iterdir()) == [crash.folder / "runs.csv"]


def test_captures_go_to_a_folder_that_need_not_exist(crash):
    short = ("--substrate", "ns3", "--set", "run.duration=32s")
    plain = records(crash, *short)
    assert records(crash, *short, "--pcap", "new/captures") == plain
    captures = list((crash.folder / "new" / "captures").glob("*.pcap"))
    assert {"first.pcap", "second.pcap"} <= {capture.name for capture in captures}
    assert all(capture.stat().st_size > 1000 for capture in captures)


def test_every_host_has_its_capture_with_the_instants_of_the_simulation(crash):
    crash.output("--substrate", "ns3", "--pcap", "captures")
    (fault,) = records(crash, "--substrate", "ns3")[0]["faults"]
    instants = {}
    for capture in (crash.folder / "captures").iterdir():
        listed = ["tshark", "-r", capture, "-T", "fields", "-e", "frame.time_epoch"]
        text = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
        instants[capture.name] = [float(line) for line in text.splitlines()]
    assert set(instants) == {"first.pcap", "second.pcap", "client.pcap", "witness.pcap"}
    for name, times in instants.items():
        assert times == sorted(times) and times[0] < 1 and times[-1] > 59, name
    # The crashed server says and hears nothing until it has booted.
    silence = [t for t in instants["first.pcap"] if fault["at_s"] < t < fault["at_s"] + 10]
    assert silence == []


# ---- ns-3's habits ----


def test_attributes_of_the_agent_are_the_keys_of_the_pair(crash):
    def ns3(*arguments):
        return records(crash, "--substrate", "ns3", "--runs", 2, *arguments)

    agent = "--ns3::UnderstudyAgent::"
    as_attributes = [agent + "PingInterval=50ms", agent + "Misses=5", agent + "Takeover=immediate"]
    keys = ["ping_interval=50ms", "misses=5", "takeover=immediate"]
    as_keys = [part for key in keys for part in ("--set", "pair." + key)]
    assert ns3(*as_attributes) == ns3(*as_keys) != ns3()


def test_the_log_of_the_agents_tells_the_story(crash):
    log = subprocess.run(
        [crash.path, "--substrate", "ns3", "--format", "csv"],
        env={**os.environ, "NS_LOG": "UnderstudyAgent=level_info|prefix_time"},
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    (record,) = records(crash, "--substrate", "ns3")
    declared_at = record["faults"][0]["at_s"] + record["detection_s"]
    told = [line.split(" ", 1) for line in log.splitlines()]
    story = [what for _, what in told]
    expected = [
        "first serves",
        "second misses an answer from the primary address, 3 in a row",
        "second declares a failure of the holder of the primary address",
        "second orders the other off",
        "second is told by the power channel: off",
        "second is primary: fence confirmed",
        "second claims the primary address",
        "second serves",
        "second orders the other on",
        "first is arbitrating: boot",
        "first is monitor: probes unanswered",
    ]
    assert [what for what in story if what in expected] == expected
    assert len(story) < 40  # pings are not in it
    (declared,) = [at for at, what in told if what == expected[2]]
    assert float(declared.strip("+s")) == pytest.approx(declared_at, abs=1e-8)


# ---- animations ----


@pytest.fixture
def animation(crash):
    """An animation of run 1, and its record."""
    ns3 = ("--substrate", "ns3", "--set", "service.request_interval=100ms")
    (record,) = records(crash, *ns3, "--netanim", "a.xml")
    assert records(crash, *ns3) == [record]  # to the bit
    return xml.etree.ElementTree.parse(crash.folder / "a.xml").getroot(), record


def looks(root, name):
    """What becomes of a server in an animation: instant, colour, description."""
    (node,) = {u.get("id") for u in root.iter("nu") if u.get("descr", "").split(":")[0] == name}
    updates = [u for u in root.iter("nu") if u.get("id") == node and u.get("p") in "cd"]
    return [
        (float(c.get("t")), tuple(int(c.get(k)) for k in "rgb"), d.get("descr"))
        for c, d in zip(updates[::2], updates[1::2], strict=True)
    ]


def test_an_animation_has_all_nodes_and_draws_packets_along_their_links(animation):
    root, _ = animation
    assert root.tag == "anim" and root.get("ver") == "netanim-3.108"
    places = {n.get("id"): (float(n.get("locX")), float(n.get("locY"))) for n in root.iter("node")}
    assert len(set(places.values())) == len(places) == 5
    links = {frozenset((link.get("fromId"), link.get("toId"))) for link in root.iter("link")}
    assert len(links) == 4

    packets = list(root.iter("p"))
    kinds = {"ping", "answer", "message", "announcement", "request", "response"}
    assert kinds <= {packet.get("meta-info") for packet in packets}
    # A ping and its answer cross two links each, ten times a second, both ways.
    assert sum(packet.get("meta-info") == "ping" for packet in packets) > 2 * 2 * 10 * 30
    for packet in packets:
        assert frozenset((packet.get("fId"), packet.get("tId"))) in links
        assert 0 <= float(packet.get("fbTx")) < float(packet.get("fbRx"))


def test_an_animation_colours_servers_by_their_role_and_the_crash_changes_it(animation):
    root, record = animation
    (fault,) = record["faults"]
    first = {description: (at, colour) for at, colour, description in looks(root, "first")}
    second = {description: (at, colour) for at, colour, description in looks(root, "second")}
    primary, monitor = first["first: primary"][1], second["second: monitor"][1]
    assert primary != monitor
    assert first["first: primary"][0] == second["second: monitor"][0] == 0

    off_at, off = first["first: off"]
    assert off_at == pytest.approx(fault["at_s"], abs=1e-9)
    assert off not in (primary, monitor)
    takes_over_at = fault["at_s"] + fault["detection_s"] + fault["takeover_s"]
    assert second["second: primary"][0] == pytest.approx(takes_over_at, abs=1e-8)
    assert second["second: primary"][1] == primary
    assert first["first: monitor"][1] == monitor


def test_a_full_disk_is_a_failure(crash):
    done = crash("--output", "/dev/full")
    assert done.returncode == 1
    assert "cannot be written" in done.stderr and done.stderr.count("\n") == 1


def start(program, *arguments):
    return subprocess.Popen(
        [program.path, *map(str, arguments)],
        cwd=program.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def workers(process, count):
    """The process numbers of its workers, as soon as there are so many."""
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = [int(word) for word in children.read_text().split()]
        if len(found) == count:
            return found
        time.sleep(0.01)
    raise AssertionError("the workers did not start")


def gone(process_number):
    return not pathlib.Path(f"/proc/{process_number}").exists()


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_no_output_and_no_process(crash, by):
    (crash.folder / "runs.json").write_text("former")
    process = start(
        crash, "--runs", 10**9, "--jobs", 2, "--format", "json", "--output", "runs.json"
    )
    children = workers(process, 2)
    process.send_signal(by)
    out, log = process.communicate(timeout=30)
    assert process.returncode == 128 + by
    assert (out, log) == ("", "crash: interrupted; nothing was written\n")
    assert all(map(gone, children))
    assert list(crash.folder.iterdir()) == [crash.folder / "runs.json"]
    assert (crash.folder / "runs.json").read_text() == "former"


def test_a_worker_that_dies_is_a_failed_run_with_the_command_that_repeats_it(crash):
    process = start(crash, "--runs", 10**9, "--jobs", 2, "--seed", 5, "--output", "runs.txt")
    victim, other = workers(process, 2)
    time.sleep(0.5)  # into its first run, and further
    os.kill(victim, signal.SIGKILL)
    out, log = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert log.count("\n") == 1
    assert "signal 9" in log
    assert gone(other)
    assert list(crash.folder.iterdir()) == []

    command = log.strip().split("repeat it with: ")[1]
    run = int(command.split("--first-run ")[1].split()[0])
    assert f"run {run} failed" in log
    repeated = subprocess.run(
        command + " --format json", shell=True, capture_output=True, text=True, cwd=crash.folder
    )
    assert repeated.returncode == 0
    result = json.loads(repeated.stdout)
    assert result["seed"] == 5
    assert [record["run"] for record in result["runs"]] == [run]


def test_progress_is_shown_on_a_terminal_only(crash):
    master, terminal = pty.openpty()
    process = subprocess.Popen(
        [crash.path, "--runs", "50000", "--format", "csv"],
        stdout=subprocess.PIPE,
        stderr=terminal,
    )
    out, _ = process.communicate(timeout=120)
    os.close(terminal)
    shown = os.read(master, 1 << 20).decode()
    os.close(master)
    assert process.returncode == 0
    assert "of 50000 runs [" in shown and "a second" in shown
    assert shown.endswith("\r\x1b[K")  # wiped away
    assert out.count(b"\n") == 50001
    assert crash("--runs", 1000).stderr == ""
