/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib/gi18n.h>

#include "app/session/own_name.h"
#include "app/session/relay_option.h"
#include "net/base/limits.h"

enum { NOT_GIVEN = G_MININT };

/* What GOption fills in before it is checked. */
struct raw {
    char *relay, *pin, *name, *direct, *stun, *map;
    int map_lease_s, salvo; /* NOT_GIVEN, or whatever number was typed */
    char *vnc, *display, *local, *allow;
    char *listen, *screenshot, *password_file;
    gboolean ask, json, verbose, version;
};

G_GNUC_PRINTF(2, 3)
static gboolean
fail(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *raw = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *text = g_utf8_make_valid(raw, -1); /* it may quote what was typed */
    g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, text);
    return FALSE;
}

static gboolean
read_choice(
        const char *option, const char *text, const char *const *names, int *index, GError **error)
{
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(text, names[i]) == 0) {
            *index = i;
            return TRUE;
        }
    g_autofree char *all = g_strjoinv(", ", (char **)names);
    return fail(error, _("%s takes one of: %s. Not: %s"), option, all, text);
}

static gboolean
read_relay(struct ds_cli_options *options, const struct raw *raw, GError **error)
{
    options->has_relay = raw->relay != NULL;
    if (raw->pin != NULL && raw->relay == NULL)
        return fail(error, _("--relay-pin goes with --relay"));
    return ds_relay_option_read(&options->relay, raw->relay, raw->pin, error);
}

/* Numeric, since they are asked about an address, and a name has several. */
static gboolean
read_stun(struct ds_cli_options *options, const struct raw *raw, GError **error)
{
    enum { SERVERS_MAX = 2 };
    g_auto(GStrv) servers = g_strsplit(raw->stun, ",", -1);
    guint count = g_strv_length(servers);
    gboolean is_fine = count >= 1 && count <= SERVERS_MAX;
    struct ds_addr addr;

    for (guint i = 0; is_fine && i < count; i++)
        is_fine = ds_addr_parse(&addr, servers[i], 0) == 0 && ds_addr_port(&addr) != 0;
    if (!is_fine)
        return fail(error,
                _("--stun takes a numeric ADDRESS:PORT, or two of them with a comma between. "
                  "Not: %s"),
                raw->stun);
    options->stun = g_strdup(raw->stun);
    return TRUE;
}

static gboolean
read_map(struct ds_cli_options *options, const struct raw *raw, GError **error)
{
    static const char *const choices[] = {"auto", "never", NULL};
    int choice = 0;

    if (raw->map != NULL && !read_choice("--map", raw->map, choices, &choice, error))
        return FALSE;
    if (raw->map_lease_s != NOT_GIVEN && choice == 1)
        return fail(error, _("--map-lease does not go with --map never"));
    if (raw->map_lease_s != NOT_GIVEN && (raw->map_lease_s < DS_PORTMAP_LEASE_MIN_S ||
                                                 raw->map_lease_s > DS_PORTMAP_LEASE_MAX_S))
        return fail(error, _("--map-lease takes %d to %d seconds. Not: %d"), DS_PORTMAP_LEASE_MIN_S,
                DS_PORTMAP_LEASE_MAX_S, raw->map_lease_s);
    if (choice == 0)
        options->map_lease_s =
                raw->map_lease_s != NOT_GIVEN ? (uint32_t)raw->map_lease_s : DS_PORTMAP_LEASE_S;
    return TRUE;
}

static gboolean
read_salvo(struct ds_cli_options *options, const struct raw *raw, GError **error)
{
    options->salvo = DS_SALVO_MAX;
    if (raw->salvo == NOT_GIVEN)
        return TRUE;
    if (raw->salvo < 0 || raw->salvo > DS_SALVO_MAX)
        return fail(error, _("--salvo takes 0 to %d sockets. Not: %d"), DS_SALVO_MAX, raw->salvo);
    options->salvo = (unsigned)raw->salvo;
    return TRUE;
}

/* Whoever can connect there sees the desktop without a code, so: this machine only. */
static gboolean
read_local(struct ds_cli_options *options, const struct raw *raw, GError **error)
{
    if (ds_addr_parse(&options->local, raw->local, 0) < 0)
        return fail(error, _("--local takes a numeric ADDRESS:PORT. Not: %s"), raw->local);
    if (!ds_addr_is_loopback(&options->local))
        return fail(error,
                _("--local takes an address of this machine alone, like 127.0.0.1:5900. Not: %s"),
                raw->local);
    options->has_local = true;
    return TRUE;
}

