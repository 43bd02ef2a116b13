# SPDX-License-Identifier: MIT
"""The closed forms that the simulator has to reproduce, and whether it does.

    /usr/bin/python3 analysis/oracles.py [--format markdown|csv] [SECTION...]

Measures each of them with a fixed seed and prints formula, theory, what was measured with its
interval, and of how many runs: the table of the README. Ends with 1 if an interval misses its
theory.

Notation: I ping interval, T ping timeout, k misses, d one-way delay, R round-trip time, p loss of
each direction, q the probability that a ping is a miss: 1 - (1 - p)^2 Pr(R <= T).
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp

import tree  # noqa: F401  (puts understudy in reach)

import numpy as np
import pandas as pd

import understudy
from understudy import statistics
from understudy.statistics import Estimate

# Of the intervals: of all of them together, one in ten times would miss by chance.
LEVEL = 0.999
SEED = 1


@dataclass(frozen=True)
class Oracle:
    """A closed form, its value, and how to measure the same."""

    section: str
    formula: str
    setting: str
    theory: float
    unit: str
    sample: int
    of: str  # what the sample consists of
    measure: Callable[[], Estimate]
    substrate: str = "virtual"


def scenario_of(text: str, name: str = "oracle") -> understudy.Scenario:
    """A scenario without clients, whose warnings are what the oracle is about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return understudy.parse(text + "\n[service]\nenabled = false\n", name)


@cache
def runs_of(text: str, runs: int, substrate: str = "virtual") -> pd.DataFrame:
    """Runs; the same ones for all that is measured on them."""
    return understudy.run(scenario_of(text), runs, substrate, seed=SEED)


# ---- 1 detection time ----------------------------------------------------------------------------


def crash_text(interval: float, timeout: float, misses: int, delay: float, more: str = "") -> str:
    """A crash at any point of the ping's cycle."""
    return f"""
        [pair]
        ping_interval = "{interval}s"
        ping_timeout = "{timeout}s"
        misses = {misses}
        probe_timeout = "1s"
        [topology]
        delay = "{delay}s"
        [run]
        duration = "{30 + 10 * misses * interval}s"
        [[fault]]
        kind = "crash"
        at = {{ uniform = ["20s", "{20 + 10 * interval}s"] }}
        {more}
    """


def detection_s(frame: pd.DataFrame) -> np.ndarray:
    """From the crash to the declaration, of runs without a failover before it."""
    honest = frame[frame["false_failovers"] == 0]
    found = (f for faults in honest["faults"] for f in faults if f["kind"] == "crash")
    return np.array([f["detection_s"] for f in found], dtype=float)


def detection() -> Iterator[Oracle]:
    """T_D is uniform on ((k - 1) I + T - d, k I + T - d]."""
    for substrate, runs, what, I, T, k, d in (
        ("virtual", 10_000, "", 1.0, 0.3, 3, 0.01),
        ("ns3", 300, "", 1.0, 0.3, 3, 0.01),
        ("virtual", 10_000, "", 0.04, 0.04, 1, 0.002),
        ("virtual", 10_000, "VRRP's timers (RFC 9568): ", 1.0, 156 / 256, 3, 0.0),
        ("virtual", 10_000, "BFD's, 3 x 50 ms (RFC 5880): ", 0.05, 0.05, 2, 0.0),
    ):
        text = crash_text(I, T, k, d)
        setting = f"{what}I = {I:g} s, T = {T:g} s, k = {k}, d = {d:g} s"

        def sample(text: str = text, runs: int = runs, substrate: str = substrate) -> np.ndarray:
            return detection_s(runs_of(text, runs, substrate))

        yield Oracle(
            "1", "E[T_D] = (k - 1/2) I + T - d", setting, (k - 0.5) * I + T - d, "s", runs, "runs",
            lambda sample=sample: statistics.mean(sample(), LEVEL), substrate,
        )  # fmt: skip
        if what == "" and substrate == "virtual":
            yield Oracle(
                "1", "Var[T_D] = I^2 / 12", setting, I**2 / 12, "s^2", runs, "runs",
                lambda sample=sample: statistics.variance(sample(), LEVEL),
            )  # fmt: skip


