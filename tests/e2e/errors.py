# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way in which it can go wrong for a person: reason, sentence and exit status are the table's."""

import os
import socket

from deskside_test import endings, fake_relay, pictures, programs, session, tap, xserver
from deskside_test.endings import ends
from deskside_test.stage import damm, other_secret, run_all

NOT_FOR_RELAYS = ("STOPPED", "DECLINED", "PEER_STOPPED")
CODE_LIFE_MS = 500


def wrong_codes(stage):
    """Guess three times; each is counted, the code rests in between and is dead in the end."""
    share, code = stage.share()
    found = ends(stage.start("connect", other_secret(code)), "wrong-code")
    share.wait_event("guess", left=2)
    found += ends(stage.start("connect", code), "busy")
    for add, left in ((2, 1), (3, None)):
        while True:  # the right moment comes after 5 s, then 15 s
            guess = stage.start("connect", other_secret(code, add))
            reason = guess.wait_event("closed")["reason"]
            guess.wait_exit()
            if reason != "busy":
                break
        found += [] if reason == "wrong-code" else [f"guess {add}: {reason}"]
        if left is not None:
            share.wait_event("guess", left=left)
    found += ends(share, "code-burned")
    return found + ends(stage.start("connect", code), "code-burned")


def expired(stage):
    """Let a code grow old; who types it then hears that, and not that it never was."""
    short = {"binary": os.environ["IMPATIENT"], "env": {"CODE_LIFE_MS": str(CODE_LIFE_MS)}}
    share, code = stage.share(**short)
    found = ends(share, "code-expired")
    return found + ends(stage.start("connect", code), "code-expired")


def no_such_code(stage):
    """Knock where nobody waits."""
    code = "00000000000"
    return ends(stage.start("connect", code + damm(code)), "no-such-code")


def mistyped(stage):
    """Change one digit, leave one out, or say something else: nothing is sent, no relay needed."""
    nowhere = ["--relay", "127.0.0.1:1"]
    found = []
    code = "12345678901"
    check = damm(code)
    for text in (code + str((int(check) + 1) % 10), code, "", "hello", code + check + "12345"):
        found += ends(stage.start("connect", "-", relay=nowhere, typed=text + "\n"), "mistyped-code")
    return found + ends(stage.start("connect", code + check, relay=nowhere), "no-relay")


def used_twice(stage):
    """Use a code a second time, while its session runs and after it."""
    share, code = stage.share()
    first = stage.start("connect", code)
    first.wait_event("peer")
    found = ends(stage.start("connect", code), "busy")
    first.process.terminate()
    found += ends(first, "stopped") + ends(share, "peer-stopped")
    return found + ends(stage.start("connect", code), "no-such-code")


def helpee_stops(stage):
    """The other way round: who shares ends it."""
    share, code = stage.share()
    connect = stage.start("connect", code)
    connect.wait_event("peer")
    share.process.terminate()
    return ends(share, "stopped") + ends(connect, "peer-stopped")


def declined(stage):
    """Answer the question with no, with Enter, with the end of the input, and with yes."""
    found = []
    for answer in ("no\n", "\n", "", "y\n", "x" * 1000 + "\n"):
        share, code = stage.share("--ask", typed=answer)
        connect = stage.start("connect", code, "--name", "Mallory\x1b[2J")
        found += ends(connect, "declined") + ends(share, "declined")
        if "Mallory[2J" not in share.stderr() or "\x1b" in share.stderr():
            found.append(f"the question: {share.stderr()!r}")
    share, code = stage.share("--ask", typed="yes\n")
    connect = stage.start("connect", code)
    connect.wait_event("peer")
    connect.process.terminate()
    return found + ends(connect, "stopped") + ends(share, "peer-stopped")


def no_relay(stage):
    """A closed port, a name that does not exist, and not a word of TLS."""
    found = []
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    code = "12345678901"
    for where in (f"127.0.0.1:{port}", "no-such-host.invalid"):
        relay = ["--relay", where]
        found += ends(stage.start("connect", code + damm(code), relay=relay), "no-relay")
        found += ends(stage.start("share", "--vnc", stage.vnc, relay=relay), "no-relay")
    return found


