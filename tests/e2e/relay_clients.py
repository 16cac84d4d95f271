# SPDX-License-Identifier: GPL-3.0-or-later
"""The relay as its clients meet it, by TLS on real sockets: good ones, broken ones, hostile ones."""

import hashlib
import os
import random
import select
import signal
import socket
import ssl
import threading
import time
import warnings

from deskside_test import relay_client as rc
from deskside_test import tap

MIB = 1024 * 1024


def closes(raw, seconds=30):
    """Return what the relay still says on a plain socket before it closes it."""
    raw.settimeout(seconds)
    said = b""
    try:
        while True:
            more = raw.recv(4096)
            if not more:
                return said
            said += more
    except ConnectionError:
        return said


class SlowOnes:
    """Clients that never finish what they began. The relay gives each 10 s: they wait together."""

    def __init__(self, relay):
        self.begun = time.monotonic()
        self.mute = socket.create_connection(relay.address)
        self.drips = socket.create_connection(relay.address)
        self.hesitant = relay.client()
        self.drips.sendall(b"\x16\x03\x01\x02\x00\x01")  # the start of a ClientHello

    def check(self, t):
        for name, raw in (("says nothing", self.mute), ("sends half a ClientHello", self.drips)):
            t.equal(f"a client that {name} is closed without a word", closes(raw), b"")
            raw.close()
        t.check("it had 10 s", [] if 9 < time.monotonic() - self.begun < 20 else ["it had not"])
        self.hesitant.expect_end()
        t.check("a client that says HELLO alone is closed", [])


def check_strangers(t, relay):
    """Say things that are not TLS."""
    for name, data in {
        "HTTP": b"GET / HTTP/1.1\r\nHost: relay\r\n\r\n",
        "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
        "noise": bytes(range(256)) * 16,
        "a record that is too long": b"\x16\x03\x01\xff\xff" + bytes(1000),
    }.items():
        with socket.create_connection(relay.address) as raw:
            raw.sendall(data)
            said = closes(raw)
            t.check(f"{name} is closed, at most with an alert", [] if len(said) <= 7 else [said])
    with socket.create_connection(relay.address) as raw:
        try:  # A ClientHello in ever more records: 16 KiB before TLS stands are too much.
            raw.sendall(b"\x16\x03\x01\x40\x00\x01\x01\xff\xff" + bytes(0x4000 - 4))
            raw.sendall((b"\x16\x03\x01\x40\x00" + bytes(0x4000)) * 4)
            said = closes(raw, 5)
        except ConnectionError:
            said = b""
        t.check("an endless ClientHello is cut off", [] if len(said) <= 7 else [said])


def check_tls(t, relay):
    """Come with other settings of TLS."""
    def alert(context):
        try:
            rc.Client(relay.address, tls=context).close()
        except ssl.SSLError as error:
            return str(error).split("] ", 1)[-1].split(" (", 1)[0]
        return "none"

    refused = "tlsv1 alert no application protocol"
    plain = rc.context()
    plain.set_alpn_protocols(["h2", "http/1.1"])
    t.equal("a web browser hears why", alert(plain), refused)
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.check_hostname, bare.verify_mode = False, ssl.CERT_NONE
    t.equal("so does one without ALPN", alert(bare), refused)
    old = rc.context()
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python calls them deprecated: that is the point.
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    t.equal("TLS 1.1 is too old", alert(old), "tlsv1 alert protocol version")
    second = rc.context()
    second.maximum_version = ssl.TLSVersion.TLSv1_2
    helpee, helper = relay.pair(tls=second)
    t.equal("TLS 1.2 will do", helpee.socket.version(), "TLSv1.2")
    check_transfer(t, "TLS 1.2", helpee, helper, MIB)
    first = relay.client()
    t.equal("no session is kept", first.socket.session_reused, False)
    t.equal("AES-128 goes first", first.socket.cipher()[0], "TLS_AES_128_GCM_SHA256")
    first.close()


