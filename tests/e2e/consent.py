# SPDX-License-Identifier: GPL-3.0-or-later
"""`share --ask`: only an answer to the question is an answer, on a terminal, a pipe or in a file."""

import contextlib
import os
import pty
import signal
import socket
import threading

from deskside_test import programs, session, tap
from deskside_test.endings import ends
from deskside_test.programs import shell
from deskside_test.stage import run_all
from deskside_test.tap import unless

PROMPT = "anything else to decline:"


class Terminal:
    """A pseudo-terminal: a program reads it, the test types."""

    def __init__(self, stack):
        self._master, self._slave = pty.openpty()
        stack.callback(os.close, self._master)
        stack.callback(os.close, self._slave)
        self.stdin = shell(f"<{os.ttyname(self._slave)}")

    def type(self, text):
        """Type a text."""
        os.write(self._master, text.encode())


def until_asked(share, times=1):
    """Wait until the question has been asked so many times."""
    count = lambda: share.stderr().count(PROMPT) >= times
    session.until(count, 20.0, f"question {times} of {share.stderr()!r}")


def asked(stage, through, **program):
    """Start share --ask and a helper who proves the code; return both."""
    share, code = stage.share("--ask", through=through, **program)
    return share, stage.start("connect", code)


def let_in(share, connect):
    """Return the problems where both should be in a session, and end it."""
    connect.wait_event("peer")
    share.wait_event("peer")
    connect.process.terminate()
    return ends(connect, "stopped") + ends(share, "peer-stopped")


def kept_out(share, connect):
    """Return the problems where the helper should hear a no, and nothing else."""
    found = ends(connect, "declined") + ends(share, "declined")
    return found + [line for line in connect.lines if '"peer"' in line]


def terminal(stage):
    """On a terminal: yes lets in, no and Ctrl-D do not, what was typed before counts for nothing."""
    found = []
    for before, answer, verdict in (
        ("", "yes\n", let_in),
        ("", "  YES \n", let_in),
        ("yes\n", "no\n", kept_out),
        ("yes", "\n", kept_out),
        ("", "\x04", kept_out),
        ("", "y\n", kept_out),
    ):
        typist = Terminal(stage.stack)
        share, code = stage.share("--ask", through=typist.stdin)
        typist.type(before)
        connect = stage.start("connect", code)
        until_asked(share)
        typist.type(answer)
        found += verdict(share, connect)
    return found


def files(stage):
    """From a file the first line counts; no line, none to read or a NUL in it is a no."""
    found = []
    answers = stage.folder / "answers"
    for text, verdict in (("yes\nno\n", let_in), ("no\nyes\n", kept_out), ("yes\0\n", kept_out)):
        answers.write_text(text, encoding="utf-8")
        found += verdict(*asked(stage, shell(f"<{answers}")))
    for stream in ("</dev/null", "<&-", "</dev/zero", "</"):
        found += kept_out(*asked(stage, shell(stream)))
    return found


def ends_while_asked(stage):
    """Either side leaves while the question stands: nobody is let in, the last line stands alone."""
    found = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        share, connect = asked(stage, Terminal(stage.stack).stdin)
        until_asked(share)
        share.process.send_signal(number)
        found += ends(share, "stopped") + ends(connect, "peer-stopped")
    share, connect = asked(stage, Terminal(stage.stack).stdin)
    until_asked(share)
    connect.process.terminate()
    found += ends(connect, "stopped") + ends(share, "peer-stopped")
    return found + unless(share.stderr().endswith(PROMPT + " \n"), repr(share.stderr()))


def unanswered(stage):
    """Nobody answers: that is a no as well."""
    typist = Terminal(stage.stack)
    share, connect = asked(stage, typist.stdin, binary=os.environ["IMPATIENT"])
    until_asked(share)
    return ends(connect, "unanswered") + ends(share, "unanswered")


class Echo:
    """A TCP service with one client, whose bytes it sends back."""

    def __init__(self, stack):
        self._listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.got = b""
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError), self._listener.accept()[0] as client:
            while data := client.recv(4096):
                self.got += data
                client.sendall(data)


def restart_relay(stage, *others):
    """Kill the relay and start it again where it was; `others` notice both."""
    stage.relay.process.send_signal(signal.SIGKILL)
    stage.relay.wait_exit()
    for other in others:
        other.wait_event("path", path="none", timeout_s=20.0)
    stage.relay = programs.relay(stage.folder, "--listen", stage.address)[0]
    stage.stack.enter_context(stage.relay)


def again(stage):
    """Apart for long: asked again, nothing gets through before yes; after no the helper is out."""
    service, typist = Echo(stage.stack), Terminal(stage.stack)
    options = {"through": typist.stdin, "binary": os.environ["IMPATIENT"]}
    share, code = stage.share("--ask", vnc=service.address, **options)
    connect = stage.start("connect", code, "--listen", "127.0.0.1:0")
    until_asked(share)
    typist.type("yes\n")
    address = programs.split_address(connect.wait_event("listening")["addr"])
    viewer = stage.stack.enter_context(socket.create_connection(address, 20.0))
    viewer.sendall(b"1")
    found = unless(viewer.recv(1) == b"1", "no echo")
    typist.type("yes\n")  # too early for the next question
    restart_relay(stage, share, connect)
    viewer.sendall(b"2")
    until_asked(share, 2)
    connect.wait_event("level", level="view")
    found += unless(service.got == b"1", "before the answer:", service.got)
    typist.type("yes\n")
    connect.wait_event("level", level="control")
    found += unless(viewer.recv(1) == b"2", "no echo after yes")
    restart_relay(stage, share, connect)
    viewer.sendall(b"3")
    until_asked(share, 3)
    typist.type("no\n")
    found += ends(share, "declined") + ends(connect, "declined")
    return found + unless(service.got == b"12", "after no:", service.got)


def main():
    t = tap.Tap()
    run_all(t, [terminal, files, ends_while_asked, unanswered, again])
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
