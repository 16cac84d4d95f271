# SPDX-License-Identifier: GPL-3.0-or-later
"""From the code to the first full picture, beside a VNC viewer that connects without us.

Helper and helpee are 0, 40 and 150 ms apart, each on its leg to the relay; the VNC server and its
viewer too, on one connection between them, without a relay, encryption or a question.
"""

import contextlib
import os
import pathlib
import tempfile
import time

from deskside_test import pictures, programs, rfb, session, xserver

import measure

RUNS = 9
RTTS_MS = (0, 40, 150)
AIM_RTTS = 8
WIDTH, HEIGHT = 1280, 720
TEXT = pathlib.Path(__file__).parents[2] / "net" / "PROTOCOL.md"
PHOTO = (256, 192)  # pixels


def start_proxy(stack, target, one_way_ms):
    """Start a proxy that delays all bytes to and from `target`; return where it listens."""
    command = [os.environ["BENCH_DELAY"], target, str(one_way_ms)]
    return stack.enter_context(programs.Program(command)).wait_line(r"^READY (\S+)$")[1]


def fill(screen):
    """Show two windows full of text and then a photo; return when they are there."""
    lines = [(x + 20, 300, 400, 100) for x in (0, WIDTH // 2)]
    blank = screen.screenshot().part(*lines[0])
    for x in (0, WIDTH // 2):
        command = f"cat {TEXT}; exec sleep 100000"
        screen.start("xterm", "-geometry", f"100x50+{x}+0", "-e", "sh", "-c", command)

    def has_text():
        seen = [screen.screenshot().part(*line) for line in lines]
        return all(part != blank and len(set(part.rgb)) > 1 for part in seen)

    session.until(has_text, 20.0, "windows of text")
    photo = pictures.noise(*PHOTO, 1)
    place = (WIDTH - PHOTO[0], HEIGHT - PHOTO[1])
    screen.show(photo, *place)
    session.until(lambda: screen.screenshot().part(*place, *PHOTO) == photo, 20.0, "the photo")


def connect_once(screen, folder, relay_address, pin):
    """Share the screen and connect; return when the session stood and when the picture was there."""
    through = ["--relay", relay_address, "--relay-pin", pin]
    arrived = {}

    def on_line(_, text):
        for event in ("peer", "frame"):
            if f'"event":"{event}"' in text.replace(" ", ""):
                arrived[event] = time.monotonic()

    sharing = ["--display", screen.display, "--allow", "view", *through]
    with programs.cli("share", *sharing, env=screen.env) as share:
        code = share.wait_event("code")["code"]
        picture = folder / "first.png"
        began = time.monotonic()
        command = [code, "--screenshot", picture, *through]
        with programs.cli("connect", *command, on_line=on_line) as connect:
            connect.wait_event("frame", 60.0)
            connect.wait_exit(60.0)
        share.wait_exit(60.0)
    row = {f"{event}_ms": (moment - began) * 1000 for event, moment in arrived.items()}
    return {**row, "after_ms": row["frame_ms"] - row["peer_ms"]}


def view_once(address):
    """Connect a VNC viewer; return when its first picture was there."""
    began = time.monotonic()
    with rfb.Viewer(programs.split_address(address), 60.0) as viewer:
        viewer.capture()
        return {"frame_ms": (time.monotonic() - began) * 1000}


def print_summary(medians):
    """Print the medians by distance, and how many round trips the difference of the far two is."""
    near_ms, far_ms = RTTS_MS[1:]
    print(f"  {'':<16}" + "".join(f"{rtt_ms:>8} ms" for rtt_ms in medians) + "  round trips")
    for what in medians[0]:
        values = [values[what] for values in medians.values()]
        trips = (values[2] - values[1]) / (far_ms - near_ms)
        print(f"  {what:<16}" + "".join(f"{value:>8.1f} ms" for value in values) + f"{trips:>13.2f}")
    print(f"  aim: {AIM_RTTS} round trips and what the first picture takes at 0 ms")


def main():
    measure.describe("connect", "deskside-cli share --display; connect CODE --screenshot FILE")
    measure.describe("viewer", measure.version("x11vnc", "-version"), "rfb.py, raw rectangles")
    medians = {}
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        relay, address, pin = programs.relay(folder / "relay")
        stack.enter_context(relay)
        screen = stack.enter_context(xserver.XServer(folder / "screen", WIDTH, HEIGHT))
        fill(screen)
        server = session.start_vnc(screen)
        for rtt_ms in RTTS_MS:
            legs = start_proxy(stack, address, rtt_ms / 4)
            line = start_proxy(stack, server, rtt_ms / 2)
            print(f"{rtt_ms} ms apart")
            rows = measure.interleave(
                {
                    "connect": lambda legs=legs: connect_once(screen, folder, legs, pin),
                    "viewer": lambda line=line: view_once(line),
                },
                RUNS,
            )
            measure.ratio(f"first picture at {rtt_ms} ms", rows, "frame_ms")
            medians[rtt_ms] = {
                "peer": measure.median(rows["connect"], "peer_ms"),
                "frame": measure.median(rows["connect"], "frame_ms"),
                "frame after peer": measure.median(rows["connect"], "after_ms"),
                "viewer": measure.median(rows["viewer"], "frame_ms"),
            }
    print_summary(medians)


if __name__ == "__main__":
    main()
