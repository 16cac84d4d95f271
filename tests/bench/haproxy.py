"""HAProxy as the peer: it takes TLS off and puts it on again, with the relay's own certificate."""

import pathlib
import socket

from deskside_test import programs

SUITE = "ciphersuites TLS_AES_128_GCM_SHA256 ssl-min-ver TLSv1.3"

# One process with one thread, as the relay; TCP_NODELAY is its default.
CONFIGURATION = """\
global
    nbthread 1
    maxconn 64
defaults
    mode tcp
    timeout connect 10s
    timeout client 60s
    timeout server 60s
listen bench
    bind fd@{listener} ssl crt {pem} alpn deskside/1 no-tls-tickets {suite}
    server sink {target} ssl verify none {suite}
"""


def write_pem(folder):
    """Join the certificate and the key that the relay left in `folder`; return the file."""
    folder = pathlib.Path(folder)
    pem = folder / "both.pem"
    pem.write_text((folder / "cert.pem").read_text() + (folder / "key.pem").read_text())
    return pem


def start(folder, pem, target):
    """Start HAProxy in front of the address `target`; return (program, address, configuration)."""
    listener = socket.create_server(("127.0.0.1", 0))
    with listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        text = CONFIGURATION.format(
            listener=listener.fileno(), pem=pem, target=target, suite=SUITE
        )
        file = pathlib.Path(folder) / "haproxy.cfg"
        file.write_text(text)
        command = ["haproxy", "-db", "-f", file]
        return programs.Program(command, pass_fds=[listener.fileno()]), address, text
