# SPDX-License-Identifier: GPL-3.0-or-later
"""The files in tests/netlab/kinds/, one for each kind of router."""

import pathlib

FOLDER = pathlib.Path(__file__).parents[3] / "netlab" / "kinds"


def path_of(kind):
    """Return the file of a kind: by its name there, or by a path."""
    path = pathlib.Path(kind)
    return path if path.suffix else FOLDER / f"{kind}.kind"


def names():
    """Return the names of all kinds, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.kind"))


def read(kind):
    """Return a kind's settings as texts."""
    settings = {}
    for line in path_of(kind).read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("#")[0].partition("=")
        if equals:
            settings[name.strip()] = value.strip()
    return settings
