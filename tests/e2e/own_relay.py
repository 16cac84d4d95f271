# SPDX-License-Identifier: GPL-3.0-or-later
"""No relay is set: one machine and one network need none, and nothing listens without a share."""

import contextlib
import os
import pathlib
import re
import socket
import stat
import tempfile

from deskside_test import meeting, netns, person, programs, session, tap
from deskside_test.endings import ends
from deskside_test.second import stun
from deskside_test.stage import damm, other_secret
from deskside_test.tap import unless

PORT = 13375
HERE, THERE, MOVED, PUBLIC = "192.168.77.1", "192.168.77.2", "192.168.77.3", "203.0.113.1"
CONNECTIONS_MAX = 32
FLOODED = 300
FLOOD_S = 4.0

FLOOD = """
import socket, sys, time
print("READY", flush=True)
end, kept, tried = time.monotonic() + float(sys.argv[3]), [], 0
while time.monotonic() < end:
    one = socket.socket()
    one.settimeout(1.0)
    try:
        one.connect((sys.argv[1], int(sys.argv[2])))
        one.sendall(b"\\x16\\x03\\x01" + bytes(99))
    except OSError:
        pass
    tried += 1
    kept.append(one)
    if len(kept) > 200:
        kept.pop(0).close()
print("TRIED", tried, flush=True)
"""


class House:
    """One machine: a folder of this user's own, and a TCP service that never speaks."""

    def __init__(self, stack, folder):
        self.stack = stack
        self.env = {"XDG_RUNTIME_DIR": str(folder)}
        folder.mkdir(mode=0o700)
        self.notices = folder / "deskside"
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.vnc = f"127.0.0.1:{silent.getsockname()[1]}"

    def share(self, **program):
        """Share; return the program and its `code` event."""
        running = programs.cli("share", "--vnc", self.vnc, env=self.env, **program)
        self.stack.enter_context(running)
        return running, running.wait_event("code", 20.0)

    def connect(self, *words, **program):
        """Connect, with what a person typed."""
        running = programs.cli("connect", *words, env={**self.env, **program.pop("env", {})}, **program)
        return self.stack.enter_context(running)

    def files(self):
        """Return the notices' files."""
        return sorted(self.notices.iterdir()) if self.notices.exists() else []


def meets(share, connect):
    """Wait for a session and end it; return the helper's path, and the problems."""
    path = connect.wait_event("path", 20.0, path="relay")
    connect.wait_event("peer", 20.0)
    share.wait_event("peer", 20.0)
    share.process.terminate()
    return path, ends(share, "stopped") + ends(connect, "peer-stopped")


def refused(connect, sentence):
    """Return the problems where connect should not even try, and say this."""
    status, words = connect.wait_exit(20.0), connect.stderr()
    return unless(status == 2 and sentence in words, f"status {status}: {words!r}")


# ---- one machine ----


def check_code_alone(t, house):
    """By the digits alone; a proxy is no matter, and all is gone afterwards."""
    before = netns.listening()
    env = {"https_proxy": "http://127.0.0.1:1", "no_proxy": ""}
    share, code = house.share()
    ports = [port for port in netns.listening() if port not in before]
    t.equal("a share listens at the fixed port", ports, [PORT])
    with stun.Tcp(("127.0.0.1", PORT)) as asker:
        t.equal("it answers STUN there", asker.ask().mapped, asker.local)
    t.equal("without a network there is no address", code.get("address"), None)
    (notice,) = house.files()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (notice, notice.parent)]
    t.equal("the notice is for this user alone", modes, [0o600, 0o700])
    told = notice.name + notice.read_text(encoding="ascii")
    t.check("the notice says nothing of the secret", unless(code["code"][-8:] not in told, told))
    path, problems = meets(share, house.connect(code["code"], env=env))
    t.check("the code alone leads there", problems)
    t.equal("over the loopback", path["remote"], f"127.0.0.1:{PORT}")
    t.equal("then nobody listens", netns.listening(), before)
    t.equal("and no notice is left", house.files(), [])


def check_two(t, house):
    """Two at once are found by their codes; what a dead one left behind counts for nothing."""
    shares = [house.share() for _ in range(2)]
    t.equal("two share", len(house.files()), 2)
    ways = [meets(share, house.connect(code["code"])) for share, code in shares]
    t.check("both are found", [problem for _, problems in ways for problem in problems])
    t.equal("by ports of their own", len({path["remote"] for path, _ in ways}), 2)
    share, code = house.share()
    t.check("a stranger's code is not", refused(house.connect("1" * 11 + damm("1" * 11)), "Nobody"))
    share.process.kill()
    share.wait_exit()
    t.equal("a dead program leaves its notice", len(house.files()), 1)
    t.check("which leads nowhere", refused(house.connect(code["code"]), "Nobody shares"))
    t.equal("and is removed", house.files(), [])


