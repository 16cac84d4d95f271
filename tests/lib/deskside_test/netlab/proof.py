# SPDX-License-Identifier: GPL-3.0-or-later
"""Techniques of punching between routers of two kinds, and which of them have to work."""

import collections
import random
import socket

from .puncher import Loop, Observer, Punch, Shot

RTT_S = 0.04
LINE = {"delay_ms": 10}  # of either side
OBSERVER_LINE = {"delay_ms": 5}
LATE_S = 3 * RTT_S
PATIENCE_S = 0.7  # below the second in which a kernel sends a SYN again
WINDOW, AIM = 16, 5  # sockets towards a predicted port, and the one of them that is aimed at
PROBES, SALVO, BLOCK = 8, 64, 512
FIRST_PORT = 20000

# The techniques: a plain connect by one side, then by the other; both at once; one side 3 RTT late
# with a single try each; the same with a new SYN for each refusal; towards a predicted port;
# towards many ports of a block.
PLAIN, BOTH, LATE, LATE_AGAIN, PREDICT, SALVOS = "LPNRSB"


class Bench:
    """Hosts behind routers of all kinds, in one lab, made when they are first asked for."""

    def __init__(self, lab, files=None):
        """`files` are paths of kinds in the place of those that a name stands for."""
        self.lab = lab
        self._files = files or {}
        self.loop = Loop(lab.seed)
        self.observer_host = lab.host("S", line=OBSERVER_LINE)
        self._places = {}
        self._port = FIRST_PORT
        self._random = random.Random(lab.seed)
        self._observers = {}

    def place(self, side, kind, **settings):
        """Return the host of one side ("A", "B") behind a router of a kind; "open": none."""
        key = (side, kind, *settings.items())
        if key not in self._places:
            name = f"{side}{len(self._places)}"
            if kind == "open":
                self._places[key] = self.lab.host(name, line=LINE)
            else:
                file = self._files.get(kind, kind)
                router = self.lab.router(f"R{name}", file, line=LINE, **settings)
                self._places[key] = self.lab.host(name, behind=router)
        return self._places[key]

    def port(self, count=1):
        """Return the first of so many ports that nothing has used."""
        self._port += count
        return self._port - count

    def observer(self, family=socket.AF_INET):
        """Return the observer of a family of addresses."""
        if family not in self._observers:
            self._observers[family] = Observer(self.observer_host, family)
        return self._observers[family]

    def release(self):
        """Close what the observers keep."""
        for observer in self._observers.values():
            observer.release()

    def close(self):
        """Close the observers."""
        for observer in self._observers.values():
            observer.close()

    def outside(self, host, port, family=socket.AF_INET):
        """Return how the observer sees a host's port."""
        return self.observer(family).ask([(host, port)])[0]

    def ports(self, count):
        """Return so many ports that nothing has used, in a row."""
        first = self.port(count)
        return list(range(first, first + count))

    def probe(self, host, count):
        """Return the outside ports of fresh inside ones, one after the other."""
        return [self.outside(host, self.port())[1] for _ in range(count)]

    def sample(self, values, count):
        """Return so many of some values."""
        return self._random.sample(values, count)


def is_hard(host):
    """Say whether a host's router deals a new port for each remote end."""
    settings = host.behind.settings if host.behind else {}
    return settings.get("mapping", "endpoint-independent") != "endpoint-independent"


def _predicted(bench, host):
    """Return the port that the aimed at of the next sockets will have."""
    ports = bench.probe(host, 3)
    steps = [after - before for before, after in zip(ports, ports[1:])]
    step = collections.Counter(steps).most_common(1)[0][0]
    return min(max(1, ports[-1] + AIM * step), 0xFFFF)


def _shots(host, ports, target, **shot):
    return [Shot(host, port, target, **shot) for port in ports]


def _predicting(bench, hosts, are_hard):
    """Aim all sockets of a side at one port of the other: a predicted one where that is hard."""
    ports = [bench.ports(WINDOW if hard else 1) for hard in are_hard]
    ends = [bench.outside(host, own[0]) for host, own in zip(hosts, ports) if len(own) == 1]
    targets = []
    for host, hard in zip(hosts, are_hard):
        targets.append((host.behind.address, _predicted(bench, host)) if hard else ends.pop(0))
    return tuple(_shots(hosts[i], ports[i], targets[1 - i]) for i in (0, 1))


def _salvos(bench, easy, hard):
    """Aim many sockets of one port at ports of the other's block, which has many sockets too."""
    probes = bench.probe(hard, PROBES)
    width = range(max(probes) - BLOCK + 1, min(probes) + BLOCK)
    port = bench.port()
    end = bench.outside(easy, port)
    targets = bench.sample(width, 2 * SALVO)
    mine = [Shot(easy, port, (hard.behind.address, target)) for target in targets]
    return mine, _shots(hard, bench.ports(SALVO), end)


def _hard(bench, technique, hosts, name):
    """Return the one punch of a technique that goes for ports that nobody knows."""
    hard = [is_hard(host) for host in hosts]
    if technique == PREDICT:
        return [Punch(name, _predicting(bench, hosts, hard), PATIENCE_S)]
    sides = _salvos(bench, *(hosts if hard[1] else reversed(hosts)))
    return [Punch(name, sides, PATIENCE_S)]


def easy(technique, hosts, ports, ends, name="", patience_s=PATIENCE_S):
    """Return the punches of a technique, to be run one after the other.

    `ports` are the hosts' own, `ends` where the other side reaches them.
    """
    late = {PLAIN: None, BOTH: 0.0, LATE: LATE_S, LATE_AGAIN: LATE_S}[technique]
    again = technique in (BOTH, LATE_AGAIN)

    def punch(first):
        times = (0.0, late) if first == 0 else (late, 0.0)
        shots = [
            [Shot(hosts[i], ports[i], ends[1 - i], late_s=times[i], is_retried=again)]
            for i in (0, 1)
        ]
        return Punch(name, tuple(shots), patience_s)

    return [punch(first) for first in ((0, 1) if technique == PLAIN else (0,))]


def make(bench, rows, family=socket.AF_INET):
    """Return the punches of rows of (technique, hosts, name), a list for each."""
    ports = [bench.ports(2) for _ in rows]
    asked = [i for i, row in enumerate(rows) if row[0] not in (PREDICT, SALVOS)]
    wanted = [pair for i in asked for pair in zip(rows[i][1], ports[i])]
    ends = iter(bench.observer(family).ask(wanted))
    tries = {i: easy(*rows[i][:2], ports[i], [next(ends), next(ends)], rows[i][2]) for i in asked}
    return [tries.get(i) or _hard(bench, *row) for i, row in enumerate(rows)]


def run(bench, tries):
    """Run tries, lists of punches as make() returns, all at once. Returns each one's time or None."""
    times = [None] * len(tries)
    for step in range(max(map(len, tries))):
        going = [i for i in range(len(tries)) if times[i] is None and step < len(tries[i])]
        bench.loop.run([tries[i][step] for i in going])
        for i in going:
            times[i] = tries[i][step].took_ms
    bench.release()
    return times
