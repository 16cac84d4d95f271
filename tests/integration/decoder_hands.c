/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the helper's hands do reaches the server: in order, whole, and without blocking anybody. */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "app/view/decoder_child.h"
#include "tests/integration/decoder_run.h"

/* Lengths of what a client says at first, and of its messages (RFC 6143, 7.1 to 7.5). */
enum { OPENING_BYTES = 12 + 1 + 1, FORMAT_BYTES = 20, ASK_BYTES = 10, KEY_BYTES = 8 };
enum { POINTER_BYTES = 6, ENCODINGS_HEAD_BYTES = 4 };
enum { TO_SERVER_FORMAT = 0, TO_SERVER_ENCODINGS = 2, TO_SERVER_ASK, TO_SERVER_KEY };
enum { TO_SERVER_POINTER = 5 };

/* A decoder whose server listens. */
struct desk {
    struct run run;
    GByteArray *heard;
    gsize at; /* of the next message in `heard` */
};

static void
desk_open(struct desk *desk)
{
    GByteArray *bytes = rfb_greeting(4, 2);

    put_update(bytes, 1);
    put_raw(bytes, 0, 0, 4, 2, 1);
    *desk = (struct desk){.heard = g_byte_array_new(), .at = OPENING_BYTES};
    run_start(&desk->run);
    run_send(&desk->run, bytes);
    run_until(&desk->run, &desk->run.frames, 1);
}

static void
desk_close(struct desk *desk)
{
    run_finish(&desk->run);
    g_byte_array_unref(desk->heard);
}