def wrong_pin(stage):
    """Pin another key: the relay is not told a thing."""
    relay = ["--relay", stage.address, "--relay-pin", "0" * 64]
    code = "12345678901"
    found = ends(stage.start("connect", code + damm(code), relay=relay), "relay-untrusted")
    return found + ends(stage.start("share", "--vnc", stage.vnc, relay=relay), "relay-untrusted")


def odd_relays(stage):
    """Meet relays that are too new, too old, full, not ours, or out of their mind."""
    oversized = bytes([5]) + b"\xff\xff\xff"
    answers = {
        "too-old": fake_relay.refused(endings.number_of("TOO_OLD")),
        "relay-too-old": fake_relay.refused(endings.number_of("RELAY_TOO_OLD")),
        "relay-full": fake_relay.refused(endings.number_of("RELAY_FULL")),
        "protocol-error": fake_relay.welcome() + oversized,
    }
    odd = [(reason, answer) for reason, answer in answers.items()]
    odd += [("protocol-error", fake_relay.refused(endings.number_of(name))) for name in NOT_FOR_RELAYS]
    code = "12345678901"
    found = []
    for reason, answer in odd:
        with fake_relay.FakeRelay(stage.folder, answer) as fake:
            relay = ["--relay", fake.address]
            found += ends(stage.start("connect", code + damm(code), relay=relay), reason)
            found += ends(stage.start("share", "--vnc", stage.vnc, relay=relay), reason)
    with fake_relay.FakeRelay(stage.folder, fake_relay.refused(endings.number_of("TOO_OLD"))) as fake:
        connect = stage.start("connect", code + damm(code), relay=["--relay", fake.address])
        connect.wait_exit()
        if "Ask for: Deskside 9 or newer" not in connect.stderr():
            found.append(f"does not say what to ask for: {connect.stderr()!r}")
    http = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    with fake_relay.FakeRelay(stage.folder, http, is_tls=False) as fake:
        relay = ["--relay", fake.address]
        found += ends(stage.start("connect", code + damm(code), relay=relay), "no-relay")
        found += ends(stage.start("share", "--vnc", stage.vnc, relay=relay), "no-relay")
    return found


