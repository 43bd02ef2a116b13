# SPDX-License-Identifier: MIT
"""The bar: on a terminal and in Jupyter, and nowhere else."""

import os
import pty
import re
import subprocess
import sys
import types

import understudy
from understudy import progress

SWEEP = """
import sys, understudy
crash = understudy.load(sys.argv[1])
understudy.sweep(crash, {"pair.misses": [2, 3]}, runs=1500, store=sys.argv[2])
"""


def test_a_terminal_shows_rate_and_time_left(root, tmp_path):
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", SWEEP, root / "scenarios" / "crash.toml", tmp_path / "runs.sqlite"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "100"},
        stderr=end, stdout=subprocess.PIPE,
    )  # fmt: skip
    os.close(end)
    shown = b""
    try:
        while read := os.read(terminal, 4096):
            shown += read
    except OSError:  # how a terminal says that nobody writes to it any more
        pass
    os.close(terminal)
    assert process.wait() == 0
    assert process.stdout.read() == b""
    bars = shown.decode().split("\r")
    assert any(re.search(r"\d+/3000 \[\d\d:\d\d<\d\d:\d\d, *[\d.]+k?run/s", bar) for bar in bars)
    assert "100%" in bars[-1] or "100%" in bars[-2]


def test_elsewhere_nothing_is_shown(crash, capfd):
    understudy.sweep(crash, {}, runs=3)
    assert capfd.readouterr() == ("", "")


def test_a_notebook_shows_the_bar_though_it_is_no_terminal(crash, capfd, monkeypatch):
    kernel = types.SimpleNamespace(kernel=object())
    jupyter = types.SimpleNamespace(get_ipython=lambda: kernel)
    monkeypatch.setitem(sys.modules, "IPython", jupyter)
    find = progress.importlib.util.find_spec
    monkeypatch.setattr(
        progress.importlib.util, "find_spec", lambda n: None if n == "ipywidgets" else find(n)
    )
    understudy.sweep(crash, {}, runs=3)
    assert "3/3" in capfd.readouterr().err
    understudy.sweep(crash, {}, runs=3, progress=False)
    assert capfd.readouterr().err == ""


def test_a_notebook_with_widgets_gets_one(monkeypatch):
    made = []
    kernel = types.SimpleNamespace(kernel=object())
    widgets = types.SimpleNamespace(tqdm=lambda **options: made.append(options))
    monkeypatch.setitem(
        sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: kernel)
    )
    monkeypatch.setitem(sys.modules, "tqdm.notebook", widgets)
    monkeypatch.setattr(progress.importlib.util, "find_spec", lambda name: object())
    progress.bar(10, 4, shown=True)
    assert made == [{"total": 10, "initial": 4, "unit": "run"}]


def test_ipython_without_a_kernel_is_a_terminal(monkeypatch):
    plain = types.SimpleNamespace(get_ipython=lambda: types.SimpleNamespace())
    monkeypatch.setitem(sys.modules, "IPython", plain)
    assert not progress.in_notebook()
