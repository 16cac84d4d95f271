# SPDX-License-Identifier: GPL-3.0-or-later
"""netcheck, in every kind of network: what it says is what the lab has made.

Each kind in kinds/ has its row here: one without is a point that fails.
"""

import concurrent.futures
import contextlib
import ipaddress
import json
import pathlib
import signal
import subprocess

from deskside_test import meeting, programs, session
from deskside_test.netlab import Lab, entry, kinds, miniupnpd
from deskside_test.tap import unless

# Of the ranges that documents use miniupnpd takes none for the world's. Nothing leaves the lab.
WORLD = ipaddress.ip_network("5.6.7.0/24")
LINE = {"delay_ms": 10}
RELAY_LINE = {"delay_ms": 5}
CARRIER_LINE, HOME_LINE = {"delay_ms": 2}, {"delay_ms": 8}
PROXY_PORT = 8888
PROXY = f"Port {PROXY_PORT}\nConnectPort 443\nTimeout 60\n"
LATE_MS = 3000  # the relay waits so long for an answer
END_S = 40.0  # it takes 6 s; only an upper bound, since other tests run beside this one
JOBS = 12  # a check waits most of the time
TRIES = 2  # one network in 256 that deals ports at random looks for once like another kind
LEASE_S = 60

DIRECT, LUCKY, RELAYED, UNKNOWN = "direct", "lucky", "relay", "unknown"


def cone(kind, filtering="address-and-port", **more):
    """Return what is to be said of a router that keeps its ports."""
    return {"kind": kind, "mapping": "independent", "filtering": filtering, **more}


def symmetric(kind, mapping="address-and-port", **more):
    """Return what is to be said of a router that deals ports."""
    return {
        "kind": kind,
        "mapping": mapping,
        "filtering": "address-and-port",
        "hairpin": "unknown",
        "with_port_restricted": LUCKY,
        "with_random": RELAYED,
        **more,
    }


PORT_RESTRICTED = cone("port-restricted", hairpin="no", with_random=LUCKY, with_sequential=DIRECT)
SEQUENTIAL = symmetric("sequential", with_port_restricted=DIRECT, with_sequential=DIRECT)
BAND = symmetric("band", allocation="band")
SILENT = {"router": "silent"}  # only behind Linux there is a router that could be asked

EXPECTED = {
    "443-only": {"kind": "blocked", "with_open": RELAYED, "advice": "let-out"},
    "black-hole": PORT_RESTRICTED,
    "carrier": cone("port-restricted", hairpin="yes", allocation="band"),
    "firewall": {"kind": "firewall", "mapping": "no-nat", "filtering": "address-and-port"},
    "forgetful": PORT_RESTRICTED,
    "full-cone": cone("full-cone", "none", hairpin="no", with_random=DIRECT),
    "late-icmp": PORT_RESTRICTED,
    "linux": {**PORT_RESTRICTED, "allocation": "equal", **SILENT},
    "linux-fully-random": symmetric("random", **SILENT),
    "linux-old": {**PORT_RESTRICTED, "allocation": "equal"},
    "linux-random": symmetric("random", **SILENT),
    "no-simopen": PORT_RESTRICTED,
    "parity": {**PORT_RESTRICTED, "allocation": "parity"},
    "port-restricted": PORT_RESTRICTED,
    "preserve": {**PORT_RESTRICTED, "allocation": "equal"},
    "proxy-only": {"kind": "proxy", "proxy": "yes", "with_open": RELAYED, "advice": "past-proxy"},
    "restricted": cone("restricted", "address", hairpin="no", with_random=DIRECT),
    "slow-table": symmetric("random"),
    "small-table": symmetric("random"),
    "sym-address": symmetric("random", "address"),
    "sym-block": SEQUENTIAL,
    "sym-block-random": BAND,
    "sym-block-random-256": BAND,
    "sym-block-random-2048": BAND,
    "sym-random": symmetric("random", with_sequential=RELAYED),
    "sym-seq1": {**SEQUENTIAL, "port_step": 1},
    "sym-seq2": {**SEQUENTIAL, "port_step": 2},
}
ANSWERED = "firewall", "full-cone", "linux", "port-restricted", "restricted", "sym-random"
ANSWERS = "rst", "icmp-port", "icmp-admin"  # besides what the kind's file says


