/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_LINK_STATE_H
#define DS_NET_LINK_STATE_H

/* struct ds_link, and what the files of this room give each other. Nobody else includes it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/limits.h"
#include "net/link/frame.h"
#include "net/link/link.h"
#include "net/link/rate.h"
#include "net/link/replay.h"
#include "net/link/timer.h"

enum close_ack { CLOSE_ACK_NONE, CLOSE_ACK_WANTED, CLOSE_ACK_WRITTEN };

struct link_path {
    struct ds_link *link;
    struct ds_path *path; /* owned */
    uint64_t number;      /* of the link's paths: a newer one has a higher */
    struct ds_frame_reader reader;
    struct ds_rate rate;

    bool is_dropped; /* by the owner: freed in the timer's turn */
    bool is_hello_sent;
    bool is_validated; /* the other side's HELLO was read */
    bool is_close_sent;
    bool wants_ping, wants_pong, wants_close;
    uint64_t nominate; /* number of the NOMINATE that is to go, 0: none */
    enum close_ack close_ack;
    uint64_t pong; /* what the newest PING carried */

    bool wants_ack; /* DATA came that is not acknowledged here */
    size_t ack_bytes;
    uint64_t ack_due_us;

    bool is_held_back; /* by its pace, and asks again when that is due */

    bool wants_copy; /* of what went out on the active path, which is silent */
    uint64_t copied; /* all before was acknowledged or copied here */

    uint64_t ping;         /* number in our last PING, 0 when it was answered */
    uint64_t ping_us;      /* when that was written */
    unsigned pings;        /* asked for so far */
    uint64_t next_ping_us; /* the next regular one */
    uint64_t validate_us;  /* HELLO must have come by then */

    uint64_t heard_us;   /* when bytes came last */
    uint64_t waiting_us; /* an answer is due, and nothing was heard since then; 0: none is */
    uint64_t answer_us;  /* ... and no answer came since then, whatever else did */
    uint64_t acked_us;   /* when an ACK or HELLO came last */
    bool is_suspect;     /* waited for too long: another path is better */
    uint64_t trust_us;   /* it answers again, and is trusted from then on; 0: it does not */
};

struct ds_link {
    enum ds_role role;
    const struct ds_link_handler *handler;
    void *arg;
    struct ds_link_timer timer;
    unsigned holds;      /* calls on the stack that use the link after a callback */
    bool is_freed;       /* by a callback: the last hold frees it */
    bool prefers_direct; /* to the relay's path, however slow */
    bool is_pulling;     /* inside the handler's pull() */

    struct link_path *paths[DS_LINK_PATHS_MAX]; /* oldest first */
    size_t n_paths;
    uint64_t paths_ever;
    struct link_path *active;    /* this side sends on it; not validated where none is */
    uint64_t told;               /* number of the path that on_path told last, 0: NULL */
    struct link_path *nominated; /* helpee: what the helper asked for last */
    uint64_t nominations;        /* helper: decided; helpee: number of the last one followed */

    struct ds_replay replay; /* all that was sent lies before its end */
    uint64_t next;           /* the next byte to send on the active path */
    uint64_t heard_us;       /* when bytes came last on an active path */
    uint64_t moved_bytes;    /* sent there since this side moved to it */
    uint64_t opening_window; /* after a path was lost: so much at most; UINT64_MAX: all */
    bool is_asking;          /* nothing was acknowledged there since this side moved to it */
    uint64_t pings;

    struct link_path *leaving; /* hand-over: the path before, where fresh bytes still go; or NULL */
    uint64_t leaving_window;   /* ... so many may be in flight */
    uint64_t leaving_until_us; /* ... and then it ends; UINT64_MAX: the new one has not answered */
    bool is_handed_over;       /* it has ended, and the owner does not know */

    uint64_t received;  /* all before was delivered */
    uint64_t data_path; /* number of the path where DATA came last, 0: nowhere */

    bool is_closing; /* ds_link_close(), or a protocol error: CLOSE is to go */
    bool is_failed;  /* the protocol error: nothing is read any more */
    bool is_close_sent, is_close_acked;
    bool is_peer_closing;
    bool is_peer_answered;   /* CLOSE_ACK was sent */
    bool is_peer_close_left; /* ... and has left for the kernel */
    bool is_over;            /* on_closed() was called */
    int reason, peer_reason;
    uint64_t peer_final;
    uint64_t close_by_us; /* then it is over in any case */
    char text[160];       /* what broke the protocol */

    uint64_t resent_bytes, dropped_bytes;
};

/* link.c */

/** Keep the link alive across callbacks. */
void ds_link_hold(struct ds_link *link);
/** The opposite. The link may be gone after it. */
void ds_link_release(struct ds_link *link);
/** Free all paths without a word to the owner. */
void ds_link_free_paths(struct ds_link *link);
/** Say whether nothing may be told to the owner any more. */
bool ds_link_is_dead(const struct ds_link *link);
/** Take a path out and free it, telling why; follows with another. Needs a hold. */
void ds_link_lose_path(struct link_path *p, int err, const char *text);
/** Take a path out that the owner dropped and free it; follows with another. Needs a hold. */
void ds_link_remove_path(struct link_path *p);

