# SPDX-License-Identifier: GPL-3.0-or-later
"""STUN at the relay, asked by a client that was written from the RFCs, in a network of its own."""

import contextlib
import os
import pathlib
import socket
import subprocess
import tempfile
import threading
import time

from deskside_test import netns, programs, tap
from deskside_test import relay_client as rc
from deskside_test.second import stun

HOSTS, PORTS = ("127.0.0.1", "127.0.0.2"), (3478, 3479)
TWO = f"{HOSTS[0]}:{PORTS[0]},{HOSTS[1]}:{PORTS[1]}"


@contextlib.contextmanager
def relay(*options):
    """Run a relay; yields (address of its own port, WELCOME's fields)."""
    with tempfile.TemporaryDirectory() as folder:
        running, ready, _ = programs.relay(pathlib.Path(folder), *options)
        address = programs.split_address(ready)
        with running:
            with rc.Client(address) as client:
                client.send(rc.hello())
                welcome = rc.fields(client.expect(rc.WELCOME))
            yield address, welcome
            if running.stop() != 0:
                raise programs.Failure("the relay did not end well")


def seen(answer, local):
    """Return what an answer says: that it sees us right, where it comes from, and what else."""
    return answer.kind == stun.RESPONSE and answer.mapped == local, answer.origin, answer.other


def check_own_port(t, address):
    """Ask at the port at which clients are served."""
    with stun.Tcp(address) as asker:
        first, second = asker.ask(), asker.ask()
        t.equal("the relay's own port sees us", seen(first, asker.local), (True, address, None))
        t.equal("as often as it is asked", seen(second, asker.local), (True, address, None))
        asker.send(stun.message(stun.INDICATION) + stun.with_fingerprint(stun.message()))
        t.equal("an indication gets no answer, what follows does", asker.receive().mapped,
                asker.local)
        refused = asker.ask(stun.change(stun.CHANGE_PORT), stun.attribute(0x0024, bytes(4)),
                            stun.attribute(0x8FFF, bytes(3)))
        t.equal("what it cannot do is named",
                (refused.kind, refused.error, refused.unknown),
                (stun.ERROR, 420, [stun.CHANGE_REQUEST, 0x0024]))
        with rc.Client(address) as client:
            client.send(rc.hello())
            client.expect(rc.WELCOME)
        t.check("who speaks TLS is served beside it", [])


def check_four(t):
    """Ask at all four combinations of two addresses and ports."""
    wrong = []
    for host in HOSTS:
        for port in PORTS:
            other = (HOSTS[host == HOSTS[0]], PORTS[port == PORTS[0]])
            with stun.Tcp((host, port)) as asker:
                got = seen(asker.ask(), asker.local)
                wrong += tap.unless(got == (True, (host, port), other), "TCP", host, port, got)
            with stun.Udp() as asker:
                wrong += check_changes(asker, (host, port), other)
    t.check("two addresses and ports are four that answer, over TCP and UDP, from where one likes",
            wrong)


def check_changes(asker, asked, other):
    """Return what is wrong with the answers to the four kinds of CHANGE-REQUEST."""
    wrong = []
    for flags in (0, stun.CHANGE_PORT, stun.CHANGE_ADDRESS, stun.CHANGE_PORT | stun.CHANGE_ADDRESS):
        wanted = (other if flags & stun.CHANGE_ADDRESS else asked)[0], (
            other if flags & stun.CHANGE_PORT else asked)[1]
        answer, source = asker.ask(asked, *([stun.change(flags)] if flags else []))
        got = (*seen(answer, asker.local), source)
        wrong += tap.unless(got == (True, wanted, other, wanted), "UDP", asked, flags, got)
    return wrong


