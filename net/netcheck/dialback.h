/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_NETCHECK_DIALBACK_H
#define DS_NET_NETCHECK_DIALBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/limits.h"
#include "net/dial/local_port.h"
#include "net/peer/foothold.h"
#include "net/peer/reach.h"

/*
 * A relay that connects back to this network, so that it is seen from outside: what a stranger gets
 * here, whom the router's filter lets in, and whether a port that the router opened can really be
 * reached (net/PROTOCOL.md, 1, "Dialling back"). One connection to the relay, with a local port of
 * its own; the relay dials the address that it comes from, and no other. Net thread.
 */
struct ds_dialback;

/* From where the relay dials. */
enum ds_dialback_from {
    DS_DIALBACK_OTHER_PORT = 0,    /* the address that the leg leads to, and another port */
    DS_DIALBACK_OTHER_ADDRESS = 1, /* its second STUN address: nobody whom we ever spoke to */
};

/* What became of one question. The first five are what the relay says, as on the wire. */
enum ds_dialback_result {
    DS_DIALBACK_CONNECTED = 0,   /* and what it sent came to our listener, where there was one */
    DS_DIALBACK_REFUSED = 1,     /* RST */
    DS_DIALBACK_UNREACHABLE = 2, /* an ICMP error, or no way there */
    DS_DIALBACK_SILENT = 3,      /* nothing in DS_CHECK_DIAL_MS: dropped on the way */
    DS_DIALBACK_NOT_OFFERED = 4, /* the relay does not do it, here, so, or so often */
    DS_DIALBACK_ASTRAY = 5, /* it says connected, and nothing came: another one answers there */
};

enum {
    DS_DIALBACK_LEAST_PORT = DS_CHECK_PORT_MIN, /* below are services: nobody dials those */
    DS_DIALBACK_MOST = DS_CHECK_DIALS_MAX,      /* questions on one connection */
};

struct ds_dialback_question {
    enum ds_dialback_from from;
    uint16_t port; /* that the relay shall dial, at our address as it sees it */
    /*
     * Where that should come in: listened on, in the leg's family, while the question is under way.
     * The leg's own port or any other; NULL: nobody listens. A reference is taken.
     */
    struct ds_local_port *listen;
};

struct ds_dialback_answer {
    enum ds_dialback_result result;
    unsigned ms; /* the relay's, from its SYN to what came of it; 0 where it was not offered */
};

/* None comes from within a call on the dialback, and each may free it. */
struct ds_dialback_handler {
    /**
     * The relay answered CHECK: questions may be asked. `foothold` (borrowed until the dialback is
     * freed) says where the leg stands: `port` is its local port, `observed` our address and port
     * as the relay sees them, `stun` its STUN ends, `relay` the end of it that answered. Once.
     * Through a proxy, or where no local port could be claimed, `port` is NULL; through a proxy
     * `observed` is empty, and the relay would dial the proxy: ask nothing then.
     */
    void (*on_ready)(void *arg, const struct ds_foothold *foothold);
    /** The question was answered; the next may be asked, also from in here. */
    void (*on_answer)(void *arg, const struct ds_dialback_answer *answer);
    /**
     * It is over, once; nothing can be asked any more, and a question that was under way gets no
     * answer. DS_REASON_NONE: the relay is there and does not know CHECK, since it is an older one.
     * Else why it could not be reached or was lost, as ds_reach_fn and ds_reach_loss_reason() say
     * it. `text` (borrowed, "" for none) is for a log and --json.
     */
    void (*on_over)(void *arg, enum ds_reason reason, const char *text);
};

/**
 * Go to `relay` by `outlet`, whose claims_ports should be true: both borrowed for the dialback's
 * life, like `handler`. on_ready or on_over follows. Returns 0 with `*out` (owned), DS_ERR_INVALID
 * for a relay that cannot be one, DS_ERR_NOMEM or DS_ERR_SYSTEM.
 */
int ds_dialback_new(struct ds_dialback **out, const struct ds_outlet *outlet,
        const struct ds_relay_addr *relay, const struct ds_dialback_handler *handler,
        void *arg) DS_MUST_CHECK;

/**
 * Ask (copied). on_answer follows within 9 s, or on_over. Returns 0; DS_ERR_STATE before on_ready,
 * after on_over, while another question is under way, or after DS_DIALBACK_MOST of them;
 * DS_ERR_INVALID for a port below DS_DIALBACK_LEAST_PORT; DS_ERR_SYSTEM with errno where nobody can
 * listen there; DS_ERR_TOO_BIG or DS_ERR_NOMEM. The relay has a budget for each subscriber (an IPv4
 * address or an IPv6 /64), too, and a small one for all ports but the leg's own, which strangers
 * behind the same address may have used up: over that the answer is DS_DIALBACK_NOT_OFFERED, and
 * says nothing of the port. A relay at a private address, or seen from one, dials only where its
 * admin allowed that ("dial-back = lan").
 */
int ds_dialback_ask(
        struct ds_dialback *dialback, const struct ds_dialback_question *question) DS_MUST_CHECK;

/** Leave the relay, listen no more and free; NULL is fine. No callback follows. */
void ds_dialback_free(struct ds_dialback *dialback);

/** Name a result as --json does ("connected", "refused", ...). Static text. */
const char *ds_dialback_result_name(enum ds_dialback_result result);

#endif
