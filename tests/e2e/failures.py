# SPDX-License-Identifier: GPL-3.0-or-later
"""All that can go wrong before there is a picture: what both windows say, and the way back."""

import os
import re
import signal
import socket
import time

from deskside_test import endings, fake_relay, person, programs, proxy, session, tap
from deskside_test.stage import damm, other_secret, run_all
from deskside_test.tap import unless

ENTRY = "Code or link"
WAITING = "^Waiting for the picture…$"
CONNECTING = "^Connecting. The person who shares is being asked…$"
CODE = r"^(\d{4} \d{4} \d{4})$"
NOBODYS = "00000000000" + damm("00000000000")
SEVEN = "no-such-code mistyped-code wrong-code code-expired declined busy no-relay".split()
LEFT = {2: " 2 tries are left.", 1: " 1 try is left."}


def grouped(code):
    """Return a code of twelve digits as it is shown."""
    return f"{code[:4]} {code[4:8]} {code[8:]}"


def desk(stage, name="person", options=None):
    """Put somebody at a desktop with Deskside on it."""
    options = stage.through if options is None else options
    return stage.stack.enter_context(person.Person(stage.folder / name, *options))


def type_code(helper, code):
    """Go to the entry and type a code, whose last digit connects."""
    helper.press("Help Someone")
    helper.type_into(ENTRY, code)


def reads(who, title, sentence):
    """Wait for a title and a sentence, which are announced and stay to be read."""
    who.hear(f"^{re.escape(title)}\n{re.escape(sentence)}$")
    who.see(f"^{re.escape(title)}$")
    who.see(f"^{re.escape(sentence)}$")


def told(helper, reason, more=""):
    """Wait for what the table says to a helper."""
    reads(helper, "Not Connected", endings.table()[reason].connect + more)


def keeps(helper, code):
    """Return a problem where the entry does not show the code."""
    shown = helper.text(ENTRY)
    return unless(shown == grouped(code), f"the entry holds {shown!r}, not {grouped(code)!r}")


# ---- the helper's side ----


def different(_stage):
    """The sentences that a helper meets are all different."""
    rows = endings.table()
    sentences = {rows[reason].connect for reason in (*SEVEN, "unanswered", "code-burned")}
    return unless(len(sentences) == len(SEVEN) + 2, sorted(sentences))


def no_such_code(stage):
    """Nobody shares under a code: Try Again shows it to be looked at, Back forgets it."""
    helper = desk(stage)
    type_code(helper, NOBODYS)
    told(helper, "no-such-code")
    helper.press("Try Again")
    found = keeps(helper, NOBODYS)
    helper.press("Connect")
    told(helper, "no-such-code")
    helper.press("Back")
    helper.press("Help Someone")
    return found + unless(helper.text(ENTRY) == "", "Back does not forget the code")


def mistyped(stage):
    """A mistyped code is found while it is typed, and nobody is asked."""
    share, code = stage.share()
    helper = desk(stage)
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    type_code(helper, wrong)
    sentence = re.escape(endings.table()["mistyped-code"].connect)
    helper.hear(f"^{sentence}$")
    helper.see(f"^{sentence}$")
    found = keeps(helper, wrong) + unless("sensitive" not in helper.states("Connect"), "Connect")
    helper.type_into(ENTRY, code)
    helper.see(WAITING)
    return found + [line for line in share.lines if '"guess"' in line]


def wrong_codes(stage):
    """Three wrong codes: two tries are left, then one, then the code is dead."""
    share, code = stage.share()
    helper = desk(stage)
    helper.press("Help Someone")
    found = []
    for add, left in ((1, 2), (2, 1)):
        helper.type_into(ENTRY, other_secret(code, add))
        told(helper, "wrong-code", LEFT[left])
        found += unless(share.wait_event("guess")["left"] == left, "another number is left")
        helper.press("Try Again")
        found += keeps(helper, other_secret(code, add))
    helper.type_into(ENTRY, other_secret(code, 3))
    told(helper, "code-burned")
    return found + endings.ends(share, "code-burned")