NAME = "relay.lab"  # leads to both families


class Place:
    """The lab with its relay, and what is built in it."""

    def __init__(self, stack, folder, seed):
        self.stack = stack
        self.folder = pathlib.Path(folder)
        self.lab = stack.enter_context(Lab(self.folder / "lab", seed, public=WORLD))
        self.server = self.lab.host("S", line=RELAY_LINE, has_second=True)
        stun = "--stun", f"{self.server.address}:3478,{self.server.second}:3479"
        self.relay = self.add_relay(self.server, "[::]:443", *stun)
        self.where = f"{self.server.address}:443"
        self._name_relay()

    def add_relay(self, host, address, *options):
        """Start a relay on a host."""
        relay = meeting.Relay(address, host.through, options)
        return self.stack.enter_context(relay)

    def _name_relay(self):
        """Let NAME be found here, and nowhere else: the test has its own mounts."""
        hosts = self.folder / "hosts"
        lines = "127.0.0.1 localhost", *(
            f"{address} {NAME}" for address in (self.server.address, self.server.address6)
        )
        hosts.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
        subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)

    def behind(self, name, kind, outer=None, line=LINE, **settings):
        """Add a host behind a router of a kind."""
        router = self.lab.router(f"N{name}", kind, outer, line, **settings)
        return self.lab.host(name, router)


class Case:
    """A host, what netcheck is told, and what it has to say."""

    def __init__(self, name, host, expected, words=None, env=None, status=0):
        """`words` are further ones, in place of the relay; `expected` are fields of the event."""
        self.name = name
        self.host = host
        self.expected = expected
        self.words = words
        self.env = env
        self.status = status

    def run(self, place):
        """Run netcheck; return its event and what is wrong with it."""
        words = self.words
        if words is None:
            words = "--relay", place.where, "--relay-pin", place.relay.pin
        words = *words, "--map-lease", str(LEASE_S)
        there = {"through": self.host.through, "env": self.env}
        with programs.cli("netcheck", *words, **there) as running:
            status = running.wait_exit(END_S)
            events = [json.loads(line) for line in running.lines]
            if [event["event"] for event in events] != ["netcheck"]:
                running.fail(f"ended with status {status}")
        (event,) = events
        return event, [*unless(status == self.status, "status", status), *self._wrong(event)]

    def _wrong(self, event):
        for key, wanted in self.expected.items():
            if event[key] != wanted:
                yield f"{key}: {event[key]!r}, wanted {wanted!r}"

    def problems(self, place):
        """Return what is wrong, as text, and how long it took in seconds."""
        for _ in range(TRIES):
            try:
                event, problems = self.run(place)
            except programs.Failure as failure:
                return [str(failure)], 0
            if not problems:
                return [], event["t"]
        return [*problems, str(event)], event["t"]


# ---- every kind ----


def unsolicited(settings):
    """Return what a stranger gets from a router with these settings."""
    if int(settings.get("unsolicited_after_ms", 0)) >= LATE_MS:
        return "drop"
    return settings.get("unsolicited", "drop").split("-")[0]


def proxied(place, name, router):
    """Start a proxy beside a host, and return what leads the host's programs there."""
    proxy = place.lab.host(f"P{name}", router, exempt=True)
    config = place.folder / f"{proxy.name}.conf"
    config.write_text(PROXY, encoding="utf-8")
    running = place.stack.enter_context(proxy.run(["tinyproxy", "-d", "-c", config]))
    running.wait_line("Accepting connections")
    return {"https_proxy": f"http://{proxy.address}:{PROXY_PORT}", "no_proxy": ""}


def case_of_kind(place, kind, number, **settings):
    """Return the case of a kind with other settings than its file's."""
    name = f"K{number}"
    host = place.behind(name, kind, **settings)
    expected = {"relay": "reached", **EXPECTED[kind]}
    env = None
    if kind == "proxy-only":
        env = proxied(place, name, host.behind)
    else:
        expected["unsolicited"] = unsolicited({**kinds.read(kind), **settings})
    words = [kind, *(f"{key}={value}" for key, value in settings.items())]
    return Case(" ".join(words), host, expected, env=env)


