# SPDX-License-Identifier: GPL-3.0-or-later
"""The decoder child against real VNC servers: the first frame, pixel by pixel, and passwords."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

from deskside_test import pictures, programs, session, tap, xserver

WIDTH, HEIGHT = 640, 400
WAIT_S = 20.0
PASSWORD = "long enough"  # VNC uses 8 characters of it
WRONG = "The shared VNC server did not accept the password."
NONE_GIVEN = "The shared VNC server asks for a password, and none was given."


class Xvnc(xserver.XServer):
    """TigerVNC's X server: display and VNC server in one."""

    def __init__(self, folder, *options):  # pylint: disable=super-init-not-called
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        auth = self.folder / "Xauthority"
        xserver.write_auth(auth)
        screen = ["-geometry", f"{WIDTH}x{HEIGHT}", "-depth", "24", "-nolisten", "tcp"]
        command = ["Xvnc", "-displayfd", "1", *screen, "-auth", auth, "-rfbport", "-1", *options]
        self._programs = [programs.Program(command)]
        try:
            self.display = ":" + self._programs[0].wait_line(r"^(\d+)$", WAIT_S)[1]
        except BaseException:
            self.stop()
            raise
        self.env = {"DISPLAY": self.display, "XAUTHORITY": str(auth)}


def wait_socket(path):
    """Wait until a server listens there."""
    session.until(path.is_socket, WAIT_S, f"{path.name} of a VNC server")


@contextlib.contextmanager
def x11vnc(folder, password_file):
    """Run x11vnc on Xvfb; yield the screen and the VNC server's socket."""
    login = ["-rfbauth", password_file] if password_file else ["-nopw"]
    path = folder / "x11vnc"
    with xserver.XServer(folder / "xvfb", WIDTH, HEIGHT) as screen:
        options = ["-rfbport", "0", "-no6", "-forever", "-shared", "-quiet", *login]
        screen.start("x11vnc", *options, "-unixsock", path)
        wait_socket(path)
        yield screen, path


@contextlib.contextmanager
def tigervnc(folder, password_file):
    """Run Xvnc; yield the screen and the VNC server's socket."""
    login = ["-SecurityTypes", "None"]
    if password_file:
        login = ["-SecurityTypes", "VncAuth", "-PasswordFile", password_file]
    path = folder / "tigervnc"
    with Xvnc(folder / "xvnc", *login, "-rfbunixpath", path) as screen:
        wait_socket(path)
        yield screen, path


def shoot(path, png, *password):
    """Save the first frame; return the exit status and the last line printed."""
    with programs.Program([os.environ["DECODER_SHOT"], path, png, *password]) as shot:
        status = shot.wait_exit(WAIT_S)
        return status, shot.lines[-1] if shot.lines else shot.stderr()


def check_pixels(t, server, folder, seed):
    """Show a picture with more colours than a palette holds, and compare the PNG with xwd's."""
    picture = pictures.noise(WIDTH, HEIGHT, seed)
    png = folder / "shot.png"
    name = server.__name__
    with server(folder, None) as (screen, path):
        screen.show(picture)
        session.until(lambda: screen.screenshot() == picture, WAIT_S, "the picture on the screen")
        t.equal(f"{name}: a frame is saved", shoot(path, png), (0, "saved"))
        t.check(
            f"{name}: every pixel is right",
            pictures.from_png(png.read_bytes()).difference(screen.screenshot()),
        )


def check_passwords(t, server, folder, password_file):
    """Try the right password, another one and none."""
    name = server.__name__
    png = folder / "password.png"
    with server(folder, password_file) as (_, path):
        t.equal(f"{name}: a wrong password", shoot(path, png, "long-enough"), (1, WRONG))
        t.equal(f"{name}: no password", shoot(path, png), (1, NONE_GIVEN))
        t.equal(f"{name}: nothing was saved", png.exists(), False)
        t.equal(f"{name}: the right password", shoot(path, png, PASSWORD), (0, "saved"))
        png.unlink()


def check_usage(t):
    """Start the child by hand."""
    with programs.Program([os.environ["DECODER_SHOT"], "--decoder"]) as child:
        t.equal("no person starts the child: status", child.wait_exit(), 2)
        t.equal("and words", child.stderr(), "--decoder is for Deskside's own use.\n")


def main():
    t = tap.Tap()
    check_usage(t)
    seed = session.seed()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        password_file = folder / "password"
        store = ["x11vnc", "-storepasswd", PASSWORD, password_file]
        subprocess.run(store, check=True, capture_output=True)
        for server in (x11vnc, tigervnc):
            for check, argument in ((check_pixels, seed), (check_passwords, password_file)):
                (folder / check.__name__).mkdir(exist_ok=True)
                place = folder / check.__name__ / server.__name__
                place.mkdir()
                check(t, server, place, argument)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