def expired(stage):
    """A code that nobody used for too long is not one that never was."""
    share, code = stage.share(binary=os.environ["IMPATIENT"], env={"CODE_LIFE_MS": "500"})
    found = endings.ends(share, "code-expired")
    helper = desk(stage)
    type_code(helper, code)
    told(helper, "code-expired")
    helper.press("Try Again")
    return found + keeps(helper, code)


def corrected(stage):
    """A wrong code, corrected at once, gets through though the relay lets the code rest."""
    _, code = stage.share()
    helper = desk(stage)
    type_code(helper, other_secret(code))
    told(helper, "wrong-code", LEFT[2])
    helper.press("Try Again")
    helper.type_into(ENTRY, code)
    helper.see(WAITING)
    return []


def declined(stage):
    """The person who shares says no; Try Again asks for the same code."""
    share, code = stage.share("--ask", typed="no\n")
    helper = desk(stage)
    type_code(helper, code)
    told(helper, "declined")
    found = endings.ends(share, "declined")
    helper.press("Try Again")
    told(helper, "no-such-code")
    helper.press("Try Again")
    return found + keeps(helper, code)


def unanswered(stage):
    """The person who shares says nothing, for a time that is shorter than usual here."""
    silence, mouth = os.pipe()
    stage.stack.callback(os.close, mouth)
    impatient = {"binary": os.environ["IMPATIENT"], "pass_fds": (silence,)}
    share, code = stage.share("--ask", through=programs.shell(f"</proc/self/fd/{silence}"), **impatient)
    os.close(silence)
    helper = desk(stage)
    type_code(helper, code)
    told(helper, "unanswered")
    return endings.ends(share, "unanswered")


def busy(stage):
    """Somebody else is there already."""
    _, code = stage.share()
    stage.start("connect", code).wait_event("peer")
    helper = desk(stage)
    type_code(helper, code)
    told(helper, "busy")
    return []


def restless_relay(stage):
    """A relay that wants the next try at once gets one a second, until the person cancels."""
    answer = fake_relay.refused(endings.number_of("BUSY"), retry_ms=1)
    fake = stage.stack.enter_context(fake_relay.FakeRelay(stage.folder, answer))
    between = stage.stack.enter_context(proxy.Proxy(fake.address))
    helper = desk(stage, options=["--relay", between.address, "--relay-pin", stage.pin])
    type_code(helper, NOBODYS)
    session.until(lambda: between.accepted >= 1, 20.0, "a try")
    start = time.monotonic()
    session.until(lambda: between.accepted >= 4, 20.0, "three more")
    took_s = time.monotonic() - start
    helper.press("Cancel")
    helper.becomes(ENTRY, "focused")
    return keeps(helper, NOBODYS) + unless(took_s > 2.0, f"three more tries in {took_s:.1f} s")


def no_relay(stage):
    """The relay is down; Try Again connects with the same code when it is up."""
    share, code = stage.share()
    helper = desk(stage)
    kill_relay(stage)
    share.wait_event("offline", 30.0)
    type_code(helper, code)
    told(helper, "no-relay")
    start_relay(stage)
    share.wait_event("code", 30.0)
    helper.press("Try Again")
    helper.see(WAITING)
    return []


def kill_relay(stage):
    """Have the relay vanish."""
    stage.relay.process.send_signal(signal.SIGKILL)
    stage.relay.wait_exit()


def start_relay(stage):
    """Start the relay again where it was."""
    stage.relay = programs.relay(stage.folder, "--listen", stage.address)[0]
    stage.stack.enter_context(stage.relay)


