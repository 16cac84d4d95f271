# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that shows the window's pages with sample data: tests/e2e/widgets.c."""

import os
import signal

from . import programs

# Only upper bounds: a dozen of programs with sanitizers may start and end at a time.
READY_S, END_S = 90.0, 60.0


class Widgets(programs.Program):
    """One page of it, on a Desk; its end must leave nothing behind."""

    def __init__(self, desktop, *arguments, language="en", env=None):
        """Show what the arguments say; `env` is added to the desktop's."""
        env = {
            **desktop.env,
            "LANGUAGE": language,
            "DESKSIDE_LOCALEDIR": os.environ["DESKSIDE_LOCALEDIR"],
            **(env or {}),
        }
        super().__init__([os.environ["WIDGETS"], *map(str, arguments)], "widgets", env)
        self.wait_line("^READY$", READY_S)
        # Where its window is, is the window manager's to say, which may come to it late.
        pid = ["--all", "--pid", self.process.pid, "--class", "."]
        desktop.xdo("search", "--sync", "--onlyvisible", *pid)

    def next_state(self):
        """Ask for the next state of what is shown."""
        self.process.send_signal(signal.SIGUSR1)
        self.wait_line("^STEP")

    def end(self):
        """Let it end; return what is wrong with how it does."""
        self.process.terminate()
        status = self.wait_exit(END_S)
        complaints = self.stderr().strip()
        return [f"status {status}"] * (status != 0) + complaints.splitlines()
