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

@pytest.fixture(scope="session", autouse=True)
def only_root_can() -> None:
    if os.geteuid() != 0:
        pytest.fail(
            "the tests of the daemon make network namespaces; run them as root", pytrace=False
        )
    labs.remove_leftovers()


@pytest.fixture
def lab(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[labs.Lab]:
    """A pair on IPv4, or on what the test asks for; configured, nothing started."""
    version = getattr(request, "param", 4)
    made = labs.Lab(tmp_path, version=version)
    try:
        made.configure(pair=labs.PAIR)
        yield made
    finally:
        made.remove()
