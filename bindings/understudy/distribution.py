# SPDX-License-Identifier: MIT
"""Values of a scenario's keys, as Python has them and as TOML has them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np

from understudy import _virtual

__all__ = ["Distribution", "span_in_seconds", "to_toml"]


@dataclass(frozen=True)
class Distribution:
    """A span of time that is fixed, or drawn anew each time that it is needed.

    Make one with `fixed`, `uniform`, `normal`, `exponential`, `trace` or `replay`; spans are seconds or text
    with a unit.

    Attributes
    ----------
    shape : {"fixed", "uniform", "normal", "exponential", "trace", "replay"}
    parameters : tuple
        Seconds: the span; least and greatest; mean and standard deviation; mean. Of a trace
        and a replay: the path of the file.

    Examples
    --------
    >>> scenario.server.boot_time = Distribution.normal("20s", 2.0)
    """

    shape: str
    parameters: tuple[float, ...] | tuple[str]

    @classmethod
    def fixed(cls, span: float | str) -> Distribution:
        """Always the same."""
        return cls("fixed", (span_in_seconds(span),))

    @classmethod
    def uniform(cls, least: float | str, greatest: float | str) -> Distribution:
        """Anything between two spans, all alike."""
        return cls("uniform", (span_in_seconds(least), span_in_seconds(greatest)))

    @classmethod
    def normal(cls, mean: float | str, deviation: float | str) -> Distribution:
        """Normal; draws below zero count as zero."""
        return cls("normal", (span_in_seconds(mean), span_in_seconds(deviation)))

    @classmethod
    def exponential(cls, mean: float | str) -> Distribution:
        """Exponential."""
        return cls("exponential", (span_in_seconds(mean),))

    @classmethod
    def trace(cls, path: str | os.PathLike[str]) -> Distribution:
        """Resampled from a file of measured spans, one a line, or the output of ``ping``."""
        return cls("trace", (os.fspath(path),))

    @classmethod
    def replay(cls, path: str | os.PathLike[str]) -> Distribution:
        """As recorded in such a file, one after the other, and again from the first."""
        return cls("replay", (os.fspath(path),))

    def to_toml(self) -> str:
        """What stands for it in a scenario file."""
        written = [to_toml(parameter, "s") for parameter in self.parameters]
        if self.shape == "fixed":
            return written[0]
        if len(written) == 1:
            return f"{{ {self.shape} = {written[0]} }}"
        return f"{{ {self.shape} = [{', '.join(written)}] }}"

    def _core(self) -> _virtual.Distribution:
        return _virtual.Distribution(self.to_toml())

    def mean(self) -> float:
        """Of its draws, in seconds."""
        return self._core().mean()

    def least(self) -> float:
        """The least span that has to be reckoned with, in seconds."""
        return self._core().least()

    def greatest(self) -> float:
        """The greatest span that has to be reckoned with, in seconds."""
        return self._core().greatest()

    def quantile(self, p: float) -> float:
        """The span below which a draw falls with probability `p` (0 < p < 1), in seconds."""
        if not 0.0 < p < 1.0:
            raise ValueError(f"p is {p}; it must lie between 0 and 1")
        return self._core().quantile(p)

    def __str__(self) -> str:
        return self.to_toml()


def span_in_seconds(span: float | str) -> float:
    """Seconds from seconds, or from text with a unit; `BadInput` says what is wrong with a text."""
    if isinstance(span, str):
        return _virtual.Distribution(_quoted(span)).mean()
    return float(span)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # every JSON string is a TOML string


def to_toml(value: Any, unit: str) -> str:
    """What would be written in a file for a value, numbers being in this unit; empty for None."""
    if value is None:
        return ""
    if isinstance(value, Distribution):
        return value.to_toml()
    if isinstance(value, str):
        # What TOML itself would not take for a string is what to_toml() wrote.
        return value if value.startswith(("{", '"')) else _quoted(value)
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        members = (f"{name} = {to_toml(member, unit)}" for name, member in value.items())
        return f"{{ {', '.join(members)} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(to_toml(member, unit) for member in value)}]"
    if isinstance(value, Real):
        return _number_to_toml(value, unit)
    raise TypeError(f"{value!r} of type {type(value).__name__}")


def _number_to_toml(number: Real, unit: str) -> str:
    if unit == "s":
        return _virtual.duration_to_toml(float(number))
    plain = str(int(number)) if isinstance(number, Integral) else repr(float(number))
    ending = {"B": "B", "1/s": "/s", "bit/s": "bps"}.get(unit)
    return f'"{plain}{ending}"' if ending else plain
