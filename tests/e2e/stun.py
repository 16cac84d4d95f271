# SPDX-License-Identifier: GPL-3.0-or-later
"""STUN at the relay, asked by a client that was written from the RFCs, in a network of its own."""

import contextlib
import pathlib
import tempfile

from deskside_test import netns, programs, tap
from deskside_test import relay_client as rc
from deskside_test.second import stun

HOSTS, PORTS = ("127.0.0.1", "127.0.0.2"), (3478, 3479)
TWO = f"{HOSTS[0]}:{PORTS[0]},{HOSTS[1]}:{PORTS[1]}"


@contextlib.contextmanager
def relay(*options):
    """Run a relay; yields (address of its own port, WELCOME's fields)."""
    with tempfile.TemporaryDirectory() as folder:
        running, ready, _ = programs.relay(pathlib.Path(folder), *options)
        address = programs.split_address(ready)
        with running:
            with rc.Client(address) as client:
                client.send(rc.hello())
                welcome = rc.fields(client.expect(rc.WELCOME))
            yield address, welcome
            if running.stop() != 0:
                raise programs.Failure("the relay did not end well")


def seen(answer, local):
    """Return what an answer says: that it sees us right, where it comes from, and what else."""
    return answer.kind == stun.RESPONSE and answer.mapped == local, answer.origin, answer.other


def check_own_port(t, address):
    """Ask at the port at which clients are served."""
    with stun.Tcp(address) as asker:
        first, second = asker.ask(), asker.ask()
        t.equal("the relay's own port sees us", seen(first, asker.local), (True, address, None))
        t.equal("as often as it is asked", seen(second, asker.local), (True, address, None))
        asker.send(stun.message(stun.INDICATION) + stun.with_fingerprint(stun.message()))
        t.equal("an indication gets no answer, what follows does", asker.receive().mapped,
                asker.local)
        refused = asker.ask(stun.change(stun.CHANGE_PORT), stun.attribute(0x0024, bytes(4)),
                            stun.attribute(0x8FFF, bytes(3)))
        t.equal("what it cannot do is named",
                (refused.kind, refused.error, refused.unknown),
                (stun.ERROR, 420, [stun.CHANGE_REQUEST, 0x0024]))
        with rc.Client(address) as client:
            client.send(rc.hello())
            client.expect(rc.WELCOME)
        t.check("who speaks TLS is served beside it", [])


def check_four(t):
    """Ask at all four combinations of two addresses and ports."""
    wrong = []
    for host in HOSTS:
        for port in PORTS:
            other = (HOSTS[host == HOSTS[0]], PORTS[port == PORTS[0]])
            with stun.Tcp((host, port)) as asker:
                got = seen(asker.ask(), asker.local)
                wrong += tap.unless(got == (True, (host, port), other), "TCP", host, port, got)
            with stun.Udp() as asker:
                wrong += check_changes(asker, (host, port), other)
    t.check("two addresses and ports are four that answer, over TCP and UDP, from where one likes",
            wrong)


def check_changes(asker, asked, other):
    """Return what is wrong with the answers to the four kinds of CHANGE-REQUEST."""
    wrong = []
    for flags in (0, stun.CHANGE_PORT, stun.CHANGE_ADDRESS, stun.CHANGE_PORT | stun.CHANGE_ADDRESS):
        wanted = (other if flags & stun.CHANGE_ADDRESS else asked)[0], (
            other if flags & stun.CHANGE_PORT else asked)[1]
        answer, source = asker.ask(asked, *([stun.change(flags)] if flags else []))
        got = (*seen(answer, asker.local), source)
        wrong += tap.unless(got == (True, wanted, other, wanted), "UDP", asked, flags, got)
    return wrong


def main():
    """Run all."""
    t = tap.Tap()
    if not netns.enter():
        t.skip("STUN at the relay", "no network of one's own is to be had here")
        return t.done()
    with relay() as (address, welcome):
        t.equal("a relay without --stun names no port", welcome.get(rc.STUN), None)
        check_own_port(t, address)
    with relay("--stun", TWO) as (address, welcome):
        t.equal("WELCOME names those of --stun", welcome.get(rc.STUN), TWO.encode())
        check_own_port(t, address)
        check_four(t)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
