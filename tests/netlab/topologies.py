# SPDX-License-Identifier: GPL-3.0-or-later
"""Routers in front of routers, hosts behind one and the same, IPv6, and networks that let little out."""

import errno
import socket

from deskside_test.netlab import Lab, entry, proof
from deskside_test.netlab.puncher import family_of

CARRIER_LINE = {"delay_ms": 8}
HOME_LINE = {"delay_ms": 2}
LONG_S = 3.0  # tries from behind one carrier meet at its box, and get in step there
OUTSIDE, LOCAL = "outside", "local"


class Cases:
    """Tries that are run at once when all are known."""

    def __init__(self, bench):
        self.bench = bench
        self.lab = bench.lab
        self._rows = []

    def add(self, name, hosts, plain, both, how=OUTSIDE, family=socket.AF_INET):
        """Add a plain connect, and one by both at once, and whether they have to work.

        Hosts reach each other by their addresses outside, or by their own.
        """
        for technique, wanted in ((proof.PLAIN, plain), (proof.BOTH, both)):
            self._rows.append((f"{name}: {technique}", technique, hosts, how, family, wanted))

    def _punches(self, name, technique, hosts, how, family):
        ports = self.bench.ports(2)
        pairs = list(zip(hosts, ports))
        if how == OUTSIDE:
            ends = self.bench.observer(family).ask(pairs)
        else:
            ends = [(host.address, port) for host, port in pairs]
        patience_s = LONG_S if technique == proof.BOTH else proof.PATIENCE_S
        return proof.easy(technique, hosts, ports, ends, name, patience_s)

    def check(self, t):
        """Run all; print a point for each."""
        times = proof.run(self.bench, [self._punches(*row[:5]) for row in self._rows])
        for (name, *_, wanted), took_ms in zip(self._rows, times):
            t.equal(name, took_ms is not None, wanted)


def pair_behind(lab, router, name):
    """Return two hosts behind one router."""
    return [lab.host(f"{name}{side}", behind=router) for side in "12"]


def add_one_router(cases):
    """Two hosts behind the same router reach each other by its outside address, or do not."""
    lab = cases.lab
    off = lab.router("Off", "port-restricted", line=proof.LINE)
    hosts = pair_behind(lab, off, "off")
    cases.add("one router, no hairpin", hosts, False, False)
    cases.add("one router, own addresses", hosts, True, True, how=LOCAL)
    on = lab.router("On", "port-restricted", line=proof.LINE, hairpin="yes")
    cases.add("one router, hairpin", pair_behind(lab, on, "on"), True, True)
    alone = lab.router("Alone", "port-restricted", line=proof.LINE, isolation="yes")
    hosts = pair_behind(lab, alone, "alone")
    cases.add("one router, hosts isolated", hosts, False, False, how=LOCAL)
    linux = lab.router("Linux", "linux", line=proof.LINE)
    hosts = pair_behind(lab, linux, "linux")
    cases.add("one Linux", hosts, False, False)
    cases.add("one Linux, own addresses", hosts, True, True, how=LOCAL)


def behind_two(lab, name, outer, inner="port-restricted"):
    """Return a host behind a router behind another."""
    first = lab.router(f"{name}o", outer, line=CARRIER_LINE)
    second = lab.router(f"{name}i", inner, behind=first, line=HOME_LINE)
    return lab.host(name, behind=second)


def add_double(cases):
    """A router behind a router."""
    lab = cases.lab
    single = cases.bench.place("B", "port-restricted")
    first, second = (behind_two(lab, name, "port-restricted") for name in ("d1", "d2"))
    cases.add("double against single", [first, single], True, True)
    cases.add("double against double", [first, second], True, True)
    hard = behind_two(lab, "d3", "sym-random")
    cases.add("double, the outer one hard", [hard, single], False, False)


def add_carrier(cases):
    """One carrier's router before both homes."""
    rows = (("yes", "drop", True, True), ("no", "drop", False, False), ("yes", "rst", False, True))
    for hairpin, answer, plain, both in rows:
        name = f"c{hairpin}{answer}"
        settings = {"hairpin": hairpin, "unsolicited": answer}
        carrier = cases.lab.router(name, "carrier", line=CARRIER_LINE, **settings)
        hosts = []
        for side in "12":
            home = cases.lab.router(
                f"{name}h{side}",
                "port-restricted",
                behind=carrier,
                line=proof.LINE,
                unsolicited=answer,
            )
            hosts.append(cases.lab.host(f"{name}{side}", behind=home))
        cases.add(f"one carrier, hairpin {hairpin}, {answer}", hosts, plain, both)


def add_ipv6(cases):
    """Firewalls before addresses of their own."""
    rows = (
        ("port-restricted", {"unsolicited": "drop"}, True, True),
        ("port-restricted", {"unsolicited": "rst"}, False, True),
        ("port-restricted", {"unsolicited": "rst", "ipv6": "open"}, True, True),
        ("linux", {"unsolicited": "drop"}, False, True),
        ("linux", {"unsolicited": "rst"}, False, True),
    )
    for kind, settings, plain, both in rows:
        hosts = [cases.bench.place(side, kind, **settings) for side in "AB"]
        name = f"IPv6, {kind}, {' '.join(settings.values())}"
        cases.add(name, hosts, plain, both, family=socket.AF_INET6)


def refusal(host, target):
    """Connect to a target; return the error's name, "" for none."""
    with host.socket(family_of(target)) as client:
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
        web6 = bench.observer(socket.AF_INET6).address
        t.equal("443 only: IPv6", refusal(web_only, web6), "ECONNREFUSED")
        other = (server.address, other[1])
        t.equal("443 only: another", refusal(web_only, other), "ECONNREFUSED")
        shut = lab.router("Shut", "proxy-only", line=proof.LINE)
        inmate = lab.host("inmate", behind=shut)
        exempt = lab.host("proxy", behind=shut, exempt=True)
        t.equal("proxy only: a host", refusal(inmate, web), "timeout")
        t.equal("proxy only: IPv6", refusal(inmate, web6), "timeout")
        t.equal("proxy only: its proxy", refusal(exempt, web), "")
        with exempt.socket() as service:
            service.bind(("", 0))
            service.listen()
            near = (exempt.address, service.getsockname()[1])
            t.equal("proxy only: from a host to its proxy", refusal(inmate, near), "")


def test(t, folder, seed):
    with Lab(folder, seed) as lab:
        bench = proof.Bench(lab)
        cases = Cases(bench)
        for add in (add_one_router, add_double, add_carrier, add_ipv6):
            add(cases)
        cases.check(t)
        check_egress(t, bench)
        bench.close()


if __name__ == "__main__":
    entry.main(test)
