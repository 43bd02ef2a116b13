# SPDX-License-Identifier: MIT
"""A pair of servers that stand in for each other: scenarios, runs, sweeps.

>>> import understudy
>>> crash = understudy.load("scenarios/crash.toml")
>>> understudy.run(crash, runs=1000).outage_s.median()
>>> understudy.rare(understudy.load("scenarios/lost-pings.toml"), "false_failover").per_day
>>> understudy.sweep(crash, {"pair.ping_interval": ["20ms", "100ms"]}, runs=1000, store="a.sqlite")
>>> understudy.report("a.sqlite")
>>> understudy.advise("rtt.txt", outage="2s", false_failovers_per_s=1e-9).pair_toml()

Statistics of what they return are in :mod:`understudy.statistics`.
"""

from understudy._virtual import BadInput, __version__, code_version
from understudy.advise import Advice, advise
from understudy.detector import DetectorQuality, detector_quality
from understudy.networks import NETWORKS, Network
from understudy.rare import RareEstimate, RareLevel, rare
from understudy.recording import Recording, read_recording
from understudy.records import to_xarray
from understudy.report import report
from understudy.runs import run, sweep
from understudy.distribution import Distribution
from understudy.scenario import Scenario, keys, load, parse
from understudy.settings import latin_hypercube
from understudy.store import Experiment, Store, StoreFailed
from understudy.timelines import Timeline, timeline
from understudy.work import SUBSTRATES, RunFailed, check_substrate

__all__ = [
    "NETWORKS",
    "SUBSTRATES",
    "Advice",
    "BadInput",
    "DetectorQuality",
    "Distribution",
    "Experiment",
    "Network",
    "RareEstimate",
    "RareLevel",
    "Recording",
    "RunFailed",
    "Scenario",
    "Store",
    "StoreFailed",
    "Timeline",
    "__version__",
    "advise",
    "check_substrate",
    "code_version",
    "detector_quality",
    "keys",
    "latin_hypercube",
    "load",
    "parse",
    "rare",
    "read_recording",
    "report",
    "run",
    "sweep",
    "timeline",
    "to_xarray",
]
