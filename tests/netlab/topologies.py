# SPDX-License-Identifier: GPL-3.0-or-later
"""Routers in front of routers, hosts behind one and the same, IPv6, and networks that let little out."""

import errno
import socket

from deskside_test.netlab import Lab, entry, proof

CARRIER_LINE = {"delay_ms": 8}
HOME_LINE = {"delay_ms": 2}
LONG_S = 3.0  # tries from behind one carrier meet at its box, and get in step there
OUTSIDE, LOCAL = "outside", "local"


def works(bench, technique, hosts, how=OUTSIDE, family=socket.AF_INET):
    """Say whether a technique connects two hosts by their addresses outside, or by their own."""
    ports = bench.ports(2)
    patience_s = LONG_S if technique == proof.BOTH else proof.PATIENCE_S
    if how == OUTSIDE:
        ends = bench.observer(family).ask(list(zip(hosts, ports)))
    else:
        ends = [(host.address, port) for host, port in zip(hosts, ports)]
    punches = proof.easy(technique, hosts, ports, ends, patience_s=patience_s)
    return proof.run(bench, [punches])[0] is not None


def check(t, bench, name, hosts, plain, both, **way):
    """Print a point for a plain connect and one for both at once."""
    t.equal(f"{name}: a plain connect", works(bench, proof.PLAIN, hosts, **way), plain)
    t.equal(f"{name}: both at once", works(bench, proof.BOTH, hosts, **way), both)


def pair_behind(lab, router, name):
    """Return two hosts behind one router."""
    return [lab.host(f"{name}{side}", behind=router) for side in "12"]


def check_one_router(t, bench):
    """Two hosts behind the same router reach each other by its outside address, or do not."""
    lab = bench.lab
    off = lab.router("Off", "port-restricted", line=proof.LINE)
    hosts = pair_behind(lab, off, "off")
    check(t, bench, "one router, no hairpin", hosts, False, False)
    check(t, bench, "one router, own addresses", hosts, True, True, how=LOCAL)
    on = lab.router("On", "port-restricted", line=proof.LINE, hairpin="yes")
    check(t, bench, "one router, hairpin", pair_behind(lab, on, "on"), True, True)
    alone = lab.router("Alone", "port-restricted", line=proof.LINE, isolation="yes")
    hosts = pair_behind(lab, alone, "alone")
    check(t, bench, "one router, hosts isolated", hosts, False, False, how=LOCAL)
    linux = lab.router("Linux", "linux", line=proof.LINE)
    hosts = pair_behind(lab, linux, "linux")
    check(t, bench, "one Linux", hosts, False, False)
    check(t, bench, "one Linux, own addresses", hosts, True, True, how=LOCAL)


def behind_two(lab, name, outer, inner="port-restricted"):
    """Return a host behind a router behind another."""
    first = lab.router(f"{name}o", outer, line=CARRIER_LINE)
    second = lab.router(f"{name}i", inner, behind=first, line=HOME_LINE)
    return lab.host(name, behind=second)


def check_double(t, bench):
    """A router behind a router."""
    lab = bench.lab
    single = bench.place("B", "port-restricted")
    first, second = (behind_two(lab, name, "port-restricted") for name in ("d1", "d2"))
    check(t, bench, "double against single", [first, single], True, True)
    check(t, bench, "double against double", [first, second], True, True)
    hard = behind_two(lab, "d3", "sym-random")
    check(t, bench, "double, the outer one hard", [hard, single], False, False)


def check_carrier(t, bench):
    """One carrier's router before both homes."""
    rows = (("yes", "drop", True, True), ("no", "drop", False, False), ("yes", "rst", False, True))
    for hairpin, answer, plain, both in rows:
        name = f"c{hairpin}{answer}"
        settings = {"hairpin": hairpin, "unsolicited": answer}
        carrier = bench.lab.router(name, "carrier", line=CARRIER_LINE, **settings)
        hosts = []
        for side in "12":
            home = bench.lab.router(
                f"{name}h{side}",
                "port-restricted",
                behind=carrier,
                line=proof.LINE,
                unsolicited=answer,
            )
            hosts.append(bench.lab.host(f"{name}{side}", behind=home))
        check(t, bench, f"one carrier, hairpin {hairpin}, {answer}", hosts, plain, both)


def check_ipv6(t, bench):
    """Firewalls before addresses of their own."""
    rows = (
        ("port-restricted", "drop", True, True),
        ("port-restricted", "rst", False, True),
        ("linux", "drop", False, True),
        ("linux", "rst", False, True),
    )
    for kind, answer, plain, both in rows:
        hosts = [bench.place(side, kind, unsolicited=answer) for side in "AB"]
        name = f"IPv6, {kind}, {answer}"
        check(t, bench, name, hosts, plain, both, family=socket.AF_INET6)


def refusal(host, target):
    """Connect to a target; return the error's name, "" for none."""
    with host.socket() as client:
        client.settimeout(proof.PATIENCE_S)
        try:
            client.connect(target)
        except TimeoutError:
            return "timeout"
        except OSError as error:
            return errno.errorcode[error.errno]
    return ""


def check_egress(t, bench):
    """Networks that let little out."""
    lab, server = bench.lab, bench.observer_host
    with server.socket() as listener:
        listener.bind(("", 0))
        listener.listen()
        other = listener.getsockname()
        web = bench.observer().address
        web_only = bench.place("A", "443-only")
        t.equal("443 only: port 443", refusal(web_only, web), "")
        other = (server.address, other[1])
        t.equal("443 only: another", refusal(web_only, other), "ECONNREFUSED")
        shut = lab.router("Shut", "proxy-only", line=proof.LINE)
        inmate = lab.host("inmate", behind=shut)
        exempt = lab.host("proxy", behind=shut, exempt=True)
        t.equal("proxy only: a host", refusal(inmate, web), "timeout")
        t.equal("proxy only: its proxy", refusal(exempt, web), "")
        with exempt.socket() as service:
            service.bind(("", 0))
            service.listen()
            near = (exempt.address, service.getsockname()[1])
            t.equal("proxy only: from a host to its proxy", refusal(inmate, near), "")


def test(t, folder, seed):
    with Lab(folder, seed) as lab:
        bench = proof.Bench(lab)
        check_one_router(t, bench)
        check_double(t, bench)
        check_carrier(t, bench)
        check_ipv6(t, bench)
        check_egress(t, bench)
        bench.close()


if __name__ == "__main__":
    entry.main(test)