def detection_with_loss() -> Iterator[Oracle]:
    """J misses stand at the crash already, P(J = j) ~ q^j for j < k."""
    q, k, I, T, d = 0.05, 3, 0.1, 0.05, 0.01
    loss = f'[[fault]]\nkind = "loss"\nat = "19s"\nprobability = {1 - (1 - q) ** 0.5}'
    weights = q ** np.arange(k)
    standing = float(np.sum(np.arange(k) * weights) / np.sum(weights))
    text = crash_text(I, T, k, d, loss)
    for substrate, runs in (("virtual", 20_000), ("ns3", 300)):

        def sample(runs: int = runs, substrate: str = substrate) -> np.ndarray:
            return detection_s(runs_of(text, runs, substrate))

        yield Oracle(
            "1", "E[T_D] = (k - 1 - E[J]) I + T + I/2 - d",
            f"q = {q:g}, I = {I:g} s, T = {T:g} s, k = {k}, d = {d:g} s",
            (k - 1 - standing) * I + T + I / 2 - d, "s", runs, "runs",
            lambda sample=sample: statistics.mean(sample(), LEVEL), substrate,
        )  # fmt: skip


# ---- 2 false failovers ---------------------------------------------------------------------------

I_LOSS, T_LOSS = 0.1, 0.05


def pings_to_the_first(p: float, k: int, runs: int, substrate: str) -> np.ndarray:
    """Pings until the first false failover; loss begins at random within an interval."""
    q = 1 - (1 - p) ** 2
    mean = (1 - q**k) / (q**k * (1 - q))
    frame = runs_of(
        f"""
        [pair]
        ping_interval = "{I_LOSS}s"
        ping_timeout = "{T_LOSS}s"
        misses = {k}
        copy_every = 0
        [memory]
        write_rate = "0/s"
        [run]
        duration = "{round(16 * mean * I_LOSS + 6)}s"
        [[fault]]
        kind = "loss"
        at = "5s" # once ns-3's hosts know each other: the first ping waits for ARP, lossy as all else
        probability = {p}
        """,
        runs,
        substrate,
    )
    first = frame["detection_s"].to_numpy()
    if np.isnan(first).any():
        raise RuntimeError("a run ended before its first false failover")
    return (first - T_LOSS) / I_LOSS + 0.5


def false_failovers() -> Iterator[Oracle]:
    """From a fresh start to the first one."""
    tenth = 1 - 0.9**0.5  # so that q is 0.1
    for substrate, p, k, runs in (
        ("virtual", 0.01, 1, 5000), ("virtual", 0.05, 1, 5000), ("virtual", 0.1, 1, 5000),
        ("virtual", 0.01, 2, 300), ("virtual", 0.05, 2, 4000), ("virtual", 0.1, 2, 5000),
        ("virtual", 0.05, 3, 600), ("virtual", 0.1, 3, 4000),
        ("virtual", tenth, 2, 5000), ("ns3", tenth, 2, 300),
    ):  # fmt: skip
        q = 1 - (1 - p) ** 2
        setting = f"p = {p:.3g}, q = {q:.4g}, k = {k}"

        def sample(p: float = p, k: int = k, runs: int = runs, on: str = substrate) -> np.ndarray:
            return pings_to_the_first(p, k, runs, on)

        yield Oracle(
            "2", "E[N] = (1 - q^k) / (q^k (1 - q))", setting, (1 - q**k) / (q**k * (1 - q)),
            "pings", runs, "runs", lambda sample=sample: statistics.mean(sample(), LEVEL),
            substrate,
        )  # fmt: skip
        if p == tenth and substrate == "virtual":
            yield Oracle(
                "2", "Var[N] = (1 - (2k + 1)(1 - q) q^k - q^(2k+1)) / ((1 - q) q^k)^2", setting,
                (1 - (2 * k + 1) * (1 - q) * q**k - q ** (2 * k + 1)) / ((1 - q) * q**k) ** 2,
                "pings^2", runs, "runs", lambda sample=sample: without_phase(sample()),
            )  # fmt: skip


