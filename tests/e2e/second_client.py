# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented bytes are the bytes: a client written from net/PROTOCOL.md alone talks to ours."""

import json
import pathlib
import random
import select
import socket
import tempfile
import threading
import typing

from deskside_test import forwarder, programs, session, tap
from deskside_test.second import code, leg, mux, peer, proof

SIZE = 600_000  # more than two windows of a channel, and than what a relay keeps
PING = 4711
STOPPED, WRONG_CODE = 1, 5


class Far:
    """What a carried connection leads to: it sends its bytes, and receives at the same time."""

    def __init__(self, sends):
        self.sends = sends
        self.received = None  # all, once the other end has said that it is all
        self._thread = None

    def serve(self, listener):
        """Take one connection of a listening socket."""
        self._start(lambda: self._talk(listener.accept()[0]))

    def connect(self, address):
        """Connect to (host, port)."""
        self._start(lambda: self._talk(socket.create_connection(address, 10)))

    @staticmethod
    def _start(target):
        threading.Thread(target=target, daemon=True).start()

    def _talk(self, connection):
        with connection:
            connection.settimeout(20)
            self._start(lambda: self._send(connection))
            received = []
            while data := connection.recv(1 << 16):
                received.append(data)
            self.received = b"".join(received)

    def _send(self, connection):
        connection.sendall(self.sends)
        connection.shutdown(socket.SHUT_WR)


class Setting(typing.NamedTuple):
    """What each check gets: our client takes the relay's address, our programs the forwarder."""

    address: tuple
    pin: str
    way: forwarder.Forwarder
    numbers: random.Random

    def cli(self, verb, *arguments, **program):
        """Start one of our programs."""
        through = ["--relay", self.way.address, "--relay-pin", self.pin]
        return programs.cli(verb, *arguments, *through, **program)


def said(program, event):
    """Return the first event of a name that a program has printed so far, or None."""
    events = (json.loads(line) for line in program.lines)
    return next((found for found in events if found["event"] == event), None)