/* Read what the child wrote so far. */
static void
listen_to(struct desk *desk)
{
    uint8_t bytes[4096];
    ssize_t n;
    while ((n = recv(desk->run.fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        g_byte_array_append(desk->heard, bytes, (guint)n);
}

static gsize
message_bytes(const uint8_t *message, gsize left)
{
    switch (message[0]) {
    case TO_SERVER_FORMAT:
        return FORMAT_BYTES;
    case TO_SERVER_ENCODINGS:
        return left < ENCODINGS_HEAD_BYTES
                       ? ENCODINGS_HEAD_BYTES
                       : ENCODINGS_HEAD_BYTES + 4 * (gsize)(message[2] << 8 | message[3]);
    case TO_SERVER_ASK:
        return ASK_BYTES;
    case TO_SERVER_KEY:
        return KEY_BYTES;
    default:
        g_assert_cmpint(message[0], ==, TO_SERVER_POINTER);
        return POINTER_BYTES;
    }
}

static void
read_event(struct ds_hand_event *event, const uint8_t *message)
{
    *event = (struct ds_hand_event){.is_key = message[0] == TO_SERVER_KEY};
    if (event->is_key) {
        event->pressed = message[1] != 0;
        event->keysym = (uint32_t)message[4] << 24 | (uint32_t)message[5] << 16 |
                        (uint32_t)message[6] << 8 | message[7];
    } else {
        event->buttons = message[1];
        event->x = (uint16_t)(message[2] << 8 | message[3]);
        event->y = (uint16_t)(message[4] << 8 | message[5]);
    }
}

/* Take the next key or pointer out of what was heard; false where none has come yet. */
static bool
hear_event(struct desk *desk, struct ds_hand_event *event)
{
    while (desk->at < desk->heard->len) {
        const uint8_t *message = desk->heard->data + desk->at;
        gsize left = desk->heard->len - desk->at, size = message_bytes(message, left);
        if (left < size)
            return false;
        desk->at += size;
        if (size == KEY_BYTES || size == POINTER_BYTES) {
            read_event(event, message);
            return true;
        }
    }
    return false;
}

static void
turn(struct desk *desk)
{
    const struct timeval moment = {.tv_usec = 2000};
    event_base_loopexit(desk->run.base, &moment);
    g_assert_cmpint(event_base_dispatch(desk->run.base), ==, 0);
}

/* Turn the loop until the server hears a key or the pointer. */
static struct ds_hand_event
next_event(struct desk *desk)
{
    struct ds_hand_event event;
    listen_to(desk);
    while (!hear_event(desk, &event)) {
        g_assert_cmpuint(desk->run.errors, ==, 0);
        turn(desk);
        listen_to(desk);
    }
    return event;
}

static void
expect_key(struct desk *desk, uint32_t keysym, bool pressed)
{
    struct ds_hand_event event = next_event(desk);
    g_assert_true(event.is_key);
    g_assert_cmphex(event.keysym, ==, keysym);
    g_assert_true(event.pressed == pressed);
}

static void
expect_pointer(struct desk *desk, unsigned x, unsigned y, unsigned buttons)
{
    struct ds_hand_event event = next_event(desk);
    g_assert_false(event.is_key);
    g_assert_cmpuint(event.x, ==, x);
    g_assert_cmpuint(event.y, ==, y);
    g_assert_cmphex(event.buttons, ==, buttons);
}

/* ---- a child that listens ---- */

static void
test_order(void)
{
    struct desk desk;

    desk_open(&desk);
    ds_decoder_send_key(desk.run.decoder, 0x01002603, true);
    ds_decoder_send_pointer(desk.run.decoder, 1, 1, 0);
    ds_decoder_send_pointer(desk.run.decoder, 3, 1, 0);
    ds_decoder_send_pointer(desk.run.decoder, 3, 1, 1);
    ds_decoder_send_pointer(desk.run.decoder, 2, 0, 1);
    ds_decoder_send_pointer(desk.run.decoder, 2, 0, 0x80);
    ds_decoder_send_key(desk.run.decoder, 0x01002603, false);
    expect_key(&desk, 0x01002603, true);
    expect_pointer(&desk, 3, 1, 0);
    expect_pointer(&desk, 3, 1, 1);
    expect_pointer(&desk, 2, 0, 1);
    expect_pointer(&desk, 2, 0, 0x80);
    expect_key(&desk, 0x01002603, false);
    desk_close(&desk);
}

/* Many more than any buffer holds, all of them, while somebody reads. */
static void
test_many_keys(void)
{
    struct desk desk;
    uint32_t sent = 0, heard = 0;

    desk_open(&desk);
    while (heard < 20000) {
        for (unsigned i = 0; i < 100 && sent - heard < 1000; i++)
            ds_decoder_send_key(desk.run.decoder, sent++, true);
        expect_key(&desk, heard++, true);
    }
    desk_close(&desk);
}

/* Half of an update has come: what the person does goes out with its next rectangle. */
static void
test_inside_of_an_update(void)
{
    struct desk desk;
    GByteArray *bytes = g_byte_array_new();

    desk_open(&desk);
    put_update(bytes, 3);
    put_raw(bytes, 0, 0, 4, 1, 0x500);
    put_rect(bytes, 0, 0, 1, 1, RFB_CURSOR); /* which is told at once */
    put_u32(bytes, 0);
    put_u8(bytes, 0x80);
    run_send(&desk.run, bytes);
    run_until(&desk.run, &desk.run.cursors, 1);
    ds_decoder_send_key(desk.run.decoder, 'a', true);
    ds_decoder_send_pointer(desk.run.decoder, 1, 1, 4);
    for (int i = 0; i < 10; i++) /* it has been sent to the child */
        turn(&desk);
    bytes = g_byte_array_new();
    put_raw(bytes, 0, 1, 4, 1, 1);
    run_send(&desk.run, bytes);
    expect_key(&desk, 'a', true);
    expect_pointer(&desk, 1, 1, 4);
    desk_close(&desk);
}

/* The child waits for memory for a picture of another size, and hears of keys first. */
static void
test_while_resizing(void)
{
    struct desk desk;
    uint32_t sent = 0;

    desk_open(&desk);
    for (unsigned i = 1; i <= 50; i++) {
        GByteArray *bytes = g_byte_array_new();
        put_update(bytes, 1);
        put_rect(bytes, 0, 0, 10 + i, 10, RFB_NEW_SIZE);
        run_send(&desk.run, bytes);
        ds_decoder_send_key(desk.run.decoder, sent++, true);
        run_until(&desk.run, &desk.run.resizes, i);
        ds_decoder_send_key(desk.run.decoder, sent++, true);
    }
    for (uint32_t key = 0; key < sent; key++)
        expect_key(&desk, key, true);
    desk_close(&desk);
}

/* ---- a child that does not ---- */

/* Send keys until the decoder is given up; return how many it took. */
static unsigned
keys_until_error(struct desk *desk)
{
    unsigned sent = 0;
    while (desk->run.errors == 0) {
        g_assert_cmpuint(sent, <, 100000);
        ds_decoder_send_key(desk->run.decoder, sent++, true);
        event_base_loop(desk->run.base, EVLOOP_NONBLOCK);
    }
    g_assert_cmpint(desk->run.failure, ==, DS_DECODER_FAILURE_SILENT);
    return sent;
}

/* It is given up when more waits for it than a person types in a long while, and not before. */
static void
test_stopped_child(void)
{
    struct desk desk;

    desk_open(&desk);
    kill(run_child(), SIGSTOP);
    g_assert_cmpuint(keys_until_error(&desk), >, DS_HANDS_MAX);
    run_expect_error(&desk.run, DS_DECODER_FAILURE_SILENT);
    desk_close(&desk);
}

/* The same where the child cannot write, since its server reads nothing. */
static void
test_deaf_server(void)
{
    struct desk desk;

    desk_open(&desk);
    g_assert_cmpuint(keys_until_error(&desk), >, DS_HANDS_MAX);
    run_expect_error(&desk.run, DS_DECODER_FAILURE_SILENT);
    desk_close(&desk);
}

/* However far the pointer goes meanwhile, it takes one place, and is at its last one afterwards. */
static void
test_moves_meanwhile(void)
{
    struct desk desk;
    unsigned heard = 0;

    desk_open(&desk);
    kill(run_child(), SIGSTOP);
    for (unsigned x = 0; x < 10000; x++) {
        ds_decoder_send_pointer(desk.run.decoder, (uint16_t)x, 1, 0);
        event_base_loop(desk.run.base, EVLOOP_NONBLOCK);
    }
    ds_decoder_send_pointer(desk.run.decoder, 10000, 1, 1);
    kill(run_child(), SIGCONT);
    struct ds_hand_event last = {0}, event;
    while ((event = next_event(&desk)).buttons == 0) {
        g_assert_cmpuint(event.x, >=, last.x);
        last = event;
        heard++;
    }
    g_assert_cmpuint(last.x, ==, 9999);
    g_assert_cmpuint(event.x, ==, 10000);
    g_assert_cmpuint(heard, <, 2000); /* what the socket held */
    desk_close(&desk);
}

/* An answer finds room however much waits: a child that comes back late is no liar. */
static void
test_room_for_answers(void)
{
    struct desk desk;
    GByteArray *bytes = g_byte_array_new();

    desk_open(&desk);
    kill(run_child(), SIGSTOP);
    for (uint32_t i = 0; i < 1500; i++) {
        ds_decoder_send_key(desk.run.decoder, i, true);
        event_base_loop(desk.run.base, EVLOOP_NONBLOCK);
    }
    put_update(bytes, 1);
    put_rect(bytes, 0, 0, 7, 7, RFB_NEW_SIZE);
    run_send(&desk.run, bytes);
    kill(run_child(), SIGCONT);
    for (uint32_t i = 0; i < 1500; i++)
        expect_key(&desk, i, true);
    run_until(&desk.run, &desk.run.resizes, 1);
    desk_close(&desk);
}

/* ---- before and after ---- */

static void
test_without_a_picture(void)
{
    struct desk desk;

    desk = (struct desk){.heard = g_byte_array_new(), .at = OPENING_BYTES};
    run_start(&desk.run);
    ds_decoder_send_key(desk.run.decoder, 'a', true);
    GByteArray *bytes = rfb_greeting(4, 2);
    put_update(bytes, 1);
    put_raw(bytes, 0, 0, 4, 2, 1);
    run_send(&desk.run, bytes);
    run_until(&desk.run, &desk.run.frames, 1);
    ds_decoder_send_key(desk.run.decoder, 'b', true);
    expect_key(&desk, 'b', true);
    kill(run_child(), SIGKILL);
    ds_decoder_send_key(desk.run.decoder, 'c', true);
    run_expect_error(&desk.run, DS_DECODER_FAILURE_CRASHED);
    ds_decoder_send_key(desk.run.decoder, 'd', true);
    ds_decoder_send_pointer(desk.run.decoder, 1, 1, 1);
    turn(&desk);
    desk_close(&desk);
}

/* The server closes while keys wait for the child: that is the end which is told. */
static void
test_closing_server(void)
{
    for (unsigned keys = 0; keys < 200; keys += 20) {
        struct desk desk;
        desk_open(&desk);
        for (uint32_t i = 0; i < keys; i++)
            ds_decoder_send_key(desk.run.decoder, i, true);
        run_end_stream(&desk.run);
        run_expect_error(&desk.run, DS_DECODER_FAILURE_CLOSED);
        desk_close(&desk);
    }
}

/* The callback that says that the child hangs frees the decoder. */
static void
test_free_in_error(void)
{
    struct desk desk;

    desk_open(&desk);
    kill(run_child(), SIGSTOP);
    desk.run.free_at = &desk.run.errors;
    while (desk.run.decoder != NULL)
        ds_decoder_send_key(desk.run.decoder, 'a', true);
    g_assert_cmpint(desk.run.failure, ==, DS_DECODER_FAILURE_SILENT);
    desk_close(&desk);
}

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], DS_DECODER_ARGUMENT) == 0)
        return ds_decoder_main(argc, argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/decoder/hands/order", test_order);
    g_test_add_func("/decoder/hands/many-keys", test_many_keys);
    g_test_add_func("/decoder/hands/inside-of-an-update", test_inside_of_an_update);
    g_test_add_func("/decoder/hands/while-resizing", test_while_resizing);
    g_test_add_func("/decoder/hands/stopped-child", test_stopped_child);
    g_test_add_func("/decoder/hands/deaf-server", test_deaf_server);
    g_test_add_func("/decoder/hands/moves-meanwhile", test_moves_meanwhile);
    g_test_add_func("/decoder/hands/room-for-answers", test_room_for_answers);
    g_test_add_func("/decoder/hands/without-a-picture", test_without_a_picture);
    g_test_add_func("/decoder/hands/closing-server", test_closing_server);
    g_test_add_func("/decoder/hands/free-in-error", test_free_in_error);
    return g_test_run();
}
