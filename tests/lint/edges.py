# SPDX-License-Identifier: GPL-3.0-or-later
"""Which room may include which: the table is the architecture, and this test is its guard."""

import re
import sys

from deskside_test import tap, tree

BELOW_PATH = {"net/base", "net/wire", "net/crypto"}
BELOW_MUX = BELOW_PATH | {"net/path", "net/link"}
ALL_OF_NET = BELOW_MUX | {"net/dial", "net/mux", "net/portmap", "net/punch", "net/peer", "net/relay"}
ENGINE = ALL_OF_NET | {"net/netcheck", "app/child", "app/nearby", "app/session", "app/share", "app/view"}

# What a room may include besides itself. A room that is not here may not exist.
MAY_SEE = {
    "net/base": set(),
    "net/wire": {"net/base"},
    "net/crypto": {"net/base", "net/wire"},
    "net/dial": BELOW_PATH,
    "net/path": BELOW_PATH,
    "net/link": BELOW_PATH | {"net/path"},
    "net/mux": BELOW_MUX,
    "net/portmap": {"net/base", "net/wire", "net/dial"},
    "net/punch": BELOW_PATH | {"net/path", "net/dial"},
    "net/peer": ALL_OF_NET - {"net/relay"},
    "net/netcheck": ALL_OF_NET - {"net/relay"},
    "net/relay": {"net/base", "net/wire"},
    "app/child": {"net/base"},
    "app/nearby": ALL_OF_NET,
    "app/session": ALL_OF_NET | {"net/netcheck", "app/nearby"},
    "app/share": ALL_OF_NET | {"app/child"},
    "app/view": ALL_OF_NET | {"app/child"},
    "app/cli": ENGINE,
    "app/desktop": ENGINE | {"ui"},
    "ui": set(),
}

# Libraries that only some rooms may know: what their headers' names begin with, and those rooms.
LIBRARIES = (
    (re.compile(r"g(lib|io|object|module)[-./]"), {"app", "ui"}),
    (re.compile(r"(gtk|gdk|handy)[-./]"), {"app/desktop", "ui"}),
    (re.compile(r"rfb/"), {"app/share", "app/view"}),
)

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)
GENERATED = {"config.h", "ui/ds-ui-resources.h"}


def room_of(path):
    """Return "net/link" of net/link/link.c and "ui" of ui/window.c."""
    parts = path.split("/")
    return "/".join(parts[: 2 if parts[0] in ("net", "app") else 1][: len(parts) - 1])


def wrong_own(path, included, paths):
    """Say what is wrong with an include of ours, or None."""
    room, seen = room_of(path), room_of(included)
    if included in GENERATED:
        return None
    if included not in paths:
        return f'{path}: "{included}" is no file; includes are written from the root'
    if room != seen and seen not in MAY_SEE[room]:
        return f'{path}: {room} may not see {seen} ("{included}")'
    return None


def wrong_library(path, included):
    """Say what is wrong with an include of a library, or None."""
    room = room_of(path)
    for pattern, rooms in LIBRARIES:
        if pattern.match(included) and room not in rooms and room.split("/")[0] not in rooms:
            return f"{path}: {room} may not include <{included}>"
    return None


def problems(texts):
    """Check the includes of {path: text}; those of the tests are free."""
    found = []
    for path, text in texts.items():
        if path.startswith("tests/"):
            continue
        if room_of(path) not in MAY_SEE:
            found.append(f"{path}: {room_of(path) or 'the top level'} is no room of the table")
            continue
        for kind, included in INCLUDE.findall(text):
            own = kind == '"'
            wrong = wrong_own(path, included, texts) if own else wrong_library(path, included)
            if wrong:
                found.append(wrong)
    return found


# One file each that must be found, in a tree where all else is right.
BAD = {
    "net/wire/up.c": '#include "net/crypto/code.h"\n',
    "net/relay/nosy.c": '#include "net/crypto/code.h"\n',
    "net/peer/relay.c": '#  include "net/relay/relay.h"\n',
    "net/base/glib.c": "#include <glib.h>\n",
    "net/dial/gio.c": "#include <gio/gio.h>\n",
    "net/base/app.c": '#include "app/share/share.h"\n',
    "net/portmap/nosy.c": '#include "net/crypto/code.h"\n',
    "net/link/near.c": '#include "link.h"\n',
    "net/link/relative.c": '#include "../path/path.h"\n',
    "app/view/share.c": '#include "app/share/share.h"\n',
    "app/cli/gtk.c": "#include <gtk/gtk.h>\n",
    "app/cli/rfb.c": "#include <rfb/rfb.h>\n",
    "app/cli/window.c": '#include "ui/window.h"\n',
    "ui/net.c": '#include "net/base/err.h"\n',
    "net/cellar/new.c": "#include <stdio.h>\n",
    "net/loose.c": "#include <stdio.h>\n",
    "loose.c": "#include <stdio.h>\n",
}
GOOD = {
    "net/base/err.h": "#include <stdint.h>\n",
    "net/crypto/code.h": '#include "net/base/err.h"\n',
    "net/relay/relay.h": '#include "net/wire/tlv.h"\n',
    "net/wire/tlv.h": '#include "net/base/err.h"\n',
    "app/share/share.h": '#include <glib.h>\n#include <rfb/rfb.h>\n#include "net/base/err.h"\n',
    "app/desktop/main.c": '#include "config.h"\n#include <gtk/gtk.h>\n#include "ui/window.h"\n',
    "app/cli/main.c": '#include "app/share/share.h"\n',
    "ui/window.h": "#include <gtk/gtk.h>\n",
    "tests/unit/link.c": '#include <glib.h>\n#include "net/relay/relay.h"\n',
}


def self_test():
    """Say where the check misses a bad file or blames a good one."""
    missed = [path for path, text in BAD.items() if len(problems({**GOOD, path: text})) != 1]
    return problems(GOOD) + [f"{path} was not found" for path in missed]


def main():
    t = tap.Tap()
    t.check("a bad include is found", self_test())
    t.check("rooms include only what they may see", problems(tree.texts(sys.argv[1], ".c", ".h")))
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
