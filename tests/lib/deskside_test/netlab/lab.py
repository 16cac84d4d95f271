# SPDX-License-Identifier: GPL-3.0-or-later
"""A network lab: hosts in namespaces, and between them the router of tests/netlab/router/."""

import contextlib
import ipaddress
import os
import pathlib
import socket

from .. import programs
from . import kinds, linux, log
from .space import Space

DEVICE = "w0"
ANSWER_S = 20.0
PUBLIC = ipaddress.ip_network("198.51.100.0/24")
PUBLIC6 = "2001:db8:0:{:x}::1"
PRIVATE = "10.{}.0.{}"
SHARED = "100.64.{}.{}"  # behind a carrier's
PRIVATE6 = "2001:db8:1:{:x}::{:x}"


class Host:
    """A machine of the lab: `through` runs a command on it, `address` and `address6` are its own.

    `second` is another address of IPv4, where it has one.
    """

    def __init__(self, lab, name, behind):
        self.lab = lab
        self.name = name
        self.behind = behind
        self.space = Space()
        self.address = self.address6 = self.second = None

    @property
    def through(self):
        """The command that runs another one on this host."""
        return self.space.through

    def run(self, command, **program):
        """Start a program on this host."""
        return programs.Program([*self.through, *command], **{"name": self.name, **program})

    def cli(self, verb, *arguments, **program):
        """Start deskside-cli on this host."""
        return programs.cli(verb, *arguments, through=self.through, **program)

    def socket(self, *arguments):
        """Return a socket on this host."""
        return self.space.socket(*arguments)

    def roam(self, behind=None):
        """Be elsewhere: at another router, or (None) right at the internet, with new addresses."""
        self.lab.roam(self, behind)


class Router:
    """A router of the lab; its `address` is the outside one, `settings` those of its kind."""

    def __init__(self, name, number, behind, address, settings):
        self.name = name
        self.behind = behind
        self.settings = settings
        self.number = number
        self.address = address
        self.space = None  # a namespace, where the router is Linux
        self.count = 1  # hosts behind it have had so many addresses
        self.inside = PRIVATE

    @property
    def is_translating(self):
        """Say whether hosts behind it have addresses that mean nothing outside."""
        return self.settings.get("translate", "yes") == "yes"


