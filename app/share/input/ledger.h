/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_LEDGER_H
#define DS_APP_SHARE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What must be undone on the X server when this program is gone. It is written before the X server
 * is asked for anything, in memory that is shared with the guardian: so nothing is ever held that
 * the guardian does not know of, and no word need be sent to it. Nothing is crossed out before the
 * end, since only a round trip would show that a key is up: to release one that is up does nothing.
 * One thread writes; the guardian reads when that is over.
 */
enum { DS_LEDGER_KEYS = 256, DS_LEDGER_BUTTONS = 256 };

struct ds_ledger {
    uint32_t mark; /* a window of the writer's connection: it goes when that is over */
    bool keys[DS_LEDGER_KEYS];
    bool buttons[DS_LEDGER_BUTTONS];
    struct {
        uint32_t now, before; /* keysyms: what was put there last, and what stood there till then */
    } borrowed[DS_LEDGER_KEYS];
};

/** Say that the key `code` may go down. */
void ds_ledger_key(struct ds_ledger *ledger, uint8_t code);

/** Say that button `number` may go down. */
void ds_ledger_button(struct ds_ledger *ledger, uint8_t number);

/** Say that `keysym` may be put on the key `code`, which meant nothing when it was found. */
void ds_ledger_borrow(struct ds_ledger *ledger, uint8_t code, uint32_t keysym);

/** Say whether `keysym` on the key `code` may be our own doing. */
bool ds_ledger_is_borrowed(const struct ds_ledger *ledger, uint8_t code, uint32_t keysym);

/** The X server has answered that everything is undone. */
void ds_ledger_clear(struct ds_ledger *ledger);

/** Say whether there is nothing to be undone. */
bool ds_ledger_is_clear(const struct ds_ledger *ledger);

#endif
