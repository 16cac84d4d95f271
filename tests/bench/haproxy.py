# SPDX-License-Identifier: GPL-3.0-or-later
"""HAProxy as the peer: each is one process with one thread, and TCP_NODELAY is its default."""

import contextlib
import pathlib
import socket

from deskside_test import programs

GLOBAL = """\
global
    nbthread 1
    maxconn 64
defaults
    mode tcp
    timeout connect 10s
    timeout client 60s
    timeout server 60s
"""
SUITE = "ciphersuites TLS_AES_128_GCM_SHA256 ssl-min-ver TLSv1.3"
ENTRY = '"fd@${LISTENER}"'

# What each process is in place of. Variables are expanded within quotes only.
SECTIONS = {
    # Takes TLS off and puts it on again.
    "relay": f"""\
listen relay
    bind {ENTRY} ssl crt "${{PEM}}" alpn deskside/1 no-tls-tickets {SUITE}
    server next "${{NEXT}}" ssl verify none {SUITE}
""",
    # Puts on two layers of TLS, as `connect` does: end to end, and to the relay.
    "helper": f"""\
listen end-to-end
    bind {ENTRY}
    server leg abns@bench-helper ssl verify none {SUITE}
listen leg
    bind abns@bench-helper
    server relay "${{NEXT}}" ssl verify none alpn deskside/1 {SUITE}
""",
    # Takes them off, as `share` does.
    "helpee": f"""\
listen leg
    bind {ENTRY} ssl crt "${{PEM}}" no-tls-tickets {SUITE}
    server end-to-end abns@bench-helpee
listen end-to-end
    bind abns@bench-helpee ssl crt "${{PEM}}" no-tls-tickets {SUITE}
    server next "${{NEXT}}"
""",
}


def configuration(*names):
    """Return the lines that say how these processes are configured."""
    return (GLOBAL + "".join(SECTIONS[name] for name in names)).splitlines()


def write_pem(folder):
    """Join the certificate and the key that the relay left in `folder`; return the file."""
    folder = pathlib.Path(folder)
    pem = folder / "both.pem"
    pem.write_text((folder / "cert.pem").read_text() + (folder / "key.pem").read_text())
    return pem


@contextlib.contextmanager
def start(folder, name, pem, target):
    """Run one of SECTIONS in front of the address `target`; give (program, its address)."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        file = pathlib.Path(folder) / f"{name}.cfg"
        file.write_text(GLOBAL + SECTIONS[name])
        program = programs.Program(
            ["haproxy", "-db", "-f", file],
            env={"LISTENER": str(listener.fileno()), "PEM": str(pem), "NEXT": target},
            pass_fds=[listener.fileno()],
        )
    with program:
        yield program, address
