# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture's channel, which the helpee opens: our programs and the second client, both ways."""

import contextlib
import pathlib
import struct
import tempfile

from deskside_test import pictures, programs, session, tap, xserver
from deskside_test.second import mux, peer, proof

WIDTH, HEIGHT = 320, 240
STOPPED, DECLINED = 1, 9
NEWER = 200  # a PICTURE that only a later version knows
RAW = 0


class Setting:
    """A relay, and what our programs and the second client need to find it."""

    def __init__(self, stack, folder):
        self.folder = folder
        relay, where, self.pin = programs.relay(folder / "relay")
        stack.enter_context(relay)
        self.address = programs.split_address(where)
        self._through = ["--relay", where, "--relay-pin", self.pin]

    def share(self, *options, **program):
        """Start `share`."""
        return programs.cli("share", *options, *self._through, **program)

    def connect(self, typed, picture):
        """Start `connect --screenshot`."""
        options = ["--screenshot", picture, *self._through]
        return programs.cli("connect", "-", *options, typed=typed + "\n")

    def helper(self, code, picture=None):
        """Be let in by a `share`."""
        proven = proof.connect(self.address, self.pin, code)
        return peer.Peer(self.address, self.pin, True, proven, picture=picture)

    def helpee(self, waiting, picture=None):
        """Let a `connect` in, as far as INTRO."""
        return peer.Peer(self.address, self.pin, False, waiting.accept(), picture=picture)


def kinds(side):
    """Return the kinds of the channels that our program opened."""
    return list(side.mux.opened.values())


def end(side, program):
    """End the session from our side; return the program's exit status."""
    side.link.close(STOPPED)
    side.run_until(lambda: side.link.is_close_acknowledged, "CLOSE_ACK")
    return program.wait_exit()


def check_helpee(t, setting, screen):
    """`share` begins with the picture at once, where both said that they can."""
    for picture, what in ((mux.LOSSLESS, "lossless"), (mux.JPEG, "JPEG"), (NEWER, "a newer one")):
        with setting.share("--display", screen.display, env=screen.env) as share:
            with setting.helper(share.wait_event("code")["code"], picture) as side:
                # Nothing is asked for: GRANT, OPEN and the first picture come by themselves.
                side.run_until(lambda side=side: side.mux.opened, "OPEN")
                number = min(side.mux.opened)
                channel = side.mux.channels[number]
                t.equal(f"{what}: GRANT is there before OPEN", bool(side.message(mux.GRANT)), True)
                t.equal(f"{what}: its kind and number", (kinds(side), number), ([mux.RFB], 2))
                side.run_until(lambda channel=channel: len(channel.received) > 8, "a picture")
                width, height, kind = struct.unpack_from(">HHB", channel.received)
                t.equal(f"{what}: the size, then an update", (width, height, kind), (WIDTH, HEIGHT, 0))
                # The helper opens none of this kind; a tcp channel is a whole RFB server still.
                refused, whole = side.mux.open(mux.RFB), side.mux.open(mux.TCP)
                both = side.mux.channels[refused], side.mux.channels[whole]
                side.run_until(
                    lambda both=both: both[0].reset_reason and len(both[1].received) >= 12, "both"
                )
                t.equal(f"{what}: one by the helper", both[0].reset_reason, DECLINED)
                t.equal(f"{what}: beside it", both[1].received[:12], b"RFB 003.008\n")
                t.equal(f"{what}: share ends well", end(side, share), 0)


def check_old_helper(t, setting, screen):
    """`share` opens nothing for who does not say PICTURE."""
    with setting.share("--display", screen.display, env=screen.env) as share:
        with setting.helper(share.wait_event("code")["code"]) as side:
            side.run_until(lambda: side.message(mux.GRANT), "GRANT")
            channel = side.mux.channels[side.mux.open(mux.TCP)]
            side.run_until(lambda: len(channel.received) >= 12, "a greeting")
            t.equal("without PICTURE: no channel", kinds(side), [])
            t.equal("without PICTURE: share ends well", end(side, share), 0)


def update(picture):
    """Return one update with the whole of a picture, raw."""
    head = struct.pack(">BxHHHHHi", 0, 1, 0, 0, picture.width, picture.height, RAW)
    return head + picture.bgrx()


