# SPDX-License-Identifier: GPL-3.0-or-later
"""Onto the direct path and back, between two machines, while bytes flow all the time."""

import contextlib
import socket
import threading

from deskside_test import crossing, meeting, netns, programs, session, tap
from deskside_test.talk import FLOW_BYTES, Talk
from deskside_test.endings import ends
from deskside_test.tap import unless

QUIET_BYTES = 16_384  # PINGs and the like, on the relay, beside some megabytes that are direct
STRANGERS = 24
STRANGE = b"\x16\x03\x01" + bytes(99)  # begins like a ClientHello


def pair(stack, seed, **options):
    """Join three machines; return them, the relay on the middle one, and a Talk."""
    where = crossing.Crossing(stack)
    return where, where.relay, Talk(stack, where, where.relay, seed, **options)


def relay_bytes(where, relay):
    """Return what the relay's connections have carried."""
    return where.relay_bytes(programs.split_address(relay.address)[1])


def quiet_relay(where, relay, talk):
    """Let bytes flow; say by how much the relay's grew, where that is more than a few PINGs."""
    before = relay_bytes(where, relay)
    talk.flows("the switch", 4 * FLOW_BYTES)
    grown = relay_bytes(where, relay) - before
    return unless(grown <= QUIET_BYTES, f"the relay carried {grown} bytes more")


def standing(where, told):
    """Say where the connections of both `path` events are not those that the kernel has."""
    share, connect = told
    seen = [netns.connections(space) for space in (where.helpee, where.helper)]
    found = unless((share["local"], share["remote"]) in seen[0], share, seen[0])
    found += unless((connect["local"], connect["remote"]) in seen[1], connect, seen[1])
    ends_meet = (share["local"], share["remote"]) == (connect["remote"], connect["local"])
    return found + unless(ends_meet, share, connect)


def is_gone(where, told):
    """Say whether neither kernel has the connection of both `path` events any more."""
    ends = [(event["local"], event["remote"]) for event in told]
    spaces = where.helpee, where.helper
    return not any(end in netns.connections(space) for end, space in zip(ends, spaces))


def has_standby(where, relay):
    """Say whether both machines have a connection to the relay."""
    both = [netns.connections(space) for space in (where.helpee, where.helper)]
    return all(any(remote == relay.address for _, remote in one) for one in both)


def check_there_and_back(t, seed):
    """By itself onto the direct path; onto the relay when it is cut; and onto another one."""
    name = "there and back"
    with contextlib.ExitStack() as stack:
        where, relay, talk = pair(stack, seed)
        talk.begin()
        told = talk.carried("direct")
        for program in (talk.share, talk.connect):
            kinds = [event["path"] for event in meeting.events(program, "path")]
            t.equal(f"{name}: {program.name} begins on the relay", kinds, ["relay", "direct"])
            results = [event["result"] for event in meeting.events(program, "punch")]
            t.equal(f"{name}: {program.name} tells the try", results, ["started", "direct"])
        t.equal(f"{name}: by addresses of their own", {event["kind"] for event in told}, {"lan"})
        t.check(f"{name}: the connection is what is told", standing(where, told))
        t.check(f"{name}: the relay carries no more", quiet_relay(where, relay, talk))
        where.open(False)
        talk.carried("relay")
        talk.flows("the cut")
        talk.wait(lambda: {event["why"] for event in talk.paths()} == {"lost"}, "word of the loss")
        talk.wait(lambda: is_gone(where, told), "the end of what was cut")
        where.open(True)
        again = talk.carried("direct", 60.0)
        t.check(f"{name}: another connection", unless(again[0]["local"] != told[0]["local"], again))
        t.check(f"{name}: it is what is told", standing(where, again))
        t.check(f"{name}: the relay carries no more again", quiet_relay(where, relay, talk))
        talk.finish(t, name)


def knock(where):
    """Send a SYN from the helper's machine to the helpee's, where nobody listens."""
    with where.helper.socket() as sock, contextlib.suppress(ConnectionRefusedError):
        sock.connect((crossing.HELPEE, 9))


def check_never(t, seed, who, whys):
    """Nobody is told the address, and no SYN is tried."""
    name = f"never for {who}"
    with contextlib.ExitStack() as stack:
        options = {who: "never"}
        where, _, talk = pair(stack, seed, **options)
        talk.begin()
        told = talk.carried("relay")
        talk.flows("the begin", 4 * FLOW_BYTES)
        t.equal(f"{name}: each says why", tuple(event["why"] for event in told), whys)
        t.equal(f"{name}: no SYN between the peers", where.peers_syns(), [])
        punches = [meeting.events(one, "punch") for one in (talk.share, talk.connect)]
        t.equal(f"{name}: no try is told", punches, [[], []])
        talk.finish(t, name)
        t.equal(f"{name}: nor at the end", where.peers_syns(), [])
        knock(where)
        session.until(where.peers_syns, 10.0, f"{name}: the SYN that proves that one is seen")


