/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_CRYPTO_CODE_LINK_H
#define DS_NET_CRYPTO_CODE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/addr.h"
#include "net/base/err.h"
#include "net/crypto/code.h"
#include "net/crypto/pin.h"

/*
 * The ways in which a person is given a code together with the place where it is good. All
 * functions: any thread.
 */
struct ds_link_form {
    char host[DS_HOST_MAX]; /* lower case ASCII, no brackets; "" where none was given */
    uint16_t port;          /* 0 where none was given: the caller's default */
    bool has_pin;
    uint8_t pin[DS_PIN_BYTES];
    struct ds_code code; /* a secret: ds_link_form_wipe() */
};

enum ds_paste {
    DS_PASTE_CODE, /* 4821 9130 5778: on the relay that is set */
    DS_PASTE_LINK, /* deskside://support.example.org[:port]/482191305778[?pin=...] */
    DS_PASTE_LAN,  /* 192.168.1.20[:port] 4821 9130 5778: the sharer's own relay */
};

enum { DS_PLACE_TEXT_MAX = DS_HOST_MAX + 9, DS_LINK_TEXT_MAX = 384 };

/**
 * Read a link. The scheme's case, white space around it, a trailing slash, a fragment, unknown
 * parameters and percent-encoding are forgiven; user information, control characters, a host that
 * is neither an ASCII name nor a numeric address, port 0 and a pin that is not 64 hex digits or
 * comes twice are not. Returns 0 with `*form` set, or DS_ERR_INVALID with the reason in `*why` and
 * `*form` wiped. Source: RFC 3986.
 */
int ds_code_link_parse(
        struct ds_link_form *form, const char *text, enum ds_code_why *why) DS_MUST_CHECK;

/**
 * Write the form as a link into `out` of DS_LINK_TEXT_MAX bytes and return it. The host must not be
 * empty; a port of 0 and a pin that it does not have are left out.
 */
const char *ds_code_link_format(const struct ds_link_form *form, char out[static DS_LINK_TEXT_MAX]);

/**
 * Write host and port of the form into `out` and return it: "192.168.1.20", "[fd00::1]:7000". A
 * port of 0, or the one that goes without saying, is left out.
 */
const char *ds_code_place_format(
        const struct ds_link_form *form, uint16_t default_port, char out[static DS_PLACE_TEXT_MAX]);

/**
 * Read whatever a person typed or pasted: `*paste` says which of the three forms it is, also where
 * it is a broken one of that form. What begins with a whole address is no code, though its dots
 * could stand between digits. Returns as ds_code_link_parse().
 */
int ds_code_paste_parse(struct ds_link_form *form, enum ds_paste *paste, const char *text,
        enum ds_code_why *why) DS_MUST_CHECK;

/** Overwrite the form; NULL is fine. */
void ds_link_form_wipe(struct ds_link_form *form);

#endif
