# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the relay for tests: TLS, records and fields, and the relay's process itself."""

import os
import select
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import time

HELLO, WELCOME, REFUSED, WAIT, WAITING, KNOCK, KNOCKED, SAY, GONE, ACCEPT, REJECT, PAIRED, MEET = (
    range(1, 14))
PIPE, NOTE, PING, PONG = range(16, 20)
(VERSION_MIN, VERSION_MAX, VERSION, CAPS, PROGRAM, OBSERVED, STUN, REASON, NAMEPLATE, TOKEN,
 MEETING, ROLE, COOKIE, NOTE_KIND, WHERE, RETRY_MS) = range(1, 17)
HELPEE, HELPER = 1, 2
DRAIN, PEER_GONE = 1, 2
NO_SUCH_CODE, WRONG_CODE, BUSY, TOO_OLD, RELAY_TOO_OLD, RELAY_FULL, PEER_LEFT, PROTOCOL = (
    3, 5, 8, 13, 14, 15, 16, 18)
REPLACED = 26
PIPE_MAX = 16380


def record(kind, payload=b""):
    return struct.pack(">BBH", kind, len(payload) >> 16, len(payload) & 0xffff) + payload


def field(tag, value):
    return struct.pack(">HH", tag, len(value)) + value


def fields(payload):
    """The fields of a payload as {tag: value}."""
    found = {}
    while payload:
        tag, size = struct.unpack_from(">HH", payload)
        found[tag] = payload[4:4 + size]
        assert len(found[tag]) == size, "a field is cut short"
        payload = payload[4 + size:]
    return found


def hello(low=1, high=1):
    return record(HELLO, field(VERSION_MIN, struct.pack(">H", low))
                  + field(VERSION_MAX, struct.pack(">H", high))
                  + field(CAPS, bytes(8)) + field(PROGRAM, b"test/1"))


def wait(nameplate=None, token=None):
    payload = b"" if nameplate is None else field(NAMEPLATE, nameplate)
    return record(WAIT, payload + (b"" if token is None else field(TOKEN, token)))


def knock(nameplate, say=b""):
    return record(KNOCK, bytes([len(nameplate)]) + nameplate + say)


def say(number, data):
    return record(SAY, struct.pack(">I", number) + data)


def accept(number):
    return record(ACCEPT, struct.pack(">I", number))


def reject(number, reason):
    return record(REJECT, struct.pack(">IB", number, reason))


def meet(meeting, role, cookie=None):
    payload = field(MEETING, meeting) + field(ROLE, bytes([role]))
    return record(MEET, payload + (b"" if cookie is None else field(COOKIE, cookie)))


def context():
    """A client's TLS context. The tests know the relay by having started it."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.set_alpn_protocols(["deskside/1"])
    return made


class Ended(Exception):
    """The relay closed the connection."""


class Client:
    """One connection to the relay. Calls block, for at most `timeout` seconds."""

    def __init__(self, address, source=None, timeout=10, tls=None, receive_buffer=None):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.raw = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer is not None:
            self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.raw.settimeout(timeout)
        if source is not None:
            self.raw.bind((source, 0))
        self.raw.connect(address)
        self.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.local = self.raw.getsockname()
        self.socket = (tls or context()).wrap_socket(self.raw, suppress_ragged_eofs=True)
        self.input = b""
        self.cookie = None

    def send(self, *records):
        self.socket.sendall(b"".join(records))

    def receive(self):
        """The next record: (type, payload). Raises Ended, or TimeoutError."""
        while True:
            if len(self.input) >= 4:
                size = int.from_bytes(self.input[1:4], "big")
                if len(self.input) >= 4 + size:
                    kind, payload = self.input[0], self.input[4:4 + size]
                    self.input = self.input[4 + size:]
                    return kind, payload
            try:
                more = self.socket.recv(65536)
            except (ConnectionError, ssl.SSLError) as error:
                if isinstance(error, TimeoutError):
                    raise
                raise Ended(str(error)) from error
            if not more:
                raise Ended("end of stream")
            self.input += more

    def expect(self, kind):
        """The payload of the next record, which must be of this type."""
        got, payload = self.receive()
        assert got == kind, f"record {kind} expected, {got} came: {payload[:64]!r}"
        return payload

    def expect_refused(self, reason):
        """The fields of REFUSED with this reason, after which the relay closes."""
        found = fields(self.expect(REFUSED))
        assert found[REASON] == bytes([reason]), f"reason {reason} expected: {found}"
        self.expect_end()
        return found

    def expect_end(self):
        try:
            kind, payload = self.receive()
        except Ended:
            return
        raise AssertionError(f"the end expected, record {kind} came: {payload[:64]!r}")

    def is_silent(self, seconds):
        """Whether no record comes for so long."""
        self.socket.settimeout(seconds)
        try:
            self.receive()
        except TimeoutError:
            return True
        except Ended:
            pass
        return False

    def close(self):
        self.socket.close()

    def reset(self):
        """Close by RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class Relay:
    """The real program on a free port of the loopback."""

    def __init__(self, *options, listen="127.0.0.1:0", directory=None):
        self.own = None if directory else tempfile.TemporaryDirectory()
        self.directory = directory or self.own.name
        self.log = tempfile.TemporaryFile()
        arguments = options or ("--listen", listen, "--self-signed", self.directory)
        self.process = subprocess.Popen([os.environ["DESKSIDE_RELAY"], *arguments],
                                        stdout=subprocess.PIPE, stderr=self.log)
        self.pin = None
        for line in self.process.stdout:
            word, value = line.decode().split()
            if word == "PIN":
                self.pin = value
            if word == "READY":
                host, port = value.rsplit(":", 1)
                self.address = (host.strip("[]"), int(port))
                return
        raise AssertionError(f"the relay did not start: {self.process.wait()} {self.lines()}")

    def client(self, *first, **options):
        """A client that has said HELLO and `first` and has had WELCOME."""
        made = Client(self.address, **options)
        made.send(hello(), *first)
        made.welcome = fields(made.expect(WELCOME))
        return made

    def helpee(self, nameplate=None, token=None, **options):
        made = self.client(wait(nameplate, token), **options)
        found = fields(made.expect(WAITING))
        made.nameplate, made.token = found[NAMEPLATE], found[TOKEN]
        return made

    def knocked(self, helpee, data=b"pA", **options):
        """A helper whose knock has reached the helpee, and its id."""
        helper = self.client(knock(helpee.nameplate, data), **options)
        payload = helpee.expect(KNOCKED)
        assert payload[4:] == data
        return helper, int.from_bytes(payload[:4], "big")

    def pair(self, helpee_options=None, **options):
        """Two connections that are paired: helpee, helper."""
        helpee = self.helpee(**(helpee_options or {}))
        helper, number = self.knocked(helpee, **options)
        helpee.send(accept(number))
        for client in (helpee, helper):
            client.cookie = client.expect(PAIRED)
        return helpee, helper

    def lines(self):
        """What the relay has logged so far."""
        self.log.seek(0)
        return self.log.read().decode().splitlines()

    def rss_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def stop(self, number=signal.SIGTERM):
        """End the relay; returns its exit status."""
        self.process.send_signal(number)
        return self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, kind, *unused):
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(20)
        lines = self.lines()
        self.process.stdout.close()
        self.log.close()
        if self.own:
            self.own.cleanup()
        if kind is not None or status != 0:
            print("# relay: " + "\n# relay: ".join(lines), flush=True)
        assert kind is not None or status == 0, f"the relay's exit status is {status}"


def wait_until(condition, seconds=10):
    """Look again and again until `condition()` is true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        select.select([], [], [], 0.01)
