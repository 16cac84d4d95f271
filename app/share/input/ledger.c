/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/input/ledger.h"

#include <string.h>

void
ds_ledger_key(struct ds_ledger *ledger, uint8_t code)
{
    ledger->keys[code] = true;
}

void
ds_ledger_button(struct ds_ledger *ledger, uint8_t number)
{
    ledger->buttons[number] = true;
}

void
ds_ledger_borrow(struct ds_ledger *ledger, uint8_t code, uint32_t keysym)
{
    /* Whoever asks for the next keysym has had an answer since the last one: two are enough. */
    ledger->borrowed[code].before = ledger->borrowed[code].now;
    ledger->borrowed[code].now = keysym;
}

bool
ds_ledger_is_borrowed(const struct ds_ledger *ledger, uint8_t code, uint32_t keysym)
{
    return keysym != 0 &&
           (keysym == ledger->borrowed[code].now || keysym == ledger->borrowed[code].before);
}

void
ds_ledger_clear(struct ds_ledger *ledger)
{
    *ledger = (struct ds_ledger){.mark = ledger->mark};
}

bool
ds_ledger_is_clear(const struct ds_ledger *ledger)
{
    const struct ds_ledger clear = {.mark = ledger->mark};
    return memcmp(ledger, &clear, sizeof clear) == 0;
}
