# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line in rough hands: streams that are closed or full, signals, locales, odd input."""

import json
import os
import re
import signal
import socket
import time

from deskside_test import endings, programs, tap
from deskside_test.endings import ends
from deskside_test.programs import shell
from deskside_test.stage import damm, run_all
from deskside_test.tap import unless

LINE = re.compile(r'\{"event":"[a-z]+","t":\d+\.\d{3}[,}]')
CODE = "12345678901" + damm("12345678901")
NARROW = 40
AUTO = ["--direct", "auto"]
STUN_BINDING, STUN_COOKIE = bytes((0, 1)), bytes((0x21, 0x12, 0xA4, 0x42))  # RFC 8489, 5


def unseen(program):
    """Return the problems with the end of a program that nobody can read any more."""
    row = endings.table()["no-output"]
    status = program.wait_exit(30.0)
    told = getattr(row, program.name) in program.stderr().splitlines()
    return unless(status == 1 and told, f"status {status}, {program.stderr()!r}")


def full_output(stage):
    """A full disk, or a reader that went away, ends the session, and the other side hears of it."""
    found = unseen(stage.start("share", "--vnc", stage.vnc, through=shell(">/dev/full")))
    plain = ["share", "--vnc", stage.vnc]
    found += unseen(stage.start(*plain, through=shell(">/dev/full"), as_json=False))
    share, code = stage.share()
    connect = stage.start("connect", code, through=shell(">/dev/full"))
    found += unseen(connect) + ends(share, "peer-stopped")
    fifo = stage.folder / "fifo"
    os.mkfifo(fifo)
    share = stage.start("share", "--vnc", stage.vnc, through=shell(f">{fifo}"))
    with open(fifo, encoding="utf-8") as reader:
        code = json.loads(reader.readline())["code"]
    connect = stage.start("connect", code)
    return found + unseen(share) + ends(connect, "peer-stopped")


def closed_streams(stage):
    """Start without standard streams: no socket takes their place, and nothing is written there."""
    share, code = stage.share()
    connect = stage.start("connect", code, through=shell("<&- >&- 2>&-"))
    share.wait_event("peer")
    streams = [os.readlink(f"/proc/{connect.process.pid}/fd/{fd}") for fd in range(3)]
    connect.process.terminate()
    found = unless(streams == ["/dev/null"] * 3, streams)
    found += unless(connect.wait_exit() == 0, "status", connect.process.returncode)
    return found + ends(share, "peer-stopped")


def lines(stage):
    """Every line is one JSON object with its event and its time; time does not run backwards."""
    share, code = stage.share("--name", 'Ann "\\\x01\x7f\u2028\U0001f600')
    connect = stage.start("connect", code, "--listen", "127.0.0.1:0")
    connect.wait_event("listening")
    connect.process.terminate()
    found = ends(connect, "stopped") + ends(share, "peer-stopped")
    for program in (share, connect):
        events = [json.loads(line) for line in program.lines]
        times = [event["t"] for event in events]
        found += [line for line in program.lines if not LINE.match(line)]
        found += unless(times == sorted(times), times)
        names = [event["event"] for event in events]
        found += unless(names[-2:] == ["rate", "closed"], names)
    names = [json.loads(line)["name"] for line in connect.lines if '"peer"' in line]
    return found + unless(names == ['Ann "\\ \U0001f600'], names)


def ignores(program, number):
    """Say whether a process ignores a signal."""
    with open(f"/proc/{program.process.pid}/status", encoding="ascii") as status:
        mask = re.search(r"^SigIgn:\s*([0-9a-f]+)$", status.read(), re.MULTILINE)[1]
    return bool(int(mask, 16) >> (number - 1) & 1)


def signals_alone(stage):
    """A signal ends share while a code waits, both while the relay is silent; nohup's is ignored."""
    found = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        share, _ = stage.share()
        share.process.send_signal(number)
        found += ends(share, "stopped")
    silent = stage.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    where = ["--relay", f"127.0.0.1:{silent.getsockname()[1]}"]
    for verb, first in (("share", ["--vnc", stage.vnc]), ("connect", [CODE])):
        dialling = stage.start(verb, *first, relay=where)
        stage.stack.enter_context(silent.accept()[0])
        dialling.process.send_signal(signal.SIGINT)
        found += ends(dialling, "stopped")
    share, _ = stage.share(through=["nohup"])
    return found + unless(ignores(share, signal.SIGHUP), "nohup does not keep it from SIGHUP")