class Flow:
    """One end that sends and receives at once, in one thread: Python 3.11 locks no SSL object."""

    def __init__(self, client, data, chosen):
        self.client, self.out, self.received = client, b"", bytearray()
        pieces, at = [], 0
        while at < len(data):
            step = chosen.choice((1, 100, 5000, rc.PIPE_MAX, rc.PIPE_MAX))
            pieces.append(rc.record(rc.PIPE, data[at : at + step]))
            at += step
        self.out = memoryview(b"".join(pieces))
        client.socket.setblocking(False)

    def turn(self):
        """Send and receive what goes at once."""
        try:
            while self.out:
                self.out = self.out[self.client.socket.send(self.out[:65536]) :]
        except ssl.SSLWantWriteError:
            pass
        try:
            while True:
                self.received += self.client.receive_ready()
        except ssl.SSLWantReadError:
            pass

    def wait(self):
        """Return what poll() must wait for."""
        return select.POLLIN | (select.POLLOUT if self.out else 0)


def check_transfer(t, name, one, other, size):
    """Send `size` random bytes each way at once, in PIPEs of all lengths; compare."""
    chosen = random.Random(os.environ.get("SEED", "1"))
    data = [os.urandom(size), os.urandom(size)]
    flows = [Flow(one, data[0], chosen), Flow(other, data[1], chosen)]
    end = time.monotonic() + 30
    while any(len(flow.received) < size for flow in flows) and time.monotonic() < end:
        poll = select.poll()
        for flow in flows:
            poll.register(flow.client.socket.fileno(), flow.wait())
        poll.poll(1000)
        for flow in flows:
            flow.turn()
    for flow in flows:
        flow.client.socket.settimeout(20)
    t.equal(f"{size} bytes arrive each way at once ({name})",
            [hashlib.sha256(flow.received).hexdigest() for flow in flows],
            [hashlib.sha256(data[1]).hexdigest(), hashlib.sha256(data[0]).hexdigest()])


def check_session(t, relay):
    """Two meet by a code; the log tells of it when they part."""
    helpee, helper = relay.pair()
    check_transfer(t, "TLS 1.3", helpee, helper, 4 * MIB)
    helpee.send(rc.record(rc.PIPE, b"x" * 100))
    helper.expect(rc.PIPE)
    helpee.reset()
    t.equal("the other side hears of a reset", rc.fields(helper.expect(rc.NOTE)),
            {rc.NOTE_KIND: bytes([rc.PEER_GONE])})
    helper.expect_end()
    line = relay.wait_log(f"{4 * MIB + 100} bytes to helper, {4 * MIB} bytes to helpee")
    wanted = [f"peer-left (helpee), helpee 127.0.0.1:{helpee.local[1]}",
              f"helper 127.0.0.1:{helper.local[1]}", " s"]
    t.check("the log has one line with reason, bytes, seconds",
            [word for word in wanted if word not in line])


def check_crumbs(t, relay):
    """Short records cost TLS more than they bring: they must not overflow a slow reader's queue."""
    helpee = relay.helpee()
    helper, number = relay.knocked(helpee, receive_buffer=4096)
    helpee.send(rc.accept(number))
    helper.expect(rc.PAIRED)
    count = 60000
    crumbs = (rc.record(rc.PIPE) + rc.record(rc.NOTE)) * count
    sender = threading.Thread(target=helpee.send, args=(crumbs,))
    sender.start()
    sender.join(1)  # long enough that all the buffers on the way are full
    t.equal("empty PIPEs between NOTEs all arrive, late",
            sum(helper.expect(rc.PIPE) == b"" for _ in range(count)), count)
    sender.join()
    helpee.close()
    helper.close()