def no_server(stage):
    """Share a VNC server that is not there: the helper hears so, the sharer too."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"127.0.0.1:{gone.getsockname()[1]}"
    share = stage.start("share", "--vnc", address)
    code = share.wait_event("code")["code"]
    picture = stage.folder / "no-server.png"
    connect = stage.start("connect", code, "--screenshot", picture)
    found = ends(connect, "no-server") + ([f"{picture} exists"] if picture.exists() else [])
    share.wait_event("trouble", reason="no-server")
    return found + ends(share, "peer-stopped")


def shoot(stage, vnc, reason, *options):
    """Share the server, take its picture, and let the session end with that."""
    share = stage.start("share", "--vnc", vnc)
    connect = stage.start("connect", share.wait_event("code")["code"], *options)
    return ends(connect, reason, 60.0) + ends(share, "peer-stopped")


def pictures_taken(stage):
    """Take pictures: of what is no VNC server, where none can be saved, with and without password."""
    folder = stage.folder
    png, secret, wrong = folder / "shot.png", folder / "secret", folder / "wrong"
    secret.write_text("geheim12\n", encoding="utf-8")
    wrong.write_text("geheim13\n", encoding="utf-8")
    found = []
    with fake_relay.FakeRelay(folder, b"SSH-2.0-x\r\n" * 9, is_tls=False, is_first=True) as fake:
        found += shoot(stage, fake.address, "bad-picture", "--screenshot", png)
    with xserver.XServer(folder / "screen", 320, 200) as screen:
        picture = pictures.noise(320, 200, 1)
        screen.show(picture)
        session.until(lambda: screen.screenshot() == picture, 10.0, "the picture")
        open_vnc = session.start_vnc(screen)
        found += [f"{png} exists"] if png.exists() else []
        found += shoot(stage, open_vnc, "stopped", "--screenshot", png)
        found += pictures.from_png(png.read_bytes()).difference(picture)
        closed_vnc = session.start_vnc(screen, "-passwd", "geheim12")
        found += shoot(stage, closed_vnc, "wrong-password", "--screenshot", png)
        shot = ["--screenshot", folder / "second.png", "--password-file"]
        found += shoot(stage, closed_vnc, "wrong-password", *shot, wrong)
        found += shoot(stage, closed_vnc, "stopped", *shot, secret)
    return found + pictures.from_png((folder / "second.png").read_bytes()).difference(picture)


def only_direct(stage):
    """Where only a direct path will do, both hear that there is none."""
    share, code = stage.share()
    connect = stage.start("connect", code, "--direct", "only")
    found = ends(connect, "no-direct-path", 40.0) + ends(share, "no-direct-path", 40.0)
    peers = [line for line in connect.lines if '"peer"' in line]
    return found + [f"it let somebody in: {line}" for line in peers]


def proxy(stage):
    """A proxy that is not there, and one that wants a password."""
    found = []
    with socket.create_server(("127.0.0.1", 0)) as gone:
        closed = f"http://127.0.0.1:{gone.getsockname()[1]}"
    code = "12345678901"
    env = {"https_proxy": closed, "no_proxy": ""}
    found += ends(stage.start("connect", code + damm(code), env=env), "proxy-refused")
    return found + ends(stage.start("share", "--vnc", stage.vnc, env=env), "proxy-refused")


def usage(stage):
    """A command line that makes no sense: status 2, one sentence, no event."""
    relay = ["--relay", stage.address]
    code = "12345678901"
    code += damm(code)
    link = f"deskside://relay.example/{code}"
    lines = [
        [],
        ["dance"],
        ["share", *relay, "--display", ":0", "--vnc", stage.vnc],
        ["share", *relay, "--local", "127.0.0.1:0"],
        ["share", "--local", "192.0.2.1:5900"],
        ["share", "--local", "0.0.0.0:5900"],
        ["share", "--local", "localhost:5900"],
        ["share", "--local", "127.0.0.1:0", "--ask"],
        ["share", "--local", "127.0.0.1:0", "--direct", "never"],
        ["share", "--local", "127.0.0.1:0", "--stun", "192.0.2.1:3478"],
        ["share", *relay, "--vnc", "nonsense"],
        ["share", *relay, "--vnc", stage.vnc, "--allow", "view"],
        ["share", *relay, "--vnc", stage.vnc, "--allow", "control", "--ask"],
        ["share", *relay, "--vnc", stage.vnc, "more"],
        ["share", *relay, "--vnc", stage.vnc, "--nosuch"],
        ["share", *relay, "--relay-pin", "12", "--vnc", stage.vnc],
        ["connect", *relay],
        ["connect", code],
        ["connect", link],
        ["connect", link, *relay],
        ["connect", code, *relay, "--listen", "nowhere"],
        ["connect", code, *relay, "--direct", "perhaps"],
        ["connect", code, *relay, "--stun", "stun.example:3478"],
        ["connect", code, *relay, "--listen", "127.0.0.1:0", "--screenshot", "x.png"],
        ["connect", code, *relay, "--screenshot", "x.png", "--password-file", "/no/such/file"],
    ]
    found = []
    for line in lines:
        with programs.Program([os.environ["DESKSIDE_CLI"], *line]) as program:
            status, words = program.wait_exit(), program.stderr()
        if status != 2 or len(words.strip().splitlines()) != 1 or program.lines:
            found.append(f"{line}: status {status}, {words!r}, {program.lines}")
    return found


def main():
    t = tap.Tap()
    checks = [wrong_codes, expired, no_such_code, mistyped, used_twice, helpee_stops, declined, no_relay]
    checks += [wrong_pin, only_direct, proxy, usage, odd_relays, no_server, pictures_taken]
    run_all(t, checks)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
