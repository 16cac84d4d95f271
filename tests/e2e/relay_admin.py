# SPDX-License-Identifier: GPL-3.0-or-later
"""The relay's certificates, its configuration file and its memory, as an admin cares for them."""

import hashlib
import os
import pathlib
import select
import signal
import socket
import ssl
import subprocess
import tempfile

from deskside_test import programs, tap
from deskside_test import relay_client as rc

KIB = 1024
SESSIONS = 100
CHURN = 500

# What one paired session may hold at the most, in KiB: net/PROTOCOL.md, 1, has the sum.
SESSION_KIB = 352

# Freed memory that the address sanitizer keeps back would look like a leak.
LEAN = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=0"
        ":thread_local_quarantine_size_kb=0:malloc_context_size=2"
        ":allocator_release_to_os_interval_ms=0"}


def served(address):
    """Return the SHA-256 of the certificate that is served."""
    with rc.Client(address) as client:
        return hashlib.sha256(client.socket.getpeercert(binary_form=True)).hexdigest()


def make_certificate(folder, name, days, key=None):
    """Make name.pem, for `key` or a new one in name-key.pem; return both paths."""
    cert, key_file = folder / f"{name}.pem", key or folder / f"{name}-key.pem"
    new = ["-key", key] if key else ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                                     "-keyout", key_file, "-nodes"]
    subprocess.run(["openssl", "req", "-x509", *new, "-out", cert, "-days", str(days), "-subj",
                    f"/CN={name}"], check=True, stderr=subprocess.DEVNULL)
    return cert, key_file


def digest(file):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read_text())).hexdigest()


def check_reload(t, folder):
    """Exchange the certificate under a running relay."""
    cert, key = make_certificate(folder, "served", 90)
    with rc.Relay("--listen", "127.0.0.1:0", "--cert", cert, "--key", key) as relay:
        t.equal("with files no pin is printed", relay.pin, None)
        helpee, helper = relay.pair()
        before = served(relay.address)
        t.equal("it serves the file's certificate", before, digest(cert))
        make_certificate(folder, "served", 90)
        relay.kill(signal.SIGHUP)
        relay.wait_log("certificate loaded again")
        t.equal("SIGHUP exchanges the certificate", served(relay.address), digest(cert))
        t.check("for another", [] if served(relay.address) != before else ["it is the same"])
        helpee.send(rc.record(rc.PIPE, b"on"))
        t.equal("and sessions go on", helper.expect(rc.PIPE), b"on")
        good = served(relay.address)
        cert.write_text("no certificate\n")
        relay.kill(signal.SIGHUP)
        line = relay.wait_log("cannot use the certificate")
        t.check("a bad file is named", [] if str(cert) in line else [line])
        relay.wait_log("going on with the certificate as it was")
        t.equal("and the good one stays", served(relay.address), good)


def check_self_signed(t, folder):
    """Race for the first key; let the certificate come near its end."""
    keys = folder / "new"
    command = [os.environ["DESKSIDE_RELAY"], "--listen", "127.0.0.1:0", "--self-signed", keys]
    racing = [programs.Program(command) for _ in range(6)]
    pins = {relay.wait_line("^PIN (.*)")[1] for relay in racing}
    statuses = {relay.stop() for relay in racing}
    t.equal("six that start at once have one key", (len(pins), statuses), (1, {0}))
    t.equal("and leave nothing else behind", sorted(os.listdir(keys)), ["cert.pem", "key.pem"])
    modes = [(keys / name).stat().st_mode & 0o777 for name in ("cert.pem", "key.pem")]
    t.equal("both files are the owner's alone", modes, [0o600, 0o600])

    make_certificate(keys, "cert", 10, keys / "key.pem")
    old = digest(keys / "cert.pem")
    with rc.Relay(folder=keys) as relay:
        t.equal("a certificate in its last month is made again", served(relay.address),
                digest(keys / "cert.pem"))
        t.check("as another", [] if served(relay.address) != old else ["it is the old one"])
        t.equal("with the same pin", {relay.pin}, pins)
        now = digest(keys / "cert.pem")
        relay.kill(signal.SIGHUP)
        relay.wait_log("certificate loaded again")
        t.equal("a young one stays", digest(keys / "cert.pem"), now)
    (keys / "key.pem").write_text("no key\n")
    status, words = run("--listen", "127.0.0.1:0", "--self-signed", keys)
    t.check("a broken key is not replaced",
            [] if status == 1 and "key.pem" in words else [str(status), words])
    t.equal("but left as it is", (keys / "key.pem").read_text(), "no key\n")


def run(*options):
    """Run a relay that must refuse to start; return its status and what it says."""
    with programs.Program([os.environ["DESKSIDE_RELAY"], *options]) as relay:
        return relay.wait_exit(), relay.stderr()


