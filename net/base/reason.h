/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_BASE_REASON_H
#define DS_NET_BASE_REASON_H

/*
 * Why a session, or the try to start one, came to its end. The numbers travel on the wire (in the
 * relay's REFUSED, the helpee's REJECT, the link's CLOSE) and never change; net/PROTOCOL.md lists
 * them with the side that says each. The names are what --json prints as "reason".
 */
enum ds_reason {
    DS_REASON_NONE = 0,             /* still going on */
    DS_REASON_STOPPED = 1,          /* this side, or the program it serves, ended the session */
    DS_REASON_PEER_STOPPED = 2,     /* the other side ended it */
    DS_REASON_NO_SUCH_CODE = 3,     /* no helpee waits under this nameplate */
    DS_REASON_MISTYPED = 4,         /* the check digit, or the number of digits, is wrong */
    DS_REASON_WRONG_CODE = 5,       /* the helpee says that the secret is another */
    DS_REASON_CODE_EXPIRED = 6,     /* 15 minutes went by */
    DS_REASON_CODE_BURNED = 7,      /* three wrong guesses */
    DS_REASON_BUSY = 8,             /* another helper is in the way; or the nameplate rests */
    DS_REASON_DECLINED = 9,         /* the helpee said no */
    DS_REASON_UNANSWERED = 10,      /* the helpee said nothing for 2 minutes */
    DS_REASON_NO_RELAY = 11,        /* no relay answers */
    DS_REASON_RELAY_UNTRUSTED = 12, /* its certificate or key is not the expected one */
    DS_REASON_TOO_OLD = 13,         /* our version is older than the other's oldest */
    DS_REASON_RELAY_TOO_OLD = 14, /* the relay's, or the peer's, version is older than our oldest */
    DS_REASON_RELAY_FULL = 15,    /* the relay has no room, or too much came from this address */
    DS_REASON_PEER_LEFT = 16,     /* the other side vanished before the session stood */
    DS_REASON_PEER_GONE = 17,     /* apart for 10 minutes */
    DS_REASON_PROTOCOL = 18,      /* the other side broke the protocol */
    DS_REASON_NOT_PROVEN = 19,    /* something between the two sides meddled with the proof */
    DS_REASON_NO_DIRECT = 20,     /* --direct only, and no direct path came up */
    DS_REASON_NO_SERVER = 21,     /* the server behind share --vnc does not answer */
    DS_REASON_INTERNAL = 22,      /* memory, files or sockets ran out on this side */
    DS_REASON_BAD_PICTURE = 23,   /* the picture could not be decoded or saved */
    DS_REASON_PASSWORD = 24,      /* the foreign server wants another password */
    DS_REASON_PROXY = 25,         /* the proxy does not let us through */
    DS_REASON_REPLACED = 26,      /* the same side came again; this connection is the older one */
    DS_REASON_IDLE = 27,          /* no bytes for 45 s */
    DS_REASON_DRAIN = 28,         /* the relay is being stopped */
    DS_REASON_NO_SCREEN = 29,     /* the desktop cannot be shared, or is gone */
    DS_REASON_CANNOT_LISTEN = 30, /* connect --listen: the address is in use, or not ours */
    DS_REASON_NO_OUTPUT = 31,     /* standard output is gone, or its disk is full */
    DS_REASON_COUNT
};

/**
 * Name a reason as --json prints it ("no-such-code"). A number that this version does not know
 * gives "unknown". Returns static text. Any thread.
 */
const char *ds_reason_name(int reason);

#endif