def check_guesses(t, house):
    """The helper hears of a wrong code, though the third one ends the relay."""
    share, code = house.share()
    found = []
    for number in range(1, 4):
        while True:  # the code rests in between
            guess = house.connect(other_secret(code["code"], number))
            reason = guess.wait_event("closed", 20.0)["reason"]
            guess.wait_exit()
            if reason != "busy":
                break
        found += unless(reason == "wrong-code", f"guess {number}: {reason}")
    t.check("three wrong codes burn it", found + ends(share, "code-burned"))


# ---- two machines ----


def check_network(t, house, through):
    """The address and the code, as they are read out; by the link; on another port."""
    away = {"through": through, "env": {"XDG_RUNTIME_DIR": ""}}
    share, code = house.share()
    t.equal("the address is shown without the usual port", code["address"], HERE)
    path, problems = meets(share, house.connect(code["address"], code["code"], **away))
    t.check("address and code lead there", problems)
    t.equal("over the network", path["remote"], f"{HERE}:{PORT}")
    with socket.create_server(("", PORT)):
        share, code = house.share()
    t.check("another port is shown", unless(re.fullmatch(HERE + r":\d+", code["address"]), code))
    typed = f"{code['address']} {code['code'][:4]} {code['code'][4:8]} {code['code'][8:]}"
    t.check("and works", meets(share, house.connect("-", typed=typed + "\n", **away))[1])
    share, code = house.share()
    t.check("the link leads there", meets(share, house.connect(code["link"], **away))[1])
    share, code = house.share()
    pin = re.search("pin=(.*)$", code["link"])[1]
    other = code["link"].replace(pin, pin[:-1] + ("0" if pin[-1] != "0" else "1"))
    t.check("a link with another key does not", ends(house.connect(other, **away), "relay-untrusted"))
    alone = house.connect(code["code"], **away)
    t.check("nor does the code alone", refused(alone, "the address that stands before the code"))
    stranger = programs.cli("share", "--vnc", house.vnc, "--relay", f"{HERE}:{PORT}", **away)
    with stranger:
        t.check("a stranger cannot share over it", ends(stranger, "relay-full"))
    share.process.terminate()
    t.check("who stops has stopped", ends(share, "stopped"))


def check_public(t, house, through):
    """At a public address the key counts, or the certificate: typed alone it is a question."""
    away = {"through": through, "env": {"XDG_RUNTIME_DIR": ""}}
    share, code = house.share()
    pin = re.search("pin=(.*)$", code["link"])[1]
    typed = house.connect(PUBLIC, code["code"], **away)
    t.check("a public address is asked about", refused(typed, f"over the relay {PUBLIC}"))
    relay = ["--relay", f"{PUBLIC}:{PORT}"]
    unpinned = house.connect(code["code"], *relay, **away)
    t.check("its certificate is checked", ends(unpinned, "relay-untrusted"))
    pinned = house.connect(code["code"], *relay, "--relay-pin", pin, **away)
    t.check("or its key", meets(share, pinned)[1])


def check_moved(t, house):
    """The machine gets another address while the code is shown."""
    share, code = house.share()
    netns.ip("address", "delete", f"{HERE}/24", "dev", "near")
    netns.ip("address", "add", f"{MOVED}/24", "dev", "near")
    again = share.wait_event("code", 10.0, address=MOVED)
    t.equal("the new address is shown before the same code", again["code"], code["code"])
    netns.ip("address", "delete", f"{MOVED}/24", "dev", "near")
    t.equal("none without a network", share.wait_event("code", 10.0).get("address"), None)
    netns.ip("address", "add", f"{HERE}/24", "dev", "near")
    share.wait_event("code", 10.0, address=HERE)
    share.process.terminate()
    t.check("and it ends as ever", ends(share, "stopped"))


def flood(stack, through):
    """Have the neighbour connect as fast as it can; return the program."""
    python = ["/usr/bin/python3", "-c", FLOOD, HERE, str(PORT), str(FLOOD_S)]
    running = stack.enter_context(programs.Program([*through, *python], name="flood"))
    running.wait_line("READY")
    return running


# ---- windows ----


