# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the relay for tests: TLS, records and fields, and the relay's process."""

import os
import signal
import socket
import ssl
import struct
import tempfile
import time

from deskside_test import programs

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

    def __init__(self, address, source=None, timeout=20, tls=None, receive_buffer=None):
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
        self.input = bytearray()
        self.cookie = None

    def send(self, *records):
        self.socket.sendall(b"".join(records))

    def take(self):
        """Return the first record that has come whole, (type, payload), or None."""
        size = int.from_bytes(self.input[1:4], "big")
        if len(self.input) < 4 or len(self.input) < 4 + size:
            return None
        kind, payload = self.input[0], bytes(self.input[4 : 4 + size])
        del self.input[: 4 + size]
        return kind, payload

    def fill(self):
        """Read once; raise Ended at the end."""
        try:
            more = self.socket.recv(65536)
        except (ssl.SSLWantReadError, TimeoutError):
            raise
        except (ConnectionError, ssl.SSLError) as error:
            raise Ended(str(error)) from error
        if not more:
            raise Ended("end of stream")
        self.input += more

    def receive(self):
        """Return the next record: (type, payload). Raises Ended, or TimeoutError."""
        while True:
            record_ = self.take()
            if record_:
                return record_
            self.fill()

    def receive_ready(self):
        """Return the bytes of the PIPEs that are there; raises SSLWantReadError for none."""
        self.fill()
        found = []
        while True:
            record_ = self.take()
            if record_ is None:
                return b"".join(found)
            assert record_[0] == PIPE, f"record {record_[0]} among PIPEs"
            found.append(record_[1])

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
    """The real program on a free port of the loopback, with a self-signed certificate."""

    def __init__(self, *options, listen="127.0.0.1:0", folder=None, env=None):
        """Start it; `options` take the place of --listen and --self-signed `folder`."""
        self._own = None if folder else tempfile.TemporaryDirectory()
        self.folder = folder or self._own.name
        options = options or ("--listen", listen, "--self-signed", self.folder)
        command = [os.environ["DESKSIDE_RELAY"], *options]
        self.program = programs.Program(command, name="relay", env=env)
        ready = self.program.wait_line(r"^READY (\S+:\d+)$")
        self.address = programs.split_address(ready[1])
        self.pin = next((line[4:] for line in self.program.lines if line.startswith("PIN ")), None)

    def client(self, *first, **options):
        """Return a client that has said HELLO and `first` and has had WELCOME."""
        made = Client(self.address, **options)
        made.send(hello(), *first)
        made.welcome = fields(made.expect(WELCOME))
        return made

    def helpee(self, nameplate=None, token=None, **options):
        """Return a client that waits; its `nameplate` and `token` are set."""
        made = self.client(wait(nameplate, token), **options)
        found = fields(made.expect(WAITING))
        made.nameplate, made.token = found[NAMEPLATE], found[TOKEN]
        return made

    def knocked(self, helpee, data=b"pA", **options):
        """Return a helper whose knock has reached the helpee, and the knock's id."""
        helper = self.client(knock(helpee.nameplate, data), **options)
        payload = helpee.expect(KNOCKED)
        assert payload[4:] == data
        return helper, int.from_bytes(payload[:4], "big")

    def pair(self, **options):
        """Return two connections that met by a code and are paired: helpee, helper."""
        helpee = self.helpee(**options)
        helper, number = self.knocked(helpee, **options)
        helpee.send(accept(number))
        for client in (helpee, helper):
            client.cookie = client.expect(PAIRED)
        return helpee, helper

    def log(self):
        """Return the lines that the relay has logged so far."""
        return self.program.stderr().splitlines()

    def wait_log(self, text, seconds=10):
        """Return the first line of the log that holds `text`, which may still have to come."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in self.log():
                if text in line:
                    return line
            time.sleep(0.01)
        self.program.fail(f"no line with {text!r} in its log")

    def status(self, key):
        """Return a number of /proc/PID/status, such as VmRSS in KiB."""
        with open(f"/proc/{self.program.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(key + ":"))

    def kill(self, number):
        """Send a signal."""
        self.program.process.send_signal(number)

    def stop(self, number=signal.SIGTERM):
        """End the relay by a signal; return its exit status."""
        self.kill(number)
        return self.program.wait_exit()

    def __enter__(self):
        return self

    def __exit__(self, kind, *unused):
        status = self.program.stop()
        if self._own:
            self._own.cleanup()
        if kind is None and status != 0:
            self.program.fail(f"its exit status is {status}")
