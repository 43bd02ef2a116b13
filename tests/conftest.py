# SPDX-License-Identifier: MIT
"""Puts what the tests are about in reach: the package that was built, and the scripts."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

if importlib.util.find_spec("understudy") is None:
    sys.path.insert(0, str(ROOT / "build" / "python"))
sys.path.insert(0, str(ROOT / "analysis"))

import understudy


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the source tree."""
    return ROOT


@pytest.fixture
def crash() -> understudy.Scenario:
    """A primary that crashes once, in a run that ends soon after."""
    return understudy.load(ROOT / "scenarios" / "crash.toml").replace({"run.duration": "60s"})