def check_any(t):
    """Ask at one end which stands for all addresses, of both kinds."""
    wrong = []
    for host in ("127.0.0.1", "127.0.0.5", "::1"):
        with stun.Tcp((host, PORTS[0])) as asker:
            got = seen(asker.ask(), asker.local)
            wrong += tap.unless(got == (True, (host, PORTS[0]), None), "TCP", host, got)
        with stun.Udp("::1" if host == "::1" else "127.0.0.1") as asker:
            answer, source = asker.ask((host, PORTS[0]))
            got = (*seen(answer, asker.local), source)
            wanted = (True, (host, PORTS[0]), None, (host, PORTS[0]))
            wrong += tap.unless(got == wanted, "UDP", host, got)
            answer, _ = asker.ask((host, PORTS[0]), stun.change(stun.CHANGE_PORT))
            wrong += tap.unless(answer.error == 420, "a change of port where there is no other")
    t.check("one end at all addresses answers from the one that was asked", wrong)


def run(*command):
    """Run a stock client; return what it says."""
    ended = subprocess.run(command, capture_output=True, text=True, timeout=40, check=False)
    return ended.stdout + ended.stderr


def check_stock_clients(t):
    """Ask with coturn's clients, which know nothing of us."""
    said = run("turnutils_stunclient", "-f", HOSTS[0])
    t.check("turnutils_stunclient sees both ends",
            tap.unless("Other addr: : 127.0.0.2:3479" in said
                       and "Response origin: : 127.0.0.2:3479" in said, said))
    said = run("turnutils_natdiscovery", "-m", "-f", "-L", HOSTS[0], HOSTS[0])
    wanted = ("No NAT! (Endpoint Independent Mapping)", "NAT with Endpoint Independent Filtering!",
              "No ALG: Mapped == XOR-Mapped")
    t.check("turnutils_natdiscovery finds no NAT and nothing that filters",
            [f"not said: {words}\n{said}" for words in wanted if words not in said])


class Silent:
    """Who begin a question and say no more, at both kinds of port."""

    def __init__(self, *addresses):
        self.begun = time.monotonic()
        self.ends = []
        self.threads = [threading.Thread(target=self._wait, args=(address, size))
                        for address in addresses for size in (1, 19)]
        for thread in self.threads:
            thread.start()

    def _wait(self, address, size):
        with stun.Tcp(address, timeout=60) as asker:
            asker.send(stun.message()[:size])
            self.ends.append((asker.is_closed(), time.monotonic() - self.begun))

    def check(self, t):
        for thread in self.threads:
            thread.join()
        good = [is_closed and 9 < spent_s < 20 for is_closed, spent_s in self.ends]
        t.check("half a question is closed after 10 s, without a word",
                tap.unless(good == [True] * len(self.threads), self.ends))


def check_unread(t, address):
    """Ask 50,000 times and read nothing: the server stops reading, and loses nothing."""
    with stun.Tcp(address) as asker, stun.Tcp(address) as other:
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            asker.socket.setsockopt(socket.SOL_SOCKET, option, 4096)
        questions = b"".join(stun.message(transaction=number.to_bytes(12, "big"))
                             for number in range(50000))
        asker.socket.settimeout(1)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < len(questions):
                sent += asker.socket.send(questions[sent:])
        t.check("who does not read is not read", tap.unless(sent < len(questions) / 2, sent))
        t.equal("others are served meanwhile", other.ask().mapped, other.local)
        asker.socket.settimeout(20)
        whole = sent // 20
        numbers = [int.from_bytes(asker.receive().transaction, "big") for _ in range(whole)]
        t.equal("nothing of what was asked is lost", numbers, list(range(whole)))


def check_garbage(t, address):
    """Send what is no question."""
    wrong = []
    for name, data in {
        "HTTP at first sight": b"\x00" * 64,
        "another method": stun.message(0x0003),
        "an answer": stun.message(stun.RESPONSE),
        "a wrong fingerprint": stun.with_fingerprint(stun.message())[:-1] + b"\0",
        "a question that is too long": stun.message(stun.REQUEST, stun.attribute(0x8FFF,
                                                                                 bytes(600))),
    }.items():
        with stun.Tcp(address) as asker:
            asker.send(data)
            wrong += tap.unless(asker.is_closed(), name)
    t.check("what is no question ends a connection", wrong)


