/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/options.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "net/wire/record.h"
#include "net/wire/stun.h"

#define DEFAULT_LISTEN "[::]:443"
#define DEFAULT_LISTEN_V4 "0.0.0.0:443"

const char ds_relay_options_help[] =
        "Usage: deskside-relay [OPTION]... (--self-signed DIR | --cert FILE --key FILE)\n"
        "\n"
        "Lets two Deskside programs find each other and forwards what they send, unread.\n"
        "\n"
        "      --listen ADDR:PORT  where clients connect to (default " DEFAULT_LISTEN ": all\n"
        "                          addresses; port 0: any free one)\n"
        "      --stun ADDR:PORT[,ADDR:PORT]\n"
        "                          answer STUN there, over TCP and UDP, and name it to clients;\n"
        "                          two that differ in both tell more of a router\n"
        "      --dial-back yes|no|lan\n"
        "                          connect to who asks how their network looks from outside:\n"
        "                          from the internet (yes, the default), nobody, or from inside\n"
        "                          a network, too\n"
        "      --self-signed DIR   make a key and a certificate in DIR, or use those there, and\n"
        "                          print the PIN that clients know the relay by\n"
        "      --cert FILE         use this certificate, with its chain (PEM)\n"
        "      --key FILE          and its key (PEM)\n"
        "      --config FILE       read 'name = value' lines: the options above without dashes\n"
        "      --help              print this and exit\n"
        "      --version           print the version and exit\n"
        "\n"
        "Prints 'READY ADDR:PORT' when it serves. SIGHUP: read the certificate again. SIGTERM:\n"
        "tell the clients, and stop.\n";

struct option {
    const char *name;
    size_t offset, size; /* of the text in struct ds_relay_options; size 0: --config */
};

#define TEXT(name, member)                                                                         \
    {                                                                                              \
        name, offsetof(struct ds_relay_options, member),                                           \
                sizeof(((struct ds_relay_options *)0)->member)                                     \
    }

static const struct option options_table[] = {
        TEXT("listen", listen),
        TEXT("cert", cert),
        TEXT("key", key),
        TEXT("self-signed", self_signed),
        TEXT("stun", stun),
        TEXT("dial-back", dial_back_text),
        {"config", 0, 0},
};

static const struct option *
find_option(const char *name)
{
    for (size_t i = 0; i < sizeof options_table / sizeof options_table[0]; i++)
        if (strcmp(options_table[i].name, name) == 0)
            return &options_table[i];
    return NULL;
}

static char *
text_of(struct ds_relay_options *options, const struct option *option)
{
    return (char *)options + option->offset;
}

/* Returns NULL, or what is wrong with the value. */
static const char *
set_text(struct ds_relay_options *options, const struct option *option, const char *value)
{
    size_t n = strlen(value);
    if (n == 0)
        return "no value";
    if (n >= option->size)
        return "value too long";
    memcpy(text_of(options, option), value, n + 1);
    return NULL;
}

/* ---- the file ---- */

static char *
trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t n = strlen(text);
    while (n > 0 && isspace((unsigned char)text[n - 1]))
        text[--n] = '\0';
    return text;
}

/* Returns NULL, or what is wrong with the line. A value that is there already stays. */
static const char *
take_line(struct ds_relay_options *options, bool *is_seen, char *line)
{
    char *name = trim(line);
    if (*name == '\0' || *name == '#')
        return NULL;
    char *equals = strchr(name, '=');
    if (equals == NULL)
        return "not 'name = value'";
    *equals = '\0';
    const char *value = trim(equals + 1);
    const struct option *option = find_option(trim(name));
    if (option == NULL || option->size == 0)
        return "no such option";
    if (is_seen[option - options_table])
        return "given twice";
    is_seen[option - options_table] = true;
    if (*text_of(options, option) != '\0')
        return NULL;
    return set_text(options, option, value);
}

static int
read_file(struct ds_relay_options *options, const char *path,
        char error[static DS_RELAY_OPTIONS_ERROR])
{
    char line[PATH_MAX + 64];
    bool is_seen[sizeof options_table / sizeof options_table[0]] = {false};
    const char *wrong = NULL;
    unsigned number = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        snprintf(error, DS_RELAY_OPTIONS_ERROR, "%.256s: %s", path, strerror(errno));
        return DS_ERR_SYSTEM;
    }
    while (wrong == NULL && fgets(line, sizeof line, file) != NULL) {
        number++;
        wrong = strchr(line, '\n') == NULL && !feof(file) ? "line too long"
                                                          : take_line(options, is_seen, line);
    }
    if (wrong == NULL && ferror(file))
        wrong = "cannot be read on";
    fclose(file);
    if (wrong == NULL)
        return 0;
    snprintf(error, DS_RELAY_OPTIONS_ERROR, "%.256s:%u: %s", path, number, wrong);
    return DS_ERR_INVALID;
}

/* ---- the command line ---- */

/* Splits "--name=value", or "--name" "value", and steps over it. */
static const char *
split_argument(char *const *argv, int *i, char *name, size_t name_cap)
{
    const char *text = argv[*i] + 2;
    size_t n = strcspn(text, "=");
    const char *value = text[n] == '=' ? text + n + 1 : argv[++*i];
    snprintf(name, name_cap, "%.*s", (int)(n < name_cap ? n : name_cap), text);
    return value;
}

static int
wrong(char error[static DS_RELAY_OPTIONS_ERROR], const char *what, const char *argument)
{
    snprintf(error, DS_RELAY_OPTIONS_ERROR, "%s: %.256s", what, argument);
    return DS_ERR_INVALID;
}

