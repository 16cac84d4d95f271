# SPDX-License-Identifier: GPL-3.0-or-later
"""The question before anything is visible, and the one before control: in the window, as asked."""

import re
import signal

from deskside_test import endings, person, programs, session, tap
from deskside_test.second import mux, peer, proof
from deskside_test.stage import run_all
from deskside_test.tap import unless

CODE = r"^(\d{4} \d{4} \d{4})$"
QUESTION = "^Let Them See Your Screen[?]$"
SECOND = "^Let Them Control Your Computer[?]$"
GREETING = b"RFB 003.008\n"
BAR = 1
ADDRESSES = "After a yes, both computers share their network addresses[.]$"
HOSTILE = "<b>Bank</b> &amp; \u202eknaB\u2066\n\x1b[1m" + "W" * 64
WAIT_S = 20.0


def desk(stage, name="helpee", **options):
    """Put somebody at a desktop with Deskside on it, and a window manager for the keyboard."""
    options = {"manager": "openbox", "width": 800, "height": 700, **options}
    return stage.stack.enter_context(person.Person(stage.folder / name, *stage.through, **options))


def share(helpee):
    """Have the helpee share; return the code."""
    helpee.press("Share My Screen")
    return helpee.see(CODE)[0]


def asked(stage, *options):
    """Have a helper knock at a helpee; return both while the question is open."""
    helpee = desk(stage)
    connect = stage.start("connect", share(helpee), *options, "--listen", "127.0.0.1:0")
    helpee.see(QUESTION)
    helpee.becomes("Decline", "focused")
    return helpee, connect


def kept_out(helpee, connect):
    """Return what is wrong where the helpee said no."""
    helpee.see("^You said no. The helper sees nothing.$")
    found = endings.ends(connect, "declined")
    return found + [line for line in connect.lines if '"peer"' in line or '"listening"' in line]


def enter_at_once(stage):
    """Enter at once declines: the focus is on that."""
    helpee, connect = asked(stage)
    helpee.key("Return")
    return kept_out(helpee, connect)


def enter_on_a_grant(stage):
    """Enter on what grants does nothing, Escape declines."""
    helpee, connect = asked(stage)
    for name in ("Let Them Look", "Let Them Control"):
        helpee.becomes(name, "sensitive")
        helpee.key("Tab")
        helpee.becomes(name, "focused")
        helpee.key("Return", "KP_Enter")
    helpee.see(QUESTION)
    helpee.key("Escape")
    return kept_out(helpee, connect)


def announced(stage):
    """The question is heard: the words, who says to be there, and a bell."""
    helpee = desk(stage)
    code = share(helpee)
    bells = helpee.bells()
    stage.start("connect", code, "--name", "Bob")
    helpee.hear("^Let Them See Your Screen[?]\nSays: \u2068Bob\u2069")
    helpee.see("^Nobody has checked this name.")
    return unless(helpee.bells() > bells, "no bell")


def addresses(stage):
    """What a yes tells of where the computers are is said, unless one of them keeps it to itself."""
    found = []
    for settings, direct, is_said in (
        ((), "auto", True),
        ((), "never", False),
        ((person.RELAY_ONLY,), "auto", False),
    ):
        helpee = desk(stage, f"{direct}{len(settings)}", settings=settings)
        connect = stage.start("connect", share(helpee), "--direct", direct)
        helpee.hear(ADDRESSES if is_said else "hang up[.]$")
        helpee.becomes("Decline", "focused")
        is_seen = any(re.search(ADDRESSES, text) for text in helpee.everything())
        found += unless(is_seen == is_said, f"{settings} and {direct}: seen is {is_seen}")
        helpee.key("Escape")
        found += kept_out(helpee, connect)
    return found


def hostile_name(stage):
    """A name that is a trap is shown as it is, without what turns lines and text around."""
    helpee, connect = asked(stage, "--name", HOSTILE)
    (name,) = helpee.see("^Says: \u2068(.*)\u2069$")
    found = unless(name.startswith("<b>Bank</b> &amp; knaB"), repr(name))
    found += unless(len(name) <= 64, f"{len(name)} characters")
    helpee.press("Let Them Look")
    helpee.see("“\u2068<b>Bank</b> &amp; knaB.*” sees this screen$")
    helpee.press("Stop")
    return found + endings.ends(connect, "peer-stopped")


def nothing_before(stage):
    """Before the answer a helper gets no byte of the screen, however it asks; after a yes it does."""
    helpee = desk(stage)
    address = programs.split_address(stage.address)
    proven = proof.connect(address, stage.pin, share(helpee).replace(" ", ""))
    with peer.Peer(address, stage.pin, True, proven) as side:
        early = side.mux.channels[side.mux.open(mux.TCP)]
        side.run_until(lambda: early.reset_reason is not None, "RESET")
        helpee.see(QUESTION)
        found = unless(not early.received, "early:", early.received)
        found += unless(side.message(mux.GRANT) is None, "let in before the answer")
        helpee.press("Let Them Look")
        side.run_until(lambda: side.message(mux.GRANT), "GRANT", WAIT_S)
        channel = side.mux.channels[side.mux.open(mux.TCP)]
        side.run_until(lambda: channel.received, "the greeting", WAIT_S)
        helpee.see("“\u2068Second\u2069” sees this screen$")
    return found + unless(channel.received == GREETING, channel.received)


