/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the guardian reads after the program's end. */
#include <glib.h>

#include "app/share/input/ledger.h"

enum { YA = 0x6d1, SNOWMAN = 0x1002603, MARK = 0x400001 };

static void
test_clear(void)
{
    struct ds_ledger ledger = {.mark = MARK};
    g_assert_true(ds_ledger_is_clear(&ledger));

    ds_ledger_key(&ledger, 255);
    g_assert_false(ds_ledger_is_clear(&ledger));
    g_assert_true(ledger.keys[255]);
    g_assert_false(ledger.keys[254]);
    ds_ledger_clear(&ledger);
    g_assert_true(ds_ledger_is_clear(&ledger));
    g_assert_cmpuint(ledger.mark, ==, MARK);

    ds_ledger_button(&ledger, 1);
    g_assert_true(ledger.buttons[1]);
    g_assert_false(ds_ledger_is_clear(&ledger));
    ds_ledger_clear(&ledger);
    ds_ledger_borrow(&ledger, 8, YA);
    g_assert_false(ds_ledger_is_clear(&ledger));
}

/* Of the last two changes the X server may have made the second, or not. */
static void
test_borrowed(void)
{
    struct ds_ledger ledger = {0};
    ds_ledger_borrow(&ledger, 248, YA);
    g_assert_true(ds_ledger_is_borrowed(&ledger, 248, YA));
    g_assert_false(ds_ledger_is_borrowed(&ledger, 248, 'a')); /* somebody else's */
    g_assert_false(ds_ledger_is_borrowed(&ledger, 248, 0));   /* it means nothing already */
    g_assert_false(ds_ledger_is_borrowed(&ledger, 247, YA));
    ds_ledger_borrow(&ledger, 248, SNOWMAN);
    g_assert_true(ds_ledger_is_borrowed(&ledger, 248, YA));
    g_assert_true(ds_ledger_is_borrowed(&ledger, 248, SNOWMAN));
    ds_ledger_borrow(&ledger, 248, 0);
    g_assert_false(ds_ledger_is_borrowed(&ledger, 248, YA));
    g_assert_true(ds_ledger_is_borrowed(&ledger, 248, SNOWMAN));
    g_assert_false(ds_ledger_is_borrowed(&ledger, 248, 0));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ledger/clear", test_clear);
    g_test_add_func("/ledger/borrowed", test_borrowed);
    return g_test_run();
}
