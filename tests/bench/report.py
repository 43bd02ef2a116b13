# SPDX-License-Identifier: MIT
"""What `./dev bench` prints after the benchmarks themselves: what follows from them, and what a
benchmark cannot see.

    report.py BUILD RESULTS [--json FILE]

RESULTS is a folder with what each program of BUILD/tests/bench_* wrote. Added to that are the ping
loop in SimPy, the instructions of a ping (callgrind, two lengths of a run and their difference),
the memory of a process after one and after a hundred virtual hours, and what a sweep of a million
runs from Python costs beyond the runs (some minutes).
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

LOOPS = ["original", "today", "lossy", "lossy-by-event", "heap", "lossy-heap"]
SIMPY_PINGS = 100_000
SWEPT_RUNS = 1_000_000
MOST_OVERHEAD = 0.1

# What is divided by what, and the least that it should be. What users get, and event by event; the
# bare loop is what no simulation can reach.
RATIOS = [
    ("VirtualTime_OriginalMethod", "Yardstick_HeapSimulation", None),
    ("VirtualTime_LossAndExponentialDelay", "Yardstick_LossyHeapSimulation", 1.0),
    ("VirtualTime_LossAndExponentialDelayByEvent", "Yardstick_LossyHeapSimulation", None),
    ("VirtualTime_LossAndExponentialDelay", "Yardstick_BareLoop", None),
    ("VirtualTime_OriginalMethod", "SimPy", None),
    ("VirtualTime_OnCores/2", "VirtualTime_OnCores/1", None),
    ("Ns3_Agent", "Yardstick_V4Ping", 0.8),
]


def merge(folder):
    """One object as Google Benchmark writes it, of the results of all programs."""
    merged = {"benchmarks": []}
    for path in sorted(folder.glob("*.json")):
        text = path.read_text()
        if not text:  # no benchmark of this program was asked for
            continue
        result = json.loads(text)
        merged.setdefault("context", result["context"])
        merged["benchmarks"] += [{"program": path.stem, **row} for row in result["benchmarks"]]
    return merged


def items_per_second(rows):
    """Of each benchmark: the median of its repetitions, or its one result."""
    rates = {}
    for row in rows:
        if "items_per_second" not in row or row.get("aggregate_name", "median") != "median":
            continue
        name = row["run_name"].replace("/real_time/threads:", "/")
        if row["run_type"] == "aggregate" or name not in rates:
            rates[name] = row["items_per_second"]  # of all threads together
    return rates


def output_of(*command):
    return subprocess.run(
        [str(part) for part in command], check=True, capture_output=True, text=True
    )


def instructions(loop, name, hours):
    done = output_of(
        "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", loop, name, hours
    )
    return int(re.search(r"Collected : (\d+)", done.stderr)[1]), int(done.stdout.split()[0])


def instructions_per_ping(loop, name):
    (short, few), (long, many) = (instructions(loop, name, hours) for hours in (1, 3))
    return (long - short) / (many - few)


def peak_kib(loop, name, hours):
    return int(output_of(loop, name, hours).stdout.split()[1])


def sweep_overhead(build):
    script = pathlib.Path(__file__).with_name("sweep_overhead.py")
    done = output_of(sys.executable, script, build / "scenarios" / "crash", SWEPT_RUNS)
    bare, swept, overhead = map(float, done.stdout.split())
    return {
        "runs": SWEPT_RUNS,
        "program_us": bare,
        "sweep_us": swept,
        "overhead": overhead,
        "most": MOST_OVERHEAD,
    }


def ratios(rates):
    for one, other, least in RATIOS:
        if one in rates and other in rates:
            yield {"of": one, "to": other, "ratio": rates[one] / rates[other], "least": least}


def report(build, results):
    merged = merge(results)
    rates = items_per_second(merged["benchmarks"])
    simpy = pathlib.Path(__file__).with_name("simpy_ping.py")
    rates["SimPy"] = float(output_of(sys.executable, simpy, SIMPY_PINGS).stdout)
    loop = build / "tests" / "ping_loop"
    merged["items_per_second"] = rates
    merged["ratios"] = list(ratios(rates))
    merged["instructions_per_ping"] = {name: instructions_per_ping(loop, name) for name in LOOPS}
    merged["peak_memory_kib"] = {
        name: {f"{hours} h": peak_kib(loop, name, hours) for hours in (1, 100)} for name in LOOPS
    }
    merged["sweep"] = sweep_overhead(build)
    return merged


def tell(merged):
    print("\n== pings a second (Run_Crash: runs), medians")
    for name, rate in sorted(merged["items_per_second"].items(), key=lambda item: -item[1]):
        print(f"{name:<44}{rate:>16,.0f}{1e9 / rate:>14,.1f} ns each")
    print("\n== one to the other")
    for row in merged["ratios"]:
        wanted = ""
        if row["least"] is not None:
            met = "met" if row["ratio"] >= row["least"] else "MISSED"
            wanted = f"   at least {row['least']}: {met}"
        print(f"{row['of'] + ' / ' + row['to']:<70}{row['ratio']:>8.2f}{wanted}")
    print("\n== instructions a ping (callgrind), and peak memory after 1 and 100 virtual hours")
    for name, count in merged["instructions_per_ping"].items():
        short, long = merged["peak_memory_kib"][name].values()
        print(f"{name:<14}{count:>10,.0f}{short:>14,} KiB{long:>10,} KiB")
    sweep = merged["sweep"]
    print(f"\n== a sweep of {sweep['runs']:,} runs into a store: processor time a run")
    met = "met" if sweep["overhead"] < sweep["most"] else "MISSED"
    print(
        f"program {sweep['program_us']:.1f} us, sweep {sweep['sweep_us']:.1f} us:"
        f" {sweep['overhead']:+.1%}   below {sweep['most']:.0%}: {met}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    merged = report(arguments.build, arguments.results)
    tell(merged)
    if arguments.json:
        arguments.json.write_text(json.dumps(merged, indent=1) + "\n")


if __name__ == "__main__":
    main()
