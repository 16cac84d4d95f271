# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP proxy that does to connections what networks do: it cuts them, or falls silent.

It follows the TLS records that pass by their headers, and so knows from outside how far a
connection between one of our programs and the relay has come: its stage.
"""

import collections
import enum
import os
import selectors
import socket
import struct
import threading
import typing

READ_BYTES = 65536
HEADER_BYTES = 5
APPLICATION_DATA = 23
INNER_BYTES = 180  # the inner ClientHello is longer, and what a relay itself says is shorter
HELLO_BYTES = 3000  # of the link: it makes the first record that is so long


class Stage(enum.IntEnum):
    """How far a connection that meets again has come."""

    TLS = 0  # the handshake with the relay
    MEET = 1  # HELLO and MEET, until the relay has paired both sides
    INNER = 2  # the handshake of the path, inside it
    HELLO = 3  # the link's HELLO of one side or both
    DATA = 4


class Plan(typing.NamedTuple):
    """Where a connection is to be cut: so many bytes, of both directions, into that stage."""

    stage: Stage
    offset_bytes: int
    is_reset: bool  # by RST, else by FIN


class Cut(typing.NamedTuple):
    """Where a connection was cut."""

    stage: Stage
    stage_bytes: int
    is_inside_record: bool  # in either direction
    is_reset: bool


def close_by_reset(sock):
    """Close a socket so that the other end sees RST: by a linger time of 0."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Records:
    """The TLS records of one direction."""

    def __init__(self):
        self._header = b""
        self._left = 0  # of the record's body
        self._size = 0  # of that body
        self.application = 0  # records of application data whose header came

    def room(self):
        """Return how many bytes there are to the end of this header or body."""
        return self._left or HEADER_BYTES - len(self._header)

    def is_inside(self):
        """Say whether a record is not complete."""
        return bool(self._left or self._header)

    def feed(self, data):
        """Take bytes; yield (size of the body, whether it is complete) at each border."""
        at = 0
        while at < len(data):
            n = min(self.room(), len(data) - at)
            if self._left:
                self._left -= n
                if not self._left:
                    yield self._size, True
            else:
                self._header += data[at : at + n]
                if len(self._header) == HEADER_BYTES:
                    self.application += self._header[0] == APPLICATION_DATA
                    self._left = self._size = struct.unpack_from(">H", self._header, 3)[0]
                    self._header = b""
                    yield self._size, False
            at += n


class Flow:
    """One direction of a connection."""

    def __init__(self, source, target):
        self.source, self.target = source, target
        self.waiting = b""  # read, and not taken by the target yet
        self.is_ended = False  # the source's end of file was read
        self.is_over = False  # and passed on
        self.is_silent = False
        self.records = Records()

    def pump(self, limit_bytes):
        """Move up to `limit_bytes`; return those read. OSError says that the connection broke."""
        data = b""
        if not self.waiting and not self.is_ended:
            try:
                data = self.source.recv(limit_bytes)
                self.is_ended = not data
            except BlockingIOError:
                pass
        self.waiting += data
        if self.waiting:
            try:
                self.waiting = self.waiting[self.target.send(self.waiting) :]
            except BlockingIOError:
                pass
        if self.is_ended and not self.waiting and not self.is_over:
            self.is_over = True
            self.target.shutdown(socket.SHUT_WR)
        return data


class Connection:
    """A program's connection and ours to the relay, on the proxy's thread."""

    def __init__(self, client, relay, plan):
        self.client, self.relay = client, relay
        self.up, self.down = Flow(client, relay), Flow(relay, client)
        self.plan = plan
        self.stage = Stage.TLS
        self.stage_bytes = 0  # in this stage
        self.is_cut = False
        for sock in (client, relay):
            sock.setblocking(False)

    def flow_from(self, sock):
        """Return the direction that comes from this socket."""
        return self.up if sock is self.client else self.down

    def budget(self):
        """Return how many bytes may still pass; None: no end is in sight."""
        if self.plan is None or self.stage < self.plan.stage:
            return None
        if self.stage > self.plan.stage:
            return 0  # that stage was shorter
        return max(0, self.plan.offset_bytes - self.stage_bytes)

    def limit(self, flow):
        """Return how many bytes may be read at once, so that no border of a record is missed."""
        limits = [READ_BYTES]
        if self.plan is not None:
            limits.append(self.budget() or READ_BYTES)
            if self.stage < Stage.DATA:
                limits.append(flow.records.room())
        return min(limits)

    def is_at_next(self, flow, size, is_complete):
        """Say whether this border of a record ends the stage."""
        if self.stage == Stage.TLS:
            return is_complete and flow is self.up and flow.records.application == 1
        if self.stage == Stage.MEET:
            is_pipe = flow is self.up and flow.records.application == 3
            return is_pipe or (flow is self.down and size >= INNER_BYTES)
        return self.stage == Stage.INNER and size >= HELLO_BYTES

    def follow(self, flow, data):
        """Count bytes that passed."""
        self.stage_bytes += len(data)
        for size, is_complete in flow.records.feed(data):
            if self.is_at_next(flow, size, is_complete):
                self.stage = Stage(self.stage + 1)
                self.stage_bytes = 0
        if self.stage == Stage.HELLO and self.stage_bytes >= HELLO_BYTES:
            self.stage = Stage.DATA
            self.stage_bytes = 0

    def cut(self, is_reset):
        """End it before its time; return where that was."""
        is_inside = self.up.records.is_inside() or self.down.records.is_inside()
        self.is_cut = True
        self.up.waiting = self.down.waiting = b""
        if is_reset:
            self.reset()
        else:
            for sock in (self.client, self.relay):
                try:
                    sock.shutdown(socket.SHUT_WR)
                except OSError:
                    pass  # It was gone already.
        return Cut(self.stage, self.stage_bytes, is_inside, is_reset)

    def discard(self, sock):
        """Read away what comes after a cut."""
        try:
            is_ended = not sock.recv(READ_BYTES)
        except BlockingIOError:
            is_ended = False
        except OSError:
            is_ended = True
        flow = self.flow_from(sock)
        flow.is_ended = flow.is_over = is_ended

    def is_over(self):
        """Say whether both directions have ended."""
        return self.up.is_over and self.down.is_over

    def reset(self):
        """Close both sockets by RST."""
        close_by_reset(self.client)
        close_by_reset(self.relay)

    def close(self):
        """Close both sockets."""
        self.client.close()
        self.relay.close()

    def interests(self):
        """Yield (socket, what to wait for) of both sockets."""
        for sock in (self.client, self.relay):
            mine, other = self.flow_from(sock), self.down if sock is self.client else self.up
            reads = not mine.is_ended and not mine.waiting and not mine.is_silent
            writes = bool(other.waiting) and not other.is_silent
            yield sock, selectors.EVENT_READ * reads | selectors.EVENT_WRITE * writes


