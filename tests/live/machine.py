# SPDX-License-Identifier: MIT
"""A machine to install packages on: this one's files, and a layer in memory for what changes.

It is a mount namespace with a process whose root is an overlay: dpkg and its database, the programs
and their configuration are real, and nothing of what is done to them reaches the files of this
machine. It ends with that process, and that with the process that made it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

from lab import Lab, Server, run

EXAMPLE = "usr/share/doc/understudy/examples/understudyd.toml"

# In the new mount namespace; its arguments are a folder and network namespaces that both know.
SET_UP = """
set -e
shared=$1; shift
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
cd /mnt/root
mount --rbind /proc proc
mount --rbind /dev dev
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
# Else dpkg meets what an apt-get of this machine, if one runs, does there at the same time.
mount -t tmpfs -o mode=755 tmpfs var/lib/dpkg/updates
mkdir -p ".$shared" run/changes run/netns run/old
mount --bind "$shared" ".$shared"
mount --bind /mnt/upper run/changes
for name; do
  : >"run/netns/$name"
  mount --bind "/run/netns/$name" "run/netns/$name"
done
# Or each installation makes the index of all manual pages again.
rm -f var/lib/man-db/auto-update
pivot_root . run/old
cd /
umount -l /run/old
: >"/run/machine-$$"
echo ready
exec sleep infinity
"""

# What dpkg keeps of a package that is gone, and its triggers' indexes.
ALWAYS_CHANGES = ("var/lib/dpkg", "var/log", "var/cache/man", "var/cache/ldconfig", "etc/ld.so.cache")


class Machine:
    """One of them, until `remove`."""

    def __init__(self, shared: Path, namespaces: tuple[str, ...] = ()):
        self.keeper = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "sh", "-c", SET_UP, "machine",
             str(shared), *namespaces],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        assert self.keeper.stdout is not None and self.keeper.stderr is not None
        if self.keeper.stdout.readline() != "ready\n":
            self.keeper.kill()
            raise RuntimeError(f"cannot make a root of its own: {self.keeper.stderr.read()}")
        pid = self.keeper.pid
        self.root = Path(f"/proc/{pid}/root")
        # With the root of that process, not of its namespace: in a chroot they are not the same.
        self.enter = ["nsenter", f"--target={pid}", "--mount", "--root", "--wd"]
        # What is installed by this way must not come to lie anywhere else.
        mark = f"/run/machine-{pid}"
        if Path(mark).exists() or run(*self.enter, "test", "-e", mark, check=False).returncode != 0:
            self.remove()
            raise RuntimeError("what is run there does not run on the overlay")

    def run(self, *command: str | Path, **options: Any) -> str:
        """Runs a command there to its end; returns what it printed."""
        return run(*self.enter, *command, **options).stdout

    def install(self, package: Path) -> None:
        # The tree may be a mount, which an overlay of the root does not have.
        shutil.copy(package, self.root / "tmp")
        # Some container images leave documentation out, and the example with it.
        self.run("dpkg", "--path-include=*", "-i", f"/tmp/{package.name}", seconds=120)

    def purge(self, package: str) -> None:
        self.run("dpkg", "-P", package, seconds=120)

    def changes(self) -> set[str]:
        """The files that are other than this machine's, by their paths from the root."""
        layer = self.root / "run" / "changes"
        assert layer.is_dir()
        changed = set()
        for path in layer.rglob("*"):
            name = path.relative_to(layer)
            if path.is_dir() and not path.is_symlink() and (Path("/") / name).is_dir():
                continue
            if not any(name.is_relative_to(folder) for folder in ALWAYS_CHANGES):
                changed.add(str(name))
        return changed

    def remove(self) -> None:
        self.keeper.kill()
        self.keeper.wait(timeout=10)


def in_toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {in_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(in_toml, value)) + "]"
    return json.dumps(value)


class InstalledServer(Server):
    """A server on a machine of its own, where the package is installed."""

    def __init__(self, lab: Lab, name: str):
        super().__init__(lab, name)
        hosts = tuple(lab.namespace(host) for host in ("lan", "first", "second"))
        self.machine = Machine(lab.folder, hosts)
        self.socket = self.machine.root / "run/understudy/understudyd.sock"

    def daemon(self) -> list[str | Path]:
        return [*self.machine.enter,
                "/usr/sbin/understudyd", "--config", "/etc/understudy/understudyd.toml"]

    def write_config(self, *args: str, **tables: str) -> None:
        """The package's example, with the lab's servers, power, memory and service in it."""
        super().write_config(*args, **tables)
        example = tomllib.loads((self.machine.root / EXAMPLE).read_text())
        written = tomllib.loads(self.config.read_text())
        written["addresses"]["witness"] = self.lab.address("client")
        for name in ("state", "socket", "metrics"):
            del written["daemon"][name]  # where the package has them
        for name in ("daemon", "pair"):
            written[name] = example[name] | written[name]

        installed = self.machine.root / "etc/understudy/understudyd.toml"
        installed.touch(mode=0o600)
        installed.write_text("".join(
            f"[{name}]\n" + "".join(f"{key} = {in_toml(value)}\n" for key, value in keys.items())
            for name, keys in written.items()
        ))

    def ctl(self, *command: str) -> str:
        """What the installed client prints."""
        return self.machine.run("understudyctl", *command)
