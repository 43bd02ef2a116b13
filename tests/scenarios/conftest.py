# SPDX-License-Identifier: MIT
"""The scenario programs, as somebody at a terminal calls them."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("UNDERSTUDY_BUILD", ROOT / "build")).resolve()


class Program:
    """A scenario program, called in a folder of the test's own."""

    def __init__(self, name, folder):
        self.name = name
        self.path = BUILD / "scenarios" / name
        self.folder = folder

    def __call__(self, *arguments):
        return subprocess.run(
            [self.path, *map(str, arguments)],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def output(self, *arguments):
        """What it prints, if all is well."""
        done = self(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def complaint(self, *arguments):
        """The one line with which it refuses bad input, without its own name."""
        before = sorted(self.folder.rglob("*"))
        done = self(*arguments)
        assert done.returncode == 2, done.stderr
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1 and done.stderr.endswith("\n"), done.stderr
        assert done.stderr.startswith(self.name + ": "), done.stderr
        assert sorted(self.folder.rglob("*")) == before
        return done.stderr[len(self.name) + 2 : -1]


@pytest.fixture
def crash(tmp_path):
    return Program("crash", tmp_path)


@pytest.fixture
def program(tmp_path):
    return lambda name: Program(name, tmp_path)


@pytest.fixture(scope="session")
def simulations():
    """The names of the substrates that are offered, but for that whose time is real."""
    offer = subprocess.run(
        [BUILD / "scenarios" / "crash", "--substrate", "none"], capture_output=True, text=True
    ).stderr
    names = offer.rsplit("take ", 1)[1].replace(" or ", ", ").strip().split(", ")
    return [name for name in names if name != "live"]