class Lab:
    """Use it in a `with`. `folder` gets the log, "packets.log"; several labs can run at once.

    Addresses at the internet are of the network `public`.
    """

    def __init__(self, folder, seed, public=PUBLIC):
        self.folder = pathlib.Path(folder)
        self.seed = seed
        self.hosts = {}
        self._publics = public.hosts()
        self._count = 0
        self._routers = 0
        self._stack = contextlib.ExitStack()
        self._reader = log.Reader(self.folder / "packets.log")

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self._control, theirs = socket.socketpair()
        self._control.settimeout(ANSWER_S)
        self._stack.callback(self._control.close)
        fd = theirs.fileno()
        path = self.folder / "packets.log"
        command = [os.environ["NETLAB_ROUTER"], str(fd), path, str(self.seed)]
        with theirs:
            self.program = programs.Program(command, pass_fds=[fd])
        self._stack.push(self._close_router)
        self._answers = self._control.makefile("r", encoding="utf-8")
        self._stack.callback(self._answers.close)
        return self

    def __exit__(self, *error):
        self._stack.__exit__(*error)

    def _close_router(self, kind, *_):
        """Let the router end by itself, so that what its sanitizers say is heard."""
        self._control.shutdown(socket.SHUT_RDWR)
        status = self.program.wait_exit()
        self.program.stop()
        if status != 0 and kind is None:
            self.program.fail(f"ended with status {status}")

    def tell(self, *words):
        """Tell the router one line (control.h) and return the lines of its answer."""
        line = " ".join(str(word) for word in words)
        lines = []
        try:
            self._control.sendall(f"{line}\n".encode())
            while (answer := self._answers.readline().rstrip("\n")) != "ok":
                if not answer or answer.startswith("error "):
                    raise programs.Failure(f"{line}: {answer or 'no answer'}")
                lines.append(answer)
        except OSError as error:
            self.program.fail(f"{line}: {error}")
        return lines

    def _public(self):
        """Return the next public addresses, of both kinds."""
        self._count += 1
        return str(next(self._publics)), PUBLIC6.format(self._count)

    def _addresses(self, behind):
        """Return the next addresses at a place."""
        if behind is None:
            return self._public()
        behind.count += 1
        address6 = PRIVATE6.format(behind.number, behind.count)
        if not behind.is_translating:
            return self._public()[0], address6
        return behind.inside.format(behind.number, behind.count), address6

    def host(self, name, behind=None, line=None, exempt=False, has_second=False):
        """Add a host at the internet or behind a router.

        `line` are settings of its line, as set_line() takes them. One that is `exempt` gets out
        where its router's `egress` lets nobody. One at the internet may have a second address.
        """
        host = Host(self, name, behind)
        self._stack.callback(host.space.close)
        self.hosts[name] = host
        host.address, host.address6 = self._addresses(behind)
        if has_second:
            host.second, _ = self._public()
        self._attach(host, exempt)
        if line:
            self.set_line(host, **line)
        return host

    def _attach(self, host, exempt=False, network6=None):
        """Plug a host in where it is now; `network6` is one that it routes."""
        if host.behind is not None and host.behind.space is not None:
            linux.join(host.behind.space, host.space, f"p{host.behind.count}")
        else:
            parent = host.behind.name if host.behind else "internet"
            ips = ",".join(filter(None, (host.address, host.second, host.address6, network6)))
            words = ["exempt"] if exempt else []
            self.tell("host", host.name, parent, ips, host.space.path, DEVICE, *words)
        self._configure(host)
        if host.behind is not None and host.behind.space is not None:
            linux.wait_joined(host.behind.space, host.space, f"p{host.behind.count}")

    @staticmethod
    def _configure(host):
        """Give a host's device its addresses and routes."""
        behind = host.behind
        bits = "24" if behind is not None and behind.is_translating else "32"
        bits6 = "128" if behind is None else "64"
        via = via6 = ""
        more = [f"address add {host.second}/32 dev {DEVICE}"] if host.second else []
        if behind is not None and behind.space is not None:
            via = "via " + PRIVATE.format(behind.number, 1)
            via6 = "via " + PRIVATE6.format(behind.number, 1)
        host.space.ip(
            [
                f"address add {host.address}/{bits} dev {DEVICE}",
                *more,
                f"address add {host.address6}/{bits6} dev {DEVICE} nodad",
                f"link set {DEVICE} mtu 1500 txqueuelen 1000 up",
                f"route replace default {via} dev {DEVICE}",
                f"route replace ::/0 {via6} dev {DEVICE}",
            ]
        )

    def router(self, name, kind, behind=None, line=None, **settings):
        """Add a router of a kind: a name in tests/netlab/kinds/ or a path ending in ".kind".

        `settings` go before those of the file; `line` is for its line to the internet or to the
        router that it stands behind.
        """
        address, address6 = self._addresses(behind)
        self._routers += 1
        found = {**kinds.read(kind), **settings}
        router = Router(name, self._routers, behind, address, found)
        if kind == "carrier":
            router.inside = SHARED
        if "nftables" in found:
            self._add_linux(router, behind, address6, found)
        else:
            words = [f"{key}={value}" for key, value in settings.items()]
            parent = behind.name if behind else "internet"
            self.tell("router", name, parent, address, kinds.path_of(kind), *words)
        if line:
            self.set_line(router, **line)
        return router

    def _add_linux(self, router, behind, address6, settings):
        machine = Host(self, router.name, behind)
        self._stack.callback(machine.space.close)
        machine.address, machine.address6 = router.address, address6
        self._attach(machine, network6=PRIVATE6.format(router.number, 0) + "/64")
        router.space = machine.space
        inside = PRIVATE.format(router.number, 1), PRIVATE6.format(router.number, 1)
        linux.set_up(machine.space, settings, *inside)

    def set_line(self, node, way="both", delay_ms=None, rate_mbit=None, queue_kb=None, loss=None):
        """Change a node's line, both ways or "up" (from it) or "down"; `loss` is 0 to 1."""
        given = {
            "delay_us": delay_ms and delay_ms * 1000,
            "rate_bps": rate_mbit and rate_mbit * 1000000,
            "queue_bytes": queue_kb and queue_kb * 1000,
            "loss_ppm": loss and loss * 1000000,
        }
        asked = dict(zip(given, (delay_ms, rate_mbit, queue_kb, loss)))
        words = [f"{k}={round(v)}" for k, v in given.items() if asked[k] is not None]
        self.tell("line", node.name, way, *words)

    def cut(self, node):
        """Cut a host's or a router's line: what is sent is lost in silence."""
        self.tell("cut", node.name)

    def mend(self, node):
        """Undo cut()."""
        self.tell("mend", node.name)

    def cut_flow(self, flow):
        """Lose in silence all packets of one connection, both ways."""
        self.tell("cut-flow", *flow.ends)

    def mend_flow(self, flow):
        """Undo cut_flow()."""
        self.tell("mend-flow", *flow.ends)

    def part(self, one, other):
        """Lose in silence all that goes between two public addresses, of new connections too."""
        self.tell("part", one, other)

    def join(self, one, other):
        """Undo part()."""
        self.tell("join", one, other)

    def delay(self, one, other, delay_ms):
        """Let all that goes from one public address to another come later; not what goes back."""
        self.tell("delay", one, other, round(delay_ms * 1000))

    def reset(self, flow, ways=(0, 1)):
        """Send a RST in the name of these of the flow's ends to the other."""
        for way in ways:
            self.tell("reset", flow.ends[way], flow.ends[1 - way])

    def reboot(self, router):
        """Let a router forget all its mappings."""
        if router.space is None:
            self.tell("reboot", router.name)
        else:
            linux.forget(router.space)

    def mappings(self, router):
        """Return what a router (not a Linux one) knows, rows of (proto, inside, outside, sessions)."""
        return [tuple(line.split(" ")) for line in self.tell("mappings", router.name)]

    def roam(self, host, behind):
        """Put a host elsewhere, with new addresses. Not for hosts at or to Linux routers."""
        old = host.address, host.address6
        host.behind = behind
        host.address, host.address6 = self._addresses(behind)
        parent = behind.name if behind else "internet"
        host.space.ip([f"address flush dev {DEVICE} scope global"])
        self.tell("move", host.name, parent, f"{host.address},{host.address6}")
        self._configure(host)
        return old

    def packets(self):
        """Return all packets whose way has ended until now."""
        self.tell("flush")
        return self._reader.read()

    def direct_flows(self, one, other):
        """Return the flows that carried bytes both ways between two hosts, or their routers."""
        return log.between(self.packets(), self.seen_as(one), self.seen_as(other))

    @staticmethod
    def seen_as(host):
        """Return the name that the log has for a host: its router's where that is Linux."""
        is_hidden = host.behind is not None and host.behind.space is not None
        return host.behind.name if is_hidden else host.name
