# SPDX-License-Identifier: MIT
"""A share of a processor for some processes, as a container has it: a cgroup with a quota."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

PERIOD_S = 0.1

MOUNT = Path("/sys/fs/cgroup")


def _folder(name: str, share: float) -> Path:
    """A new cgroup, of whichever version this machine has for processors."""
    quota, period = round(1e6 * share * PERIOD_S), round(1e6 * PERIOD_S)
    controllers = MOUNT / "cgroup.controllers"
    if controllers.exists() and "cpu" in controllers.read_text().split():
        (MOUNT / "cgroup.subtree_control").write_text("+cpu")
        folder = MOUNT / name
        folder.mkdir()
        (folder / "cpu.max").write_text(f"{quota} {period}")
    else:
        folder = MOUNT / "cpu" / name
        folder.mkdir()
        (folder / "cpu.cfs_period_us").write_text(f"{period}")
        (folder / "cpu.cfs_quota_us").write_text(f"{quota}")
    return folder


@contextmanager
def container(name: str, share: float, pids: Iterable[int]) -> Iterator[None]:
    """Gives these processes, and what they start, `share` of a processor in each period.

    A process of real-time priority cannot be given one: OSError.
    """
    folder = _folder(name, share)
    try:
        for pid in pids:
            (folder / "cgroup.procs").write_text(f"{pid}")
        yield
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Its processes go back to where all others are."""
    home = folder.parent / "cgroup.procs"
    for pid in (folder / "cgroup.procs").read_text().split():
        try:
            home.write_text(pid)
        except ProcessLookupError:
            pass
    for _ in range(100):  # those that ended go a little later
        try:
            return folder.rmdir()
        except OSError:
            time.sleep(0.02)
    folder.rmdir()
