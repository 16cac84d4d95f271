# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks of a Pair in a Lab: the relay, and a machine on either side."""

import types

from deskside_test import meeting

PEER_LINE = {"delay_ms": 10}  # 40 ms of round trip from peer to peer,
LOCAL_LINE = {"delay_ms": 1}  # from a machine to the router that it shares with the other
CARRIER_LINE, HOME_LINE = {"delay_ms": 2}, {"delay_ms": 8}  # PEER_LINE in two parts
RELAY_LINE = {"delay_ms": 5}  # 30 ms from a peer to the relay
STUN_PORT, PROXY_PORT = 3478, 8888
ICMP = "icmp-port", "icmp-host", "icmp-admin"
PROXY = f"Port {PROXY_PORT}\nConnectPort 443\nTimeout 60\n"


class World:
    """`left` and `right` are the hosts of the pair's sides, `relay` is a meeting.Relay."""

    def __init__(self, lab, stack, pair, numbers):
        """Build it in a Lab; what the pair leaves open is drawn from `numbers`."""
        self.lab = lab
        self.answer = numbers.choice(ICMP) if pair.answer == "icmp" else pair.answer
        self._words = {"unsolicited": self.answer}
        self._words |= {"noise_per_s": pair.noise} if pair.noise else {}
        self._words |= {"rst": pair.rst} if pair.rst else {}
        self._stack = stack
        self.host = lab.host("S", line=RELAY_LINE)
        options = "--stun", f"{self.host.address}:{STUN_PORT}"
        through = self.host.through
        self.relay = stack.enter_context(
            meeting.Relay(f"{self.host.address}:443", through, options)
        )
        self.envs = {}
        self.words = ()  # further options of both sides' programs
        self.left, self.right = SHAPES[pair.shape](self, pair)
        self.sides = [self.left, self.right]
        if pair.shape != "IPv6":
            for side in self.sides:
                side.space.set("ipv6.conf.all.disable_ipv6", 1)

    def outside(self, host):
        """Return the address of a side as the relay sees it."""
        place = host
        while place.behind is not None:
            place = place.behind
        return place.address

    def cut(self):
        """Let nothing through between the sides, at the internet: the relay remains."""
        self.lab.part(*(self.outside(side) for side in self.sides))
        self.lab.part(*(side.address6 for side in self.sides))

    def where(self, helpee, helper):
        """Return what a Talk takes for its two machines."""
        return types.SimpleNamespace(
            helpee=helpee.space,
            helper=helper.space,
            envs=(self.envs.get(helpee.name), self.envs.get(helper.name)),
        )

    def side(self, name, kind, behind=None, line=None):
        """Add a host behind a router of its own, or one at the internet where the kind is "open"."""
        line = line or (None if behind else PEER_LINE)
        if kind == "open":
            return self.lab.host(name, line=line)
        router = self.lab.router(f"N{name}", kind, behind, line, **self._words)
        if mtu := router.settings.get("mtu"):  # what goes over the relay is short enough
            self.host.space.ip([f"link set w0 mtu {mtu}"])
        host = self.lab.host(name, router)
        if kind == "proxy-only":
            self._proxy(host, router)
        return host

    def second_observer(self, host, stun):
        """Start another relay, for its STUN server alone."""
        options = "--stun", stun
        self._stack.enter_context(meeting.Relay(f"{host.address}:443", host.through, options))

    def _proxy(self, host, router):
        """Start a proxy beside a host, and let the host's programs use it."""
        proxy = self.lab.host(f"P{host.name}", router, exempt=True)
        config = self.lab.folder / f"{proxy.name}.conf"
        config.write_text(PROXY, encoding="utf-8")
        running = self._stack.enter_context(proxy.run(["tinyproxy", "-d", "-c", config]))
        running.wait_line("Accepting connections")
        self.envs[host.name] = {"https_proxy": f"http://{proxy.address}:{PROXY_PORT}", "no_proxy": ""}


def _apart(world, pair):
    return world.side("A", pair.left), world.side("B", pair.right)


def _two_observers(world, pair):
    """Have the sides ask at two addresses what the world sees of them."""
    other = world.lab.host("S2", line=RELAY_LINE)
    stun = [f"{host.address}:{STUN_PORT}" for host in (world.host, other)]
    world.second_observer(other, stun[1])
    world.words = "--stun", ",".join(stun)
    return _apart(world, pair)


def _one_router(world, pair, **settings):
    words = {"unsolicited": world.answer, **settings}
    router = world.lab.router("N", pair.left, None, PEER_LINE, **words)
    return [world.lab.host(name, router, line=LOCAL_LINE) for name in "AB"]


def _hairpin_only(world, pair):
    return _one_router(world, pair, hairpin="yes", isolation="yes")


def _guests(world, pair):
    return _one_router(world, pair, hairpin="no", isolation="yes")


def _double(world, pair, name):
    outer = world.lab.router(f"M{name}", "carrier", None, PEER_LINE, unsolicited=world.answer)
    return world.side(name, getattr(pair, "left" if name == "A" else "right"), outer)


def _double_left(world, pair):
    return _double(world, pair, "A"), world.side("B", pair.right)


def _double_both(world, pair):
    return _double(world, pair, "A"), _double(world, pair, "B")


def _one_carrier(world, pair, **settings):
    words = {"unsolicited": world.answer, **settings}
    outer = world.lab.router("M", "carrier", None, CARRIER_LINE, **words)
    sides = zip("AB", (pair.left, pair.right))
    return [world.side(name, kind, outer, HOME_LINE) for name, kind in sides]


def _carrier_without_hairpin(world, pair):
    return _one_carrier(world, pair, hairpin="no")


def _ipv6(world, pair):
    """Leave IPv6 alone, behind firewalls, where IPv4 has no way."""
    sides = []
    for name, kind in zip("AB", (pair.left, pair.right)):
        words = {"ipv6": "firewall", "unsolicited": world.answer}
        sides.append(world.lab.host(name, world.lab.router(f"N{name}", kind, None, PEER_LINE, **words)))
    return sides


SHAPES = {
    "apart": _apart,
    "two observers": _two_observers,
    "one network": _one_router,
    "hairpin only": _hairpin_only,
    "guest network": _guests,
    "double NAT, left": _double_left,
    "double NAT, both": _double_both,
    "one carrier": _one_carrier,
    "carrier without hairpin": _carrier_without_hairpin,
    "IPv6": _ipv6,
}