def check_only(t, seed):
    """Nothing is carried before the direct path stands."""
    with contextlib.ExitStack() as stack:
        where, relay, talk = pair(stack, seed, connect="only")
        where.open(False)
        talk.share.wait_event("punch", 30.0)
        before = relay_bytes(where, relay)
        beginning = threading.Thread(target=talk.begin)
        beginning.start()
        session.until(where.peers_syns, 30.0, "a SYN")
        peers = [meeting.events(one, "peer") for one in (talk.share, talk.connect)]
        t.equal("only: nobody is let in before", peers, [[], []])
        where.open(True)
        beginning.join()
        told = talk.carried("direct")
        t.check("only: it is direct", standing(where, told))
        talk.flows("the begin")
        grown = relay_bytes(where, relay) - before
        t.check("only: the relay carried no data", unless(grown < QUIET_BYTES, f"{grown} bytes"))
        t.check("only: the SYNs were seen", unless(where.peers_syns(), "none"))
        talk.finish(t, "only")


def check_only_blocked(t, seed):
    """Where no direct path comes up, that is said to both, and it ends."""
    with contextlib.ExitStack() as stack:
        where, _, talk = pair(stack, seed, share="only")
        where.open(False)
        t.check("only, cut: connect says why", ends(talk.connect, "no-direct-path", 40.0))
        t.check("only, cut: share says why", ends(talk.share, "no-direct-path", 40.0))


def check_relay_dies(t, seed):
    """The relay is killed while the session is direct; a new one is the standby, and is needed."""
    name = "the relay dies"
    with contextlib.ExitStack() as stack:
        where, relay, talk = pair(stack, seed)
        talk.begin()
        talk.carried("direct")
        relay.kill()
        talk.flows("the relay's end", 4 * FLOW_BYTES)
        paths = [event["path"] for event in talk.paths()]
        t.equal(f"{name}: the session is direct still", paths, ["direct", "direct"])
        relay.start()
        session.until(lambda: has_standby(where, relay), 60.0, "a standby on the new relay")
        talk.flows("the standby")
        where.open(False)
        talk.carried("relay")
        talk.flows("the cut")
        talk.finish(t, name)


def check_roaming(t, seed):
    """The helper's machine goes into another network: everything that it had is dead."""
    name = "roaming"
    with contextlib.ExitStack() as stack:
        where, relay, talk = pair(stack, seed)
        talk.begin()
        talk.carried("direct")
        where.move_helper()
        talk.flows("the move")
        moved = lambda: crossing.MOVED in (talk.paths()[1] or {}).get("local", "")
        talk.wait(moved, "a path from the new address")
        talk.wait(lambda: moved() and talk.paths()[1]["path"] == "direct", "a direct path")
        t.check(f"{name}: it is direct again", standing(where, talk.carried("direct")))
        t.check(f"{name}: the relay carries no more", quiet_relay(where, relay, talk))
        talk.finish(t, name)


def strange(where, host, port, answers):
    """Connect to a peer's port from the middle and speak nonsense, or nothing, until it hangs up.

    Appends all that was heard to `answers`.
    """
    for number in range(STRANGERS):
        with where.middle.socket() as stranger:
            stranger.settimeout(10.0)
            try:
                stranger.connect((host, port))
                if number % 2:
                    stranger.sendall(STRANGE)
                answers.append(b"".join(iter(lambda: stranger.recv(4096), b"")))
            except ConnectionError:
                answers.append(b"")  # it refuses


def punched(where, talk):
    """Return the ports at which each machine listens for its peer."""
    both = (where.helpee, where.helper)
    return [set(netns.listening(space)) - talk.ports() for space in both]


def check_strangers(t, seed):
    """Strangers come to the ports that are punched from; they get no word, and the path is made."""
    name = "strangers"
    with contextlib.ExitStack() as stack:
        where, _, talk = pair(stack, seed)
        where.open(False)
        talk.begin()
        session.until(lambda: all(punched(where, talk)), 30.0, "ports of both")
        answers, crowd = {crossing.HELPEE: [], crossing.HELPER: []}, []
        for host, ports in zip(answers, punched(where, talk)):
            for port in ports:
                words = {"args": (where, host, port, answers[host]), "daemon": True}
                crowd.append(threading.Thread(target=strange, **words))
                crowd[-1].start()
        are_off = lambda: all(len(heard) >= STRANGERS for heard in answers.values())
        session.until(are_off, 60.0, "strangers that were sent off")
        where.open(True)
        talk.carried("direct", 60.0)
        talk.flows("the strangers")
        for one in crowd:
            one.join()
        t.equal(f"{name}: the helpee says nothing", set(answers[crossing.HELPEE]), {b""})
        # The helper begins the handshake, whoever made the connection.
        hellos = {heard[:1] for heard in answers[crossing.HELPER] if heard}
        t.equal(f"{name}: the helper no more than a ClientHello", hellos, {STRANGE[:1]})
        sizes = {len(heard) for heard in answers[crossing.HELPER] if heard}
        t.check(f"{name}: once", unless(len(sizes) == 1 and max(sizes) < 512, sizes))
        talk.finish(t, name)


def main():
    t = tap.Tap()
    if not netns.enter():
        t.skip("direct paths", "no name spaces")
        return t.done()
    seed = session.seed()
    meeting.together(
        lambda: check_there_and_back(t, seed),
        lambda: check_never(t, seed + 1, "share", ("off-here", "off-there")),
        lambda: check_never(t, seed + 2, "connect", ("off-there", "off-here")),
        lambda: check_only(t, seed + 3),
        lambda: check_only_blocked(t, seed + 4),
        lambda: check_relay_dies(t, seed + 5),
        lambda: check_roaming(t, seed + 6),
        lambda: check_strangers(t, seed + 7),
    )
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
