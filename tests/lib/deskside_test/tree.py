# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the source tree: those that git tracks, and new ones that it does not ignore."""

import os
import pathlib
import subprocess


def files(root):
    """Return the paths of all files, relative to `root`, sorted.

    Without git, as in a tarball, those of dot-folders and of meson's build folders are left out.
    """
    root = pathlib.Path(root)
    if not (root / ".git").exists():
        return sorted(_walk(root))
    # Whoever runs the tests need not own the tree: git would refuse that.
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=root,
        stdout=subprocess.PIPE,
        check=True,
    )
    names = os.fsdecode(listing.stdout).split("\0")
    return sorted(name for name in names if name and (root / name).is_file())


def _walk(root):
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if _is_source(pathlib.Path(folder) / f)]
        for name in names:
            yield str((pathlib.Path(folder) / name).relative_to(root))


def _is_source(folder):
    is_hidden = folder.name.startswith(".") and folder.name != ".ci"
    return not is_hidden and not (folder / "meson-private").exists()


def texts(root, *suffixes):
    """Return {path: text} of the files with these suffixes, or of all that are text."""
    found = {}
    for name in files(root):
        if suffixes and not name.endswith(suffixes):
            continue
        data = (pathlib.Path(root) / name).read_bytes()
        if b"\0" not in data:
            found[name] = data.decode("utf-8", errors="replace")
    return found
