# SPDX-License-Identifier: MIT
"""The package's types: mypy has nothing to complain about, and helps those who use it."""

import os
import subprocess
from pathlib import Path

import pytest

import understudy

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(understudy.__path__[0])

# Lines of a user, and what mypy has to say of each; None: nothing.
USES = {
    'crash = understudy.load("crash.toml")': None,
    "interval: float = crash.pair.ping_interval": None,
    'crash.pair.ping_interval = "50ms"': None,
    'crash.pair.misses = "three"': None,  # text with a unit is fine; C++ refuses this
    "crash.pair.misses = 2.5": 'expression has type "float", variable has type "Union[int, str',
    "crash.pair.mises = 2": '"Pair" has no attribute "mises"; maybe "misses"?',
    "misses: str = crash.pair.misses": 'expression has type "int", variable has type "str"',
    'understudy.sweep(crash, {"pair.misses": [2, 3]}, runs=10)': None,
    'understudy.sweep(crash, {("pair.misses", "pair.probes"): [(2, 3)]})': None,
    'understudy.sweep(crash, [{"pair.misses": 2}], independent=True)': None,
    'understudy.sweep(crash, understudy.latin_hypercube({"pair.misses": (2, 6)}, 5))': None,
    "understudy.sweep(crash, 3)": 'Argument 2 to "sweep" has incompatible type "int"',
    'understudy.run("crash.toml")': 'Argument 1 to "run" has incompatible type "str"',
    'understudy.Scenario(pair={"misses": 2}, fault=[{"kind": "crash"}])': None,
    "understudy.Scenario(pair=2)": 'Argument "pair" to "Scenario" has incompatible type "int"',
    "understudy.Store(3)": 'Argument 1 to "Store" has incompatible type "int"',
}


@pytest.fixture(scope="module")
def complaints(tmp_path_factory):
    """What mypy says of each line of a program that has all uses, and of the package: at once,
    since it is the libraries' types that take it long.
    """
    program = tmp_path_factory.mktemp("uses") / "uses.py"
    program.write_text("\n".join(["import understudy", *USES]) + "\n")
    checked = subprocess.run(
        ["/usr/bin/mypy", "--config-file", ROOT / "bindings" / "mypy.ini", "--cache-dir",
         PACKAGE.parents[1] / "mypy_cache", "--no-error-summary", PACKAGE, program],
        env={**os.environ, "MYPYPATH": str(PACKAGE.parent)}, cwd=ROOT,
        capture_output=True, text=True,
    )  # fmt: skip
    assert checked.stderr == ""
    said = {}
    for line in checked.stdout.splitlines():
        if line.startswith(str(program)):
            if ": error: " in line:
                place, told = line.split(": error: ")
                said[list(USES)[int(place.rsplit(":", 1)[1]) - 2]] = told
        else:
            said.setdefault("understudy", []).append(line)
    return said


def test_the_package_is_typed_without_exception(complaints):
    assert (PACKAGE / "py.typed").exists()
    assert "understudy" not in complaints


@pytest.mark.parametrize(("line", "complaint"), USES.items())
def test_mypy_sees_what_is_wrong_with_a_use(complaints, line, complaint):
    if complaint is None:
        assert line not in complaints
    else:
        assert complaint in complaints[line]
