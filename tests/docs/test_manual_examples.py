# SPDX-License-Identifier: MIT
"""The settings that the manual page shows are such as the daemon and the fence agents take."""

import re
import subprocess
import tomllib
import xml.etree.ElementTree as xml

import pytest

BLOCK = re.compile(r"^\.Bd -literal.*?\n(\[power\]\n.*?)^\.Ed$", re.MULTILINE | re.DOTALL)
AROUND = """
[daemon]
id = "first"
interface = "eth0"
secret = "a secret of sixteen letters and more"
[addresses]
server = "192.0.2.1"
peer = "192.0.2.2"
primary = "192.0.2.10"
monitor = "192.0.2.11"
"""


def examples_in(page):
    return BLOCK.findall(page)


@pytest.fixture
def examples(root):
    page = (root / "docs/manual/understudyd.8").read_text()
    return examples_in(page.replace("/usr/libexec/understudy", str(root / "build/bin")))


def test_the_daemon_takes_them(root, tmp_path, examples):
    assert len(examples) == 3
    file = tmp_path / "understudyd.toml"
    for example in examples:
        file.write_text(AROUND + example)
        file.chmod(0o600)
        done = subprocess.run([root / "build/bin/understudyd", "--config", file, "--check"],
                              capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), example


def options_of(agent):
    """Those that a fence agent says it has."""
    done = subprocess.run([agent, "-o", "metadata"], capture_output=True, text=True, check=True)
    return {option.get("name") for option in xml.fromstring(done.stdout).iter("parameter")}


def test_the_agents_have_the_options(examples):
    for example in examples:
        power = tomllib.loads(example)["power"]
        known = options_of(power["agent"])
        if "power_agent" in power["options"]:
            known |= options_of(power["options"]["power_agent"])
        assert set(power["options"]) <= known


def test_an_example_that_is_wrong_would_be_noticed():
    assert examples_in(".Bd -literal -offset indent\n[power]\nx\n.Ed\n.Bd -literal\ny\n.Ed\n") == [
        "[power]\nx\n"]