def carry(t, setting, side, number, far):
    """Send bytes on a channel while the far end sends its own; both sides' connections are lost."""
    sends, channel = setting.numbers.randbytes(SIZE), side.mux.channels[number]
    side.mux.send(number, sends, is_last=True)
    side.run_until(lambda: len(channel.received) > SIZE // 3, "a third of the bytes")
    # Only they notice: the relay has to learn it from the cookie in their MEET, and to tell us.
    setting.way.strand()
    side.run_until_lost()
    side.meet_again()
    side.run_until(lambda: len(channel.received) > SIZE // 3 * 2, "two thirds of the bytes")
    side.meet_again()
    side.run_until(lambda: channel.has_eof and far.received is not None, "both ends")
    t.equal("every byte comes, though connections were lost", channel.received == far.sends, True)
    t.equal("every byte goes", far.received == sends, True)
    t.equal("more credit was given", channel.credits > 0, True)


def check_helper(t, setting):
    """Help somebody who runs our program."""
    far = Far(setting.numbers.randbytes(SIZE))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        far.serve(listener)
        port = listener.getsockname()[1]
        with setting.cli("share", "--vnc", f"127.0.0.1:{port}") as share:
            typed = share.wait_event("code")["code"]
            proven = proof.connect(setting.address, setting.pin, typed)
            with peer.Peer(setting.address, setting.pin, True, proven) as side:
                side.run_until(lambda: side.message(mux.GRANT), "GRANT")
                t.equal("share lets it in", side.message(mux.GRANT)[mux.TAG_LEVEL], b"\2")
                t.equal("and knows its name", share.wait_event("peer")["name"], "Second")
                side.link.ping(PING)
                side.run_until(lambda: PING in side.link.pongs, "PONG")
                carry(t, setting, side, side.mux.open(mux.TCP), far)
                side.link.close(STOPPED)
                side.run_until(lambda: side.link.is_close_acknowledged, "CLOSE_ACK")
            t.equal("share hears the end", share.wait_event("closed")["reason"], "peer-stopped")
            t.equal("and ends well", share.wait_exit(), 0)


def check_looker(t, setting):
    """Help somebody who shares a foreign server, and want to look alone."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with setting.cli("share", "--vnc", f"127.0.0.1:{listener.getsockname()[1]}") as share:
            typed = share.wait_event("code")["code"]
            proven = proof.connect(setting.address, setting.pin, typed)
            with peer.Peer(setting.address, setting.pin, True, proven, mux.VIEW) as side:
                side.run_until(lambda: side.message(mux.GRANT), "GRANT")
                t.equal("who wants less gets less", side.message(mux.GRANT)[mux.TAG_LEVEL], b"\1")
                number = side.mux.open(mux.TCP)
                side.mux.send(number, b"hello")
                with accept(side, listener) as far:
                    side.run_until(lambda: is_readable(far), "what a viewer says")
                    t.equal("and may speak to the server", far.recv(5), b"hello")
                    far.sendall(b"there")
                    channel = side.mux.channels[number]
                    side.run_until(lambda: channel.received, "what the server says")
                    t.equal("which answers", channel.received, b"there")


def check_helpee(t, setting):
    """Be helped by somebody who runs our program."""
    far = Far(setting.numbers.randbytes(SIZE))
    waiting = proof.Waiting(setting.address, setting.pin)
    listen = ["--listen", "127.0.0.1:0"]
    with setting.cli("connect", "-", *listen, typed=waiting.code + "\n") as connect:
        with peer.Peer(setting.address, setting.pin, False, waiting.accept()) as side:
            side.run_until(lambda: side.message(mux.INTRO), "INTRO")
            t.equal("connect wants control", side.message(mux.INTRO)[mux.TAG_WANTS], b"\2")
            side.grant(mux.CONTROLLING)
            side.run_until(lambda: said(connect, "listening"), "a viewer's address")
            t.equal("connect knows its name", said(connect, "peer")["name"], "Second")
            far.connect(programs.split_address(said(connect, "listening")["addr"]))
            side.run_until(lambda: side.mux.opened, "OPEN")
            carry(t, setting, side, min(side.mux.opened), far)
            connect.process.terminate()
            side.run_until(lambda: side.link.peer_close, "CLOSE")
            t.equal("CLOSE says why", side.link.peer_close[1], STOPPED)
            t.equal("connect has CLOSE_ACK and ends well", connect.wait_exit(), 0)


def is_readable(connection):
    """Say whether something has come, without waiting for it."""
    return bool(select.select([connection], [], [], 0)[0])


def accept(side, listener):
    """Return the connection that comes, while the session goes on."""
    side.run_until(lambda: is_readable(listener), "a connection to the server")
    return listener.accept()[0]


def wrong(right):
    """Return a code under the same nameplate with another secret."""
    other = right[:-2] + str((int(right[-2]) + 1) % 10)
    return other + code.check_digit(other)


def check_wrong_code(t, setting):
    """Guess, as the helper; and find out a guess, as the helpee."""
    with setting.cli("share", "--vnc", "127.0.0.1:9") as share:
        try:
            proof.connect(setting.address, setting.pin, wrong(share.wait_event("code")["code"]))
            found = None
        except leg.Refused as refused:
            found = refused.reason
        t.equal("share refuses a wrong code", found, WRONG_CODE)
        t.equal("and counts it", share.wait_event("guess")["left"], 2)
    waiting = proof.Waiting(setting.address, setting.pin)
    with setting.cli("connect", "-", typed=wrong(waiting.code) + "\n") as connect:
        try:
            waiting.accept()
            found = "right"
        except proof.WrongCode:
            found = "wrong"
        t.equal("connect's wrong code is none here", found, "wrong")
        t.equal("and connect says so", connect.wait_event("closed")["reason"], "wrong-code")
    waiting.close()


def main():
    t = tap.Tap()
    numbers = random.Random(session.seed())
    with tempfile.TemporaryDirectory() as folder:
        relay, where, pin = programs.relay(pathlib.Path(folder))
        address = programs.split_address(where)
        with relay, forwarder.Forwarder(address) as way:
            setting = Setting(address, pin, way, numbers)
            check_helper(t, setting)
            check_looker(t, setting)
            check_helpee(t, setting)
            check_wrong_code(t, setting)
        t.equal("the relay stops cleanly", relay.process.returncode, 0)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
