# SPDX-License-Identifier: MIT
"""Scenarios: what an experiment is.

Everything that a scenario file can say is an attribute here, under the same name and with the same
checks: both come from one table of keys, which :func:`keys` lists.
"""

from __future__ import annotations

import hashlib
import os
import struct
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from understudy import _virtual
from understudy.distribution import Distribution, to_toml
from understudy.tables import HasTables

__all__ = ["Scenario", "keys", "load", "parse"]

keys = _virtual.keys

_TABLES = frozenset(table.name for table in _virtual.tables())
_LISTS = frozenset(table.name for table in _virtual.tables() if table.is_list)


class Scenario(HasTables):
    """What an experiment is: a pair of servers, their surroundings and what goes wrong.

    ``Scenario()`` is a quiet pair, in which nothing does; :func:`load` and :func:`parse` make one
    from TOML. Each table of the file is a keyword and an attribute, and each key is one of the
    table's:

    >>> Scenario(pair={"misses": 2}, fault=[{"kind": "crash", "at": "30s"}], name="two misses")
    <Scenario two misses: pair.misses = 2, fault.0.kind = "crash", fault.0.at = "30s">

    >>> scenario = load("scenarios/crash.toml")
    >>> scenario.pair.ping_interval  # seconds
    0.1
    >>> scenario.pair.ping_interval = "50ms"
    >>> scenario.fault[0].at
    Distribution(shape='uniform', parameters=(30.0, 31.0))

    Spans of time are floats in seconds (``inf`` for "forever"), or a `Distribution` where they can
    be drawn; sizes are in bytes, rates per second, bandwidths in bits per second, words are text. A
    key of ``pair`` that is not said has the value that follows from the others. What is assigned
    may be a number in the same units, text with a unit as in a file, or None: no longer said.

    Assigning raises `BadInput` with the line that a file with the same mistake gets, and then
    nothing is changed. Values that must change together go through :meth:`replace`. Scenarios are
    equal, and hash alike, if they say the same and have the same name; do not change one that is a
    key of a dict. ``print(scenario)`` prints it as TOML.

    Parameters
    ----------
    name : str, optional
        What tables and figures call it.
    **tables : mapping, or sequence of mapping
        The keys of each table that are not to have their defaults; of ``fault``, a list of such.

    Raises
    ------
    BadInput
        For an unknown table or key (the nearest one is named) or a value that makes no sense.
    """

    __slots__ = ("_core",)

    def __init__(
        self,
        name: str = "scenario",
        **tables: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    ) -> None:
        if not isinstance(name, str):
            raise _virtual.BadInput(
                f"the name is {name!r} of type {type(name).__name__}, not text;"
                " a file is read by understudy.load"
            )
        changes = dict(_changes_of(tables))
        faults = tables.get("fault", ())
        self._core = _virtual.parse("[[fault]]\n" * len(faults), name)
        self._core = self._changed(changes)

    @classmethod
    def _of(cls, core: _virtual.Scenario) -> Scenario:
        scenario = cls.__new__(cls)
        object.__setattr__(scenario, "_core", core)
        return scenario

    @property
    def core(self) -> _virtual.Scenario:
        """The object of the extension module."""
        return self._core

    @property
    def name(self) -> str:
        """What tables and figures call it; of the file, without folder and ending."""
        return self._core.name

    @name.setter
    def name(self, name: str) -> None:
        self._core.name = name

    def setting(self, name: str) -> Any:
        """The value of a key by its dotted name, ``"pair.ping_interval"``, ``"fault.0.at"``.

        Raises
        ------
        BadInput
            If there is no such key; with the nearest one that there is.
        """
        value = self._core.value(name)
        return Distribution(*value) if isinstance(value, tuple) else value

    def replace(self, changes: Mapping[str, Any]) -> Scenario:
        """A copy in which some keys have other values; checked once all of them are in.

        Parameters
        ----------
        changes : mapping of str to value
            By dotted names. Values as for assignments.

        Raises
        ------
        BadInput
            For an unknown key, a wrong value, or values that contradict each other.

        Examples
        --------
        >>> scenario.replace({"pair.ping_interval": "20ms", "pair.ping_timeout": 0.01})
        """
        return Scenario._of(self._changed(changes))

    def _set(self, changes: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_core", self._changed(changes))

    def _changed(self, changes: Mapping[str, Any]) -> _virtual.Scenario:
        core = _virtual.Scenario(self._core)
        for name, value in changes.items():
            assign(core, name, value)
        core.check()
        return core

    def warnings(self) -> list[str]:
        """What is allowed, but hardly wanted; one line each."""
        return self._core.warnings()

    def to_toml(self) -> str:
        """The text that it could have been read from: what is said, in one spelling."""
        return self._core.to_toml()

    def digest(self) -> str:
        """A SHA-256 of all that it says, traces included and its name left out, in hexadecimal."""
        digest = hashlib.sha256(self.to_toml().encode())
        for name in self._names():
            if self._core.key(name).python_type == "Distribution":
                value = self.setting(name)
                if value is not None and value.shape in ("trace", "replay"):
                    spans = _virtual.Distribution(value.to_toml()).spans()
                    digest.update(struct.pack(f"<{len(spans)}d", *spans))
        return digest.hexdigest()

    def has(self, name: str) -> bool:
        """Whether it has a key of this dotted name; a fault that it has not has none."""
        return name in self._names()

    def _names(self) -> Iterator[str]:
        """The dotted names of all keys."""
        for key in keys():
            if key.table in _LISTS:
                yield from (f"{key.table}.{i}.{key.name}" for i in range(self._core.faults))
            else:
                yield f"{key.table}.{key.name}"

    def __str__(self) -> str:
        return self.to_toml()

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{name}: {_virtual.unknown_table(name)}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scenario):
            return NotImplemented
        return self._core == other.core

    def __hash__(self) -> int:
        return hash((self.name, self.to_toml()))

    def __repr__(self) -> str:
        said = Scenario().core
        different = []
        for name in self._names():
            text = self._core.written(name)
            if text and (name.startswith("fault.") or text != said.written(name)):
                different.append(f"{name} = {text}")
        return f"<Scenario {self.name}: {', '.join(different) or 'a quiet pair'}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, (self._core,)


