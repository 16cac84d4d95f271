/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_FED_LEG_H
#define DS_TESTS_LIB_FED_LEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A relay's leg without a socket: it takes the places of net/dial's and net/path's, so that a test
 * can say by itself when the relay is reached, what it sends and when it is lost. There is one at a
 * time. Link it as sources, in place of the libraries' own.
 */
struct fed_handler {
    /** The side sent a record (payload borrowed). */
    void (*on_sent)(void *arg, uint8_t type, const uint8_t *payload, size_t len);
};

/** Begin anew; `handler` and `arg` are borrowed. */
void fed_begin(const struct fed_handler *handler, void *arg);

/** Say whether the side wants to reach the relay. */
bool fed_is_dialling(void);

/** Let it be reached (0), or fail with an error. */
void fed_dialled(int err);

/** Say whether there is a leg that is not lost. */
bool fed_has_leg(void);

/** Let the leg take no more records: ds_leg_send() says DS_ERR_TOO_BIG. */
void fed_clog(bool is_clogged);

/** Say WELCOME. */
void fed_welcome(void);

/**
 * Give the side a record, if the leg's own rules would let it pass: those of net/path/leg_input.h.
 * Returns whether they do.
 */
bool fed_record(uint8_t type, const void *payload, size_t len);

/** Lose the leg: an error, and the reason where the relay refused. */
void fed_lose(int err, int reason, uint32_t retry_ms, const char *text);

#endif
