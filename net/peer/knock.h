/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_KNOCK_H
#define DS_NET_PEER_KNOCK_H

#include "net/peer/contact.h"
#include "net/peer/reach.h"

/* The helper's one try with a typed code: reach the relay, knock, prove, be let in. */
struct ds_knock;

struct ds_knock_handler {
    /** Both sides proved the code. `contact` is borrowed during the call, its path is taken. */
    void (*on_met)(void *arg, const struct ds_contact *contact);
    /**
     * It came to nothing: the reason, how long to wait before another try (0: not known), and the
     * step that failed or the relay's words (borrowed).
     */
    void (*on_failed)(void *arg, enum ds_reason reason, uint32_t retry_ms, const char *text);
    /**
     * The relay answered: where we stand on it (borrowed). Must not free the knock. May be NULL.
     */
    void (*on_welcome)(void *arg, const struct ds_foothold *foothold);
};

/**
 * Begin. on_met or on_failed comes once; both may free the knock. It sends at most one cA: whether
 * to try again is the person's choice. `outlet` and `relay` are borrowed, `code` is copied. Net
 * thread.
 */
int ds_knock_start(struct ds_knock **out, const struct ds_outlet *outlet,
        const struct ds_relay_addr *relay, const struct ds_code *code,
        const struct ds_knock_handler *handler, void *arg) DS_MUST_CHECK;

/** Give up, wipe and free; NULL is fine. No callback follows. */
void ds_knock_free(struct ds_knock *knock);

#endif