def check_config(t, folder):
    """Good and bad configuration files."""
    config = folder / "relay.conf"
    config.write_text(f"# a comment\n\n listen = 127.0.0.1:0 \nself-signed={folder}/conf\n")
    with rc.Relay("--config", config) as relay:
        t.check("it runs by its file", [] if relay.pin else ["no pin"])
    with rc.Relay("--config", config, "--listen", "[::1]:0") as relay:
        t.equal("the command line goes first", relay.address[0], "::1")
    for text, wanted in {
        "listen = 127.0.0.1:0\nbogus = 1\n": "relay.conf:2: no such option",
        "listen = 127.0.0.1:0\nlisten = 127.0.0.1:0\n": "relay.conf:2: given twice",
        "\nlisten\n": "relay.conf:2: not 'name = value'",
        "listen =\n": "relay.conf:1: no value",
        "config = other\n": "relay.conf:1: no such option",
        "listen = " + "9" * 400 + "\n": "relay.conf:1: value too long",
        "#" * 9000 + "\n": "relay.conf:1: line too long",
        "listen = nowhere:1\nself-signed = x\n": "--listen",
        "cert = x\n": "--key",
        "self-signed = x\nkey = y\n": "--self-signed excludes: --key",
        "self-signed = x\nstun = stun.example:3478\n": "--stun is not ADDR:PORT",
        "self-signed = x\nlisten = 127.0.0.1:9\nstun = 127.0.0.1:9\n": "--stun needs another port",
    }.items():
        config.write_text(text)
        status, words = run("--config", config)
        t.check(f"{wanted!r} is said and is a usage error",
                [] if status == 2 and wanted in words else [f"{status}: {words}"])
    status, words = run("--config", folder / "absent")
    t.check("an absent file is a failure",
            [] if status == 1 and "absent: No such file" in words else [f"{status}: {words}"])


def stall(clients):
    """Send PIPE from all until nobody can send for a second; return the bytes sent."""
    chunk = rc.record(rc.PIPE, bytes(rc.PIPE_MAX))
    poll = select.poll()
    by_fd = {client.socket.fileno(): client.socket for client in clients}
    total = 0
    for fd, sock in by_fd.items():
        sock.setblocking(False)
        poll.register(fd, select.POLLOUT)
    while True:
        ready = poll.poll(1000)
        if not ready:
            return total
        for fd, _ in ready:
            try:
                total += by_fd[fd].send(chunk)
            except ssl.SSLWantWriteError:
                pass


def check_memory(t, folder):
    """Sessions whose readers have stopped, in both directions; then all leave."""
    with rc.Relay(folder=folder, env=LEAN) as relay:
        for client in relay.pair():
            client.close()
        base = relay.status("VmRSS")
        sources = [f"127.0.1.{n}" for n in range(1, 5)]
        pairs = [relay.pair(source=sources[n % 4]) for n in range(SESSIONS)]
        stalled = stall([client for pair in pairs for client in pair])
        grown = relay.status("VmRSS") - base
        t.note(f"base {base} KiB, {stalled // KIB} KiB sent, grown by {grown} KiB")
        t.check("stalled sessions hold what the protocol says, no more",
                [] if grown <= SESSIONS * SESSION_KIB else [f"{grown} KiB"])
        t.check("though more was sent",
                [] if stalled // KIB > SESSIONS * SESSION_KIB else [f"{stalled // KIB} KiB"])
        for pair in pairs:
            for client in pair:
                client.reset()
        for _ in range(SESSIONS):
            relay.wait_log("session ended")
        relay.client().close()
        left = relay.status("VmRSS") - base
        t.note(f"after they left: {left} KiB over the base")
        t.check("and it is given back", [] if left < 8 * KIB else [f"{left} KiB are left"])


def check_churn(t, folder):
    """Clients that come and go, some in the middle of things."""
    with rc.Relay(folder=folder, env=LEAN) as relay:
        def wave():
            for number in range(CHURN):
                client = relay.client(source=f"127.0.2.{number % 200 + 1}")
                if number % 3 == 0:
                    client.send(rc.meet(os.urandom(32), rc.HELPER))
                if number % 3 == 1:
                    client.reset()
                else:
                    client.close()

        wave()
        base, fds = relay.status("VmRSS"), len(os.listdir(f"/proc/{relay.program.process.pid}/fd"))
        wave()
        with relay.client():
            grown = relay.status("VmRSS") - base
            now = len(os.listdir(f"/proc/{relay.program.process.pid}/fd"))
        t.note(f"{CHURN} more connections: {grown} KiB more")
        t.check("connections that come and go leave no memory", [] if grown < 1024 else [grown])
        t.check("and no descriptors", [] if now <= fds + 2 else [f"{fds}, then {now}"])


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_reload(t, folder)
        check_self_signed(t, folder)
        check_config(t, folder)
        check_memory(t, folder / "memory")
        check_churn(t, folder / "memory")
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
