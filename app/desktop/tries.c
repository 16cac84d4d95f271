/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/tries.h"

#include <string.h>

#include "net/base/limits.h"

unsigned
ds_tries_count(struct ds_tries *tries, const struct ds_code *code)
{
    if (strcmp(tries->nameplate, code->nameplate) != 0)
        tries->wrong = 0;
    memcpy(tries->nameplate, code->nameplate, sizeof tries->nameplate);
    if (tries->wrong < DS_CODE_GUESSES)
        tries->wrong++;
    return DS_CODE_GUESSES - tries->wrong;
}
