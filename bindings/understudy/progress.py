# SPDX-License-Identifier: MIT
"""A bar that shows how many runs are done, their rate and the time left."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

from tqdm import tqdm

__all__ = ["bar"]


def bar(total: int, done: int, *, shown: bool) -> Any:
    """A bar of tqdm's: of text on a terminal, of the notebook in Jupyter, else none.

    Parameters
    ----------
    total : int
        How many runs there will be.
    done : int
        How many of them there are.
    shown : bool
        False for no bar anywhere.
    """
    options: dict[str, Any] = {"total": total, "initial": done, "unit": "run"}
    if not shown:
        return tqdm(**options, disable=True)
    if not in_notebook():
        return tqdm(**options, disable=None)  # but on a terminal
    if importlib.util.find_spec("ipywidgets") is None:
        return tqdm(**options, disable=False)  # a notebook shows text, too

    from tqdm.notebook import tqdm as widget

    return widget(**options)


def in_notebook() -> bool:
    """Whether this is Jupyter, which shows standard error though it is no terminal."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")
