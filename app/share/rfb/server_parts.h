/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_SERVER_PARTS_H
#define DS_APP_SHARE_SERVER_PARTS_H

#include <rfb/rfb.h>
#include <rfb/rfbregion.h>

#include "app/share/rfb/server.h"

/*
 * What the parts of the RFB server share, and nobody else sees: server.c has the library's screen,
 * server_client.c a client's messages, server_update.c composes what a client is sent.
 */
struct ds_server {
    rfbScreenInfoPtr screen;
    char *name;
};

struct ds_server_client {
    rfbClientPtr cl;
    struct ds_server *server;
    int file;               /* the library's "socket"; -1 when the library has closed it */
    uint16_t width, height; /* of the screen as the client was told, pixels */
};

/** Say whether the library has closed what it takes for a socket: it gave the client up. */
bool ds_server_client_is_lost(struct ds_server_client *client);

/**
 * Append what stands in the client's file from `from` (bytes) on to `output`. Returns 0, or
 * DS_ERR_SYSTEM with errno set.
 */
int ds_server_client_take(
        struct ds_server_client *client, off_t from, GByteArray *output) DS_MUST_CHECK;

#endif