def without_phase(pings: np.ndarray) -> Estimate:
    """Their variance, without that of the first ping's phase."""
    return Estimate(*(value - 1 / 12 for value in statistics.variance(pings, LEVEL)))


def alone(timeout: float, misses: int, *faults: str) -> understudy.Scenario:
    """A detector that pings each second, over a network that harms the pings alone."""
    text = f"""
        [pair]
        ping_interval = "1s"
        ping_timeout = "{timeout}s"
        misses = {misses}
        [topology]
        delay = "0s"
    """
    one_way = 'at = "0s"\nfrom = ["second"]\nto = ["first"]\nways = "one"'
    for fault in faults:
        text += f"\n[[fault]]\n{fault}\n{one_way}\n"
    return scenario_of(text)


@cache
def quality(scenario: understudy.Scenario, pings: int) -> understudy.DetectorQuality:
    return understudy.detector_quality(scenario, pings, seed=SEED)


def mistakes() -> Iterator[Oracle]:
    """A detector that goes on after each mistake."""
    q, k, pings = 0.2, 3, 5_000_000
    lossy = alone(0.5, k, f'kind = "loss"\nprobability = {q}')
    yield Oracle(
        "2", "E[T_MR] = I / ((1 - q) q^k)", f"q = {q:g}, k = {k}, I = 1 s, the detector alone",
        1 / ((1 - q) * q**k), "s", pings, "pings",
        lambda: quality(lossy, pings).recurrence(LEVEL),
    )  # fmt: skip
    a, b = 0.05, 0.4
    bursts = alone(
        0.5, k, f'kind = "loss"\nprobability = 0.0\nburst_probability = 1.0\n'
        f"burst_begins = {a}\nburst_ends = {b}",
    )  # fmt: skip
    yield Oracle(
        "2", "E[T_MR] / I = (1/a + 1/b) / (1 - b)^(k-1)",
        f"bursts (Gilbert): a = {a:g}, b = {b:g}, k = {k}, the detector alone",
        (1 / a + 1 / b) / (1 - b) ** (k - 1), "", pings, "pings",
        lambda: quality(bursts, pings).recurrence(LEVEL),
    )  # fmt: skip


# ---- 3 the quality of failure detectors ----------------------------------------------------------


def nfd_s(delta: float, loss: float, mean_delay: float) -> tuple[float, float, float]:
    """Chen, Toueg, Aguilera (2002), theorem 5, period 1: E(T_MR), E(T_M), P_A."""

    def u(x: np.ndarray) -> np.ndarray:
        product = np.ones_like(x)
        for j in range(int(np.ceil(delta)) + 1):
            wait = delta + x - j
            late = np.where(wait > 0, np.exp(-np.maximum(wait, 0) / mean_delay), 1.0)
            product *= loss + (1 - loss) * late
        return product

    q0 = (1 - loss) * (1 - exp(-(delta + 1) / mean_delay))
    p_s = q0 * float(u(np.array([0.0]))[0])
    # The integrand jumps where another heartbeat may have come: midpoints of a fine grid.
    grid = (np.arange(1_000_000) + 0.5) / 1_000_000
    duration = float(u(grid).mean()) / p_s
    return 1 / p_s, duration, 1 - duration * p_s


