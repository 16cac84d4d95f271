/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "app/cli/events.h"
#include "app/cli/run.h"
#include "app/share/input/guardian.h"
#include "app/view/decoder_child.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/portmap/portmap.h"

enum { EXIT_USAGE = 2 };

static int
run(const struct ds_cli_options *options)
{
    if (options->command == DS_CLI_CONNECT)
        return ds_cli_connect(options);
    if (options->command == DS_CLI_NETCHECK)
        return ds_cli_netcheck(options);
    return options->has_local ? ds_cli_local(options) : ds_cli_share(options);
}

/* One that is closed would be the next socket's or file's, and our words would go there. */
static bool
hold_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return false;
    return true;
}

int
main(int argc, char **argv)
{
    struct ds_cli_options options;
    g_autoptr(GError) error = NULL;

    if (argc > 1 && strcmp(argv[1], DS_DECODER_ARGUMENT) == 0)
        return ds_decoder_main(argc, argv);
    if (argc > 1 && strcmp(argv[1], DS_GUARDIAN_ARGUMENT) == 0)
        return ds_guardian_main(argc, argv);
    if (!hold_standard_descriptors())
        return EXIT_FAILURE;
    signal(SIGPIPE, SIG_IGN); /* whoever writes hears of it */
    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, DS_LOCALEDIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
    if (!ds_cli_options_parse(&options, argc, argv, &error)) {
        g_printerr("%s\n", error->message);
        ds_cli_options_finish(&options);
        return EXIT_USAGE;
    }
    ds_log_set(NULL, NULL, options.verbose ? DS_LOG_INFO : DS_LOG_ERROR);
    ds_events_begin(options.json);
    int status = run(&options);
    if (!ds_portmap_settle(DS_PORTMAP_SETTLE_MS))
        DS_INFO("portmap", "the router does not answer: what it opened ends with its lease");
    ds_cli_options_finish(&options);
    return status;
}
