/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session/sentences.h"

#include <glib/gi18n.h>

struct row {
    int status;
    const char *helpee;
    const char *helper;
};

#define SENTENCE(reason, status, helpee, helper) [DS_REASON_##reason] = {status, helpee, helper},
static const struct row rows[DS_REASON_COUNT] = {
#include "app/session/sentences_table.h"
};
#undef SENTENCE

static const struct row *
find_row(enum ds_reason reason)
{
    if ((unsigned)reason >= DS_REASON_COUNT || rows[reason].helper == NULL)
        return &rows[DS_REASON_INTERNAL];
    return &rows[reason];
}

const char *
ds_sentence(enum ds_reason reason, enum ds_role role)
{
    const struct row *row = find_row(reason);
    return _(role == DS_ROLE_HELPEE ? row->helpee : row->helper);
}

int
ds_exit_status(enum ds_reason reason)
{
    return find_row(reason)->status;
}
