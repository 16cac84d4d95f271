# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test can do to a lab that runs: cuts, resets, reboots, roaming."""

import errno
import select
import socket

from deskside_test import tap
from deskside_test.netlab import Lab, entry

WAIT_S = 5.0
QUIET_S = 0.3
LINE = {"delay_ms": 5}


class Talk:
    """A TCP connection between two hosts, both ends of which are this process's."""

    def __init__(self, host, server):
        with server.socket() as listener:
            listener.bind((server.address, 0))
            listener.listen()
            self.near = host.socket()
            self.near.settimeout(WAIT_S)
            self.near.connect(listener.getsockname())
            self.far, _ = listener.accept()
        self.far.settimeout(WAIT_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.near.close()
        self.far.close()

    def ends(self):
        """Return both ways, as (from, to)."""
        return (self.near, self.far), (self.far, self.near)

    def check_works(self):
        """Send a word each way; fail if it does not come."""
        for one, other in self.ends():
            one.sendall(b"word")
            if other.recv(4, socket.MSG_WAITALL) != b"word":
                raise AssertionError("the connection has ended")

    def is_silent(self):
        """Send a word each way; say whether neither comes, nor an end."""
        for one, other in self.ends():
            one.sendall(b"lost")
        ready, _, _ = select.select([self.near, self.far], [], [], QUIET_S)
        return not ready

    def has_caught_up(self):
        """Say whether the words of is_silent() come after all."""
        return all(end.recv(4, socket.MSG_WAITALL) == b"lost" for end in (self.near, self.far))

    def errors(self):
        """Return the names of the errors by which both ends end, "" for none."""
        names = []
        for end in (self.near, self.far):
            try:
                end.recv(1)
                names.append("")
            except OSError as error:
                names.append(errno.errorcode.get(error.errno, "timeout"))
        return names


def check_cut(t, lab, host, server):
    """A line that is cut loses all in silence."""
    with Talk(host, server) as talk:
        talk.check_works()
        lab.cut(host)
        t.check("a cut line is silent", tap.unless(talk.is_silent(), "something came"))
        lab.mend(host)
        t.check("a mended line is not", tap.unless(talk.has_caught_up(), "nothing came"))
        verdicts = {packet.verdict for packet in lab.packets()}
        t.equal("the log says so", verdicts, {"cut", "delivered"})


def check_cut_flow(t, lab, host, server):
    """One connection can be cut, and two addresses be parted."""
    with Talk(host, server) as talk:
        talk.check_works()
        flow = lab.direct_flows(host, server)[-1]
        with Talk(host, server) as other:
            lab.cut_flow(flow)
            t.check("a cut connection is silent", tap.unless(talk.is_silent(), "something came"))
            other.check_works()
            lab.mend_flow(flow)
            t.check("a mended one is not", tap.unless(talk.has_caught_up(), "nothing came"))
            outside = host.behind.address
            lab.part(outside, server.address)
            t.check("parted", tap.unless(other.is_silent(), "something came"))
            lab.join(server.address, outside)
            t.check("joined", tap.unless(other.has_caught_up(), "nothing came"))


def check_reset(t, lab, host, server):
    """A RST ends a connection at the ends that get it, after what was sent before."""
    for ways, wanted in (((0, 1), ["ECONNRESET"] * 2), ((1,), ["ECONNRESET", "timeout"])):
        with Talk(host, server) as talk:
            talk.check_works()
            talk.far.settimeout(QUIET_S)
            lab.reset(lab.direct_flows(host, server)[-1], ways)
            t.equal(f"a RST by {ways}", talk.errors(), wanted)


def check_reboot(t, lab, host, server):
    """After a reboot a router knows none of its connections, and others come up."""
    router = host.behind
    with Talk(host, server) as talk:
        talk.check_works()
        before = lab.mappings(router)
        lab.reboot(router)
        t.equal("its mappings are gone", lab.mappings(router), [])
        t.check("it was not empty", tap.unless(before, before))
        t.check("its connections are silent", tap.unless(talk.is_silent(), "something came"))
        verdicts = {packet.verdict for packet in lab.packets()}
        is_known = {"unknown", "unsolicited"} <= verdicts
        t.check("the log says so", tap.unless(is_known, verdicts))
    with Talk(host, server) as talk:
        talk.check_works()


def check_linux_reboot(t, lab, server):
    """Linux takes up a connection that it does not know, from inside."""
    router = lab.router("RL", "linux", line=LINE)
    host = lab.host("HL", behind=router)
    with Talk(host, server) as talk:
        talk.check_works()
        lab.reboot(router)
        talk.check_works()
    t.equal("Linux takes its connections up again", len(lab.direct_flows(host, server)), 1)


def check_roam(t, lab, host, server):
    """Who roams has other addresses, and what was is silent."""
    there = lab.router("R2", "port-restricted", line=LINE)
    with Talk(host, server) as talk:
        talk.check_works()
        for place in (there, None):
            host.roam(place)
            with Talk(host, server) as new:
                new.check_works()
                address = place.address if place else host.address
                t.equal("the new address", new.far.getpeername()[0], address)
        try:
            found = tap.unless(talk.is_silent(), "something came")
        except OSError:
            found = []  # the kernel has given it up: nothing can come
        t.check("the old connection is silent", found)


def test(t, folder, seed):
    with Lab(folder, seed) as lab:
        server = lab.host("S", line=LINE)
        host = lab.host("A", behind=lab.router("R", "port-restricted", line=LINE))
        check_cut(t, lab, host, server)
        check_cut_flow(t, lab, host, server)
        check_reset(t, lab, host, server)
        check_reboot(t, lab, host, server)
        check_linux_reboot(t, lab, server)
        check_roam(t, lab, host, server)


if __name__ == "__main__":
    entry.main(test)
