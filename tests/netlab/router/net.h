/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_NETLAB_ROUTER_NET_H
#define DS_TESTS_NETLAB_ROUTER_NET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

#include "tests/netlab/router/flow.h"
#include "tests/netlab/router/kind.h"
#include "tests/netlab/router/log.h"
#include "tests/netlab/router/nat.h"
#include "tests/netlab/router/packet.h"
#include "tests/netlab/router/pipe.h"
#include "tests/netlab/router/queue.h"

enum { NL_NAME = 32, NL_ADDRESSES = 4 };

enum nl_role { NL_INTERNET, NL_ROUTER, NL_HOST };

/*
 * A place of the net. All of them are a tree: the internet is its root, routers stand below it or
 * below each other, hosts are its leaves. A packet goes up from its host until somebody below the
 * place where it is has its destination, and from there down.
 */
struct nl_node {
    LIST_ENTRY(nl_node) link;
    char name[NL_NAME];
    enum nl_role role;
    struct nl_node *parent;                   /* NULL of the internet */
    struct nl_prefix addresses[NL_ADDRESSES]; /* what its parent sends to it */
    size_t address_count;
    struct nl_pipe up, down; /* the line to its parent */
    bool is_cut;
    struct nl_kind kind; /* of a router */
    struct nl_nat *nat;
    int tun;        /* of a host */
    bool is_exempt; /* a host that gets out whatever its routers' `egress` */
};

/* The net. Everything in it lives on one thread. */
struct nl_net {
    LIST_HEAD(, nl_node) nodes;
    struct nl_node *internet;
    struct nl_random random;
    struct nl_queue queue;
    struct nl_flows *flows;
    struct nl_log *log; /* borrowed */
    uint64_t now_us;    /* monotonic; who calls anything here has set it */
};

/** Begin a net of an internet alone, which is called "internet"; `log` is borrowed. */
void nl_net_init(struct nl_net *net, uint64_t seed, struct nl_log *log, uint64_t now_us);

/** Free all in it and close the hosts' devices. */
void nl_net_finish(struct nl_net *net);

/** Return the node of a name, or NULL. */
struct nl_node *nl_net_find(const struct nl_net *net, const char *name);

/** Return the name of a packet's source. */
const char *nl_net_source(const struct nl_packet *packet);

/**
 * Add a host whose packets come from and go to `tun`, which the net owns from now on; or, with
 * `kind` not NULL (copied, checked), a router: then `tun` is -1. `name` is new.
 */
struct nl_node *nl_net_add(struct nl_net *net, const char *name, struct nl_node *parent, int tun,
        const struct nl_kind *kind, const struct nl_prefix *addresses, size_t address_count);

/** Put a node elsewhere, with other addresses. What is on its way to it may be lost. */
void nl_net_move(struct nl_net *net, struct nl_node *node, struct nl_node *parent,
        const struct nl_prefix *addresses, size_t address_count);

/**
 * Take a packet (owned from now on) that a host sent. A multicast, or what is no whole packet, goes
 * nowhere and is not logged.
 */
void nl_net_send(struct nl_net *net, struct nl_node *host, struct nl_packet *packet);

/**
 * Send a RST from `tuple`'s source to its destination, ends as at their flow's turn, behind all
 * that was sent before. Returns whether there is such a flow.
 */
bool nl_net_reset(struct nl_net *net, const struct nl_tuple *tuple);

/** Do what is due at now_us. */
void nl_net_run(struct nl_net *net);

#endif