static gboolean
read_vnc(struct ds_cli_options *options, const struct raw *raw, GError **error)
{
    if (raw->display != NULL || raw->local != NULL)
        return fail(error, _("--vnc goes with neither --display nor --local"));
    if (!ds_host_option_read(raw->vnc, 0, options->vnc_host, &options->vnc_port))
        return fail(error, _("--vnc takes HOST:PORT. Not: %s"), raw->vnc);
    options->has_vnc = true;
    return TRUE;
}

static gboolean
read_allow(struct ds_cli_options *options, const struct raw *raw, GError **error)
{
    static const char *const levels[] = {"view", "control", NULL};
    int level = options->has_vnc || raw->ask ? 1 : 0;

    if (raw->allow != NULL && raw->ask)
        return fail(error, _("--allow and --ask exclude each other"));
    if (raw->allow != NULL && !read_choice("--allow", raw->allow, levels, &level, error))
        return FALSE;
    if (options->has_vnc && level == 0)
        return fail(error,
                _("--allow view cannot be kept for a server that is not ours: set the VNC server "
                  "itself to view only, and leave --allow out"));
    options->allow = level == 1 ? DS_LEVEL_CONTROL : DS_LEVEL_VIEW;
    options->ask = raw->ask;
    return TRUE;
}

static gboolean
read_share(struct ds_cli_options *options, const struct raw *raw, GError **error)
{
    if (raw->vnc != NULL && !read_vnc(options, raw, error))
        return FALSE;
    if (raw->local != NULL && !read_local(options, raw, error))
        return FALSE;
    if (options->has_local && (options->has_relay || raw->ask))
        return fail(error, _("--local goes with neither --relay nor --ask"));
    if (options->has_local && (raw->direct != NULL || raw->stun != NULL))
        return fail(error, _("--local goes with neither --direct nor --stun"));
    if (options->has_local && (raw->map != NULL || raw->map_lease_s != NOT_GIVEN))
        return fail(error, _("--local goes with neither --map nor --map-lease"));
    if (options->has_local && raw->salvo != NOT_GIVEN)
        return fail(error, _("--local does not go with --salvo"));
    options->display = g_strdup(raw->display);
    return read_allow(options, raw, error);
}

static gboolean
read_connect(struct ds_cli_options *options, const struct raw *raw, GError **error)
{
    if (raw->listen != NULL && raw->screenshot != NULL)
        return fail(error, _("--listen and --screenshot exclude each other"));
    if (raw->listen != NULL) {
        if (ds_addr_parse(&options->listen, raw->listen, 0) < 0)
            return fail(error, _("--listen takes a numeric ADDRESS:PORT. Not: %s"), raw->listen);
        options->has_listen = true;
    }
    if (raw->password_file != NULL && raw->screenshot == NULL)
        return fail(error, _("--password-file is for --screenshot"));
    options->screenshot = g_strdup(raw->screenshot);
    options->password_file = g_strdup(raw->password_file);
    return TRUE;
}

static gboolean
check(struct ds_cli_options *options, const struct raw *raw, GError **error)
{
    static const char *const directs[] = {"auto", "never", "only", NULL};
    int direct = 0;

    if (raw->direct != NULL && !read_choice("--direct", raw->direct, directs, &direct, error))
        return FALSE;
    options->direct = (enum ds_direct)direct;
    if (raw->stun != NULL && !read_stun(options, raw, error))
        return FALSE;
    if (!read_map(options, raw, error) || !read_salvo(options, raw, error))
        return FALSE;
    options->json = raw->json;
    options->verbose = raw->verbose;
    options->name = ds_own_name(raw->name);
    if (!read_relay(options, raw, error))
        return FALSE;
    if (options->command == DS_CLI_NETCHECK)
        return TRUE;
    return options->command == DS_CLI_SHARE ? read_share(options, raw, error)
                                            : read_connect(options, raw, error);
}

static void
raw_finish(struct raw *raw)
{
    g_free(raw->relay);
    g_free(raw->pin);
    g_free(raw->name);
    g_free(raw->direct);
    g_free(raw->stun);
    g_free(raw->map);
    g_free(raw->vnc);
    g_free(raw->display);
    g_free(raw->local);
    g_free(raw->allow);
    g_free(raw->listen);
    g_free(raw->screenshot);
    g_free(raw->password_file);
}

