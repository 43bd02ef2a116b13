# SPDX-License-Identifier: MIT
"""The tables of a scenario as attributes, made from the C++ table of keys when this is imported.

A type checker, which cannot see that, is told by tables.pyi, which the build writes from the same
table of keys.
"""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from understudy import _virtual

if TYPE_CHECKING:
    from understudy.scenario import Scenario

keys = _virtual.keys


class Table:
    """One table of a scenario: a view, through which its keys are read and changed."""

    __slots__ = ("_prefix", "_scenario")
    _table = ""

    def __init__(self, scenario: Scenario, prefix: str) -> None:
        object.__setattr__(self, "_scenario", scenario)
        object.__setattr__(self, "_prefix", prefix)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{self._prefix}{name}: {_virtual.unknown_key(self._table, name)}")

    def __setattr__(self, name: str, value: Any) -> None:
        if not isinstance(getattr(type(self), name, None), property):
            self.__getattr__(name)
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return [_attribute(key.name) for key in keys() if key.table == self._table]

    def __repr__(self) -> str:
        values = {name: getattr(self, name) for name in dir(self)}
        said = ", ".join(f"{name}={value!r}" for name, value in values.items() if value is not None)
        return f"<{self._prefix.rstrip('.')}: {said}>"


class Faults(Sequence):
    """The faults of a scenario, from 0, in the order of its file."""

    __slots__ = ("_scenario",)

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario

    def __len__(self) -> int:
        return self._scenario.core.faults

    def __getitem__(self, number: int) -> Table:
        number = number + len(self) if number < 0 else number
        if not 0 <= number < len(self):
            raise IndexError(f"fault {number}: the scenario has {len(self)}")
        return _CLASSES["fault"](self._scenario, f"fault.{number}.")

    def __repr__(self) -> str:
        return f"[{', '.join(map(repr, self))}]"


def _attribute(key_name: str) -> str:
    """The name of a key as Python can have it: ``for`` becomes ``for_``."""
    return f"{key_name}_" if keyword.iskeyword(key_name) else key_name


def _property(key: _virtual.Key) -> property:
    def get(self: Table) -> Any:
        return self._scenario.setting(self._prefix + key.name)

    def set_(self: Table, value: Any) -> None:
        self._scenario._set({self._prefix + key.name: value})

    allowed = ", ".join(f'"{word}"' for word in key.words) or key.range
    doc = key.meaning + (f" In {key.unit}." if key.unit and key.unit != "s" else "")
    doc += (f" Allowed: {allowed}." if allowed else "") + f" Default: {key.default}."
    return property(get, set_, doc=doc)


def _class_of(table: _virtual.Table) -> type[Table]:
    """The class of a table, with a property for each of its keys."""
    members: dict[str, Any] = {}
    lines = [table.meaning, "", "Attributes", "----------"]
    for key in keys():
        if key.table == table.name:
            name = _attribute(key.name)
            members[name] = _property(key)
            lines += [f"{name} : {key.python_type}", f"    {members[name].__doc__}"]
    members |= {"__slots__": (), "_table": table.name, "__module__": __name__}
    return type(table.name.capitalize(), (Table,), {"__doc__": "\n".join(lines), **members})


_CLASSES = {table.name: _class_of(table) for table in _virtual.tables()}
globals().update({made.__name__: made for made in _CLASSES.values()})


class HasTables:
    """What a scenario has: each table, or the list of tables of one name, as an attribute."""

    __slots__ = ()


def _table_property(table: _virtual.Table) -> property:
    made = _CLASSES[table.name]

    def get(self: Scenario) -> Table | Faults:
        return Faults(self) if table.is_list else made(self, f"{table.name}.")

    return property(get, doc=made.__doc__)


for _table in _virtual.tables():
    setattr(HasTables, _table.name, _table_property(_table))
