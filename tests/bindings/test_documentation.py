# SPDX-License-Identifier: MIT
"""What is public is documented, in numpydoc's form."""

import dataclasses
import inspect
import re

import pytest

import understudy
from understudy import statistics

DATA = {"NETWORKS", "SUBSTRATES", "__version__", "code_version"}
OBJECTS = {
    **{name: getattr(understudy, name) for name in set(understudy.__all__) - DATA},
    **{f"statistics.{name}": getattr(statistics, name) for name in statistics.__all__},
}


def section_of(documentation, title):
    """The names that a section of a docstring explains."""
    found = re.search(rf"^{title}\n-+\n(.*?)(?=\n\n[^\n]+\n-+\n|\Z)", documentation, re.M | re.S)
    heads = re.findall(r"^(\S.*?)(?: :.*)?$", found[1], re.M) if found else []
    return {name.strip("*") for head in heads for name in head.split(", ")}


def callables():
    """Functions and methods that a user may call, by their names."""
    for name, made in OBJECTS.items():
        if inspect.isfunction(made):
            yield name, made
        elif inspect.isclass(made):
            for member, function in vars(made).items():
                if inspect.isfunction(function) and not member.startswith("_"):
                    yield f"{name}.{member}", function


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_what_is_public_says_what_it_is(name):
    assert inspect.getdoc(OBJECTS[name])
    made = OBJECTS[name]
    if dataclasses.is_dataclass(made):
        fields = {field.name for field in dataclasses.fields(made)}
        documented = section_of(inspect.getdoc(made), "Attributes")
        assert not documented or fields <= documented


@pytest.mark.parametrize(("name", "function"), sorted(callables(), key=lambda item: item[0]))
def test_functions_explain_all_that_they_take(name, function):
    documentation = inspect.getdoc(function)
    assert documentation, f"{name} says nothing"
    taken = set(inspect.signature(function).parameters) - {"self", "cls"}
    explained = section_of(documentation, "Parameters")
    if explained:
        assert taken == explained, f"{name} takes {taken}, and explains {explained}"


@pytest.mark.parametrize("function", [understudy.run, understudy.sweep, understudy.rare])
def test_what_runs_says_what_it_gives_and_how_it_fails(function):
    documentation = inspect.getdoc(function)
    for title in ("Parameters", "Returns", "Raises", "Examples"):
        assert section_of(documentation, title), title
    assert set(inspect.signature(function).parameters) == section_of(documentation, "Parameters")


def test_the_columns_are_explained_with_their_units():
    documentation = inspect.getdoc(understudy.run)
    for column in understudy._virtual.columns():
        unit = f" [{column.unit}]" if column.unit else ""
        assert f"``{column.name}``{unit}: {column.meaning}" in documentation
