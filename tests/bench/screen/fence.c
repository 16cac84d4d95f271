/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/screen/fence.h"

#include <arpa/inet.h>
#include <string.h>

#include <rfb/rfbclient.h>

enum {
    ENCODING_FENCE = -312,
    ENCODING_CONTINUOUS = -313,
    MESSAGE_CONTINUOUS = 150, /* to us: the server knows it; from us: begin or end */
    MESSAGE_FENCE = 248,
    FENCE_HEADER = 8, /* after the type: padding, flags, length */
    FENCE_BYTES_MAX = 64,
};
#define FENCE_REQUEST 0x80000000u
#define FENCE_KNOWN 0x00000007u /* block before, block after, synchronise next */

static rfbBool
answer_fence(rfbClient *client)
{
    char message[1 + FENCE_HEADER + FENCE_BYTES_MAX] = {(char)MESSAGE_FENCE};
    uint32_t flags;

    if (!ReadFromRFBServer(client, message + 1, FENCE_HEADER))
        return FALSE;
    unsigned length = (unsigned char)message[FENCE_HEADER];
    if (length > FENCE_BYTES_MAX || !ReadFromRFBServer(client, message + 1 + FENCE_HEADER, length))
        return FALSE;
    memcpy(&flags, message + 4, sizeof flags);
    if (!(ntohl(flags) & FENCE_REQUEST))
        return TRUE;
    flags = htonl(ntohl(flags) & FENCE_KNOWN);
    memcpy(message + 4, &flags, sizeof flags);
    return WriteToRFBServer(client, message, 1 + FENCE_HEADER + length);
}

static rfbBool
begin_updates(rfbClient *client)
{
    unsigned width = (unsigned)client->width, height = (unsigned)client->height;
    char message[] = {(char)MESSAGE_CONTINUOUS, 1, 0, 0, 0, 0, (char)(width >> 8), (char)width,
            (char)(height >> 8), (char)height};
    return WriteToRFBServer(client, message, sizeof message);
}

static rfbBool
on_message(rfbClient *client, rfbServerToClientMsg *message)
{
    switch (message->type) {
    case MESSAGE_FENCE:
        return answer_fence(client);
    case MESSAGE_CONTINUOUS:
        return begin_updates(client);
    default:
        return FALSE;
    }
}

void
fence_register(void)
{
    static int encodings[] = {ENCODING_FENCE, ENCODING_CONTINUOUS, 0};
    static rfbClientProtocolExtension extension = {
            .encodings = encodings, .handleMessage = on_message};
    rfbClientRegisterExtension(&extension);
}
