/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_INTERNAL_H
#define DS_NET_PEER_INTERNAL_H

/* What peer.c, session.c, paths.c and direct.c share: the inside of the one handle. */

#include "net/base/log.h"
#include "net/link/link.h"
#include "net/peer/budget.h"
#include "net/peer/knock.h"
#include "net/peer/meet.h"
#include "net/peer/peer.h"
#include "net/peer/punching.h"
#include "net/peer/wait.h"

struct event;

enum ds_peer_stage {
    DS_PEER_MEETING_FIRST, /* a code waits, or a knock is under way */
    DS_PEER_LINKING,       /* keys are agreed; no word of the other side came on a path yet */
    DS_PEER_ASKING,        /* linked; the helpee's answer is awaited */
    DS_PEER_GRANTED,       /* channels may open */
    DS_PEER_CLOSING,       /* CLOSE is on its way */
    DS_PEER_CLOSED,        /* on_closed is scheduled, or was called */
};

struct ds_peer {
    struct ds_peer_handler const *handler;
    void *arg;
    enum ds_role role;
    enum ds_level wants;
    enum ds_picture picture;
    enum ds_direct direct;
    const struct ds_peer_times *times;
    struct ds_outlet outlet;
    struct ds_relay_addr relays[DS_PEER_RELAYS_MAX];
    size_t relay_count;
    char name[DS_NAME_BYTES];

    enum ds_peer_stage stage;
    struct ds_wait *wait;
    struct ds_knock *knock;
    struct event *first_limit; /* LINKING: no link within DS_MEET_FIRST_MS */

    /* Paths: paths.c */
    struct ds_meet *meet;
    struct ds_path *joining; /* a path whose handshake is not done */
    uint8_t key[DS_SESSION_KEY_BYTES];
    uint8_t cookie[DS_COOKIE_BYTES];
    bool has_cookie;
    struct ds_peer_path told; /* to the application last; kind DS_PATH_NONE: of none */
    struct ds_budget news;    /* of these: the other side chooses the path as often as it likes */
    struct event *news_timer;
    uint32_t generation;     /* of the newest path over a relay */
    unsigned forged;         /* paths that somebody meddled with, not just cut, lately */
    uint64_t forged_ms;      /* when the last of them was lost, by the boot clock */
    char first_trouble[200]; /* LINKING: why the first path was lost */
    uint64_t apart_since_ms; /* by the boot clock; 0: together */
    struct event *apart_timer;
    uint64_t awake_ms; /* when this program was last seen to run, by the boot clock */
    struct event *awake_timer;
    struct ds_log_limit troubles;
    struct ds_log_limit losses; /* of paths: the other side can make and close many */

    /* Direct paths: direct.c */
    struct ds_punching *punching; /* NULL: one of the sides wants none */
    enum ds_direct peer_direct;   /* as its INTRO says */
    uint64_t newest_direct_ms;    /* when the last one came, by the boot clock */
    bool is_slower;               /* one stands, and the relay's is clearly faster */
    struct event *prune_timer;
    struct event *only_limit;
    struct event *search_end;

    /* What runs over them: session.c */
    struct ds_link *link;
    struct ds_mux *mux;
    struct evbuffer *control_in;
    char peer_name[DS_NAME_BYTES];
    enum ds_level peer_wants;
    enum ds_picture peer_picture;
    bool has_intro;
    enum ds_level level;
    struct event *answer_limit;

    /* The end. */
    struct event *closed_event;
    enum ds_reason closed_reason;
    char closed_step[200];
    uint32_t closed_retry_ms;
};

/**
 * End it: stop everything but a lingering link, schedule on_closed. The first call counts, and
 * where the end began before (DS_PEER_CLOSING), what is told is its reason and step.
 */
void ds_peer_finish(
        struct ds_peer *peer, enum ds_reason reason, const char *step, uint32_t retry_ms);

/* paths.c: from a paired leg to a path of the link, again and again. */

/** Keys are agreed: keep them, take the first path. */
void ds_peer_paths_begin(struct ds_peer *peer, const struct ds_contact *contact);

