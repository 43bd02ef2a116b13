# SPDX-License-Identifier: MIT
"""What happened in one run: in words, and as lanes for a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from understudy import _virtual
from understudy.runs import check_runs
from understudy.work import check_substrate, in_a_worker

if TYPE_CHECKING:
    from understudy.scenario import Scenario

__all__ = ["Timeline", "timeline"]


@dataclass(frozen=True)
class Timeline:
    """One run of a scenario.

    Attributes
    ----------
    lines : DataFrame
        The run as a story, as ``--timeline`` prints it, one row a line: ``time_s``; ``who``, which
        is empty for the end of the run; ``what``.
    spans : DataFrame
        When something was so, one row a stretch of time: ``lane``, ``who``, ``what``, ``begin_s``,
        ``end_s``. The lanes are

        ``state``
            of ``first`` and ``second``: ``off``, ``booting``, or the role;
        ``holds``
            the address, ``primary`` or ``monitor``, that a server's kernel answers for;
        ``serves``
            whether its service answers and accepts writes;
        ``frozen``
            whether its kernel stands still;
        ``fault``
            of whom it strikes, and its kind;
        ``unanswered``
            requests of the client that were sent in this time got no answer.
    end_s : float
        When the run ended.
    """

    lines: pd.DataFrame
    spans: pd.DataFrame
    end_s: float


def timeline(
    scenario: Scenario, run: int = 1, seed: int = 1, substrate: str = "virtual"
) -> Timeline:
    """Make one run and tell what happened in it.

    Parameters
    ----------
    scenario : Scenario
    run : int, optional
        Its number, from 1.
    seed : int, optional
        Of all draws, from 0 to 2**64 - 1.
    substrate : {"virtual", "ns3"}, optional

    Raises
    ------
    BadInput
        If an argument makes no sense, or the substrate was not built.

    Examples
    --------
    >>> slowest = run(crash, runs=1000).outage_s.idxmax()
    >>> timeline(crash, run=slowest).spans
    """
    check_runs(runs=1, first_run=run, seed=seed, jobs=None)
    check_substrate(substrate)
    core = scenario.replace({}).core
    told: dict[str, Any] = (
        _virtual.timeline(core, seed, run)
        if substrate == "virtual"
        else in_a_worker(_in_ns3, core, seed, run)
    )
    return Timeline(
        lines=pd.DataFrame(told["lines"], columns=["time_s", "who", "what"]),
        spans=pd.DataFrame(told["spans"], columns=["lane", "who", "what", "begin_s", "end_s"]),
        end_s=told["end_s"],
    )


def _in_ns3(core: _virtual.Scenario, seed: int, run: int) -> dict[str, Any]:
    from understudy import _ns3  # in a worker process only

    return _ns3.timeline(core, seed, run)
