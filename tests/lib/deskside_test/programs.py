# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts programs and waits for what they print: a test never sleeps until something is ready."""

import json
import os
import pathlib
import queue
import re
import signal
import subprocess
import tempfile
import threading
import time

STOP_S = 5.0
STDERR_LINES = 40
# What is said on one machine stays on the relay, unless a test is about direct paths.
RELAY_ONLY = ("--direct", "never")

# What nohup ignores the programs would ignore as well; of a handler they know nothing.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)


class Failure(Exception):
    """A program did not do in time what the test waits for."""


class Program:
    """One process. Its lines on stdout are read at once, so that it never blocks on a full pipe.

    Use it in a `with`: it is ended there by SIGTERM, and by SIGKILL where that does not help. It
    stays in the test's process group, which meson kills as a whole after a time-out.
    """

    def __init__(self, command, name=None, env=None, on_line=None, typed=None, pass_fds=()):
        """Start `command` and write the text `typed` to its stdin, which is closed then.

        The descriptors `pass_fds` stay open in it, under their numbers.

        `on_line(self, text)` is called for each line on stdout, on another thread.
        """
        self.command = [os.fspath(part) for part in command]
        self.name = name or pathlib.Path(self.command[0]).name
        self.lines = []
        self._queue = queue.Queue()
        self._on_line = on_line
        self._stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL if typed is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={**os.environ, **(env or {})},
            pass_fds=pass_fds,
        )
        if typed is not None:
            self._type(typed)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _type(self, text):
        try:
            with self.process.stdin as stdin:
                stdin.write(text.encode())
        except BrokenPipeError:
            pass  # It ended first; whoever waits for it hears so.

    def _read(self):
        for raw in self.process.stdout:
            text = raw.decode("utf-8", errors="replace").rstrip("\n")
            self.lines.append(text)
            if self._on_line:
                self._on_line(self, text)
            self._queue.put(text)
        self._queue.put(None)

    def stderr(self):
        """Return what the program has written to stderr so far."""
        size = os.fstat(self._stderr.fileno()).st_size
        return os.pread(self._stderr.fileno(), size, 0).decode("utf-8", errors="replace")

    def fail(self, what):
        """Raise Failure with the program's own words."""
        words = self.lines[-STDERR_LINES:] + self.stderr().splitlines()[-STDERR_LINES:]
        raise Failure("\n".join([f"{self.name}: {what}", *("    " + word for word in words)]))

    def next_line(self, deadline, what):
        """Return the next line on stdout that nobody has read yet; `deadline` is monotonic."""
        try:
            text = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            self.fail(f"no {what} in time")
        if text is None:
            self._queue.put(None)
            self.fail(f"ended with status {self.process.wait()} before {what}")
        return text

    def wait_line(self, pattern, timeout_s=10.0):
        """Skip lines until one matches the regular expression; return the match."""
        deadline = time.monotonic() + timeout_s
        while True:
            match = re.search(pattern, self.next_line(deadline, f"line like {pattern!r}"))
            if match:
                return match

    def wait_event(self, event, timeout_s=10.0, **fields):
        """Skip lines of JSON until one has this "event" and these fields; return the object."""
        deadline = time.monotonic() + timeout_s
        wanted = {"event": event, **fields}
        while True:
            found = json.loads(self.next_line(deadline, f"event {wanted}"))
            if all(found.get(key) == value for key, value in wanted.items()):
                return found

    def wait_exit(self, timeout_s=10.0):
        """Return the exit status (negative: the signal that ended it)."""
        try:
            status = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.fail("did not end in time")
        self._reader.join()
        return status

    def stop(self):
        """End the program if it still runs; return its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGKILL)
        status = self.process.wait()
        self._reader.join()
        self.process.stdout.close()
        return status


def relay(folder, *options, through=(), **program):
    """Start our relay with a certificate of its own in `folder`; return (program, address, pin).

    It is started by the command `through` if that is given.
    """
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    command = [*through, os.environ["DESKSIDE_RELAY"], "--self-signed", folder]
    listen = [] if "--listen" in options else ["--listen", "127.0.0.1:0"]
    running = Program([*command, *listen, *options], name="relay", **program)
    try:
        pin = running.wait_line(r"^PIN ([0-9a-f]{64})$")[1]
        return running, running.wait_line(r"^READY (\S+:\d+)$")[1], pin
    except BaseException:
        running.stop()
        raise


def cli(verb, *arguments, through=(), as_json=True, binary=None, **program):
    """Start `deskside-cli VERB ... --json`, by the command `through` if it is given.

    `binary` is another program of the same kind. No direct path is looked for, unless the arguments
    say otherwise.
    """
    has_paths = verb in ("share", "connect") and "--local" not in arguments
    relayed = RELAY_ONLY if has_paths else ()
    program_words = [*through, binary or os.environ["DESKSIDE_CLI"], verb, *relayed]
    command = [*program_words, *arguments, *(["--json"] * as_json)]
    return Program(command, name=program.pop("name", verb), **program)


def shell(redirections):
    """Return a command for cli() that opens and closes streams as the shell's words say."""
    return ["/bin/sh", "-c", f'exec "$@" {redirections}', "sh"]


def split_address(address):
    """Return (host, port) of "127.0.0.1:4711" or "[::1]:4711"."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