def detectors() -> Iterator[Oracle]:
    """NFD-S with period 1 is `fixed` with shift (k - 1) I + T."""
    loss, mean_delay = 0.01, 0.02
    for T, k, pings in (
        (0.05, 1, 3_000_000), (0.5, 1, 3_000_000), (1.0, 1, 3_000_000),
        (0.05, 2, 10_000_000), (0.5, 2, 30_000_000),
    ):  # fmt: skip
        delta = T + (k - 1)
        lossy = alone(
            T, k, f'kind = "loss"\nprobability = {loss}',
            f'kind = "jitter"\ndelay = {{ exponential = "{mean_delay}s" }}',
        )  # fmt: skip
        setting = f"I = 1 s, loss 0.01, delay exponential 0.02 s, delta = {delta:g} s"
        recurrence, duration, accuracy = nfd_s(delta, loss, mean_delay)

        def of(measure: str, scenario: understudy.Scenario = lossy, pings: int = pings) -> Estimate:
            return getattr(quality(scenario, pings), measure)(LEVEL)

        for formula, theory, unit, measure in (
            ("E[T_MR] = I / p_S", recurrence, "s", "recurrence"),
            ("E[T_M] = int u(x) dx / p_S", duration, "s", "duration"),
            ("P_A = 1 - E[T_M] / E[T_MR]", accuracy, "", "accuracy"),
        ):
            yield Oracle(
                "3", formula, setting, theory, unit, pings, "pings",
                lambda of=of, measure=measure: of(measure),
            )  # fmt: skip


# ---- 4 fencing -----------------------------------------------------------------------------------


def fencing() -> Iterator[Oracle]:
    """Who dies, and how long two serve."""
    D, f, runs = 5.0, 1.0, 10_000
    # Both strike after two misses, each at its own phase: delays uniform over one interval.
    duel = f"""
        [pair]
        ping_interval = "{D}s"
        ping_timeout = "1s"
        misses = 2
        watch_misses = 2
        fence_mode = "reboot"
        takeover = "immediate"
        copy_every = 0
        [server]
        boot_time = "60s"
        [power]
        latency = "{f}s"
        [run]
        duration = "62s"
        [[fault]]
        kind = "partition"
        at = {{ uniform = ["30s", "35s"] }}
        from = ["first"]
        to = ["second"]
    """

    def both() -> Estimate:
        boots = runs_of(duel, runs)["boots"]
        return statistics.proportion(int((boots == 2).sum()), runs, LEVEL)

    yield Oracle(
        "4", "P(both die) = 1 - (1 - f/D)^2", f"D = {D:g} s, f = {f:g} s",
        1 - (1 - f / D) ** 2, "", runs, "runs", both,
    )  # fmt: skip

    def mistaken(policy: str) -> str:
        return f"""
            [pair]
            misses = 2
            {policy}
            [power]
            latency = {{ uniform = ["100ms", "900ms"] }}
            [run]
            duration = "40s"
            [[fault]]
            kind = "loss"
            probability = 0.1
            at = "10s"
            for = "10s"
        """

    def dual(policy: str) -> Estimate:
        frame = runs_of(mistaken(policy), 2000)
        return statistics.mean(frame.loc[frame["boots"] == 1, "dual_primary_s"], LEVEL)

    for setting, policy, theory in (
        ("original, latency uniform 0.1 .. 0.9 s", 'method = "original"', 0.5),
        ("fence-first, the same", 'takeover = "fence-first"', 0.0),
    ):
        formula = "dual-primary time = fence takes effect - claim" if theory else "dual-primary time = 0"
        yield Oracle(
            "4", formula, setting, theory, "s", 2000, "runs", lambda policy=policy: dual(policy)
        )


# ---- 5 copies ------------------------------------------------------------------------------------


def copies() -> Iterator[Oracle]:
    """A crash loses what was written since the last whole copy began."""
    w, P, d, size, bandwidth = 200.0, 1.0, 50e-6, 4096, 5e5
    text = f"""
        [topology]
        bandwidth = "{bandwidth / 1e6:g}Mbps"
        [memory]
        size = "{size}B"
        write_rate = "{w}/s"
        [run]
        duration = "40s"
        [[fault]]
        at = {{ uniform = ["30s", "31s"] }}
    """
    c = 8 * size / bandwidth + d  # from the snapshot to its arrival
    for substrate, runs in (("virtual", 10_000), ("ns3", 300)):

        def lost(runs: int = runs, substrate: str = substrate) -> Estimate:
            return statistics.mean(runs_of(text, runs, substrate)["lost_writes"], LEVEL)

        yield Oracle(
            "5", "lost writes = w (P/2 + c)", f"w = {w:g}/s, P = {P:g} s, c = {c:.4f} s",
            w * (P / 2 + c), "", runs, "runs", lost, substrate,
        )  # fmt: skip
    yield from failing_copies()


