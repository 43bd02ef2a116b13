# SPDX-License-Identifier: MIT
"""The manual pages, held to what the programs say of themselves."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = ROOT / "build" / "bin"
PAGES = ("understudyd.8", "understudyctl.1", "understudyd.toml.5")


def page(name: str) -> Path:
    return ROOT / "build" / "docs" / "manual" / f"{name}.gz"


def run(*command: str | Path, code: int | None = 0) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert code is None or done.returncode == code, done
    return done.stdout + done.stderr


def shown(name: str) -> str:
    """A page as a terminal without bold letters shows it."""
    return re.sub(".\b", "", run("mandoc", "-Tascii", page(name)))


def options_in(usage: str) -> set[str]:
    lines = re.findall(r"^  (-\S+)", usage, re.MULTILINE)
    return {option for line in lines for option in re.findall(r"--?[a-z-]+", line)}


def commands_in(usage: str) -> set[str]:
    return set(re.findall(r"^  ([\w-]+)", usage.partition("Subcommands:")[2], re.MULTILINE))


def named_in(text: str, words: set[str]) -> set[str]:
    return {word for word in words if re.search(rf"(?<![\w-]){word}(?![\w-])", text)}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_gives_its_formatter_nothing_to_complain_about(name: str) -> None:
    said = run("mandoc", "-Tlint", page(name), code=None).splitlines()
    # Of each other, before they are installed, and of a list of pages that nobody refreshes.
    said = [line for line in said if "referenced manual not found" not in line]
    assert [line for line in said if "mandoc.db" not in line] == []


def test_every_option_of_the_daemon_is_in_its_page() -> None:
    options = options_in(run(BIN / "understudyd", "--help"))
    assert {"--config", "--check", "-h"} <= options
    assert named_in(shown("understudyd.8"), options) == options


def test_every_command_of_the_client_and_its_options_are_in_its_page() -> None:
    usage = run(BIN / "understudyctl", "--help")
    commands = commands_in(usage)
    assert {"status", "check"} <= commands
    options = options_in(usage)
    for command in commands:
        options |= options_in(run(BIN / "understudyctl", command, "--help"))
    assert {"--socket", "--json"} <= options
    assert named_in(shown("understudyctl.1"), commands | options) == commands | options


def listed_by_daemon(folder: Path, text: str) -> set[str]:
    """The names that the daemon says there are, where it is given one that nothing is near to."""
    config = folder / "understudyd.toml"
    config.touch(mode=0o600)
    config.write_text(text)
    said = run(BIN / "understudyctl", "check", config, code=2)
    found = re.search(r"; there are (.*)", said)
    assert found is not None, said
    return set(re.split(", | and ", found[1]))


def test_every_key_of_the_file_is_in_its_page_and_no_other(tmp_path: Path) -> None:
    tables = listed_by_daemon(tmp_path, "[xxxxxxxxxxxx]\n")
    assert {"daemon", "pair"} <= tables
    parts = re.split(r"^   \[(\w+)\]$", shown("understudyd.toml.5"), flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert set(sections) == tables
    for table, text in sections.items():
        keys = listed_by_daemon(tmp_path, f"[{table}]\nxxxxxxxxxxxx = 1\n")
        own = re.split(r"^\w", text, flags=re.MULTILINE)[0]
        assert set(re.findall(r"^     (\w+)(?: |$)", own, re.MULTILINE)) == keys
