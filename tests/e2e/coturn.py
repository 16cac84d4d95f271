# SPDX-License-Identifier: GPL-3.0-or-later
"""coturn's STUN server in place of the relay's: both programs ask it, from the ports that count."""

import contextlib
import re
import tempfile

from deskside_test import crossing, meeting, netns, programs, session, tap

HOST, PORT = "10.71.0.9", 3478
PORTS = range(20000, 32768)  # of which each generation of tries has two
# What it says of a connection that has ended, in packets and bytes.
USAGE = re.compile(r"session (\d+): usage: .* rp=(\d+), rb=(\d+), sp=(\d+), sb=(\d+)")
CLOSED = re.compile(r"session (\d+): closed .* remote ([\d.]+):(\d+)")
ONE_EACH_WAY = ("1", "28", "1", "88")  # a question and its answer


@contextlib.contextmanager
def coturn(where):
    """Run turnserver at an address of its own, beside the relay; yields the program."""
    where.middle.ip([f"address add {HOST}/32 dev lo"])
    with tempfile.TemporaryDirectory() as folder:
        files = ["--pidfile", f"{folder}/pid", "--userdb", f"{folder}/db", "--log-file", "stdout"]
        words = ["-n", "--stun-only", "--no-tls", "--no-dtls", "--no-cli", "--simple-log", "-v"]
        listen = ["--listening-ip", HOST, "--listening-port", str(PORT)]
        command = [*where.middle.through, "turnserver", *words, *files, *listen]
        with programs.Program(command, name="turnserver") as running:
            running.wait_line("IPv4. TCP listener opened")
            yield running


def hold_session(stack, where):
    """Have a session that finds its direct path; return the port that each side's relay saw."""
    options = "--direct", "auto", "--stun", f"{HOST}:{PORT}"
    there = {"through": where.helpee.through}
    share, code = session.start_share("127.0.0.1:9", *where_is(where), *options, **there)
    stack.enter_context(share)
    there = {"through": where.helper.through}
    connect, _ = session.start_connect(code, *where_is(where), *options, **there)
    stack.enter_context(connect)
    for program in (share, connect):
        program.wait_event("path", 30.0, path="direct")
    ports = []
    for program, host in ((share, crossing.HELPEE), (connect, crossing.HELPER)):
        local = meeting.events(program, "path")[0]["local"]
        ports.append((host, programs.split_address(local)[1]))
    connect.stop()
    share.wait_exit()
    return ports


def where_is(where):
    """Return what a program needs to find the relay."""
    return where.relay.address, where.relay.pin


def conversations(server):
    """Return {(host, port): (packets and bytes received, and sent)} of those that have ended."""
    usage, ends = {}, {}
    for line in list(server.lines):
        if match := USAGE.search(line):
            usage.setdefault(match[1], match.groups()[1:])
        elif match := CLOSED.search(line):
            ends[match[1]] = match[2], int(match[3])
    return {end: usage[number] for number, end in ends.items() if number in usage}


def main():
    """Run all."""
    t = tap.Tap()
    if not netns.enter():
        t.skip("coturn as STUN server", "no network of one's own is to be had here")
        return t.done()
    with contextlib.ExitStack() as stack:
        where = crossing.Crossing(stack)
        server = stack.enter_context(coturn(where))
        relayed = hold_session(stack, where)
        ended = lambda: len(conversations(server)) >= 4
        session.until(ended, 10.0, "the end of its connections")
        asked = conversations(server)
        for host in (crossing.HELPEE, crossing.HELPER):
            ports = [port for address, port in asked if address == host]
            t.equal(f"{host} asks from two ports", len(ports), 2)
            t.check("which are for punching", tap.unless(set(ports) <= set(PORTS), ports))
        missing = [end for end in relayed if end not in asked]
        t.equal("one of them is that of the relay connection", missing, [])
        t.equal("one question each, and one answer", set(asked.values()), {ONE_EACH_WAY})
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
