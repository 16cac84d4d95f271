/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_EXCHANGE_H
#define DS_NET_PEER_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/err.h"
#include "net/peer/control.h"
#include "net/wire/record.h"

/*
 * Who may say what about direct paths, and of which generation of tries (net/PROTOCOL.md, 9): the
 * helpee says OFFER, the helper answers GO, and AGAIN when a generation came to nothing. No
 * sockets, no time. Start with all zero but the role.
 */
struct ds_exchange {
    enum ds_role role;
    bool is_open;           /* the yes was given, and both sides want a direct path */
    bool is_met;            /* both sides have said their part about the generation */
    uint32_t generation;    /* the newest: the helpee's last OFFER has it; 0: none yet */
    struct ds_offer remote; /* what the other side said about it, vetted */
};

/* What a message is to this side. */
enum ds_exchange_news {
    DS_EXCHANGE_OLD,   /* nothing: it was overtaken by a newer generation */
    DS_EXCHANGE_NEW,   /* OFFER of a new generation, or the first GO of one: `remote` is set */
    DS_EXCHANGE_MORE,  /* `remote` may have more candidates now */
    DS_EXCHANGE_AGAIN, /* the helper wants a new generation */
};

/**
 * Take OFFER, GO or AGAIN, vetted by what this side knows at the moment. Of one generation `remote`
 * holds at most DS_CANDIDATES_MAX candidates, however often the other side changes its mind.
 * Returns enum ds_exchange_news, or DS_ERR_PROTOCOL for what the other side may not say now.
 */
int ds_exchange_take(struct ds_exchange *exchange, const struct ds_control_message *message,
        const struct ds_vetting *vetting) DS_MUST_CHECK;

/** Helpee: begin the next generation: what is sent as OFFER is of it. Returns its number. */
uint32_t ds_exchange_next(struct ds_exchange *exchange);

#endif