def control(stage):
    """Control is another question: no, yes, taken back; and it goes with who asked."""
    helpee, connect = asked(stage)
    helpee.press("Let Them Look")
    connect.wait_event("listening")
    for answer in ("Decline", "Let Them Control"):
        helpee.press("Let Them Control…", 0)
        helpee.see(SECOND)
        helpee.becomes("Decline", "focused")
        helpee.press(answer)
    connect.wait_event("level", level="control")
    helpee.hear("controls this computer$")
    helpee.press("Take Control Back", 1)
    connect.wait_event("level", level="view")
    helpee.press("Let Them Control…", 1)
    helpee.see(SECOND)
    connect.process.terminate()
    helpee.see("^The helper ended the session.$")
    helpee.miss(SECOND)
    helpee.press("Back")
    second = stage.start("connect", share(helpee), "--name", "Second")
    helpee.see("^Says: \u2068Second\u2069$")
    helpee.see(QUESTION)
    helpee.key("Return")
    return kept_out(helpee, second)


def follows(stage):
    """Who looks or controls is said in each session anew, and the focus goes on where a button went."""
    helpee = desk(stage)
    looks, controls = "sees this screen", "controls this computer"
    for answer, state in (("Control", controls), ("Control", controls), ("Look", looks)):
        connect = stage.start("connect", share(helpee), "--name", "Bob")
        helpee.see(QUESTION)
        helpee.heard()
        helpee.press(f"Let Them {answer}")
        helpee.hear(f"“\u2068Bob\u2069” {state}$")
        helpee.becomes("Stop", "focused")
        if state == controls:
            helpee.focus("Take Control Back", 0)
            helpee.key("space")
            helpee.hear(f"“\u2068Bob\u2069” {looks}$")
            helpee.becomes("Stop", "focused")
            helpee.press("Let Them Control…", 0)
            helpee.press("Let Them Control")
            helpee.hear(f"“\u2068Bob\u2069” {controls}$")
        connect.process.terminate()
        helpee.see("^The helper ended the session.$")
        helpee.press("Back")
    return helpee.end()


def close_window(who):
    """Close the window as a person does."""
    who.xdo("search", "--onlyvisible", "--class", "deskside", "windowactivate", "--sync")
    who.key("alt+F4")


def ends_well(who):
    """Return what is wrong with how the program ends."""
    return unless(who.app.wait_exit(WAIT_S) == 0 and not who.app.stderr(), who.app.stderr())


def closed_with_code(stage):
    """To close the window while the code is shown is to stop: the relay forgets the code."""
    helpee = desk(stage)
    code = share(helpee)
    close_window(helpee)
    found = ends_well(helpee)
    return found + endings.ends(stage.start("connect", code), "no-such-code")


def closed_with_question(stage):
    """To close the window at the question is a no."""
    helpee, connect = asked(stage)
    close_window(helpee)
    return endings.ends(connect, "declined") + ends_well(helpee)


def closed_while_sharing(stage):
    """To close the window while the screen is shared is to stop, and no more."""
    helpee, connect = asked(stage)
    helpee.press("Let Them Look")
    connect.wait_event("listening")
    helpee.becomes("Stop", "focused")
    close_window(helpee)
    helpee.becomes("Share My Screen", "focused")
    found = endings.ends(connect, "peer-stopped")
    close_window(helpee)
    return found + ends_well(helpee)


def stopped_in_silence(stage):
    """Stop takes the bar away at once, though the other side does not answer for seconds."""
    helpee, connect = asked(stage)
    helpee.press("Let Them Look")
    connect.wait_event("listening")
    connect.process.send_signal(signal.SIGSTOP)
    try:
        helpee.press("Stop", BAR)
        session.until(lambda: len(helpee.controls()) == 1, WAIT_S, "no bar")
        found = unless("Share My Screen" not in helpee.everything(), "the session was over before")
    finally:
        connect.process.send_signal(signal.SIGCONT)
    helpee.see("^Share My Screen$")
    return found + endings.ends(connect, "peer-stopped")


def closed_by_helper(stage):
    """A helper who closes the window is gone, and the helpee is told: at the question, and after."""
    helpee = desk(stage)
    found = []
    for name in ("early", "late"):
        helper = desk(stage, name)
        helper.press("Help Someone")
        helper.type_into("Code or link", share(helpee))
        helpee.see(QUESTION)
        if name == "late":
            helpee.press("Let Them Look")
            helper.becomes("The other screen", "focused")
        close_window(helper)
        helpee.see("^The helper ended the session.$")
        helpee.miss(QUESTION)
        helpee.press("Back")
        found += ends_well(helper)
    return found


def main():
    t = tap.Tap()
    answers = [enter_at_once, enter_on_a_grant, announced, addresses, hostile_name, nothing_before]
    answers += [control, follows]
    closed = [closed_with_code, closed_with_question, closed_while_sharing, closed_by_helper]
    closed += [stopped_in_silence]
    run_all(t, answers + closed)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
