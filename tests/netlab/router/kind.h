/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_NETLAB_ROUTER_KIND_H
#define DS_TESTS_NETLAB_ROUTER_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/netlab/router/answer.h"

/* On what of the remote end something depends. The words are RFC 4787's and RFC 5382's. */
enum nl_scope { NL_ENDPOINT_INDEPENDENT, NL_ADDRESS_DEPENDENT, NL_ADDRESS_AND_PORT_DEPENDENT };

enum nl_allocation { NL_PRESERVE, NL_SEQUENTIAL, NL_PARITY, NL_RANDOM };

/* What a RST does to the session that it belongs to. */
enum nl_on_rst {
    NL_RST_CLOSE,   /* nothing comes in by it any more until a SYN from inside opens it again */
    NL_RST_SESSION, /* it is forgotten */
    NL_RST_MAPPING, /* the mapping is forgotten with all its sessions, and its port is free */
    NL_RST_IGNORE,  /* nothing: RFC 7857 section 2.3 */
};

/* Which packets from inside may get out. */
enum nl_egress {
    NL_EGRESS_ANY,
    NL_EGRESS_443,  /* TCP to port 443 */
    NL_EGRESS_NONE, /* those of a machine that is exempt, as a proxy is */
};

enum nl_ipv6 { NL_IPV6_NONE, NL_IPV6_OPEN, NL_IPV6_FIREWALL };

enum { NL_KIND_ERROR = 256 };

/* One kind of router, as a file in tests/netlab/kinds/ describes it; README.md there says more. */
struct nl_kind {
    int translate;          /* whether IPv4 addresses are translated: else it is a firewall */
    int mapping, filtering; /* enum nl_scope */
    int allocation;         /* enum nl_allocation */
    int step;               /* of NL_SEQUENTIAL */
    int port_min, port_max;
    int block;                        /* so many ports of these alone, anywhere in them; 0: all */
    int noise_per_s;                  /* mappings of other people */
    int mappings_max, mappings_per_s; /* it makes no more of them; 0: any number */
    int unsolicited;                  /* enum nl_answer */
    int unsolicited_after_ms;
    int hairpin;
    int isolation;        /* whether hosts behind it do not see each other */
    int simopen;          /* whether a SYN is let in as the answer to a SYN */
    int rst;              /* enum nl_on_rst */
    int midstream;        /* whether a connection that it does not know is taken up */
    int refused_holds_ms; /* how long a refused SYN holds the 4-tuple that it came by */
    int mtu;              /* what is longer is lost in silence, both ways; 0: nothing is */
    int syn_timeout_ms, established_timeout_ms, closing_timeout_ms, udp_timeout_ms;
    int egress;        /* enum nl_egress */
    int egress_answer; /* enum nl_answer */
    int ipv6;          /* enum nl_ipv6 */
};

/** Make the kind of which a file that says nothing is: port-restricted, random ports. */
void nl_kind_init(struct nl_kind *kind);

/**
 * Set one thing by the words of a file: `name` and `value`. Returns false, and what is wrong with
 * them in `error`, if there is no such name or value.
 */
bool nl_kind_set(struct nl_kind *kind, const char *name, const char *value,
        char error[static NL_KIND_ERROR]);

/**
 * Read a file of lines `name = value` and `# comment` into an initialised kind. Returns false, and
 * what is wrong and where in `error`, at the first line that says nothing.
 */
bool nl_kind_read(struct nl_kind *kind, const char *path, char error[static NL_KIND_ERROR]);

/** Say whether what was set fits together; if not, false and why in `error`. */
bool nl_kind_check(const struct nl_kind *kind, char error[static NL_KIND_ERROR]);

#endif
