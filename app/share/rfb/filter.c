/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/filter.h"

#include <string.h>

#include <glib/gi18n.h>

#include "net/wire/reader.h"

/* RFC 6143, 7.5; the states before it have no message type. */
enum { STATE_VERSION, STATE_SECURITY, STATE_INIT, STATE_NORMAL, STATE_BROKEN };
enum {
    TYPE_SET_PIXEL_FORMAT = 0,
    TYPE_SET_ENCODINGS = 2,
    TYPE_REQUEST = 3,
    TYPE_KEY = 4,
    TYPE_POINTER = 5,
    TYPE_CUT_TEXT = 6,
};
enum {
    VERSION_BYTES = 12,
    PIXEL_FORMAT_BYTES = 20,
    ENCODINGS_HEADER = 4,
    REQUEST_BYTES = 10,
    KEY_BYTES = 8,
    POINTER_BYTES = 6,
    CUT_TEXT_HEADER = 8,
    SECURITY_NONE = 1,
};

/* What libvncserver serves and we let it: see vnc engine notes in server.c. */
enum {
    ENCODING_RAW = 0,
    ENCODING_COPY_RECT = 1,
    ENCODING_HEXTILE = 5,
    ENCODING_ZLIB = 6,
    ENCODING_TIGHT = 7,
    ENCODING_ZRLE = 16,
    PSEUDO_LAST_RECT = -224,
    PSEUDO_POINTER_POS = -232,
    PSEUDO_CURSOR = -239,
    PSEUDO_DESKTOP_SIZE = -223,
    PSEUDO_EXT_DESKTOP_SIZE = -308,
    PSEUDO_QUALITY_0 = -32,
    PSEUDO_QUALITY_9 = -23,
    PSEUDO_COMPRESS_0 = -256,
    PSEUDO_COMPRESS_9 = -247,
    PSEUDO_FINE_QUALITY_0 = -512,
    PSEUDO_FINE_QUALITY_100 = -412,
    PSEUDO_SUBSAMP_1X = -768,
    PSEUDO_SUBSAMP_16X = -763,
};

void
ds_filter_init(struct ds_filter *filter)
{
    memset(filter, 0, sizeof *filter);
    filter->state = STATE_VERSION;
}

const char *
ds_filter_error(const struct ds_filter *filter)
{
    return filter->error;
}

static int
refuse(struct ds_filter *filter, const char *error)
{
    filter->state = STATE_BROKEN;
    filter->error = error;
    return DS_ERR_PROTOCOL;
}

