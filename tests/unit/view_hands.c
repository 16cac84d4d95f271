/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the helper's hands do, on its way: in order, bounded, nothing lost that must not be. */
#include <pthread.h>

#include <glib.h>

#include "app/view/hand_box.h"
#include "tests/lib/seed.h"

static struct ds_hand_event
key(uint32_t keysym, bool pressed)
{
    return (struct ds_hand_event){.is_key = true, .keysym = keysym, .pressed = pressed};
}

static struct ds_hand_event
pointer(unsigned x, uint8_t buttons)
{
    return (struct ds_hand_event){.x = (uint16_t)x, .y = (uint16_t)(x / 2), .buttons = buttons};
}

static bool
events_are_equal(const struct ds_hand_event *one, const struct ds_hand_event *other)
{
    return one->is_key == other->is_key && one->keysym == other->keysym &&
           one->pressed == other->pressed && one->x == other->x && one->y == other->y &&
           one->buttons == other->buttons;
}

static void
assert_next(struct ds_hand_queue *queue, struct ds_hand_event wanted)
{
    struct ds_hand_event event;
    g_assert_true(ds_hand_queue_take(queue, &event));
    g_assert_true(events_are_equal(&event, &wanted));
}

/* Only moves that nothing stands between become one; a press stays where it was made. */
static void
test_moves(void)
{
    const struct ds_hand_event rows[] = {pointer(1, 0), pointer(2, 0), key('a', true),
            pointer(3, 0), pointer(4, 0), pointer(5, 1), pointer(6, 1), pointer(7, 1),
            pointer(8, 0), pointer(9, 0)};
    const struct ds_hand_event wanted[] = {pointer(2, 0), key('a', true), pointer(4, 0),
            pointer(5, 1), pointer(7, 1), pointer(8, 0), pointer(9, 0)};
    struct ds_hand_queue queue = {0};
    struct ds_hand_event event;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_true(ds_hand_queue_put(&queue, &rows[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
        assert_next(&queue, wanted[i]);
    g_assert_false(ds_hand_queue_take(&queue, &event));
}

static void
test_many_moves(void)
{
    struct ds_hand_queue queue = {0};
    for (unsigned x = 0; x < 10000; x++) {
        struct ds_hand_event event = pointer(x, 0);
        g_assert_true(ds_hand_queue_put(&queue, &event));
        g_assert_cmpuint(queue.count, ==, 1);
    }
    assert_next(&queue, pointer(9999, 0));
}

/* A full queue has no room for a key or a button, takes a move for what it is, and stays whole. */
static void
test_full(void)
{
    struct ds_hand_queue queue = {0};
    struct ds_hand_event event;

    for (unsigned i = 0; i < DS_HANDS_MAX; i++) {
        event = key(i, true);
        g_assert_true(ds_hand_queue_put(&queue, &event));
    }
    event = pointer(1, 0);
    g_assert_true(ds_hand_queue_put(&queue, &event));
    event = key(5, false);
    g_assert_false(ds_hand_queue_put(&queue, &event));
    event = pointer(2, 1);
    g_assert_false(ds_hand_queue_put(&queue, &event));
    for (unsigned i = 0; i < DS_HANDS_MAX; i++)
        assert_next(&queue, key(i, true));
    g_assert_false(ds_hand_queue_take(&queue, &event));
}

/* Random events, taken at random: what comes out is what went in without the moves between. */
static void
test_random(void)
{
    g_autoptr(GRand) numbers = test_seed();
    g_autoptr(GArray) put = g_array_new(FALSE, FALSE, sizeof(struct ds_hand_event));
    struct ds_hand_queue queue = {0};
    struct ds_hand_event event;
    uint8_t buttons = 0, seen_buttons = 0;
    guint at = 0;

    for (unsigned i = 0; i < 20000; i++) {
        if (g_rand_int_range(numbers, 0, 10) == 0)
            buttons = (uint8_t)g_rand_int(numbers);
        event = g_rand_boolean(numbers) ? key(i, g_rand_boolean(numbers)) : pointer(i, buttons);
        g_assert_true(ds_hand_queue_put(&queue, &event));
        g_array_append_val(put, event);
        if (!g_rand_boolean(numbers) && i % 1000 < 900 && queue.count < DS_HANDS_MAX / 2)
            continue;
        while (ds_hand_queue_take(&queue, &event)) {
            const struct ds_hand_event *sent = &g_array_index(put, struct ds_hand_event, at++);
            while (!events_are_equal(sent, &event)) {
                g_assert_true(!sent->is_key && sent->buttons == seen_buttons);
                sent = &g_array_index(put, struct ds_hand_event, at++);
            }
            if (!event.is_key)
                seen_buttons = event.buttons;
        }
        g_assert_cmpuint(at, ==, put->len);
    }
}

/* ---- between two threads ---- */

enum { PRESSES = 50000 };

/* A reader on another thread, which sleeps until it is woken. */
struct reader {
    struct ds_hand_box *box;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    unsigned wakes;
    uint32_t taken;
};

static void *
read_all(void *arg)
{
    struct reader *reader = arg;
    struct ds_hand_event event;
    uint32_t next = 0;

    while (next < PRESSES) {
        pthread_mutex_lock(&reader->lock);
        while (reader->wakes == 0)
            pthread_cond_wait(&reader->changed, &reader->lock);
        reader->wakes--;
        pthread_mutex_unlock(&reader->lock);
        int result;
        while ((result = ds_hand_box_take(reader->box, &event)) > 0)
            g_assert_cmpuint(event.keysym, ==, next++);
        g_assert_cmpint(result, ==, 0);
        pthread_mutex_lock(&reader->lock);
        reader->taken = next;
        pthread_cond_signal(&reader->changed);
        pthread_mutex_unlock(&reader->lock);
    }
    ds_hand_box_unref(reader->box);
    return NULL;
}

/* Who sleeps until put() says that the box was empty misses nothing. */
static void
test_box(void)
{
    struct ds_hand_box *box = ds_hand_box_new();
    struct reader reader = {.box = ds_hand_box_ref(box),
            .lock = PTHREAD_MUTEX_INITIALIZER,
            .changed = PTHREAD_COND_INITIALIZER};
    pthread_t thread;

    g_assert_cmpint(pthread_create(&thread, NULL, read_all, &reader), ==, 0);
    for (uint32_t i = 0; i < PRESSES; i++) {
        struct ds_hand_event event = key(i, true);
        bool is_first = ds_hand_box_put(box, &event);
        pthread_mutex_lock(&reader.lock);
        reader.wakes += is_first;
        pthread_cond_signal(&reader.changed);
        while (i % (DS_HANDS_MAX / 2) == 0 && reader.taken <= i)
            pthread_cond_wait(&reader.changed, &reader.lock);
        pthread_mutex_unlock(&reader.lock);
    }
    g_assert_cmpint(pthread_join(thread, NULL), ==, 0);
    g_assert_cmpuint(reader.taken, ==, PRESSES);
    ds_hand_box_unref(box);
}

/* Where something was lost, nothing that follows it is taken for the whole. */
static void
test_box_full(void)
{
    struct ds_hand_box *box = ds_hand_box_new();
    struct ds_hand_event event;

    for (uint32_t i = 0; i <= DS_HANDS_MAX; i++) {
        event = key(i, true);
        g_assert_true(ds_hand_box_put(box, &event) == (i == 0));
    }
    g_assert_cmpint(ds_hand_box_take(box, &event), ==, DS_ERR_TOO_BIG);
    g_assert_cmpint(ds_hand_box_take(box, &event), ==, DS_ERR_TOO_BIG);
    ds_hand_box_unref(box);
    ds_hand_box_unref(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/view/hands/moves", test_moves);
    g_test_add_func("/view/hands/many-moves", test_many_moves);
    g_test_add_func("/view/hands/full", test_full);
    g_test_add_func("/view/hands/random", test_random);
    g_test_add_func("/view/hands/box", test_box);
    g_test_add_func("/view/hands/box-full", test_box_full);
    return g_test_run();
}