def check_helper(t, setting, seed):
    """`connect --screenshot` takes what the helpee sends, however it is cut, after a lost path too."""
    picture = pictures.noise(40, 30, seed)
    stream = struct.pack(">HH", picture.width, picture.height) + update(picture)
    for cut in (1, 2, 3, 4, 5, 20, len(stream) - 1):
        waiting = proof.Waiting(setting.address, setting.pin)
        png = setting.folder / f"cut-{cut}.png"
        with setting.connect(waiting.code, png) as connect:
            with setting.helpee(waiting, mux.JPEG) as side:
                side.run_until(lambda side=side: side.message(mux.INTRO), "INTRO")
                wanted = side.message(mux.INTRO).get(mux.TAG_PICTURE)
                side.grant(mux.VIEW)
                number = side.mux.open(mux.RFB)
                side.mux.send(number, stream[:cut])
                channel = side.mux.channels[number]
                side.run_until(lambda channel=channel: not channel.waiting, "the first part")
                side.meet_again()
                side.grant(mux.CONTROLLING)
                side.mux.send(number, stream[cut:])
                side.run_until(lambda side=side: side.link.peer_close, "CLOSE")
                t.equal(f"cut at {cut}: connect ends well", connect.wait_exit(), 0)
                found = pictures.from_png(png.read_bytes()).difference(picture)
                found += [] if wanted == bytes([mux.LOSSLESS]) else [f"PICTURE {wanted}"]
                found += [] if not kinds(side) else [f"it opened {kinds(side)}"]
                t.check(f"cut at {cut}: the picture", found)


def check_bad_helpee(t, setting):
    """A helpee that breaks the agreement ends in a sentence, or is refused."""
    rows = (
        ("no pixel", struct.pack(">HH", 0, 1)),
        ("too many pixels", struct.pack(">HH", 65535, 65535)),
        ("no message of RFB", struct.pack(">HHB", 1, 1, 77)),
        ("a whole server", b"RFB 003.008\n"),
    )
    for what, stream in rows:
        waiting = proof.Waiting(setting.address, setting.pin)
        with setting.connect(waiting.code, setting.folder / "bad.png") as connect:
            with setting.helpee(waiting, mux.JPEG) as side:
                side.run_until(lambda side=side: side.message(mux.INTRO), "INTRO")
                side.grant(mux.VIEW)
                number = side.mux.open(mux.RFB)
                second = side.mux.channels[side.mux.open(mux.RFB)]
                side.run_until(lambda second=second: second.reset_reason, "RESET")
                side.mux.send(number, stream, is_last=True)
                side.run_until(lambda side=side: side.link.peer_close, "CLOSE")
                t.equal(f"{what}: a second channel", second.reset_reason, DECLINED)
                reason = connect.wait_event("closed")["reason"]
                t.equal(f"{what}: how it ends", (reason, connect.wait_exit()), ("bad-picture", 1))


def check_old_helpee(t, setting):
    """`connect --screenshot` opens its own channel where the helpee has no PICTURE."""
    waiting = proof.Waiting(setting.address, setting.pin)
    with setting.connect(waiting.code, setting.folder / "old.png") as connect:
        with setting.helpee(waiting) as side:
            side.run_until(lambda: side.message(mux.INTRO), "INTRO")
            side.grant(mux.VIEW)
            channel = side.mux.channels[side.mux.open(mux.RFB)]
            side.run_until(lambda: channel.reset_reason and side.mux.opened, "RESET and OPEN")
            t.equal("without PICTURE: it is declined", channel.reset_reason, DECLINED)
            t.equal("and connect opens its own", kinds(side), [mux.TCP])
            t.equal("and fails without a picture", end(side, connect), 1)


def check_both(t, setting, screen, seed):
    """Ours with ours: the first picture is the screen's, in every pixel."""
    picture = pictures.noise(WIDTH, HEIGHT, seed)
    screen.show(picture)
    session.until(lambda: screen.screenshot() == picture, 10.0, "the picture")
    with setting.share("--display", screen.display, env=screen.env) as share:
        png = setting.folder / "both.png"
        with setting.connect(share.wait_event("code")["code"], png) as connect:
            t.equal("ours with ours: connect ends well", connect.wait_exit(30.0), 0)
        t.check("and has the picture", pictures.from_png(png.read_bytes()).difference(picture))
        t.equal("share ends well", share.wait_exit(30.0), 0)


def main():
    t = tap.Tap()
    seed = session.seed()
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        setting = Setting(stack, folder)
        screen = stack.enter_context(xserver.XServer(folder / "screen", WIDTH, HEIGHT))
        check_helpee(t, setting, screen)
        check_old_helper(t, setting, screen)
        check_helper(t, setting, seed)
        check_bad_helpee(t, setting)
        check_old_helpee(t, setting)
        check_both(t, setting, screen, seed)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
