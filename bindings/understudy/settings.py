# SPDX-License-Identifier: MIT
"""What a sweep goes through: grids, lists and Latin hypercubes of settings.

A setting is a dict of changes to a scenario, ``{"pair.misses": 2, "topology.kind": "wan"}``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

from understudy import _virtual
from understudy.scenario import assign

__all__ = ["Grid", "Setting", "latin_hypercube", "settings_of"]

Setting = Mapping[str, Any]
# Keys are text, or tuples of text; a type that says so would refuse a dict of only the one.
Grid = Union[Mapping[Any, Sequence[Any]], Sequence[Setting]]


def settings_of(grid: Grid) -> list[dict[str, Any]]:
    """All settings of a sweep, one after the other.

    Parameters
    ----------
    grid : mapping or sequence of mapping
        A mapping: every combination of the values of its keys, the last key's fastest. A tuple of
        keys has tuples of values, which belong together. A sequence: the settings themselves.

    Raises
    ------
    BadInput
        If it is neither, or has no settings.

    Examples
    --------
    >>> settings_of({("pair.ping_interval", "pair.ping_timeout"): [("20ms", "10ms"), (0.1, 0.05)]})
    [{'pair.ping_interval': '20ms', 'pair.ping_timeout': '10ms'},
     {'pair.ping_interval': 0.1, 'pair.ping_timeout': 0.05}]
    """
    if isinstance(grid, Mapping):
        axes = [_axis(keys, values) for keys, values in grid.items()]
        return [_joined(parts) for parts in itertools.product(*axes)]
    if not isinstance(grid, Iterable) or isinstance(grid, (str, bytes)):
        raise _virtual.BadInput(
            f"the grid is {_told(grid)}; it must be a dict of lists of values, or a list of dicts"
        )
    settings: list[Any] = list(grid)
    for number, setting in enumerate(settings):
        if not isinstance(setting, Mapping):
            raise _virtual.BadInput(
                f"setting {number} is {_told(setting)}; it must be a dict of keys and values"
            )
    if not settings:
        raise _virtual.BadInput("the list of settings is empty")
    return [dict(setting) for setting in settings]


def _axis(keys: Any, values: Any) -> list[dict[str, Any]]:
    """The settings of one entry of a grid."""
    names = keys if isinstance(keys, tuple) else (keys,)
    for name in names:
        if not isinstance(name, str):
            raise _virtual.BadInput(f"a key of the sweep is {_told(name)}; it must be text")
    told = ", ".join(names)
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise _virtual.BadInput(f"{told}: {_told(values)} is one value; put it in a list")
    values = list(values)
    if not values:
        raise _virtual.BadInput(f"{told}: the sweep has no values for it")
    if not isinstance(keys, tuple):
        return [{keys: value} for value in values]
    for value in values:
        if not isinstance(value, (tuple, list)) or len(value) != len(names):
            raise _virtual.BadInput(
                f"{told}: {_told(value)}; each must be a tuple of {len(names)} values"
            )
    return [dict(zip(names, value)) for value in values]


def _joined(parts: Iterable[Setting]) -> dict[str, Any]:
    setting: dict[str, Any] = {}
    for part in parts:
        for name in part:
            if name in setting:
                raise _virtual.BadInput(f"{name}: it is twice among the keys of the sweep")
        setting |= part
    return setting


def _told(value: Any) -> str:
    return f"{value!r} of type {type(value).__name__}"


def latin_hypercube(
    ranges: Mapping[str, Sequence[Any]], points: int, seed: int = 1, log: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Settings that fill a space of many keys evenly, with far fewer points than a grid.

    Each key's range is cut into as many parts as there are points, all equally likely, and each
    part is taken once.

    Parameters
    ----------
    ranges : mapping of str to sequence
        Of each key the least and the greatest value, ``("20ms", "200ms")``; of keys with words or
        truth values, all that are to be tried.
    points : int
        How many settings.
    seed : int, optional
        Another one gives other settings.
    log : collection of str, optional
        The keys whose values are spread evenly on a logarithmic scale.

    Returns
    -------
    list of dict
        For :func:`understudy.sweep`. Spans of time are in seconds, sizes in bytes, rates per
        second.

    Raises
    ------
    BadInput
        For an unknown key (the nearest one is named), or a range that is none.

    Notes
    -----
    M. D. McKay, R. J. Beckman and W. J. Conover, "A comparison of three methods for selecting
    values of input variables in the analysis of output from a computer code", Technometrics 21(2),
    1979; drawn by :class:`scipy.stats.qmc.LatinHypercube`.

    Examples
    --------
    >>> latin_hypercube({"pair.ping_interval": ("20ms", "200ms"), "pair.misses": (2, 6)}, points=50)
    """
    from scipy.stats import qmc  # slow to load

    if not isinstance(ranges, Mapping) or not ranges:
        raise _virtual.BadInput("the ranges must be a dict of keys and their least and greatest")
    if isinstance(points, bool) or not isinstance(points, (int, np.integer)) or points < 1:
        raise _virtual.BadInput(f"points is {points!r}; it must be a whole number from 1")
    for name in log:
        if name not in ranges:
            raise _virtual.BadInput(f"{name}: it is to be spread logarithmically, but has no range")
    cube = qmc.LatinHypercube(len(ranges), seed=np.random.default_rng(seed)).random(points)
    columns = [
        _spread(name, values, cube[:, place], logarithmic=name in log)
        for place, (name, values) in enumerate(ranges.items())
    ]
    return [dict(zip(ranges, row)) for row in zip(*columns)]


def _spread(
    name: str, values: Sequence[Any], quantiles: NDArray[np.float64], *, logarithmic: bool
) -> list[Any]:
    """The values of a key at these places, from 0 to below 1, of its range."""
    core = _scenario_with(name)
    key = core.key(name)
    if isinstance(values, str) or not isinstance(values, Sequence) or not values:
        raise _virtual.BadInput(f"{name}: {_told(values)} is no range, such as (least, greatest)")
    if key.python_type not in ("int", "float", "Distribution"):
        return [values[int(place)] for place in quantiles * len(values)]
    if len(values) != 2:
        raise _virtual.BadInput(f"{name}: {_told(values)} must be its least and greatest value")
    least, greatest = (_number(core, name, value) for value in values)
    if not least < greatest < math.inf or (logarithmic and least <= 0):
        raise _virtual.BadInput(f"{name}: from {values[0]} to {values[1]} is no range")
    whole = key.python_type == "int"
    end = greatest + 1 if whole else greatest
    if logarithmic:
        numbers = least * (end / least) ** quantiles
    else:
        numbers = least + (end - least) * quantiles
    return [min(int(n), int(greatest)) if whole else float(n) for n in numbers]


def _scenario_with(name: str) -> _virtual.Scenario:
    """A scenario with enough faults to have this key."""
    table, _, rest = name.partition(".")
    number = rest.partition(".")[0]
    faults = int(number) + 1 if table == "fault" and number.isdecimal() else 0
    return _virtual.parse("[[fault]]\n" * min(faults, 1000), "ranges")


def _number(core: _virtual.Scenario, name: str, value: Any) -> float:
    """A value as a number in the key's unit."""
    assign(core, name, value)
    read = core.value(name)
    if isinstance(read, tuple):
        shape, parameters = read
        if shape != "fixed":
            raise _virtual.BadInput(f"{name}: {value!r} is drawn; the ends of a range are fixed")
        (read,) = parameters
    return float(read)