class Proxy:
    """Listens on a port of its own and forwards to `target`, an "address:port".

    `plan()` is asked for each new connection where to cut it; it returns a Plan or None. `on_cut`
    hears of each Cut, both on the proxy's thread.
    """

    def __init__(self, target, plan=None, on_cut=None):
        self.target = target
        self.accepted = 0
        self._plan = plan or (lambda: None)
        self._on_cut = on_cut or (lambda cut: None)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=32)
        self._listener.setblocking(False)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._orders = collections.deque()
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._live = {}  # the two sockets of each connection, and it
        self._deserted = []  # sockets to the relay
        self._is_over = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._order(self._stop)
        self._thread.join()

    def cut(self, is_reset):
        """Cut all connections as soon as may be."""
        self._order(lambda: [self._cut(one, is_reset) for one in set(self._live.values())])

    def silence(self, up=True, down=True):
        """Forward no more on those connections that are open, in these directions."""
        self._order(lambda: self._silence(up, down))

    def desert(self):
        """Reset all connections towards the programs; the relay hears nothing of it."""
        self._order(lambda: [self._desert(one) for one in set(self._live.values())])

    def _order(self, function):
        self._orders.append(function)
        os.write(self._wake_write, b"!")

    def _run(self):
        while not self._is_over:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj == self._wake_read:
                    os.read(self._wake_read, 1)
                    self._orders.popleft()()
                elif key.fileobj in self._live:
                    self._turn(self._live[key.fileobj], key.fileobj)
                if self._is_over:
                    break

    def _stop(self):
        self._is_over = True
        for connection in set(self._live.values()):
            connection.close()
        for sock in self._deserted:
            sock.close()
        self._selector.close()
        self._listener.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _accept(self):
        client, _ = self._listener.accept()
        self.accepted += 1
        host, _, port = self.target.rpartition(":")
        try:
            relay = socket.create_connection((host, int(port)), 10.0)
        except OSError:
            close_by_reset(client)
            return
        connection = Connection(client, relay, self._plan())
        self._live[client] = self._live[relay] = connection
        self._watch(connection)

    def _watch(self, connection):
        for sock, events in connection.interests():
            is_watched = sock in self._selector.get_map()
            if events and is_watched:
                self._selector.modify(sock, events)
            elif events:
                self._selector.register(sock, events)
            elif is_watched:
                self._selector.unregister(sock)

    def _forget(self, connection):
        for sock in (connection.client, connection.relay):
            if sock in self._selector.get_map():
                self._selector.unregister(sock)
            self._live.pop(sock, None)

    def _cut(self, connection, is_reset):
        if connection.is_cut:
            return
        if is_reset:
            self._forget(connection)
        self._on_cut(connection.cut(is_reset))
        if not is_reset:
            self._watch(connection)

    def _silence(self, up, down):
        for connection in set(self._live.values()):
            connection.up.is_silent, connection.down.is_silent = up, down
            self._watch(connection)

    def _desert(self, connection):
        self._forget(connection)
        close_by_reset(connection.client)
        self._deserted.append(connection.relay)

    def _turn(self, connection, sock):
        """One of its sockets is ready."""
        if connection.is_cut:
            connection.discard(sock)
        elif not self._pump(connection):
            return
        if connection.is_over():
            self._forget(connection)
            connection.close()
        else:
            self._watch(connection)

    def _pump(self, connection):
        """Move what there is, both ways; return False where the connection is gone."""
        for flow in (connection.up, connection.down):
            if flow.is_silent:
                continue
            try:
                connection.follow(flow, flow.pump(connection.limit(flow)))
            except OSError:
                self._forget(connection)
                connection.reset()
                return False
            if connection.budget() == 0 and not flow.waiting:
                self._cut(connection, connection.plan.is_reset)
                return not connection.plan.is_reset
        return True
