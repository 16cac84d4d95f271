# SPDX-License-Identifier: GPL-3.0-or-later
"""miniupnpd at a Linux router of the lab: a router that opens ports when it is asked to."""

import re

from .. import programs, session

WAYS = "pcp", "nat-pmp", "upnp"
READY = {
    "pcp": "Listening for NAT-PMP/PCP traffic",
    "nat-pmp": "Listening for NAT-PMP/PCP traffic",
    "upnp": "HTTP listening on port",
}
READY_S = 10.0

# What miniupnpd's own nft_init.sh makes, beside the router's rules.
CHAINS = """
table inet miniupnpd {
    chain prerouting_miniupnpd {}
    chain postrouting_miniupnpd {}
    chain prerouting {
        type nat hook prerouting priority dstnat;
        jump prerouting_miniupnpd
    }
    chain postrouting {
        type nat hook postrouting priority srcnat - 1;
        jump postrouting_miniupnpd
    }
}
table inet filter {
    chain miniupnpd {}
}
insert rule inet filter forward jump miniupnpd
"""
# A router of NAT-PMP alone, which takes no notice of PCP: its first byte is the version.
NO_PCP = "insert rule inet filter input udp dport 5351 @th,64,8 2 drop\n"

CONFIG = """
ext_ifname=w0
listening_ip=lan
http_port=0
enable_upnp={upnp}
enable_natpmp={natpmp}
min_lifetime=4
max_lifetime=3600
upnp_table_name=filter
upnp_nat_table_name=miniupnpd
secure_mode=yes
system_uptime=no
uuid=00000000-0000-0000-0000-000000000000
{more}
allow 1024-65535 10.0.0.0/8 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
"""


class Miniupnpd:
    """Use it in a `with`. It speaks one of WAYS alone."""

    def __init__(self, router, folder, way, more=""):
        """Start it at a router of nftables; `more` are further lines of its configuration."""
        self._space = router.space
        self._folder = folder / f"miniupnpd-{router.name}"
        self._folder.mkdir()
        self._space.feed(["nft", "-f", "-"], CHAINS + (NO_PCP if way == "nat-pmp" else ""))
        config = self._folder / "conf"
        is_upnp = way == "upnp"
        words = {"upnp": "yes" if is_upnp else "no", "natpmp": "no" if is_upnp else "yes"}
        config.write_text(CONFIG.format(more=more, **words), encoding="utf-8")
        self._command = ["miniupnpd", "-d", "-f", config, "-P", self._folder / "pid"]
        self.program = programs.Program([*self._space.through, *self._command], name="miniupnpd")
        is_ready = lambda: READY[way] in self.program.stderr()
        try:
            session.until(is_ready, READY_S, READY[way])
        except programs.Failure as failure:
            self.program.fail(str(failure))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.program.stop()

    def _chain(self, table, chain):
        return self._space.feed(["nft", "-n", "list", "chain", "inet", table, chain], "")

    def mapped(self):
        """Return what the kernel leads inside: rows of (outside port, "ADDRESS:PORT")."""
        rules = self._chain("miniupnpd", "prerouting_miniupnpd")
        return re.findall(r"th dport (\d+) .*dnat ip to ([\d.]+:\d+)", rules)

    def holes(self):
        """Return the rules of the firewall that let somebody in."""
        rules = self._chain("filter", "miniupnpd").splitlines()
        return [rule.strip() for rule in rules if "accept" in rule]