def signals_linked(stage):
    """A signal ends both sides of a session; a second one ends it without waiting for the other."""
    found = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        share, code = stage.share()
        connect = stage.start("connect", code)
        connect.wait_event("peer")
        connect.process.send_signal(number)
        found += ends(connect, "stopped") + ends(share, "peer-stopped")
    share, code = stage.share()
    connect = stage.start("connect", code)
    connect.wait_event("peer")
    share.process.send_signal(signal.SIGSTOP)
    connect.process.send_signal(signal.SIGINT)
    connect.process.send_signal(signal.SIGTERM)
    found += ends(connect, "stopped", 3.0)  # alone it would linger for 5 s
    share.process.send_signal(signal.SIGCONT)
    return found


def typed_codes(stage):
    """Read the code from standard input: no line feed, binary, endless; and from several words."""
    nowhere = ["--relay", "127.0.0.1:1"]
    found = ends(stage.start("connect", "-", relay=nowhere, typed=CODE), "no-relay")
    words = [CODE[:4], CODE[4:8], CODE[8:]]
    found += ends(stage.start("connect", *words, relay=nowhere), "no-relay")
    for stream in ("</dev/zero", "</dev/urandom", "<&-", "</"):
        unread = stage.start("connect", "-", relay=nowhere, through=shell(stream))
        found += ends(unread, "mistyped-code")
    return found


def shown_by_ps(stage):
    """The code is in the arguments no more, once the program runs."""
    share, code = stage.share()
    link = f"deskside://{stage.address}/{code}"
    silent = stage.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    where = f"127.0.0.1:{silent.getsockname()[1]}"
    found = []
    for argument in (code, link.replace(stage.address, where)):
        connect = stage.start("connect", argument, relay=["--relay", where])
        stage.stack.enter_context(silent.accept()[0])
        with open(f"/proc/{connect.process.pid}/cmdline", "rb") as shown:
            arguments = shown.read().decode().split("\0")
        found += unless(code not in "".join(arguments) and where in arguments, arguments)
        connect.process.terminate()
        connect.wait_exit()
    share.process.terminate()
    return found + ends(share, "stopped")


def names(stage):
    """A name of any length, bytes or locale arrives as what it can be, or as none."""
    found = []
    c_locale, utf8 = {"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8"}
    for given, env, wanted in (
        ("x" * 10000, utf8, "x" * 64),
        ("Jürgen", c_locale, "Jürgen"),
        (b"J\xfcrgen".decode(errors="surrogateescape"), utf8, "Jrgen"),
        ("\x1b]0;mine\x07\u202eevil", utf8, "]0;mineevil"),
        ("", utf8, ""),
    ):
        share, code = stage.share("--name", given, env=env)
        connect = stage.start("connect", code)
        name = connect.wait_event("peer")["name"]
        found += unless(name == wanted, f"{given[:20]!r} became {name!r}")
        share.process.terminate()
        found += ends(share, "stopped") + ends(connect, "peer-stopped")
    return found


def words(stage):
    """What people read: the code fits a narrow terminal, and is spelled; ASCII where that is all."""
    env = {"LC_ALL": "C"}
    share = stage.start("share", "--vnc", stage.vnc, as_json=False, env=env)
    code = share.wait_line(r"^ +(\d{4} \d{4} \d{4})$", 20.0)
    spelled = share.wait_line(r"((\d \d \d \d,? ?){3})$")
    found = unless(len(code[0]) < NARROW and len(spelled.string) < NARROW, share.lines)
    found += unless(re.sub(r"\D", "", spelled[1]) == code[1].replace(" ", ""), spelled[0])
    options = ["--name", "Jürgen"]
    connect = stage.start("connect", code[1], *options, as_json=False, env=env)
    for program in (share, connect):
        program.wait_line("over the relay, .* Direct connections are switched off on this computer[.]")
    share.wait_line(r"who says: J.*rgen$")
    connect.wait_line("press Ctrl-C")
    connect.process.send_signal(signal.SIGINT)
    found += unless(share.wait_exit() == 0 and connect.wait_exit() == 0, "status")
    text = "".join(share.lines + connect.lines) + share.stderr() + connect.stderr()
    return found + unless(text.isascii(), text)


