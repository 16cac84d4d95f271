# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own sharer of a screen, and a viewer with hands: alone, through a relay, and in the window."""

from . import person, programs, rfb


class Local:
    """A running `share --local`, its address, and the first viewer, who has seen the screen."""

    def __init__(self, stack, screen, allow):
        options = ["--display", screen.display, "--local", "127.0.0.1:0", "--allow", allow]
        self.program = stack.enter_context(programs.cli("share", *options, env=screen.env))
        self.address = programs.split_address(self.program.wait_event("listening")["addr"])
        self.viewer = stack.enter_context(rfb.Viewer(self.address))
        self.viewer.capture()


class _Relayed:
    """A relay, and what leads through it; `connect` and `viewer` come when there is a code."""

    def __init__(self, stack, folder):
        self._stack = stack
        self.relay, where, pin = programs.relay(folder)
        stack.enter_context(self.relay)
        self.through = ["--relay", where, "--relay-pin", pin]

    def _connect(self, code):
        connect = programs.cli("connect", code, *self.through, "--listen", "127.0.0.1:0")
        self.connect = self._stack.enter_context(connect)

    def _view(self):
        address = programs.split_address(self.connect.wait_event("listening", 30.0)["addr"])
        self.viewer = self._stack.enter_context(rfb.Viewer(address))
        self.viewer.capture()


class Session(_Relayed):
    """A whole session: `relay`, `share` of a screen, `connect`, and a viewer in control."""

    def __init__(self, stack, screen, folder):
        super().__init__(stack, folder)
        options = ["--display", screen.display, "--allow", "control", *self.through]
        self.share = stack.enter_context(programs.cli("share", *options, env=screen.env))
        self._connect(self.share.wait_event("code")["code"])
        self._view()


class Window(_Relayed):
    """The same with a person (`helpee`) who shares by the window, and lets the helper control."""

    def __init__(self, stack, folder, **desk):
        super().__init__(stack, folder / "relay")
        self.helpee = person.Person(folder / "helpee", *self.through, **desk)
        stack.enter_context(self.helpee)
        self.helpee.press("Share My Screen")
        (code,) = self.helpee.see(r"^(\d{4} \d{4} \d{4})$")
        self._connect(code)
        self.helpee.press("Let Them Control")
        self._view()