def check_windows(t, house, folder, through):
    """Two windows, by the digits, by address and digits as they are typed, and by the link."""
    with contextlib.ExitStack() as stack:
        env = {"XDG_RUNTIME_DIR": house.env["XDG_RUNTIME_DIR"]}
        before = netns.listening()
        helpee = stack.enter_context(person.Person(folder / "helpee", env=env))
        helper = person.Person(folder / "helper", env=env, manager="openbox")
        stack.enter_context(helper)
        helper.see("^Help Someone$")
        helpee.see("^Share My Screen$")
        t.equal("nobody listens before Share", netns.listening(), before)
        helpee.press("Share My Screen")
        (code,) = helpee.see(r"^(\d{4} \d{4} \d{4})$")
        t.equal("the address is in sight", helpee.see(f"^{HERE}$"), [HERE])
        helper.press("Help Someone")
        helper.type_into("Code or link", code)
        helpee.press("Let Them Look")
        helper.see("^The other screen$")
        check_flood(t, helpee, helper, stack, through)
        t.equal("nobody listens after Stop", netns.listening(), before)
        check_typed(t, helpee, helper)
        check_question(t, house, helper)
        for who, name in ((helpee, "helpee"), (helper, "helper")):
            who.app.process.terminate()
            t.equal(f"the {name}'s program ends well", who.app.wait_exit(20.0), 0)
            t.equal(f"the {name}'s program had nothing to say", who.app.stderr(), "")


def check_flood(t, helpee, helper, stack, through):
    """A neighbour floods the port in the middle of a session: it goes on, and Stop works at once."""
    quiet = meeting.descriptors(helpee.app)
    flooding, most = flood(stack, through), 0
    for _ in range(20):
        helpee.see("^Let Them Control…$")
        most = max(most, meeting.descriptors(helpee.app))
    tried = int(flooding.wait_line(r"^TRIED (\d+)$", FLOOD_S + 20.0)[1])
    t.check("the flood was one", unless(tried >= FLOODED, f"{tried} connections"))
    t.check("it is held to few files", unless(most <= quiet + CONNECTIONS_MAX, f"{quiet}, then {most}"))
    helper.see("^The other screen$")
    flood(stack, through)
    helpee.press("Stop")
    helpee.see("^Share My Screen$")
    helper.press("Back")
    helper.see("^Help Someone$")


def check_typed(t, helpee, helper):
    """Key by key: the last digit connects, and none before it."""
    helpee.press("Share My Screen")
    (code,) = helpee.see(r"^(\d{4} \d{4} \d{4})$")
    helper.press("Help Someone")
    helper.focus("Code or link")
    helper.xdo("type", f"{HERE} {code}")
    helpee.press("Let Them Look")
    t.equal("what is read out can be typed", bool(helper.see("^The other screen$")), True)
    helpee.press("Stop")
    helper.press("Back")
    helpee.see("^Share My Screen$")
    helper.press("Help Someone")
    helper.type_into("Code or link", f"{HERE} {code}")
    said = helper.see("^Nobody answers at this address.*")
    t.equal("where nobody shares, that is said", len(said), 1)
    helper.press("Back")
    helper.see("^Help Someone$")


def check_question(t, house, helper):
    """A link leads nowhere unasked."""
    share, code = house.share()
    helper.press("Help Someone")
    helper.type_into("Code or link", code["link"])
    where = f"\u2068{HERE}:{PORT}\u2069"  # whatever is written around it
    helper.see(f"^Connect over {where}\\?$")
    helper.becomes("Cancel", "focused")
    helper.key("Return")
    helper.miss("^Connect over")
    helper.press("Connect")
    helper.press(f"Connect over {where}")
    share.wait_event("peer", 20.0)
    events = [line for line in share.lines if '"path"' in line]
    t.equal("the answer at hand is no, and only a yes connects", len(events), 1)
    share.process.terminate()
    t.check("it ends as ever", ends(share, "stopped"))
    helper.press("Back")


def main():
    t = tap.Tap()
    if not netns.enter():
        t.skip("sessions without a relay", "no name spaces")
        return t.done()
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        house = House(stack, folder / "house")
        check_code_alone(t, house)
        check_two(t, house)
        check_guesses(t, house)
        through = stack.enter_context(netns.neighbour(HERE, THERE))
        check_network(t, house, through)
        check_moved(t, house)
        netns.ip("address", "add", f"{PUBLIC}/24", "dev", "near")
        netns.ip("route", "add", f"{PUBLIC}/32", "via", HERE, through=through)
        check_public(t, house, through)
        netns.ip("address", "delete", f"{PUBLIC}/24", "dev", "near")
        check_windows(t, house, folder, through)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
