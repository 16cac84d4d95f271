# SPDX-License-Identifier: GPL-3.0-or-later
"""A router that is Linux itself: a namespace with nftables' NAT between a bridge and the internet."""

import socket
import struct
import time

from .. import programs

CARRIER_S = 10.0

# <linux/netlink.h>, <linux/netfilter/nfnetlink.h> and nfnetlink_conntrack.h
NETLINK_NETFILTER, NLM_F_REQUEST, NLM_F_ACK = 12, 1, 4
CONNTRACK_DELETE = 1 << 8 | 2

RULES = """
table ip nat {{
    chain post {{
        type nat hook postrouting priority srcnat;
        oifname "w0" {nat}
    }}
}}
table inet filter {{
    chain forward {{
        type filter hook forward priority filter; policy drop;
        ct state invalid drop
        iifname "lan" accept
        ct state established,related accept
        iifname "w0" {forward}
    }}
    chain input {{
        type filter hook input priority filter; policy accept;
        iifname {{ "lo", "lan" }} accept
        ct state established,related accept
        icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert }} accept
        iifname "w0" {unsolicited}
    }}
}}
"""

# What is said to a SYN that nobody asked for. Accepted, the router itself refuses it, and conntrack
# knows the connection then.
UNSOLICITED = {
    "drop": "drop",
    "rst": "meta l4proto tcp reject with tcp reset",
    "accept": "accept",
    "icmp-port": "reject with icmpx type port-unreachable",
    "icmp-host": "reject with icmpx type host-unreachable",
    "icmp-admin": "reject with icmpx type admin-prohibited",
}


def set_up(space, settings, inside, inside6):
    """Make a router of a namespace whose way out is "w0"; `inside` is its own address there."""
    answer = UNSOLICITED[settings.get("unsolicited", "drop")]
    space.set("ipv4.ip_forward", 1)
    space.set("ipv6.conf.all.forwarding", 1)
    space.ip(
        [
            "link add lan type bridge",
            f"address add {inside}/24 dev lan",
            f"address add {inside6}/64 dev lan nodad",
            "link set lan up",
        ]
    )
    forward = "drop" if answer == "accept" else answer
    rules = RULES.format(nat=settings["nftables"], unsolicited=answer, forward=forward)
    space.feed(["nft", "-f", "-"], rules)


def forget(space):
    """Let the kernel forget the connections that it knows, as at a reboot."""
    head = struct.pack("=IHHII", 20, CONNTRACK_DELETE, NLM_F_REQUEST | NLM_F_ACK, 1, 0)
    with space.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as netlink:
        netlink.send(head + struct.pack("=BBH", socket.AF_UNSPEC, 0, 0))
        (error,) = struct.unpack_from("=i", netlink.recv(4096), 16)
    if error:
        raise OSError(-error, "conntrack")


def join(space, other, port):
    """Put a cable between this router and the namespace of a host, where it is "w0"."""
    space.ip(
        [
            f"link add {port} type veth peer name w0 netns {other.path}",
            f"link set {port} master lan up",
        ]
    )


def wait_joined(space, other, port):
    """Wait until a cable whose both ends are up carries packets: the kernel sees to that later."""
    deadline = time.monotonic() + CARRIER_S
    for where, device, wanted in ((space, port, "state forwarding"), (other, "w0", "state UP")):
        while wanted not in (found := where.feed(["ip", "-d", "link", "show", device], "")):
            if time.monotonic() > deadline:
                raise programs.Failure(f"{device} is not ready: {found}")
