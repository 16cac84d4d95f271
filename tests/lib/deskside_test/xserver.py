# SPDX-License-Identifier: GPL-3.0-or-later
"""A private X server, and what is drawn on it."""

import os
import pathlib
import secrets
import struct
import subprocess

from . import pictures
from .programs import Failure, Program

AUTH_NAME = b"MIT-MAGIC-COOKIE-1"
FAMILY_WILD = 0xFFFF
XWD_TRIES = 5


def write_auth(path):
    """Write an Xauthority file that opens whichever display asks for it."""
    fields = (b"", b"", AUTH_NAME, secrets.token_bytes(16))
    entry = struct.pack(">H", FAMILY_WILD)
    entry += b"".join(struct.pack(">H", len(field)) + field for field in fields)
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(entry)


class XServer:
    """Xvfb on a display number of its own choice, closed to everybody without its cookie."""

    def __init__(self, folder, width=800, height=600, is_resizable=False, server_options=()):
        """Start it; `folder` is the caller's and keeps the cookie and the pictures.

        `is_resizable`: Xvnc, since xrandr cannot change Xvfb's size. `server_options`: more of its own.
        """
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        auth = self.folder / "Xauthority"
        write_auth(auth)
        screen = ["-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"]
        # With 1 as its -displayfd the server says its number on stdout when it is ready.
        command = ["Xvfb", *screen]
        if is_resizable:
            command = ["Xvnc", "-geometry", f"{width}x{height}", "-depth", "24", "-nolisten", "tcp"]
            command += ["-rfbunixpath", self.folder / "rfb", "-SecurityTypes", "None"]
        command += ["-displayfd", "1", "-auth", auth, *server_options]
        self._programs = [Program(command)]
        try:
            self.display = ":" + self._programs[0].wait_line(r"^(\d+)$", 20.0)[1]
        except BaseException:
            self.stop()
            raise
        self.env = {"DISPLAY": self.display, "XAUTHORITY": str(auth)}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def server(self):
        """The X server's own program."""
        return self._programs[0]

    def start(self, *command, **program):
        """Start a program on this display; it ends with it."""
        self._programs.append(Program(command, env=self.env, **program))
        return self._programs[-1]

    def stop_last(self):
        """End the program that start() started last."""
        self._programs.pop().stop()

    def show(self, picture, x=0, y=0):
        """Put a picture on the screen, in a window without border."""
        path = self.folder / f"picture-{len(self._programs)}.xwd"
        path.write_bytes(pictures.to_xwd(picture))
        geometry = f"{picture.width}x{picture.height}+{x}+{y}"
        return self.start("xwud", "-noclick", "-geometry", geometry, "-in", path)

    def screenshot(self):
        """Return the picture of the whole screen, without the cursor."""
        xwd = ["xwd", "-root", "-silent"]
        env = {**os.environ, **self.env}
        # It looks at one window after the other, and fails where one has gone meanwhile.
        for _ in range(XWD_TRIES):
            run = subprocess.run(xwd, env=env, check=False, capture_output=True)
            if run.returncode == 0:
                return pictures.from_xwd(run.stdout)
        raise Failure(f"xwd: {run.stderr.decode(errors='replace')}")

    def stop(self):
        """End all that runs on the display, the server last."""
        while self._programs:
            self._programs.pop().stop()