/*
 * Take the code, which may come in several words, as it is read out. Its arguments are overwritten,
 * since ps shows them to everybody on the machine.
 */
static char *
take_code(int argc, char **argv)
{
    GString *code = g_string_new(argv[0]);
    for (int i = 1; i < argc; i++)
        g_string_append_printf(code, " %s", argv[i]);
    for (int i = 0; i < argc; i++)
        memset(argv[i], '-', strlen(argv[i]));
    return g_string_free(code, FALSE);
}

static gboolean
parse_context(struct ds_cli_options *options, GOptionContext *context, int argc, char **argv,
        struct raw *raw, GError **error)
{
    if (!g_option_context_parse(context, &argc, &argv, error))
        return FALSE;
    if (options->command == DS_CLI_SHARE && argc > 1)
        return fail(error, _("share takes no further arguments"));
    if (options->command == DS_CLI_NETCHECK && argc > 1)
        return fail(error, _("netcheck takes no further arguments"));
    if (options->command == DS_CLI_CONNECT && argc == 1)
        return fail(
                error, _("connect takes a code or a link, or - to read it from standard input"));
    if (options->command == DS_CLI_CONNECT)
        options->code_text = take_code(argc - 1, argv + 1);
    return check(options, raw, error);
}

static void
add_common_entries(GOptionContext *context, struct raw *raw)
{
    const GOptionEntry entries[] = {
            {"relay", 0, 0, G_OPTION_ARG_FILENAME, &raw->relay,
                    _("Where both sides meet; without one: this network"), "HOST[:PORT]"},
            {"relay-pin", 0, 0, G_OPTION_ARG_FILENAME, &raw->pin,
                    _("The relay's key, which it prints as PIN"), "SHA256"},
            {"stun", 0, 0, G_OPTION_ARG_FILENAME, &raw->stun,
                    _("Who tells this side's address, in place of the relay"),
                    "ADDR:PORT[,ADDR:PORT]"},
            {"map", 0, 0, G_OPTION_ARG_FILENAME, &raw->map,
                    _("Whether the router is asked to open a port"), "auto|never"},
            {"map-lease", 0, 0, G_OPTION_ARG_INT, &raw->map_lease_s,
                    _("For how long each time; 120 if nothing is said"), _("SECONDS")},
            {"json", 0, 0, G_OPTION_ARG_NONE, &raw->json, _("Print events as JSON, one a line"),
                    NULL},
            {"verbose", 'v', 0, G_OPTION_ARG_NONE, &raw->verbose,
                    _("Log what happens to standard error"), NULL},
            G_OPTION_ENTRY_NULL,
    };
    g_option_context_add_main_entries(context, entries, GETTEXT_PACKAGE);
}

/* Of share and connect. */
static void
add_session_entries(GOptionContext *context, struct raw *raw)
{
    const GOptionEntry entries[] = {
            {"name", 0, 0, G_OPTION_ARG_FILENAME, &raw->name,
                    _("Your name, as the other side sees it"), _("TEXT")},
            {"direct", 0, 0, G_OPTION_ARG_FILENAME, &raw->direct,
                    _("Whether to look for a direct path"), "auto|never|only"},
            {"salvo", 0, 0, G_OPTION_ARG_INT, &raw->salvo,
                    _("Connections at once through a router that deals ports at random; 0: never"),
                    "0..512"},
            G_OPTION_ENTRY_NULL,
    };
    g_option_context_add_main_entries(context, entries, GETTEXT_PACKAGE);
}

static void
add_share_entries(GOptionContext *context, struct raw *raw)
{
    const GOptionEntry entries[] = {
            {"display", 0, 0, G_OPTION_ARG_FILENAME, &raw->display,
                    _("The X11 display to share, in place of this session's"), ":N"},
            {"vnc", 0, 0, G_OPTION_ARG_FILENAME, &raw->vnc,
                    _("A VNC server to share, in place of a display"), "HOST:PORT"},
            {"local", 0, 0, G_OPTION_ARG_FILENAME, &raw->local,
                    _("Serve plain RFB on this machine alone, without code and relay"),
                    "ADDR:PORT"},
            {"allow", 0, 0, G_OPTION_ARG_FILENAME, &raw->allow,
                    _("What the helper may do, without a question"), "view|control"},
            {"ask", 0, 0, G_OPTION_ARG_NONE, &raw->ask, _("Ask on the terminal before letting in"),
                    NULL},
            G_OPTION_ENTRY_NULL,
    };
    g_option_context_add_main_entries(context, entries, GETTEXT_PACKAGE);
}