def failing_copies() -> Iterator[Oracle]:
    """Each copy meets a delay of its own, and takes longer than it may with probability f."""
    P, f, runs = 100.0, 0.3, 20_000
    failing = f"""
        [pair]
        ping_interval = "10s"
        ping_timeout = "5s"
        copy_every = 10
        [topology]
        delay = "0s"
        [memory]
        size = "1B"
        write_rate = "1/s"
        copy_timeout = "{2 * 50 * (1 - f):g}ms"
        [server]
        boot_time = "60s"
        [run]
        duration = "2200s"
        [[fault]]
        kind = "delay"
        delay = {{ uniform = ["0s", "50ms"] }}
        at = "0s"
        for = "{P - 0.01}s"
        every = "{P}s"
        [[fault]]
        kind = "crash"
        at = {{ uniform = ["2000s", "2100s"] }}
    """
    yield Oracle(
        "5", "age of the last copy = P (1 + f) / (2 (1 - f))", f"P = {P:g} s, f = {f:g}",
        P * (1 + f) / (2 * (1 - f)), "s", runs, "runs",
        lambda: statistics.mean(runs_of(failing, runs)["lost_writes"], LEVEL),
    )  # fmt: skip


ORACLES: tuple[Oracle, ...] = (
    *detection(), *detection_with_loss(), *false_failovers(), *mistakes(), *detectors(),
    *fencing(), *copies(),
)  # fmt: skip


# ---- the table -----------------------------------------------------------------------------------


def table(oracles: Sequence[Oracle]) -> pd.DataFrame:
    """Measures them all."""
    rows = []
    for oracle in oracles:
        found = oracle.measure()
        rows.append(
            {
                "section": oracle.section, "substrate": oracle.substrate, "formula": oracle.formula, "setting": oracle.setting,
                "theory": oracle.theory, "measured": found.value, "low": found.low,
                "high": found.high, "unit": oracle.unit, "sample": oracle.sample,
                "of": oracle.of,
                # To the rounding of a nanosecond: what is certain has an interval of one point.
                "covered": found.low - 1e-9 <= oracle.theory <= found.high + 1e-9,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def markdown(numbers: pd.DataFrame) -> str:
    """As the README has it."""
    lines = [
        "| formula | where | theory | measured | 99.9 % interval | of |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for row in numbers.itertuples():
        unit = f" {row.unit}" if row.unit else ""
        digits = max(4, 1 - int(np.floor(np.log10((row.high - row.low) or 1))))
        low, high = (f"{value:.{min(digits, 7)}g}" for value in (row.low, row.high))
        theory, measured = (f"{value:.{min(digits, 7)}g}{unit}" for value in (row.theory, row.measured))
        setting = row.setting + (", in ns-3" if row.substrate == "ns3" else "")
        lines.append(
            f"| `{row.formula}` | {setting} | {theory} | {measured} | {low} .. {high} "
            f"| {row.sample:,} {row.of} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("sections", nargs="*", metavar="SECTION", help="1 to 5; all, if not said")
    parser.add_argument("--format", choices=["markdown", "csv"], default="markdown")
    options = parser.parse_args(arguments)
    known = sorted({oracle.section for oracle in ORACLES})
    for section in options.sections:
        if section not in known:
            parser.error(f"there is no section {section}; there are {', '.join(known)}")
    wanted = options.sections or known
    numbers = table([oracle for oracle in ORACLES if oracle.section in wanted])
    print(markdown(numbers) if options.format == "markdown" else numbers.to_csv(index=False), end="")
    print()
    for row in numbers[~numbers["covered"]].itertuples():
        print(f"oracles.py: {row.formula}, {row.setting}: not in the interval", file=sys.stderr)
    return 0 if numbers["covered"].all() else 1


if __name__ == "__main__":
    sys.exit(main())
