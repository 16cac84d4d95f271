/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <locale.h>
#include <signal.h>
#include <string.h>

#include <glib/gi18n.h>

#include "app/desktop/application.h"
#include "app/share/input/guardian.h"
#include "app/view/decoder_child.h"
#include "net/base/log.h"

/* A build tree is run as it is, by app/run and the tests. */
static const char *
locale_dir(void)
{
    const char *dir = g_getenv("DESKSIDE_LOCALEDIR");
    return dir != NULL ? dir : DS_LOCALEDIR;
}

/*
 * Take a copy of the arguments and overwrite what is no option, since ps shows them to everybody on
 * the machine, and a code may be among them.
 */
static char **
take_arguments(int argc, char **argv)
{
    char **taken = g_strdupv(argv);
    for (int i = 1; i < argc; i++)
        if (argv[i][0] != '-')
            memset(argv[i], '-', strlen(argv[i]));
    return taken;
}

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], DS_DECODER_ARGUMENT) == 0)
        return ds_decoder_main(argc, argv);
    if (argc > 1 && strcmp(argv[1], DS_GUARDIAN_ARGUMENT) == 0)
        return ds_guardian_main(argc, argv);
    g_auto(GStrv) arguments = take_arguments(argc, argv);
    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, locale_dir());
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
    signal(SIGPIPE, SIG_IGN);
    ds_log_set(NULL, NULL, DS_LOG_WARN);
    g_set_application_name("Deskside");

    g_autoptr(DsApplication) application = ds_application_new();
    return g_application_run(G_APPLICATION(application), argc, arguments);
}