/* input.c */

/** Take plaintext of a path; the on_data of struct ds_path_handler, `arg` is the link_path. */
void ds_link_input(void *arg, struct ds_path *path, const uint8_t *data, size_t len);

/* output.c */

/** Write one record; the pull of struct ds_path_handler, `arg` is the link_path. */
size_t ds_link_output(void *arg, struct ds_path *path, uint8_t *buf, size_t cap);
/** Append DATA of up to `room` bytes kept from `offset` on; returns how many. */
size_t ds_link_put_kept(struct ds_link *link, struct ds_writer *w, uint64_t offset, size_t room);

/* ack.c */

/** Note that DATA of `len` bytes came: an acknowledgement is due. */
void ds_link_want_ack(struct link_path *p, size_t len);
/** Say on all paths what came: the other side may send what it need not, or wait for it. */
void ds_link_tell_received(struct ds_link *link);
/** Say whether an acknowledgement is to go out now, whatever else does. */
bool ds_link_is_ack_due(const struct link_path *p);
/** Append the acknowledgement that is due, or may go with what is in the record. */
void ds_link_put_ack(struct link_path *p, struct ds_writer *w);
/** Take one of everything before `offset`, which is not beyond what was sent. */
void ds_link_acked(struct link_path *p, uint64_t offset);

/* handover.c */

/**
 * Let `from` go on with fresh bytes as long as `to`, which is active now, sends again what may be
 * on its way: where both work and that is more than `to` sends before it has heard anything.
 */
void ds_link_begin_handover(
        struct ds_link *link, struct link_path *from, const struct link_path *to);
/** Send nothing more on the path before; the owner is told in the timer's turn. */
void ds_link_end_handover(struct ds_link *link);
/** Note that so many more bytes are acknowledged: the path before is sent half as many. */
void ds_link_fade(struct ds_link *link, uint64_t acked_bytes);
/** Return the path where fresh bytes go, or NULL. */
struct link_path *ds_link_carrier(const struct ds_link *link);

/* doubt.c */

/** Note that fresh bytes went out on the active path: copy them where that is silent. */
void ds_link_doubt(struct ds_link *link);
/**
 * Note that new bytes came on `p`: where that is another path than this side sends on, the other
 * side may have left that one for a reason. Needs a hold.
 */
void ds_link_doubted(struct link_path *p);
/** Append the copy that is due. */
void ds_link_put_copy(struct link_path *p, struct ds_writer *w);

/* choose.c */

/**
 * Send on the best path from now on, and tell the owner when that is another. Needs a hold, but not
 * right after a path was added: nothing is told then.
 */
void ds_link_choose(struct ds_link *link);
/** Return the best validated path beside the active one that is not suspect, or NULL. */
struct link_path *ds_link_standby(const struct ds_link *link);

/* watch.c */

/** Begin to watch a path that was added: HELLO and PING go out. */
void ds_link_watch(struct link_path *p);
/** Ask the path for a PING now. */
void ds_link_ping(struct link_path *p);
/** Take the answer to a PING. */
void ds_link_pong(struct link_path *p, uint64_t number);
/** Note that something was sent that the other side has to answer, or was answered elsewhere. */
void ds_link_expect(struct link_path *p);
/** Note that PONG or an acknowledgement came on the path. */
void ds_link_answered(struct link_path *p);
/** Take the path for suspect where an answer is overdue, with no regard to other bytes that came.
 * Needs a hold.
 */
void ds_link_suspect_if_overdue(struct link_path *p);
/** Note that bytes came on the path, after what they say was done. */
void ds_link_heard(struct link_path *p);
/** Do all that is due; the timer's function. */
void ds_link_on_timer(void *arg, uint64_t due_us);

/* close.c */

/** End the session because of the other side; the text is printf's. */
void ds_link_fail(struct ds_link *link, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
/** Note CLOSE, from path `p`. */
void ds_link_peer_close(struct link_path *p, uint64_t final, int reason);
/** Note CLOSE_ACK. */
void ds_link_close_acked(struct ds_link *link);
/** Note that more was delivered, or a path came or went: CLOSE or CLOSE_ACK may be due on them. */
void ds_link_go_on_closing(struct ds_link *link);
/** Say whether fresh bytes are no longer sent. */
bool ds_link_is_ending(const struct ds_link *link);
/** Say whether a path is of no more use: only the goodbye is missing. */
bool ds_link_is_done(const struct ds_link *link);
/** Tell the owner that it is over where that is so. Needs a hold. */
void ds_link_end_if_over(struct ds_link *link, uint64_t now_us);

#endif
