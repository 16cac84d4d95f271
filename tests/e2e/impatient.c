/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `deskside-cli share` that takes any separation for a long one, and waits little for an answer.
 * Its codes live for CODE_LIFE_MS of its environment.
 */
#include <stdio.h>
#include <stdlib.h>

#include "app/cli/events.h"
#include "app/cli/run.h"

enum { ANSWER_MS = 5000 };

int
main(int argc, char **argv)
{
    struct ds_cli_options options;
    struct ds_peer_times times = *ds_peer_default_times();
    g_autoptr(GError) error = NULL;

    times.ask_again = 1;
    times.consent = ANSWER_MS;
    const char *life_ms = getenv("CODE_LIFE_MS");
    if (life_ms != NULL)
        times.code_life = strtoull(life_ms, NULL, 10);
    if (!ds_cli_options_parse(&options, argc, argv, &error)) {
        fprintf(stderr, "%s\n", error->message);
        ds_cli_options_finish(&options);
        return 2;
    }
    options.times = &times;
    ds_events_begin(options.json);
    int status = ds_cli_share(&options);
    ds_cli_options_finish(&options);
    return status;
}
