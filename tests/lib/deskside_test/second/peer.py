# SPDX-License-Identifier: GPL-3.0-or-later
"""One side of a session: what the leg, the path, the link and the mux give each other."""

import time

from . import leg, link, mux, proof

STEP_S = 0.05


class Peer:
    """A side that is let in, or lets in. Nothing happens but in run_until()."""

    def __init__(self, address, pin, is_helper, proven, wants=mux.CONTROLLING, picture=None):
        """`proven` is what proof.connect() or Waiting.accept() gave.

        `wants` and `picture` are INTRO's WANTS and PICTURE.
        """
        self._where = (address, pin)
        self._is_helper = is_helper
        self._leg, self._key, self._path, self._cookie = proven
        self._generation = 1
        self.link = link.Link(is_helper)
        self.mux = mux.Mux(is_helper)
        self.link.attach()
        self.mux.say(
            mux.INTRO,
            (mux.TAG_NAME, b"Second"),
            (mux.TAG_PROGRAM, leg.PROGRAM),
            (mux.TAG_WANTS, bytes([wants])),
            *([(mux.TAG_PICTURE, bytes([picture]))] if picture else []),
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._leg.close()
        self._path.close()

    def grant(self, level):
        """Let the helper in."""
        self.mux.say(mux.GRANT, (mux.TAG_LEVEL, bytes([level])))

    def message(self, kind):
        """Return the fields of the first control message of a type, or None."""
        return next((found for got, found in self.mux.messages if got == kind), None)

    def run_until(self, condition, what, timeout_s=10.0):
        """Go on until condition() is true."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: not within {timeout_s} s")
            self.step()

    def run_until_lost(self, timeout_s=10.0):
        """Go on until the relay closes the connection."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            try:
                self.step()
            except leg.Ended:
                return
        raise TimeoutError(f"the connection still stands after {timeout_s} s")

    def step(self):
        """Send what may be sent, and take one record."""
        self._flush()
        record = self._leg.receive(STEP_S)
        if record is None or record[0] != leg.PIPE:
            return
        self.mux.feed(self.link.feed(self._path.feed(record[1])))
        self._flush()

    def _flush(self):
        if self._path.is_proven:
            self.link.send(self.mux.pull(self.link.room))
            self._path.write(self.link.output)
            self.link.output = b""
        self._leg.send_pipe(self._path.take())

    def meet_again(self):
        """Lose the connection, and make another one."""
        self._leg.close()
        self._path.close()
        self._generation += 1
        self._leg, self._path, self._cookie = proof.meet(
            *self._where, self._is_helper, self._key, self._cookie, self._generation
        )
        self.link.attach()