def cancelled(stage):
    """Cancel while the relay says nothing, and while the picture does not come: the code is kept."""
    silent = stage.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    helper = desk(stage, options=["--relay", f"127.0.0.1:{silent.getsockname()[1]}"])
    type_code(helper, NOBODYS)
    helper.hear(CONNECTING)
    helper.press("Cancel")
    helper.becomes(ENTRY, "focused")
    found = keeps(helper, NOBODYS)
    share, code = stage.share()
    helper = desk(stage, "second")
    type_code(helper, code)
    helper.hear(WAITING)
    helper.press("Cancel")
    helper.becomes(ENTRY, "focused")
    return found + keeps(helper, code) + endings.ends(share, "peer-stopped")


# ---- the helpee's side ----


def withdrawn(stage):
    """A helper cancels while the question is open: it goes, and the entry keeps the code."""
    helpee, helper = desk(stage, "helpee"), desk(stage, "helper")
    helpee.press("Share My Screen")
    (code,) = helpee.see(CODE)
    type_code(helper, code)
    helpee.see("^Let Them See Your Screen")
    helper.press("Cancel")
    helper.becomes(ENTRY, "focused")
    reads(helpee, "Nothing Is Shared", endings.table()["peer-stopped"].share)
    helpee.press("Try Again")
    helpee.see(CODE)
    return keeps(helper, code.replace(" ", ""))


def helper_lost(stage):
    """A helper's program dies while the question is open: the bar says that nobody is there."""
    helpee = desk(stage)
    helpee.press("Share My Screen")
    (code,) = helpee.see(CODE)
    connect = stage.start("connect", code)
    helpee.see("^Let Them See Your Screen")
    connect.process.kill()
    helpee.press("Let Them Look")
    helpee.see("^Connection: Reconnecting$")
    helpee.press("Stop")
    helpee.becomes("Share My Screen", "focused")
    return []


def relay_lost(stage):
    """The relay goes while a code is shown, and comes back: the same code works again."""
    helpee = desk(stage)
    helpee.press("Share My Screen")
    (code,) = helpee.see(CODE)
    kill_relay(stage)
    helpee.hear("^The connection is lost.")
    helpee.see("^The connection is lost. The code works again as soon as it is back.$")
    start_relay(stage)
    helpee.hear("^The code works again.$")
    helpee.miss("^The connection is lost")
    found = unless(helpee.see(CODE) == [code], "it is another code")
    stage.start("connect", code)
    helpee.see("^Let Them See Your Screen")
    return found


def new_code(stage):
    """Three wrong guesses: each is told, then there is a new code, told by text and by sound."""
    helpee = desk(stage)
    helpee.press("Share My Screen")
    (code,) = helpee.see(CODE)
    found = []
    for add, sentence in (
        (1, "A wrong code was tried. 2 more, and this code no longer works."),
        (2, "A wrong code was tried. 1 more, and this code no longer works."),
        (3, "Three wrong codes were tried. This is a new one."),
    ):
        bells = helpee.bells()
        while True:  # the relay lets the code rest after a wrong one
            guess = stage.start("connect", other_secret(code.replace(" ", ""), add))
            reason = guess.wait_event("closed")["reason"]
            if reason != "busy":
                break
        helpee.hear(f"^{re.escape(sentence)}$")
        helpee.see(f"^{re.escape(sentence)}$")
        found += unless(reason == "wrong-code", f"guess {add}: {reason}")
        found += unless(helpee.bells() > bells, f"no sound after guess {add}")
    (fresh,) = helpee.see(CODE)
    found += unless(fresh != code, "it is the same code")
    stage.start("connect", fresh)
    helpee.see("^Let Them See Your Screen")
    return found


def main():
    t = tap.Tap()
    long = [wrong_codes, new_code, corrected]
    helper = [different, expired, no_such_code, mistyped, declined, unanswered, busy, no_relay, cancelled]
    helper += [restless_relay]
    helpee = [withdrawn, helper_lost, relay_lost]
    run_all(t, long + helper + helpee)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