def cases_of_kinds(place):
    """Yield every kind, and some with other answers."""
    rows = [(kind, {}) for kind in kinds.names() if kind in EXPECTED]
    rows += [(kind, {"unsolicited": answer}) for kind in ANSWERED for answer in ANSWERS]
    rows += [("443-only", {"egress_answer": "drop"}), ("port-restricted", {"hairpin": "yes"})]
    for number, (kind, settings) in enumerate(rows):
        case = case_of_kind(place, kind, number, **settings)
        if "hairpin" in settings:
            case.expected = {**case.expected, "hairpin": settings["hairpin"]}
        yield case


# ---- routers before routers, none at all, IPv6 ----


def cases_of_shapes(place):
    """Yield what is no kind of router."""
    lab = place.lab
    is_open = {"kind": "open", "filtering": "none", "unsolicited": "rst", "router": ""}
    yield Case("open", lab.host("O", line=LINE), {**is_open, "with_random": DIRECT, "advice": ""})
    outer = lab.router("MD", "carrier", None, CARRIER_LINE)
    host = place.behind("D", "port-restricted", outer, HOME_LINE)
    yield Case("double NAT", host, cone("port-restricted", hairpin="yes"))
    outer = lab.router("ME", "sym-random", None, CARRIER_LINE)
    host = place.behind("E", "full-cone", outer, HOME_LINE)
    yield Case("double NAT, the outer one random", host, symmetric("random"))
    by_name = "--relay", NAME, "--relay-pin", place.relay.pin
    for number, (ipv6, lets_in) in enumerate((("open", "yes"), ("firewall", "no"))):
        host = place.behind(f"V{number}", "sym-random", ipv6=ipv6)
        found = {"ipv6": "yes", "ipv6_reached": "yes", "ipv6_lets_in": lets_in, "by_ipv6": "yes"}
        yield Case(f"IPv6, {ipv6}", host, {**symmetric("random"), **found}, by_name)
    host = place.behind("V2", "sym-random", ipv6="firewall", unsolicited="rst")
    found = {"ipv6_lets_in": "no", "ipv6_unsolicited": "rst", "unsolicited": "rst"}
    yield Case("IPv6, firewall with RST", host, {**symmetric("random"), **found}, by_name)
    host = place.behind("V3", "port-restricted", ipv6="none")
    found = {"ipv6_reached": "unknown", "by_ipv6": "no"}
    yield Case("IPv6 leads nowhere", host, {**PORT_RESTRICTED, **found}, by_name)


# ---- without a relay ----


def cases_without(place):
    """Yield what can be said where the relay is missing, or is no witness."""
    lab = place.lab
    host = place.behind("W", "port-restricted")
    nothing = {"kind": "no-relay", "with_open": UNKNOWN, "ipv4": "yes"}
    found = {**nothing, "relay": "none", "advice": "set-relay"}
    yield Case("no relay is set", host, found, (), status=5)
    found = {**nothing, "relay": "failed", "reason": "no-relay", "advice": "reach-relay"}
    yield Case("the relay is not there", host, found, ("--relay", place.where[:-1]), status=5)
    wrong = "--relay", place.where, "--relay-pin", "0" * 64
    found = {**nothing, "relay": "failed", "reason": "relay-untrusted", "advice": "check-relay"}
    yield Case("the relay is another one", host, found, wrong, status=5)
    stun = "--stun", f"{place.server.address}:3478,{place.server.second}:3479"
    found = {"kind": "port-restricted", "mapping": "independent", "filtering": "unknown"}
    yield Case("STUN without a relay", host, found, stun, status=5)
    cut = lab.host("C", line=LINE)
    cut.space.ip(["address flush dev w0"])
    found = {"kind": "offline", "advice": "connect"}
    yield Case("no network", cut, found, status=5)
    near = lab.host("L", host.behind)
    relay = place.add_relay(near, f"{near.address}:443")
    words = "--relay", relay.address, "--relay-pin", relay.pin
    yield Case("the relay is in this network", host, {"kind": "local", "with_open": UNKNOWN}, words)


# ---- routers that open ports ----


def add_opener(place, name, way, outer=None, line=LINE):
    """Return a host behind a router that opens ports, and its miniupnpd."""
    host = place.behind(name, "linux-fully-random", outer, line)
    daemon = miniupnpd.Miniupnpd(host.behind, place.folder, way)
    return host, place.stack.enter_context(daemon)