/** The link's path changed: tell the application, look for a new one where there is none. */
void ds_peer_paths_changed(struct ds_peer *peer, struct ds_path *path);

/** A path of the link died, or one on its way to it: judge whether somebody meddled with it. */
void ds_peer_paths_lost(struct ds_peer *peer, enum ds_path_kind kind, int err, const char *text);

/** Tell the application what carries the session, if that or why it is not direct has changed. */
void ds_peer_paths_tell(struct ds_peer *peer);

/** This machine's addresses changed: see which paths survived that, and go to the relay anew. */
void ds_peer_paths_moved(struct ds_peer *peer);

/**
 * Note that this program runs. Where it has slept, as a computer does that is suspended, that is
 * time apart, though no path need have noticed. Before anything that the other side sent is used.
 */
void ds_peer_paths_awake(struct ds_peer *peer);

/** Give up what is on its way; wipe the key. */
void ds_peer_paths_end(struct ds_peer *peer);

/* direct.c: what a session does about direct paths. */

/** Begin, with what `wanted` says of STUN and of the router. */
int ds_peer_direct_new(struct ds_peer *peer, const struct ds_peer_config *wanted) DS_MUST_CHECK;

/** There is a connection to a relay, the first or a new one. */
void ds_peer_direct_stand(struct ds_peer *peer, const struct ds_foothold *foothold);

/** The other side's INTRO says whether it wants a direct path. May end the session. */
void ds_peer_direct_met(struct ds_peer *peer);

/** The yes was given. */
void ds_peer_direct_allow(struct ds_peer *peer);

/**
 * Once the yes was given, let each relay that we are at tell the other side where it sees us, and
 * us where it sees that. Call it whenever there is a new path.
 */
void ds_peer_direct_reveal(struct ds_peer *peer);

/** A relay sees the other side at `remote`. */
void ds_peer_direct_revealed(struct ds_peer *peer, const struct ds_addr *remote);

/** Take OFFER, GO or AGAIN; returns 0 or DS_ERR_PROTOCOL. */
int ds_peer_direct_take(
        struct ds_peer *peer, const struct ds_control_message *message) DS_MUST_CHECK;

/** Paths came or went: draw the conclusions. */
void ds_peer_direct_review(struct ds_peer *peer);

/** Say whether one of the sides takes a direct path or none. */
bool ds_peer_direct_is_needed(const struct ds_peer *peer);

/** The other side opens a channel: say whether it may, since it found our direct path first. */
bool ds_peer_direct_may_open(struct ds_peer *peer);

/** Say why the session is on the relay; DS_WHY_NONE where it is not. */
struct ds_why_not ds_peer_direct_why(const struct ds_peer *peer);

enum { DS_DIRECT_TEXT_MAX = 64 };

/** Say in `text`, for a log and --json, that there is no direct path, and why. */
void ds_peer_direct_lack(const struct ds_peer *peer, char text[static DS_DIRECT_TEXT_MAX]);

/** The session ends: listen, dial and ask no more, from the loop's next turn on. */
void ds_peer_direct_stop(struct ds_peer *peer);

/** Stop and free. */
void ds_peer_direct_end(struct ds_peer *peer);

/* session.c: link, mux and the control channel. */

/** Make the link and the mux when the first path is proven; our INTRO may go out. */
int ds_peer_session_begin(struct ds_peer *peer) DS_MUST_CHECK;

/** The other side's first word came on the link: listen to it, and limit how long it may take. */
void ds_peer_session_linked(struct ds_peer *peer);

/** End a session that stands because of what the other side, or somebody between, did: tell it. */
void ds_peer_session_break_off(struct ds_peer *peer, enum ds_reason reason, const char *what);

/** Send a control message, while the session is open. */
void ds_peer_session_send(struct ds_peer *peer, const struct ds_control_message *message);

/** The yes was given, and what else was waited for is there: channels may open. */
void ds_peer_session_open(struct ds_peer *peer);

/** The helpee's control is asked for again, after a long time apart. */
void ds_peer_session_ask_again(struct ds_peer *peer);

#endif
