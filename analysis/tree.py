# SPDX-License-Identifier: MIT
"""Puts the package `understudy` of this tree in reach, for scripts that are run by their names."""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

if importlib.util.find_spec("understudy") is None:
    built = ROOT / "build" / "python"
    if not (built / "understudy").is_dir():
        sys.exit(f"{sys.argv[0]}: the package understudy is not built; ./dev build makes it")
    sys.path.insert(0, str(built))
