/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_CLI_OPTIONS_H
#define DS_APP_CLI_OPTIONS_H

#include <glib.h>

#include "net/crypto/code_link.h"
#include "net/peer/peer.h"

enum ds_cli_command { DS_CLI_SHARE, DS_CLI_CONNECT, DS_CLI_NETCHECK };

/* What the command line says, read and checked. */
struct ds_cli_options {
    enum ds_cli_command command;
    struct ds_relay_addr relay;
    bool has_relay; /* else the sharer is one itself */
    char *name;     /* what this side calls itself */
    enum ds_direct direct;
    char *stun;                        /* "ADDR:PORT[,ADDR:PORT]" or NULL */
    uint32_t map_lease_s;              /* as ds_peer_config has it ... */
    unsigned salvo;                    /* ... likewise */
    const struct ds_peer_times *times; /* NULL: the default; tests have less patience. Borrowed */
    bool json;
    bool verbose;

    /* share */
    bool has_vnc; /* a foreign server is shared; else our own shares `display` */
    char vnc_host[DS_HOST_MAX];
    uint16_t vnc_port;
    char *display; /* NULL: this session's */
    struct ds_addr local;
    bool has_local; /* no transport: serve plain RFB there */
    enum ds_level allow;
    bool ask;

    /* connect */
    char *code_text; /* as it was typed, words joined by a space; "-": standard input */
    struct ds_addr listen;
    bool has_listen;
    char *screenshot;    /* file name or NULL */
    char *password_file; /* file name or NULL */
};

/**
 * Read the command line. On failure the error's message is a sentence for the person, and its code
 * is G_OPTION_ERROR_FAILED or the like; --help and --version print and exit. `argv` is changed, and
 * the code in it overwritten.
 */
gboolean ds_cli_options_parse(
        struct ds_cli_options *options, int argc, char **argv, GError **error);

/** Wipe and release what is inside. */
void ds_cli_options_finish(struct ds_cli_options *options);

#endif