static bool
encoding_is_served(int32_t encoding)
{
    static const struct {
        int32_t first, last;
    } ranges[] = {
            {ENCODING_RAW, ENCODING_COPY_RECT},
            {ENCODING_HEXTILE, ENCODING_TIGHT},
            {ENCODING_ZRLE, ENCODING_ZRLE},
            {PSEUDO_QUALITY_0, PSEUDO_QUALITY_9},
            {PSEUDO_LAST_RECT, PSEUDO_DESKTOP_SIZE},
            {PSEUDO_POINTER_POS, PSEUDO_POINTER_POS},
            {PSEUDO_CURSOR, PSEUDO_CURSOR},
            {PSEUDO_COMPRESS_0, PSEUDO_COMPRESS_9},
            {PSEUDO_EXT_DESKTOP_SIZE, PSEUDO_EXT_DESKTOP_SIZE},
            {PSEUDO_FINE_QUALITY_0, PSEUDO_FINE_QUALITY_100},
            {PSEUDO_SUBSAMP_1X, PSEUDO_SUBSAMP_16X},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (encoding >= ranges[i].first && encoding <= ranges[i].last)
            return true;
    return false;
}

/* Return how long the message is whose first bytes are there, 0 when that cannot be said yet. */
static size_t
wanted_bytes(const struct ds_filter *filter)
{
    const uint8_t *bytes = filter->bytes;
    if (filter->state == STATE_VERSION)
        return VERSION_BYTES;
    if (filter->state != STATE_NORMAL)
        return 1;
    if (filter->len == 0)
        return 0;
    switch (bytes[0]) {
    case TYPE_SET_PIXEL_FORMAT:
        return PIXEL_FORMAT_BYTES;
    case TYPE_SET_ENCODINGS:
        if (filter->len < ENCODINGS_HEADER)
            return 0;
        return ENCODINGS_HEADER + 4 * ((size_t)bytes[2] << 8 | bytes[3]);
    case TYPE_REQUEST:
        return REQUEST_BYTES;
    case TYPE_KEY:
        return KEY_BYTES;
    case TYPE_POINTER:
        return POINTER_BYTES;
    default:
        return CUT_TEXT_HEADER;
    }
}

static const char *
check_type(uint8_t type)
{
    switch (type) {
    case TYPE_SET_PIXEL_FORMAT:
    case TYPE_SET_ENCODINGS:
    case TYPE_REQUEST:
    case TYPE_KEY:
    case TYPE_POINTER:
    case TYPE_CUT_TEXT:
        return NULL;
    default:
        return N_("The viewer sent a message of a type that is not served.");
    }
}

/* One colour's maximum (2^n - 1) and place: all its bits must lie within the pixel. */
static bool
colour_fits(unsigned maximum, unsigned shift, unsigned bits_per_pixel)
{
    unsigned bits = 0;
    while (maximum >> bits != 0)
        bits++;
    return maximum > 0 && (maximum & (maximum + 1)) == 0 && bits + shift <= bits_per_pixel;
}

/* libvncserver builds tables of these sizes and shifts by these numbers, unchecked. */
static const char *
check_pixel_format(const struct ds_filter *filter)
{
    struct ds_reader r;
    uint16_t maxima[3];
    bool fits = true;

    ds_reader_init(&r, filter->bytes + 4, PIXEL_FORMAT_BYTES - 4);
    unsigned bits = ds_reader_u8(&r);
    unsigned depth = ds_reader_u8(&r);
    ds_reader_u8(&r); /* big-endian or not: both are fine */
    bool is_true_colour = ds_reader_u8(&r) != 0;
    for (int i = 0; i < 3; i++)
        maxima[i] = ds_reader_u16(&r);
    for (int i = 0; i < 3; i++)
        fits = colour_fits(maxima[i], ds_reader_u8(&r), bits) && fits;
    if ((bits != 8 && bits != 16 && bits != 32) || depth == 0 || depth > bits || !is_true_colour ||
            !fits)
        return N_("The viewer asked for a pixel format that makes no sense.");
    return NULL;
}

/* Leave out of the list what we do not serve. */
static void
keep_served(struct ds_filter *filter)
{
    uint8_t *to = filter->bytes + ENCODINGS_HEADER;
    for (size_t at = ENCODINGS_HEADER; at < filter->len; at += 4) {
        const uint8_t *b = filter->bytes + at;
        uint32_t encoding =
                (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
        if (encoding_is_served((int32_t)encoding)) {
            memmove(to, b, 4);
            to += 4;
        }
    }
    filter->len = (size_t)(to - filter->bytes);
    size_t count = (filter->len - ENCODINGS_HEADER) / 4;
    filter->bytes[2] = (uint8_t)(count >> 8);
    filter->bytes[3] = (uint8_t)count;
}

/* Drop the clipboard's text. A negative length is the extended clipboard's, which nobody offered.
 */
static const char *
begin_cut_text(struct ds_filter *filter)
{
    struct ds_reader r;
    ds_reader_init(&r, filter->bytes + 4, 4);
    filter->skip = ds_reader_u32(&r);
    if (filter->skip > DS_SHARE_CUT_TEXT_MAX)
        return N_("The viewer sent a clipboard text that is too long.");
    return NULL;
}

static void
unpack(const struct ds_filter *filter, struct ds_filter_message *message)
{
    struct ds_reader r;
    ds_reader_init(&r, filter->bytes + 1, filter->len - 1);
    switch (filter->bytes[0]) {
    case TYPE_REQUEST:
        message->kind = DS_FILTER_REQUEST;
        message->incremental = ds_reader_u8(&r) != 0;
        message->x = ds_reader_u16(&r);
        message->y = ds_reader_u16(&r);
        message->width = ds_reader_u16(&r);
        message->height = ds_reader_u16(&r);
        break;
    case TYPE_KEY:
        message->kind = DS_FILTER_KEY;
        message->down = ds_reader_u8(&r) != 0;
        ds_reader_u16(&r);
        message->keysym = ds_reader_u32(&r);
        break;
    default: /* TYPE_POINTER */
        message->kind = DS_FILTER_POINTER;
        message->buttons = ds_reader_u8(&r);
        message->x = ds_reader_u16(&r);
        message->y = ds_reader_u16(&r);
        break;
    }
}

static const char *
finish_normal(struct ds_filter *filter, struct ds_filter_message *message)
{
    const char *error = NULL;
    switch (filter->bytes[0]) {
    case TYPE_SET_PIXEL_FORMAT:
        error = check_pixel_format(filter);
        message->kind = DS_FILTER_PIXEL_FORMAT;
        break;
    case TYPE_SET_ENCODINGS:
        keep_served(filter);
        message->kind = DS_FILTER_ENCODINGS;
        break;
    case TYPE_CUT_TEXT:
        error = begin_cut_text(filter);
        message->kind = DS_FILTER_CUT_TEXT;
        message->text_bytes = filter->skip;
        break;
    default:
        unpack(filter, message);
        break;
    }
    return error;
}

/* All bytes of a message are there: check it, and go on to the next state. */
static const char *
finish_message(struct ds_filter *filter, struct ds_filter_message *message)
{
    switch (filter->state) {
    case STATE_VERSION:
        message->kind = DS_FILTER_VERSION;
        filter->state = STATE_SECURITY;
        return memcmp(filter->bytes, "RFB 003.008\n", VERSION_BYTES) == 0
                       ? NULL
                       : N_("The viewer does not speak RFB 3.8.");
    case STATE_SECURITY:
        message->kind = DS_FILTER_SECURITY;
        filter->state = STATE_INIT;
        return filter->bytes[0] == SECURITY_NONE
                       ? NULL
                       : N_("The viewer wants a login of a kind that was not offered.");
    case STATE_INIT:
        message->kind = DS_FILTER_INIT;
        filter->state = STATE_NORMAL;
        return NULL;
    default:
        return finish_normal(filter, message);
    }
}

/* Take bytes into the message that is coming; say whether it is whole. */
static bool
collect(struct ds_filter *filter, const uint8_t *data, size_t len, size_t *eaten)
{
    size_t wanted = wanted_bytes(filter);
    while (*eaten < len && (wanted == 0 || filter->len < wanted)) {
        filter->bytes[filter->len++] = data[(*eaten)++];
        wanted = wanted_bytes(filter);
        if (wanted > sizeof filter->bytes)
            return true;
    }
    return wanted != 0 && filter->len == wanted;
}

int
ds_filter_next(struct ds_filter *filter, const uint8_t *data, size_t len,
        struct ds_filter_message *message)
{
    size_t eaten = 0;

    memset(message, 0, sizeof *message);
    if (filter->state == STATE_BROKEN)
        return DS_ERR_PROTOCOL;
    if (len > INT32_MAX)
        len = INT32_MAX;
    if (filter->skip > 0) {
        eaten = filter->skip < len ? filter->skip : len;
        filter->skip -= (uint32_t)eaten;
        return (int)eaten;
    }
    if (filter->state == STATE_NORMAL && filter->len == 0 && len > 0) {
        const char *error = check_type(data[0]);
        if (error != NULL)
            return refuse(filter, error);
    }
    if (!collect(filter, data, len, &eaten))
        return (int)eaten;
    if (wanted_bytes(filter) > sizeof filter->bytes)
        return refuse(filter, N_("The viewer sent a list of encodings that is too long."));
    const char *error = finish_message(filter, message);
    if (error != NULL) {
        message->kind = 0;
        return refuse(filter, error);
    }
    message->bytes = filter->bytes;
    message->len = filter->len;
    filter->len = 0; /* the bytes stay until the next call */
    return (int)eaten;
}
