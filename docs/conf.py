# SPDX-License-Identifier: MIT
"""The site, for Sphinx: `./dev docs` builds it into build/docs/site."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "build" / "python"))

import understudy  # noqa: E402

project = "Understudy"
version = release = understudy.__version__
copyright = "the authors of Understudy, MIT licence"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
html_theme = "sphinx_rtd_theme"
html_theme_options = {"navigation_depth": 2}
html_show_sphinx = False
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # parts of the README begin at its second level
autodoc_typehints = "none"  # numpydoc's sections say them
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
exclude_patterns = ["manual"]
smartquotes = False  # code has quotes, too


class Reference(Directive):
    """A part of the reference, as build/docs/reference prints it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        program = ROOT / "build" / "docs" / "reference"
        printed = subprocess.run(
            [program, self.arguments[0]], capture_output=True, text=True, check=True
        ).stdout
        holder = nodes.section()
        holder.document = self.state.document
        self.state.nested_parse(StringList(printed.splitlines()), 0, holder, match_titles=1)
        return list(holder.children)


def setup(app: object) -> None:
    app.add_directive("understudy-reference", Reference)  # type: ignore[attr-defined]
