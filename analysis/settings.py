# SPDX-License-Identifier: MIT
"""How figures speak of settings: as the package does."""

import tree  # noqa: F401  (puts understudy in reach)

from understudy.labels import name_of, settings_of, text_of

__all__ = ["name_of", "settings_of", "text_of"]