def check_half_close(t, relay):
    """What was sent before FIN still arrives, though the reader is late."""
    helpee, helper = relay.pair()
    data = os.urandom(10 * rc.PIPE_MAX)
    for at in range(0, len(data), rc.PIPE_MAX):
        helpee.send(rc.record(rc.PIPE, data[at : at + rc.PIPE_MAX]))
    helpee.socket.shutdown(socket.SHUT_WR)
    got = b"".join(helper.expect(rc.PIPE) for _ in range(10))
    t.equal("all that was sent before the end arrives", got == data, True)
    t.equal("then a note", helper.expect(rc.NOTE)[-1], rc.PEER_GONE)
    helper.expect_end()


def check_addresses(t):
    """IPv6, and both on one socket."""
    with rc.Relay(listen="[::1]:0") as relay:
        helpee, helper = relay.pair()
        helpee.send(rc.record(rc.PIPE, b"six"))
        t.equal("it serves IPv6", helper.expect(rc.PIPE), b"six")
        observed = helpee.welcome[rc.OBSERVED].decode()
        t.equal("and says from where one comes", observed, f"[::1]:{helpee.local[1]}")
    with rc.Relay(listen="[::]:0") as relay:
        relay.address = ("127.0.0.1", relay.address[1])
        client = relay.client()
        observed = client.welcome[rc.OBSERVED].decode()
        t.equal("[::] serves IPv4 too", observed, f"127.0.0.1:{client.local[1]}")
        client.close()


def check_knocks(t, relay):
    """The caps by address, with real addresses."""
    helpee = relay.helpee(source="127.0.0.2")
    helpers = [relay.knocked(helpee, source=f"127.0.0.{n}")[0] for n in range(3, 7)]
    relay.client(rc.knock(helpee.nameplate), source="127.0.0.7").expect_refused(rc.BUSY)
    helpers[0].close()
    t.equal("the helpee hears who is gone", helpee.expect(rc.GONE), bytes([0, 0, 0, 1]))
    relay.client(rc.knock(helpee.nameplate), source="127.0.0.4").expect_refused(rc.BUSY)
    begun = time.monotonic()
    absent = b"%04d" % ((int(helpee.nameplate) + 1) % 10000)
    relay.client(rc.knock(absent), source="127.0.0.8").expect_refused(rc.NO_SUCH_CODE)
    taken = time.monotonic() - begun
    t.check("no such code takes 1 to 2 s", [] if 1 <= taken < 4 else [f"{taken} s"])
    helpee.send(rc.reject(2, rc.WRONG_CODE))
    helpers[1].expect_refused(rc.WRONG_CODE)
    again = relay.client(rc.knock(helpee.nameplate), source="127.0.0.9").expect_refused(rc.BUSY)
    rest = int.from_bytes(again[rc.RETRY_MS], "big")
    t.check("a rest follows a wrong code", [] if 0 < rest <= 5000 else [f"{rest} ms"])
    helpee.close()


def check_stop(t):
    """SIGTERM, and SIGINT, with clients of all kinds."""
    for number in (signal.SIGTERM, signal.SIGINT):
        with rc.Relay() as relay:
            helpee, helper = relay.pair()
            waiting = relay.helpee()
            mute = socket.create_connection(relay.address)
            helpee.send(rc.record(rc.PIPE, b"last words"))
            helper.expect(rc.PIPE)
            relay.kill(number)
            for client in (helpee, helper, waiting):
                assert client.expect(rc.NOTE)[-1] == rc.DRAIN
                client.expect_end()
                client.close()
            mute.close()
            t.equal(f"{number.name}: all are told, and the status is 0",
                    relay.program.wait_exit(), 0)


def main():
    t = tap.Tap()
    t.note(f"SEED={os.environ.get('SEED', '1')}")
    with rc.Relay() as relay:
        slow = SlowOnes(relay)
        check_strangers(t, relay)
        check_tls(t, relay)
        check_session(t, relay)
        check_crumbs(t, relay)
        check_half_close(t, relay)
        check_knocks(t, relay)
        slow.check(t)
    check_addresses(t)
    check_stop(t)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
