# SPDX-License-Identifier: MIT
from typing import Any

from understudy._virtual import Scenario

def run_batch(
    scenario: Scenario, seed: int, first_run: int, runs: int, budget_s: float
) -> dict[str, Any]: ...
def timeline(scenario: Scenario, seed: int, run: int) -> dict[str, Any]: ...