def check_openers(t, place, pool):
    """A router that opens ports is found out, the port is tried from outside, and closed again."""
    begun = []
    for number, way in enumerate(miniupnpd.WAYS):
        host, daemon = add_opener(place, f"U{number}", way)
        found = {"router": "mapped", "router_reached": "yes", "opened_port": "yes"}
        found |= {"with_random": DIRECT, "advice": ""}
        case = Case(f"opens ports, {way}", host, {**symmetric("random"), **found})
        case.expected["with_port_restricted"] = DIRECT
        begun.append((case, daemon, way, pool.submit(case.run, place)))
    for case, daemon, way, future in begun:
        event, problems = future.result()
        t.check(case.name, problems)
        t.equal(f"{case.name}: by", event["router_by"].lower(), way)
        t.equal(f"{case.name}: nothing is left", daemon.mapped(), [])


def check_double(t, place):
    """What a router behind a router could open is of no use."""
    outer = place.lab.router("MU", "carrier", None, CARRIER_LINE)
    host, daemon = add_opener(place, "UD", "pcp", outer, HOME_LINE)
    found = {"router": "double-nat", "opened_port": "no"}
    found["advice"] = "double-nat,keep-ports,ipv6"
    problems, _ = Case("", host, {**symmetric("band"), **found}).problems(place)
    t.check("opens ports, behind another router", problems)
    t.equal("opens ports, behind another router: nothing is left", daemon.mapped(), [])


def check_interrupt(t, place):
    """Ctrl-C ends it at once, says nothing, and leaves nothing behind."""
    host, daemon = add_opener(place, "UC", "pcp")
    words = "--relay", place.where, "--relay-pin", place.relay.pin
    with programs.cli("netcheck", *words, through=host.through) as running:
        session.until(daemon.mapped, END_S, "an open port")
        running.process.send_signal(signal.SIGINT)
        status = running.wait_exit(END_S)
        t.equal("Ctrl-C", (status, running.lines), (1, []))
    t.equal("Ctrl-C: nothing is left", daemon.mapped(), [])


# ---- what it sends ----


def check_politeness(t, place):
    """It speaks to nobody but the relay, its STUN ports and, the way round, to itself."""
    host = place.behind("Q", "port-restricted")
    router = host.behind
    problems, _ = Case("", host, PORT_RESTRICTED).problems(place)
    t.check("politeness: the check", problems)
    sent = [packet for packet in place.lab.packets() if packet.source == host.name]
    there = {programs.split_address(packet.sent_dst)[0] for packet in sent}
    allowed = {place.server.address, place.server.second, router.address}
    t.equal("politeness: nobody else is spoken to", there - allowed, set())
    t.check("politeness: the relay is", unless(place.server.address in there, there))


def check_words(t, place):
    """A person reads plain sentences, few enough for one look."""
    host = place.behind("T", "linux-fully-random")
    words = "--relay", place.where, "--relay-pin", place.relay.pin
    with programs.cli("netcheck", *words, through=host.through, as_json=False) as running:
        t.equal("words: the status", running.wait_exit(END_S), 0)
        lines = list(running.lines)
    t.check("words: what it is", unless("very difficult network" in lines[0], lines))
    t.check("words: what would help", unless(any("UPnP" in line for line in lines), lines))
    t.check("words: they are few", unless(len(lines) <= 20, lines))


def test(t, folder, seed):
    missing = [kind for kind in kinds.names() if kind not in EXPECTED]
    t.equal("every kind has its row", missing, [])
    with contextlib.ExitStack() as stack:
        place = Place(stack, folder, seed)
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(JOBS))
        makers = cases_of_kinds, cases_of_shapes, cases_without
        cases = [case for make in makers for case in make(place)]
        begun = [pool.submit(case.problems, place) for case in cases]
        took = []
        for case, future in zip(cases, begun):
            problems, took_s = future.result()
            took.append((took_s, case.name))
            t.check(case.name, problems)
        t.note("the longest took " + ", ".join(f"{s:.1f} s ({name})" for s, name in sorted(took)[-3:]))
        check_openers(t, place, pool)
        check_double(t, place)
        check_interrupt(t, place)
        check_politeness(t, place)
        check_words(t, place)


if __name__ == "__main__":
    entry.main(test)
