/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Clicks and types by ds_input on two windows of two X11 connections, one of which is guarded, and
 * prints what each of them heard: run by control.py on a screen of its own.
 */
#include <stdio.h>
#include <stdlib.h>

#include "app/share/input/input.h"

enum { SIDE = 100, OTHER_X = 200 };

struct client {
    xcb_connection_t *conn;
    xcb_window_t window;
};

static void
sync_with(xcb_connection_t *conn)
{
    free(xcb_get_input_focus_reply(conn, xcb_get_input_focus(conn), NULL));
}

static struct client
open_client(int16_t x)
{
    struct client client = {.conn = xcb_connect(NULL, NULL)};
    const uint32_t values[] = {1,
            XCB_EVENT_MASK_BUTTON_PRESS | XCB_EVENT_MASK_BUTTON_RELEASE | XCB_EVENT_MASK_KEY_PRESS};
    xcb_screen_t *screen = xcb_setup_roots_iterator(xcb_get_setup(client.conn)).data;

    client.window = xcb_generate_id(client.conn);
    xcb_create_window(client.conn, XCB_COPY_FROM_PARENT, client.window, screen->root, x, 0, SIDE,
            SIDE, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
            XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
    xcb_map_window(client.conn, client.window);
    sync_with(client.conn);
    return client;
}

/* Print how many presses of a button and of a key came, and how many releases of a button. */
static void
report(struct client *client, const char *name)
{
    int buttons = 0, releases = 0, keys = 0;
    xcb_generic_event_t *event;
    sync_with(client->conn);
    while ((event = xcb_poll_for_event(client->conn)) != NULL) {
        buttons += (event->response_type & 0x7f) == XCB_BUTTON_PRESS;
        releases += (event->response_type & 0x7f) == XCB_BUTTON_RELEASE;
        keys += (event->response_type & 0x7f) == XCB_KEY_PRESS;
        free(event);
    }
    printf("%s %d %d %d\n", name, buttons, releases, keys);
}

static void
act_on(struct ds_display *display, struct ds_input *input, struct client *client, int x)
{
    xcb_set_input_focus(client->conn, XCB_INPUT_FOCUS_NONE, client->window, XCB_CURRENT_TIME);
    sync_with(client->conn);
    ds_input_pointer(input, input, 0, x, SIDE / 2);
    ds_input_pointer(input, input, 1, x, SIDE / 2);
    ds_input_pointer(input, input, 0, x, SIDE / 2);
    ds_input_key(input, input, 'a', true);
    ds_input_key(input, input, 'a', false);
    sync_with(display->conn);
}

/* Press on our window and pull to the other one: nothing is pressed there. */
static void
pull(struct ds_display *display, struct ds_input *input)
{
    ds_input_pointer(input, input, 1, SIDE / 2, SIDE / 2);
    ds_input_pointer(input, input, 1, OTHER_X + SIDE / 2, SIDE / 2);
    ds_input_pointer(input, input, 0, OTHER_X + SIDE / 2, SIDE / 2);
    sync_with(display->conn);
}

int
main(void)
{
    struct ds_display *display = ds_display_open(NULL, NULL);
    if (display == NULL)
        return 1;
    struct ds_ledger ledger = {0};
    struct ds_input *input = ds_input_new(display, &ledger);
    struct client own = open_client(0), other = open_client(OTHER_X);
    const xcb_setup_t *setup = xcb_get_setup(own.conn);

    ds_input_set_level(input, DS_LEVEL_CONTROL);
    for (int round = 0; round < 2; round++) {
        act_on(display, input, &own, SIDE / 2);
        act_on(display, input, &other, OTHER_X + SIDE / 2);
        report(&own, round == 0 ? "own" : "own, guarded");
        report(&other, round == 0 ? "other" : "other, beside it");
        ds_input_set_guard(input, setup->resource_id_base, setup->resource_id_mask);
    }
    pull(display, input);
    report(&own, "own, pulled from");
    report(&other, "other, pulled to");
    ds_input_free(input);
    ds_display_close(display);
    xcb_disconnect(own.conn);
    xcb_disconnect(other.conn);
    return 0;
}
