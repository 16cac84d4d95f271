/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_REACH_H
#define DS_NET_PEER_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/addr.h"
#include "net/base/err.h"
#include "net/base/reason.h"
#include "net/path/leg.h"
#include "net/peer/foothold.h"

struct event_base;

/* A relay as the person, the settings or a link named it. */
struct ds_relay_addr {
    char host[DS_HOST_MAX];
    uint16_t port;
    bool has_pin;
    uint8_t pin[32];
};

/* How to get out of this machine; everything in it is borrowed for the life of what is given it. */
struct ds_outlet {
    struct event_base *base;
    const char *proxy;            /* as ds_dial_options has it */
    struct ds_relay_tls_ctx *tls; /* settings and trusted certificates, shared by all legs */
    const char *program;          /* name and version for HELLO */
    bool claims_ports;            /* each connection comes from a local port of its own */
    int family;                   /* AF_INET or AF_INET6: by this one alone; 0: by either */
};

/*
 * One try to stand on a relay: dial it, begin TLS. Where no local port can be claimed or bound the
 * connection has none of its own: it is there all the same, and only the direct path suffers.
 */
struct ds_reach;

/**
 * Called once: with a leg (owned by the receiver; records may be sent at once, before TLS stands)
 * and where it stands (borrowed, without WELCOME's part), or with NULLs and why not:
 * DS_REASON_NO_RELAY, DS_REASON_PROXY or DS_REASON_INTERNAL, and `text` for the log and the curious
 * (borrowed). The reach may be freed in the call.
 */
typedef void (*ds_reach_fn)(void *arg, struct ds_leg *leg, const struct ds_foothold *foothold,
        enum ds_reason reason, const char *text);

/** Begin. `outlet` and `relay` are borrowed; the leg gets `leg_handler` with `arg`. Net thread. */
int ds_reach_start(struct ds_reach **out, const struct ds_outlet *outlet,
        const struct ds_relay_addr *relay, const struct ds_leg_handler *leg_handler, ds_reach_fn fn,
        void *arg) DS_MUST_CHECK;

/** Give up and free; NULL is fine. No callback follows. */
void ds_reach_free(struct ds_reach *reach);

enum { DS_REACH_TEXT_MAX = 300 };

/**
 * Say what the loss of a leg, before it was paired, means for the person; of what a helper alone
 * may be told (code-expired, code-burned) the caller knows.
 */
enum ds_reason ds_reach_loss_reason(int err, int refused_reason);

/**
 * Describe that loss in `out` for a log and for --json: what a relay tells who is too old to ask
 * for, else the step that it ended (`step`, "" for none) and what happened to `leg`.
 */
void ds_reach_loss_text(char out[static DS_REACH_TEXT_MAX], const char *step,
        const struct ds_leg *leg, int refused_reason, const char *text);

#endif
