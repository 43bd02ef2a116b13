# SPDX-License-Identifier: MIT
"""The site of the docs: it builds without a warning, and the reference has every key."""

import html
import re
import subprocess
import sys

import pytest

import understudy


@pytest.fixture(scope="module")
def site(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html",
         "-d", folder / "doctrees", root / "docs", folder / "html"],
        capture_output=True, text=True, check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "html"


def text_of(page):
    return html.unescape(re.sub(r"<[^>]+>", "", page.read_text()))


def test_every_key_and_every_column_has_its_line(site):
    scenarios = text_of(site / "scenarios.html")
    for key in understudy.keys():
        assert f"\n{key.name}\n" in scenarios, key.name
        assert key.meaning.replace("`", "")[:40] in scenarios.replace("`", ""), key.name
    assert "realtime_priority" in text_of(site / "daemon.html")
    assert "dual_primary_s" in text_of(site / "outcome.html")


def test_everything_public_in_python_is_explained(site):
    python = text_of(site / "python.html")
    for name in understudy.__all__:
        if not name.startswith("__") and name != "SUBSTRATES":
            assert re.search(rf"understudy\.(\w+\.)?{name}\b", python), name


def test_every_page_is_reached_from_the_first(site):
    index = (site / "index.html").read_text()
    for page in site.glob("*.html"):
        if page.stem not in ("index", "genindex", "search", "py-modindex"):
            assert f'href="{page.name}' in index, page.name