def check_datagrams(t, address):
    """Send datagrams that must not be answered, and more questions than one may ask."""
    with stun.Udp("127.0.0.9") as asker, stun.Udp("127.0.0.10") as other:
        for data in (b"", b"\0", bytes(2000), stun.message(stun.RESPONSE),
                     stun.message(stun.INDICATION), stun.message() + b"more",
                     stun.message()[:-1]):
            asker.send(address, data)
        answer, _ = asker.ask(address)
        t.equal("datagrams that are no question get no answer", answer.mapped, asker.local)
        begun = time.monotonic()
        for _ in range(200):
            asker.send(address, stun.message())
        answer, _ = other.ask(address)  # in turn: by now the others have been handled
        most = 41 + 10 * (time.monotonic() - begun)
        t.check("another is served, and an answer is not much longer than the question",
                tap.unless(answer.mapped == other.local and len(answer.data) <= 4 * 20, answer.data))
        count = 0
        while asker.receive(0.001):
            count += 1
        t.check("one subscriber gets so many answers and no more",
                tap.unless(30 <= count <= most, count, most))


def check_caps(t, address):
    """Connect more often than one subscriber may."""
    source = ("127.0.0.7", 0)
    with contextlib.ExitStack() as stack:
        askers = [stack.enter_context(stun.Tcp(address, source)) for _ in range(64)]
        wrong = [asker.local for asker in askers if asker.ask().mapped != asker.local]
        with stun.Tcp(address, source) as late:
            late.send(stun.message())
            wrong += tap.unless(late.is_closed(), "one too many is served")
        with stun.Tcp(address) as other:
            wrong += tap.unless(other.ask().mapped == other.local, "another one is not served")
    t.check("a subscriber has so many connections and no more", wrong)
    with stun.Tcp(address, source) as again:
        t.equal("until some of them are gone", again.ask().mapped, again.local)


def check_taken(t):
    """Start where a port is taken already."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.2", 3479)):
        command = [os.environ["DESKSIDE_RELAY"], "--self-signed", folder, "--listen",
                   "127.0.0.1:0", "--stun", TWO]
        with programs.Program(command, name="relay") as failing:
            status, words = failing.wait_exit(), failing.stderr()
    t.equal("a port that is taken is a failure", status, 1)
    t.check("that is named", tap.unless("127.0.0.2:3479" in words, words))
    t.check("and nothing is said to be answered", tap.unless("answering STUN" not in words, words))


def check_logged(t):
    """Read in the log where it is answered."""
    with tempfile.TemporaryDirectory() as folder:
        command = [os.environ["DESKSIDE_RELAY"], "--self-signed", folder, "--listen",
                   "127.0.0.1:0", "--stun", TWO]
        with programs.Program(command, name="relay") as started:
            started.wait_line("^READY ")
            words = started.stderr()
    t.check("the log says where", tap.unless(f"answering STUN on {TWO}, " in words, words))


def main():
    """Run all."""
    t = tap.Tap()
    if not netns.enter():
        t.skip("STUN at the relay", "no network of one's own is to be had here")
        return t.done()
    with relay("--stun", TWO) as (address, welcome):
        silent = Silent(address, (HOSTS[0], PORTS[0]))
        t.equal("WELCOME names those of --stun", welcome.get(rc.STUN), TWO.encode())
        check_own_port(t, address)
        check_four(t)
        check_stock_clients(t)
        for asked in (address, (HOSTS[1], PORTS[0])):
            check_unread(t, asked)
            check_garbage(t, asked)
            check_caps(t, asked)
        check_datagrams(t, (HOSTS[0], PORTS[0]))
        silent.check(t)
    with relay("--stun", f"[::]:{PORTS[0]}", "--listen", "[::1]:0") as (address, welcome):
        t.equal("all addresses are named as such", welcome.get(rc.STUN), b"[::]:3478")
        check_own_port(t, address)
        check_any(t)
    with relay() as (address, welcome):
        t.equal("a relay without --stun names no port", welcome.get(rc.STUN), None)
        check_own_port(t, address)
    check_taken(t)
    check_logged(t)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