/* Takes one option at argv[*i]; `*config` gets the value of --config. */
static int
take_argument(struct ds_relay_options *options, char *const *argv, int *i, const char **config,
        char error[static DS_RELAY_OPTIONS_ERROR])
{
    const char *argument = argv[*i];
    char name[32];
    if (strncmp(argument, "--", 2) != 0)
        return wrong(error, "unexpected argument", argument);
    const char *value = split_argument(argv, i, name, sizeof name);
    const struct option *option = find_option(name);
    if (option == NULL)
        return wrong(error, "unknown option", argument);
    if (value == NULL)
        return wrong(error, "option without its value", argument);
    if (option->size == 0) {
        *config = value;
        return 0;
    }
    if (*text_of(options, option) != '\0')
        return wrong(error, "option given twice", argument);
    const char *trouble = set_text(options, option, value);
    return trouble != NULL ? wrong(error, trouble, argument) : 0;
}

/* An unspecified IPv6 address takes IPv4's, too. */
static bool
takes(const struct ds_addr *addr, const struct ds_addr *other)
{
    return ds_addr_is_unspecified(addr) &&
           (addr->ss.ss_family == AF_INET6 || addr->ss.ss_family == other->ss.ss_family);
}

static bool
meet(const struct ds_addr *a, const struct ds_addr *b)
{
    return ds_addr_port(a) != 0 && ds_addr_port(a) == ds_addr_port(b) &&
           (ds_addr_is_same_host(a, b) || takes(a, b) || takes(b, a));
}

/* STUN is answered at each of the addresses on each of the ports. */
static bool
stun_meets_listen(const struct ds_relay_options *options)
{
    for (size_t i = 0; i < options->stun_count; i++)
        for (size_t j = 0; j < options->stun_count; j++) {
            struct ds_addr end = options->stun_addrs[i];
            ds_addr_set_port(&end, ds_addr_port(&options->stun_addrs[j]));
            if (meet(&options->addr, &end))
                return true;
        }
    return false;
}

static int
check_stun(struct ds_relay_options *options, char error[static DS_RELAY_OPTIONS_ERROR])
{
    char list[sizeof options->stun], *rest = list, *text;
    memcpy(list, options->stun, sizeof list);
    while ((text = strsep(&rest, ",")) != NULL) {
        if (options->stun_count == DS_RELAY_STUN_ADDRS_MAX ||
                ds_addr_parse(
                        &options->stun_addrs[options->stun_count++], trim(text), DS_STUN_PORT) != 0)
            return wrong(error, "--stun is not ADDR:PORT[,ADDR:PORT] with numeric addresses",
                    options->stun);
    }
    if (!ds_relay_stun_is_served(options->stun_addrs, options->stun_count))
        return wrong(error, "the two of --stun must be of one kind and differ in address and port",
                options->stun);
    if (stun_meets_listen(options))
        return wrong(error, "--stun needs another port than --listen", options->stun);
    return 0;
}

/* Nothing said is "yes". */
static int
check_dial_back(struct ds_relay_options *options, char error[static DS_RELAY_OPTIONS_ERROR])
{
    static const struct {
        enum ds_relay_dial_back value;
        const char *text;
    } rows[] = {{DS_RELAY_DIAL_BACK_WORLD, ""}, {DS_RELAY_DIAL_BACK_WORLD, "yes"},
            {DS_RELAY_DIAL_BACK_NO, "no"}, {DS_RELAY_DIAL_BACK_LAN, "lan"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].text, options->dial_back_text) == 0) {
            options->dial_back = rows[i].value;
            return 0;
        }
    return wrong(error, "--dial-back is not yes, no or lan", options->dial_back_text);
}

static int
check(struct ds_relay_options *options, char error[static DS_RELAY_OPTIONS_ERROR])
{
    bool has_cert = options->cert[0] != '\0', has_key = options->key[0] != '\0';
    bool is_self_signed = options->self_signed[0] != '\0';
    options->is_default_listen = options->listen[0] == '\0';
    if (options->is_default_listen)
        memcpy(options->listen, DEFAULT_LISTEN, sizeof DEFAULT_LISTEN);
    if (ds_addr_parse(&options->addr, options->listen, DS_DEFAULT_PORT) != 0)
        return wrong(error, "--listen is not ADDR:PORT with a numeric address", options->listen);
    if (is_self_signed && (has_cert || has_key))
        return wrong(error, "--self-signed excludes", has_cert ? "--cert" : "--key");
    if (has_cert != has_key)
        return wrong(error, "missing option", has_cert ? "--key" : "--cert");
    if (!is_self_signed && !has_cert)
        return wrong(error, "missing option", "--self-signed, or --cert and --key");
    int err = check_dial_back(options, error);
    return err == 0 && options->stun[0] != '\0' ? check_stun(options, error) : err;
}

int
ds_relay_options_read(struct ds_relay_options *options, int argc, char *const *argv,
        char error[static DS_RELAY_OPTIONS_ERROR])
{
    const char *config = NULL;
    *options = (struct ds_relay_options){0};
    for (int i = 1; i < argc; i++) {
        options->is_help |= strcmp(argv[i], "--help") == 0;
        options->is_version |= strcmp(argv[i], "--version") == 0;
        if (options->is_help || options->is_version)
            return 0;
        int err = take_argument(options, argv, &i, &config, error);
        if (err != 0)
            return err;
    }
    int err = config != NULL ? read_file(options, config, error) : 0;
    return err != 0 ? err : check(options, error);
}

bool
ds_relay_options_without_ipv6(struct ds_relay_options *options, int error)
{
    if (!options->is_default_listen || error != EAFNOSUPPORT)
        return false;
    options->is_default_listen = false;
    memcpy(options->listen, DEFAULT_LISTEN_V4, sizeof DEFAULT_LISTEN_V4);
    return ds_addr_parse(&options->addr, options->listen, DS_DEFAULT_PORT) == 0;
}