def stun(stage):
    """Whom --stun names is asked under which address this side is seen, whichever side it is."""
    found = []
    for asking in ("share", "connect"):
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(20.0)
            place = f"127.0.0.1:{server.getsockname()[1]}"
            options = {"share": AUTO, "connect": AUTO, asking: [*AUTO, "--stun", place]}
            share, code = stage.share(*options["share"])
            connect = stage.start("connect", code, *options["connect"])
            asker, _ = server.accept()
            with asker:
                asker.settimeout(20.0)
                header = asker.recv(8, socket.MSG_WAITALL)
        question = header[:2], header[4:]
        for program in (share, connect):
            program.wait_event("peer", 20.0)
        found += unless(question == (STUN_BINDING, STUN_COOKIE), f"{asking}: {header.hex()}")
        share.process.terminate()
        found += ends(share, "stopped") + ends(connect, "peer-stopped")
    return found


def unspent(stage):
    """A port that is taken and a file that cannot be are noticed before the code is used up."""
    share, code = stage.share()
    taken = stage.start("connect", code, "--listen", stage.vnc)
    found = ends(taken, "cannot-listen")
    found += unless("Address already in use" in taken.stderr(), repr(taken.stderr()))
    for file in ("/dev/full", "/", stage.folder, stage.folder / "no/such/folder.png"):
        connect = stage.start("connect", code, "--screenshot", file)
        found += ends(connect, "bad-picture")
        found += unless(str(file) in connect.stderr(), repr(connect.stderr()))
    connect = stage.start("connect", code)
    connect.wait_event("peer")
    share.process.terminate()
    return found + ends(share, "stopped") + ends(connect, "peer-stopped")


def no_picture(stage):
    """Without its picture --screenshot has not ended as asked, whoever ended it."""
    share, code = stage.share()
    picture = stage.folder / "none.png"
    connect = stage.start("connect", code, "--screenshot", picture)
    connect.wait_event("peer")
    share.process.terminate()
    connect.wait_event("closed", reason="peer-stopped")
    found = unless(connect.wait_exit() == 1, "status", connect.process.returncode)
    left = [path.name for path in stage.folder.glob("none*")]
    return found + unless(not left, left) + ends(share, "stopped")


def cpu_s(program):
    """Return the seconds of processor time that a process has used."""
    with open(f"/proc/{program.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return sum(int(ticks) for ticks in fields[11:13]) / os.sysconf("SC_CLK_TCK")


def few_descriptors(stage):
    """Where descriptors run out, a viewer is told about and the loop does not spin."""
    _, code = stage.share()
    few = ["/bin/sh", "-c", 'ulimit -n 16; exec "$@"', "sh"]
    connect = stage.start("connect", code, "--listen", "127.0.0.1:0", through=few)
    address = programs.split_address(connect.wait_event("listening")["addr"])
    for _ in range(12):
        stage.stack.enter_context(socket.create_connection(address, 20.0))
    connect.wait_event("trouble", reason="internal-error")
    began_s, used_s = time.monotonic(), cpu_s(connect)
    connect.wait_event("trouble", reason="internal-error")  # a second later
    share = (cpu_s(connect) - used_s) / (time.monotonic() - began_s)
    connect.process.terminate()
    return unless(share < 0.5, f"{share:.0%} of a processor") + ends(connect, "stopped")


def main():
    t = tap.Tap()
    checks = [full_output, closed_streams, lines, signals_alone, signals_linked, typed_codes]
    run_all(t, checks + [shown_by_ps, names, words, stun, unspent, no_picture, few_descriptors])
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
