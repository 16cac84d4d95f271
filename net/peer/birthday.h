/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_BIRTHDAY_H
#define DS_NET_PEER_BIRTHDAY_H

#include <stdbool.h>
#include <stdint.h>

#include "net/peer/budget.h"
#include "net/punch/attempt.h"
#include "net/punch/offer.h"

/*
 * Whose turn it is in a birthday salvo (net/PROTOCOL.md, 9): the side whose ports are dealt at
 * random tells the other one that it opens it, and which of its ports may be dealt; either side
 * sends when it knows that of the other. No sockets, no clock. Start by ds_birthday_init().
 */
struct ds_birthday {
    unsigned most;           /* sockets; 0: none is ever opened */
    unsigned done;           /* salvos of this session that took place */
    struct ds_budget budget; /* of these: each costs a NAT many mappings */
    struct ds_salvo told;    /* what OFFER or GO says of it */
    bool is_answer;          /* ... after the other side has told its own */
    bool is_opened;          /* in this generation */
};

/* What it is decided by; all is borrowed. */
struct ds_birthday_facts {
    const struct ds_offer *here, *there; /* the latter vetted */
    const struct ds_allocation *allocation;
    const struct ds_addr
            *revealed; /* the other side, as the relay sees it; len 0: it did not say */
    unsigned rtt_ms;   /* between the peers over the relay; 0: unknown */
};

/** Begin a session in which a salvo has `most` sockets at most. */
void ds_birthday_init(struct ds_birthday *birthday, unsigned most);

/**
 * Begin a generation: tell with how many sockets this side can take part in a salvo, which is none
 * where there were too many lately, or DS_SALVOS in the session. `spare` are the descriptors that
 * this process may open beside those it has; `now_ms` is of any one clock.
 */
void ds_birthday_prepare(struct ds_birthday *birthday, unsigned spare, uint64_t now_ms);

/**
 * Decide whether to tell that this side opens one. Returns true where `told` has changed so, which
 * happens once in a generation.
 */
bool ds_birthday_tell(struct ds_birthday *birthday, const struct ds_birthday_facts *facts);

/**
 * Decide whether it is opened now, which happens once in a generation. Returns true with what to
 * open in `*salvo`.
 */
bool ds_birthday_open(struct ds_birthday *birthday, const struct ds_birthday_facts *facts,
        struct ds_attempt_salvo *salvo);

/** Note that one took place: SYNs have left. */
void ds_birthday_spend(struct ds_birthday *birthday, uint64_t now_ms);

#endif