static void
add_connect_entries(GOptionContext *context, struct raw *raw)
{
    const GOptionEntry entries[] = {
            {"listen", 0, 0, G_OPTION_ARG_FILENAME, &raw->listen,
                    _("Where VNC viewers may connect to"), "ADDR:PORT"},
            {"screenshot", 0, 0, G_OPTION_ARG_FILENAME, &raw->screenshot,
                    _("Save the first full picture there and end"), "FILE.png"},
            {"password-file", 0, 0, G_OPTION_ARG_FILENAME, &raw->password_file,
                    _("Holds the password that the VNC server asks for"), "FILE"},
            G_OPTION_ENTRY_NULL,
    };
    g_option_context_add_main_entries(context, entries, GETTEXT_PACKAGE);
}

static gboolean
parse_command(struct ds_cli_options *options, int argc, char **argv, GError **error)
{
    struct raw raw = {.map_lease_s = NOT_GIVEN, .salvo = NOT_GIVEN};
    enum ds_cli_command command = options->command;
    g_autoptr(GOptionContext) context =
            g_option_context_new(command == DS_CLI_CONNECT ? _("CODE|LINK|-") : NULL);

    add_common_entries(context, &raw);
    if (command != DS_CLI_NETCHECK)
        add_session_entries(context, &raw);
    if (command == DS_CLI_SHARE)
        add_share_entries(context, &raw);
    if (command == DS_CLI_CONNECT)
        add_connect_entries(context, &raw);
    gboolean ok = parse_context(options, context, argc, argv, &raw, error);
    raw_finish(&raw);
    return ok;
}

static void
print_help(void)
{
    g_print("%s", _("Usage:\n"
                    "  deskside-cli share [--relay HOST[:PORT]] [OPTION...]\n"
                    "      Shares this desktop and shows the code to read out\n"
                    "  deskside-cli connect CODE|LINK|- [--relay HOST[:PORT]] [OPTION...]\n"
                    "      Connects to who reads out the code\n"
                    "  deskside-cli netcheck [--relay HOST[:PORT]] [OPTION...]\n"
                    "      Says what kind of network this is\n"
                    "  deskside-cli share --help, deskside-cli connect --help, ...\n"
                    "      Lists the options\n"
                    "  deskside-cli --version\n"));
}

static bool
find_command(const char *word, enum ds_cli_command *command)
{
    static const char *const words[] = {
            [DS_CLI_SHARE] = "share",
            [DS_CLI_CONNECT] = "connect",
            [DS_CLI_NETCHECK] = "netcheck",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(word, words[i]) == 0) {
            *command = (enum ds_cli_command)i;
            return true;
        }
    }
    return false;
}

gboolean
ds_cli_options_parse(struct ds_cli_options *options, int argc, char **argv, GError **error)
{
    memset(options, 0, sizeof *options);
    const char *command = argc > 1 ? argv[1] : "";

    if (strcmp(command, "--version") == 0) {
        g_print("deskside-cli %s\n", DS_VERSION);
        exit(0);
    }
    if (strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0) {
        print_help();
        exit(0);
    }
    if (!find_command(command, &options->command))
        return fail(
                error, _("The first word is share, connect or netcheck; see deskside-cli --help"));
    g_autofree char *program = g_strdup_printf("deskside-cli %s", command);
    argv[1] = program;
    g_set_prgname(program);
    gboolean ok = parse_command(options, argc - 1, argv + 1, error);
    argv[1] = NULL;
    return ok;
}

void
ds_cli_options_finish(struct ds_cli_options *options)
{
    if (options->code_text != NULL)
        explicit_bzero(options->code_text, strlen(options->code_text));
    g_free(options->name);
    g_free(options->stun);
    g_free(options->code_text);
    g_free(options->display);
    g_free(options->screenshot);
    g_free(options->password_file);
    memset(options, 0, sizeof *options);
}
