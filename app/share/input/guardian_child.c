/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <xcb/xtest.h>

#include "app/child/child.h"
#include "app/share/input/guardian.h"

/* Its descriptors, as ds_guardian_new() gives them. */
enum { LIFELINE_FD = DS_CHILD_FD, LEDGER_FD };

enum { USAGE = 2, EVENT_MASK = 0x7f };

struct guard {
    xcb_connection_t *conn;
    xcb_window_t root;
    const struct ds_ledger *ledger;
    bool is_alone;  /* the program that we guard is gone, or is done */
    bool is_marked; /* its X connection is there still, and may have said what is not done yet */
};

static bool
is_ours_to_use(void)
{
    struct stat lifeline, ledger;
    return fstat(LIFELINE_FD, &lifeline) == 0 && S_ISFIFO(lifeline.st_mode) &&
           fstat(LEDGER_FD, &ledger) == 0 && S_ISREG(ledger.st_mode) &&
           ledger.st_size == sizeof(struct ds_ledger);
}

/* What ends our program by name or by its group must not end this one first. */
static void
outlive_signals(void)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE};
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        signal(numbers[i], SIG_IGN);
}

static bool
connect_to_display(struct guard *guard, const char *name)
{
    int number;
    guard->conn = xcb_connect(name, &number);
    if (xcb_connection_has_error(guard->conn))
        return false;
    /* XTEST takes the root of any screen. */
    guard->root = xcb_setup_roots_iterator(xcb_get_setup(guard->conn)).data->root;
    const xcb_query_extension_reply_t *test = xcb_get_extension_data(guard->conn, &xcb_test_id);
    return test != NULL && test->present;
}

/* Hear of the end of the X connection that made the mark. */
static void
watch_mark(struct guard *guard)
{
    const uint32_t mask = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
    g_autofree xcb_generic_error_t *failed =
            xcb_request_check(guard->conn, xcb_change_window_attributes_checked(guard->conn,
                                                   guard->ledger->mark, XCB_CW_EVENT_MASK, &mask));
    guard->is_marked = failed == NULL;
}

static void
take_events(struct guard *guard)
{
    xcb_generic_event_t *event;
    while ((event = xcb_poll_for_event(guard->conn)) != NULL) {
        if ((event->response_type & EVENT_MASK) == XCB_DESTROY_NOTIFY)
            guard->is_marked = false;
        free(event);
    }
}

/*
 * Wait until it is time to undo what the ledger says: our program is gone, and the X server has
 * done, or dropped, all that it was asked for. False: there is nothing to be undone any more.
 */
static bool
wait_for_end(struct guard *guard)
{
    while (!guard->is_alone || guard->is_marked) {
        struct pollfd fds[] = {
                {.fd = guard->is_alone ? -1 : LIFELINE_FD, .events = POLLIN},
                {.fd = xcb_get_file_descriptor(guard->conn), .events = POLLIN},
        };
        poll(fds, G_N_ELEMENTS(fds), -1);
        guard->is_alone = guard->is_alone || fds[0].revents != 0;
        if (guard->is_alone && ds_ledger_is_clear(guard->ledger))
            return false;
        take_events(guard);
        if (xcb_connection_has_error(guard->conn))
            return false;
    }
    return true;
}

static void
release(const struct guard *guard, uint8_t type, uint8_t detail)
{
    xcb_test_fake_input(guard->conn, type, detail, XCB_CURRENT_TIME, guard->root, 0, 0, 0);
}

/* Take the key's keysym off it, unless somebody else has put another one there since. */
static void
give_back(const struct guard *guard, xcb_keycode_t code)
{
    const xcb_keysym_t nothing = XCB_NO_SYMBOL;
    g_autofree xcb_get_keyboard_mapping_reply_t *map = xcb_get_keyboard_mapping_reply(
            guard->conn, xcb_get_keyboard_mapping(guard->conn, code, 1), NULL);
    if (map != NULL && xcb_get_keyboard_mapping_keysyms_length(map) > 0 &&
            ds_ledger_is_borrowed(guard->ledger, code, xcb_get_keyboard_mapping_keysyms(map)[0]))
        xcb_change_keyboard_mapping(guard->conn, 1, code, 1, &nothing);
}

static void
undo(const struct guard *guard)
{
    const struct ds_ledger *ledger = guard->ledger;
    for (int code = 0; code < DS_LEDGER_KEYS; code++)
        if (ledger->keys[code])
            release(guard, XCB_KEY_RELEASE, (uint8_t)code);
    for (int number = 0; number < DS_LEDGER_BUTTONS; number++)
        if (ledger->buttons[number])
            release(guard, XCB_BUTTON_RELEASE, (uint8_t)number);
    for (int code = 0; code < DS_LEDGER_KEYS; code++)
        if (ledger->borrowed[code].now != 0 || ledger->borrowed[code].before != 0)
            give_back(guard, (xcb_keycode_t)code);
    free(xcb_get_input_focus_reply(guard->conn, xcb_get_input_focus(guard->conn), NULL));
}

int
ds_guardian_main(int argc, char **argv)
{
    struct guard guard = {0};

    if (!is_ours_to_use()) {
        fprintf(stderr, "%s is for Deskside's own use.\n", DS_GUARDIAN_ARGUMENT);
        return USAGE;
    }
    outlive_signals();
    void *ledger = mmap(NULL, sizeof(struct ds_ledger), PROT_READ, MAP_SHARED, LEDGER_FD, 0);
    if (ledger == MAP_FAILED)
        return EXIT_FAILURE;
    guard.ledger = ledger;
    bool is_connected = connect_to_display(&guard, argc > 2 ? argv[2] : NULL);
    if (is_connected) {
        watch_mark(&guard);
        if (wait_for_end(&guard))
            undo(&guard);
    }
    xcb_disconnect(guard.conn);
    munmap(ledger, sizeof(struct ds_ledger));
    return is_connected ? EXIT_SUCCESS : EXIT_FAILURE;
}
