# SPDX-License-Identifier: MIT
"""Labs for the tests, which are removed whatever happens."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import lab as labs

# The time from power-on to a daemon is half a second here, and the power channel takes some
# milliseconds: real servers in a hurry.
PAIR = """
ping_interval = "50ms"
ping_timeout = "25ms"
probe_timeout = "60ms"
boot_min = "400ms"
boot_max = "2s"
fence_max = "100ms"
confirm_max = "100ms"
max_boots = 0
"""


@pytest.fixture(scope="session", autouse=True)
def only_root_can() -> None:
    if os.geteuid() != 0:
        pytest.fail("the tests of the daemon make network namespaces; run them as root", pytrace=False)
    labs.remove_leftovers()


@pytest.fixture
def lab(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[labs.Lab]:
    """A pair on IPv4, or on what the test asks for; configured, nothing started."""
    version = getattr(request, "param", 4)
    made = labs.Lab(tmp_path, version=version)
    try:
        made.configure(pair=PAIR)
        yield made
    finally:
        made.remove()
