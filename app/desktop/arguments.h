/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_ARGUMENTS_H
#define DS_APP_DESKTOP_ARGUMENTS_H

#include <gio/gio.h>

#include "app/session/relay_option.h"

/* What the command line asks for, read and checked. */
struct ds_arguments {
    struct ds_relay_addr relay;
    gboolean has_relay;
    gboolean does_share; /* show a code at once */
    gboolean does_help;  /* ask for a code at once */
    char *code;          /* a code or a link: a secret; NULL: none */
    gboolean is_broken;  /* the code is a link that leads nowhere */
};

/** Tell `application` (borrowed) which options there are, and what --help says. Main thread. */
void ds_arguments_add_options(GApplication *application);

/**
 * Read the options that GApplication has parsed. Returns FALSE with a G_OPTION_ERROR whose message
 * is a translated sentence where they make no sense. Finish `arguments` in either case.
 */
gboolean ds_arguments_read(struct ds_arguments *arguments, GVariantDict *options, GError **error);

/** Wipe and free what they hold. */
void ds_arguments_finish(struct ds_arguments *arguments);

#endif
