/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_WAIT_H
#define DS_NET_PEER_WAIT_H

#include "net/peer/contact.h"
#include "net/peer/reach.h"

/*
 * The helpee's side of a code: wait at the relay, answer knocks, count wrong guesses. It lives
 * until somebody proved the code, or the code is dead.
 */
struct ds_wait;

struct ds_wait_handler {
    /**
     * A code is live, a first or another one: read it out. `left_ms` until it dies. It comes again,
     * with the same code, when the relay was lost and found again.
     */
    void (*on_code)(void *arg, const struct ds_code *code, uint64_t left_ms);
    /** The relay is lost: the code does not work at the moment. It is tried again. */
    void (*on_offline)(void *arg);
    /** Somebody tried a wrong code; `left` more and the code is dead. */
    void (*on_guess)(void *arg, unsigned left);
    /** Somebody proved the code. `contact` is borrowed during the call, its path is taken. */
    void (*on_met)(void *arg, const struct ds_contact *contact);
    /** No code, or no more: code-expired, code-burned, no-relay at the start, ... (borrowed text).
     */
    void (*on_failed)(void *arg, enum ds_reason reason, const char *text);
};

/**
 * Begin; a code lives `life_ms`. on_met or on_failed comes once; every callback may free the wait.
 * Net thread.
 */
int ds_wait_start(struct ds_wait **out, const struct ds_outlet *outlet,
        const struct ds_relay_addr *relay, uint64_t life_ms, const struct ds_wait_handler *handler,
        void *arg) DS_MUST_CHECK;

/** Leave the relay, wipe and free; NULL is fine. No callback follows. */
void ds_wait_free(struct ds_wait *wait);

#endif
