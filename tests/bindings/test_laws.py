# SPDX-License-Identifier: MIT
"""Whole laws that the virtual substrate has to reproduce; means are in tests/analysis/test_oracles.py.

Seeds are fixed, so a test passes always or never; each tolerance is what a sample of its size can
tell, at a level of 1 in 1000. Notation: I ping interval, T ping timeout, k misses, d one-way delay,
p loss of each direction, q the probability that a ping is a miss.
"""

import numpy as np
import pytest
from scipy import stats

import understudy
from understudy import statistics

RUNS = 10_000
LEVEL = 0.999


def detection_of_the_crash(frame):
    """Seconds from the crash to the declaration, whatever other faults there are."""
    crashes = (fault for faults in frame["faults"] for fault in faults)
    return np.array([f["detection_s"] for f in crashes if f["kind"] == "crash"], dtype=float)


def assert_covers(estimate, truth):
    assert estimate.low <= truth <= estimate.high, f"{truth} is not in {estimate}"


@pytest.mark.parametrize(
    ("interval", "timeout", "misses", "delay"),
    [("100ms", "50ms", 3, "50us"), ("1s", "300ms", 3, "10ms"), ("40ms", "40ms", 1, "2ms")],
)
def test_detection_without_loss_is_uniform_over_one_interval(
    crash, interval, timeout, misses, delay
):
    # T_D ~ U((k - 1) I + T - d, k I + T - d] for a crash at any point of the cycle.
    crash = crash.replace(
        {
            "pair.ping_interval": interval,
            "pair.ping_timeout": timeout,
            "pair.misses": misses,
            "pair.probe_timeout": "1s",
            "topology.delay": delay,
            "run.duration": "40s",
        }
    )
    detection = understudy.run(crash, RUNS, seed=11)["detection_s"]
    assert detection.notna().all()

    I, T, k = crash.pair.ping_interval, crash.pair.ping_timeout, crash.pair.misses
    d = crash.topology.delay.mean()
    least = (k - 1) * I + T - d
    assert detection.between(least - 1e-9, least + I + 1e-9).all()
    assert stats.kstest(detection, stats.uniform(least, I).cdf).pvalue > 1 - LEVEL
    assert_covers(statistics.mean(detection, LEVEL), (k - 0.5) * I + T - d)
    # Of a uniform law the fourth moment is 9/5 of the variance squared: the error of a variance.
    variance, error = I**2 / 12, I**2 / 12 * np.sqrt(0.8 / RUNS)
    assert abs(detection.var() - variance) < stats.norm.ppf(LEVEL) * error


def test_detection_is_quicker_where_misses_stand_already():
    # E[T_D] = (k - 1 - E[J]) I + T + I/2 - d, where J misses stand at the crash and
    # P(J = j) ~ q^j for j < k. I = 0.1, T = 0.05, k = 3, q = 0.05, d = 0.01: 0.28477 s.
    q, k, I, T, d = 0.05, 3, 0.1, 0.05, 0.01
    scenario = understudy.parse(
        f"""
        [pair]
        ping_interval = "{I}s"
        ping_timeout = "{T}s"
        misses = {k}
        [topology]
        delay = "{d}s"
        [service]
        enabled = false
        [run]
        duration = "6s"
        [[fault]]
        kind = "loss"
        at = "0s"
        probability = {1 - np.sqrt(1 - q)}
        [[fault]]
        kind = "crash"
        at = {{ uniform = ["4s", "5s"] }}
        """
    )
    frame = understudy.run(scenario, RUNS, seed=13)
    # The law is for a pair that has not failed over by mistake before.
    honest = frame[frame["false_failovers"] == 0]
    assert len(honest) > 0.98 * RUNS
    detection = detection_of_the_crash(honest)

    weights = q ** np.arange(k)
    mean_of_j = np.sum(np.arange(k) * weights) / np.sum(weights)
    expected = (k - 1 - mean_of_j) * I + T + I / 2 - d
    assert expected == pytest.approx(0.28477, abs=5e-6)
    assert_covers(statistics.mean(detection, LEVEL), expected)

    # And the whole law: a mixture of uniform ones, one for each J.
    def law(x):
        uniforms = [stats.uniform((k - 1 - j) * I + T - d, I).cdf(x) for j in range(k)]
        return np.average(uniforms, axis=0, weights=weights)

    assert stats.kstest(detection, law).pvalue > 1 - LEVEL


@pytest.mark.parametrize(("copy_every", "size"), [(10, "64KiB"), (5, "12MB"), (20, "1KiB")])
def test_a_crash_loses_the_writes_since_the_last_whole_copy_began(crash, copy_every, size):
    # w (P/2 + c) on average: a copy every P = N I takes c, and holds the memory as of its start.
    crash = crash.replace(
        {
            "pair.copy_every": copy_every,
            "memory.size": size,
            "fault.0.at": {"uniform": ["30s", "32s"]},  # whole periods
            "run.duration": "40s",
        }
    )
    lost = understudy.run(crash, RUNS, seed=15)["lost_writes"]

    w, P = crash.memory.write_rate, copy_every * crash.pair.ping_interval
    c = 8 * crash.memory.size / crash.topology.bandwidth + 2 * crash.topology.delay.mean()
    assert P in (0.5, 1.0, 2.0)
    assert_covers(statistics.mean(lost, LEVEL), w * (P / 2 + c))
    # Poisson over an age that is uniform over one period. It has lighter tails than a normal law,
    # whose sample variance has a relative error of sqrt(2 / n).
    variance = w * (P / 2 + c) + (w * P) ** 2 / 12
    assert abs(lost.var() / variance - 1) < stats.norm.ppf(LEVEL) * np.sqrt(2 / RUNS)


def test_fence_first_with_power_that_tells_the_truth_never_has_two_primaries(crash):
    for policy in ("fence-first", "restart-first"):
        frame = understudy.run(crash.replace({"pair.takeover": policy}), 1000, seed=16)
        assert (frame["dual_primary_s"] == 0.0).all()
