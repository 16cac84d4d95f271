# SPDX-License-Identifier: GPL-3.0-or-later
"""The relay as its admin meets it: what it prints, the key that it keeps, and how it ends."""

import hashlib
import os
import pathlib
import socket
import ssl
import stat
import tempfile

from deskside_test import programs, tap

# The start of a SubjectPublicKeyInfo of P-256 (RFC 5480); the point's 65 bytes follow.
P256_INFO = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")


def look(address):
    """Connect as a client; return (pin of the key that is served, TLS version, ALPN)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "deskside/1"])
    with socket.create_connection(programs.split_address(address), 10) as plain:
        with context.wrap_socket(plain) as tls:
            certificate = tls.getpeercert(binary_form=True)
            at = certificate.index(P256_INFO)
            key = certificate[at : at + len(P256_INFO) + 65]
            return hashlib.sha256(key).hexdigest(), tls.version(), tls.selected_alpn_protocol()


def check_key(t, folder):
    """Start it twice: the key stays, and is the one that the pin names."""
    relay, address, pin = programs.relay(folder)
    with relay:
        served = look(address)
        t.equal("the pin is that of the key that it serves", served[0], pin)
        t.equal("it speaks TLS 1.3 and our protocol", served[1:], ("TLSv1.3", "deskside/1"))
        modes = {name.name: stat.S_IMODE(name.stat().st_mode) for name in folder.iterdir()}
        t.equal("nobody else reads the key", modes["key.pem"] & 0o077, 0)
        t.equal("SIGTERM ends it well", relay.stop(), 0)
    again, _, second_pin = programs.relay(folder)
    with again:
        t.equal("the key outlives the relay", second_pin, pin)


def run(*options):
    """Run a relay that must refuse to start; return its status and what it says."""
    with programs.Program([os.environ["DESKSIDE_RELAY"], *options]) as relay:
        return relay.wait_exit(), relay.stderr()


def check_refusals(t, folder):
    """Start it with what it cannot serve."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        status, words = run("--self-signed", folder, "--listen", address)
    t.equal("a taken port is a failure", status, 1)
    t.check("that names the address", [] if address in words else [words])
    t.equal("an unknown option is a usage error", run("--nosuch")[0], 2)
    t.equal("so is neither a certificate nor a folder", run("--listen", "127.0.0.1:0")[0], 2)


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as folder:
        check_key(t, pathlib.Path(folder))
        check_refusals(t, pathlib.Path(folder))
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