def assign(core: _virtual.Scenario, name: str, value: Any) -> None:
    """Give a key a value as Python has it; whether it suits the others is not checked."""
    try:
        core.set(name, to_toml(value, core.key(name).unit))
    except TypeError as error:
        raise _virtual.BadInput(f"{name}: {error} is no {core.key(name).type}") from None


def _changes_of(tables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The dotted names of keywords' keys, and their values."""
    for table, members in tables.items():
        if table not in _TABLES:
            raise _virtual.BadInput(f"{table}: {_virtual.unknown_table(table)}")
        is_list = table in _LISTS
        wanted = "a list of dicts of keys and values" if is_list else "a dict of keys and values"
        found = members if is_list else [members]
        if not isinstance(found, Sequence) or not all(isinstance(m, Mapping) for m in found):
            kind = type(members).__name__
            raise _virtual.BadInput(f"{table}: {members!r} of type {kind}; it must be {wanted}")
        for number, keys_of_table in enumerate(found):
            prefix = f"{table}.{number}" if is_list else table
            for key, value in keys_of_table.items():
                # As an attribute is spelled, which cannot be a word of Python's: for_.
                yield f"{prefix}.{str(key).rstrip('_')}", value


def _unpickle(core: _virtual.Scenario) -> Scenario:
    return Scenario._of(core)


def load(path: str | os.PathLike[str]) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Scenario
        Named after the file. What is allowed but hardly wanted becomes a `UserWarning`.

    Raises
    ------
    BadInput
        For the first mistake in the file, one line: file, line, key, what was found and what would
        be right.
    """
    return _with_warnings(_virtual.load(os.fspath(path)))


def parse(text: str, name: str = "scenario") -> Scenario:
    """Read a scenario from text.

    Parameters
    ----------
    text : str
        TOML.
    name : str, optional
        Leads the messages, as the path of a file would, and names the scenario.

    Raises
    ------
    BadInput
        As :func:`load`.
    """
    return _with_warnings(_virtual.parse(text, name))


def _with_warnings(core: _virtual.Scenario) -> Scenario:
    for line in core.warnings():
        warnings.warn(line, stacklevel=3)
    return Scenario._of(core)


def settings_that_differ(scenarios: Sequence[Scenario]) -> dict[str, list[Any]]:
    """The keys that do not say the same in all scenarios, with their value in each.

    Spans of time are seconds, distributions that are drawn TOML, hosts are parted by commas; NaN for
    what a scenario has not.
    """
    names = dict.fromkeys(name for scenario in scenarios for name in scenario._names())
    return {
        name: [cell_of(scenario, name) for scenario in scenarios]
        for name in names
        if len({_written(scenario, name) for scenario in scenarios}) > 1
    }


def cell_of(scenario: Scenario, name: str) -> Any:
    """The value of a key as it stands in a frame."""
    if not scenario.has(name):
        return np.nan
    value = scenario.setting(name)
    if isinstance(value, Distribution):
        return value.parameters[0] if value.shape == "fixed" else value.to_toml()
    if isinstance(value, list):
        return ", ".join(value)
    return np.nan if value is None else value


def says(scenario: Scenario, name: str, value: Any) -> bool:
    """Whether a key has this value, spelled in any way that it could be assigned; None: none."""
    there = scenario.core.value(name) if scenario.has(name) else None
    if there is None or value is None:
        return value is there
    other = _virtual.Scenario(scenario.core)
    assign(other, name, value)
    return bool(other.value(name) == there)


def _written(scenario: Scenario, name: str) -> str:
    return scenario.core.written(name) if scenario.has(name) else ""
