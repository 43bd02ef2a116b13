# SPDX-License-Identifier: MIT
"""What the docs tell people to type is typed here, page by page, in the order of the page."""

import os
import re
import subprocess
import sys

import pytest

BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = ["docs/tutorial.md"]


def blocks_of(text):
    """The language and the text of each block that is to be typed."""
    return BLOCK.findall(text)


@pytest.fixture
def tree(root, tmp_path):
    """A tree as users have it: the sources and what was built, and room for files of one's own."""
    for entry in root.iterdir():
        if entry.name not in ("build", ".git", "dev"):
            (tmp_path / entry.name).symlink_to(entry)
    (tmp_path / "build").mkdir()
    for entry in (root / "build").iterdir():
        (tmp_path / "build" / entry.name).symlink_to(entry)
    # It builds, which is done, and must not be done beside other tests.
    dev = tmp_path / "dev"
    dev.write_text(f'#!/bin/sh\n[ "$1" = python ] || exit 1\nshift\nexec {sys.executable} "$@"\n')
    dev.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_says_to_type_works(root, tree, page):
    blocks = blocks_of((root / page).read_text())
    assert blocks
    for language, text in blocks:
        command = ["bash", "-e"] if language == "sh" else [sys.executable, "-"]
        done = subprocess.run(
            command, input=text, cwd=tree, capture_output=True, text=True, check=False,
            env=os.environ | {"PYTHONPATH": str(root / "build" / "python")},
        )
        assert done.returncode == 0, f"{text}\n{done.stderr}"
        assert done.stdout


def test_a_block_that_fails_would_be_noticed():
    assert blocks_of("a\n```sh\nfalse\n```\n```toml\nx = 1\n```\n") == [("sh", "false\n")]
