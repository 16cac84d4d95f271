/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_BASE_ERR_H
#define DS_NET_BASE_ERR_H

/* Functions of net/ return 0 or a count on success and one of these on failure. */
enum ds_err {
    DS_OK = 0,
    DS_ERR_NOMEM = -1,        /* memory ran out */
    DS_ERR_SYSTEM = -2,       /* a system call failed; errno is kept on the object */
    DS_ERR_INVALID = -3,      /* an argument or a file that we were given makes no sense */
    DS_ERR_PROTOCOL = -4,     /* a peer broke the protocol */
    DS_ERR_TOO_BIG = -5,      /* a size is over its limit in net/base/limits.h */
    DS_ERR_CLOSED = -6,       /* the other end is gone, or the object was closed */
    DS_ERR_TIMEOUT = -7,      /* nothing came in time */
    DS_ERR_TLS = -8,          /* TLS failed; the text is kept on the object */
    DS_ERR_CERTIFICATE = -9,  /* a relay's certificate is not one that we may trust */
    DS_ERR_PIN = -10,         /* a relay's key is not the pinned one */
    DS_ERR_AUTH = -11,        /* a peer could not prove that it knows the code or the key */
    DS_ERR_RESOLVE = -12,     /* a name has no address */
    DS_ERR_UNREACHABLE = -13, /* no address could be connected to */
    DS_ERR_PROXY = -14,       /* the proxy refused or spoke nonsense */
    DS_ERR_PROXY_AUTH = -15,  /* the proxy wants another name and password */
    DS_ERR_STATE = -16,       /* the call does not fit the object's state: our own bug */
    DS_ERR_AGAIN = -17,       /* not now: call again when more has come */
};

/**
 * Name an error for a log line. `err` is any value of enum ds_err; others give "unknown error".
 * Returns static English text, untranslated. Any thread.
 */
const char *ds_strerror(int err);

#define DS_MUST_CHECK __attribute__((warn_unused_result))

#endif
