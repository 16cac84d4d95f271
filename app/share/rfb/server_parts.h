/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_SERVER_PARTS_H
#define DS_APP_SHARE_SERVER_PARTS_H

#include <rfb/rfb.h>
#include <rfb/rfbregion.h>

#include "app/share/rfb/classify.h"
#include "app/share/rfb/quality.h"
#include "app/share/rfb/refine.h"
#include "app/share/rfb/server.h"

/*
 * What the parts of the RFB server share, and nobody else sees: server.c has the library's screen,
 * server_client.c a client's messages, server_copy.c what it is told to move, server_update.c
 * frames what a client is sent, and server_pixels.c chooses how its pixels are encoded.
 */
enum { DS_SERVER_LOSSLESS = -1 }; /* as the library's turboQualityLevel */

struct ds_server {
    rfbScreenInfoPtr screen;
    char *name;
};

struct ds_server_client {
    rfbClientPtr cl; /* whose clientData is this */
    struct ds_server *server;
    int file;               /* the library's "socket"; -1 when the library has closed it */
    uint16_t width, height; /* of the screen as the client was told, pixels */
    bool has_zrle;          /* it takes ZRLE beside what it prefers */
    int ceiling;            /* the JPEG quality that it asked for, 1 to 100; 0: no loss */
    struct ds_quality quality;
    struct ds_refine refine;
    uint8_t *contents;    /* what each of refine's tiles showed last: enum ds_content */
    sraRegionPtr backlog; /* what an update that ended early has left; part of modifiedRegion */
};

/* One update's pixels, while they are encoded. */
struct ds_server_job {
    struct ds_server_client *client;
    const struct ds_server_wish *wish;
    uint64_t bytes;     /* written so far */
    uint64_t bytes_max; /* where it ends early */
    unsigned rects;     /* written so far, as far as they can be counted */
    unsigned photos;    /* tiles that show photos */
    unsigned films;     /* of them, those that change again and again */
    bool is_compact;    /* the path is slow: CPU is spent on bytes */
    bool is_uncounted;  /* the library split some as it liked: a LastRect has to end them */
    bool is_ended;      /* by the caller, or since the library failed */
    bool is_broken;     /* the library failed */
};

/** Return how many pixels the region has. */
uint64_t ds_server_count_pixels(sraRegionPtr region);

/** Say whether the library has closed what it takes for a socket: it gave the client up. */
bool ds_server_client_is_lost(struct ds_server_client *client);

/**
 * Append what stands in the client's file from `from` (bytes) on to `output`. Returns 0, or
 * DS_ERR_SYSTEM with errno set.
 */
int ds_server_client_take(
        struct ds_server_client *client, off_t from, GByteArray *output) DS_MUST_CHECK;

/** Say whether our own composer serves the client; else the library does, without loss. */
bool ds_server_client_is_composed(const struct ds_server_client *client);

/** Begin anew with what the client holds when the screen has another size than it had. */
void ds_server_client_fit(struct ds_server_client *client);

/** Before an update: have as many copies left as the library can send, all of them to be done. */
void ds_server_copy_settle(struct ds_server_client *client);

/** Send as pixels what was to be copied: the client has not what it would copy. */
void ds_server_copy_forget(struct ds_server_client *client);

/**
 * Encode what the client lacks into its file, and then what is due to become exact, as far as there
 * is room. What was written is no longer in the client's modifiedRegion.
 */
void ds_server_pixels_send(struct ds_server_job *job);

#endif
