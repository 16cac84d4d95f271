/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Peers who know the code and then break every rule: on the path below the link, on the mux, and on
 * the control channel. The other side ends the session, names it, and is not hurt.
 */
#include <glib.h>

#include "tests/integration/rogue_duel.h"

#define CONTROL DS_REASON_PROTOCOL, "control channel: a message that does not fit"
#define BROKEN(text) DS_REASON_PROTOCOL, text
#define WELL DS_REASON_PEER_STOPPED, ""
#define ASKED .requests = 1
#define LET_IN .requests = 1, .peers = 1

/* A helper against a helpee. */
static const struct rogue_row to_helpee[] = {
        {"GRANT from the helper", "intro grant", CONTROL, LET_IN},
        {"GRANT first", "grant", CONTROL},
        {"INTRO twice", "intro intro", CONTROL, LET_IN},
        {"INTRO wants level 3", "control:010000050003000103", CONTROL},
        {"INTRO wants nothing", "control:01000000", CONTROL},
        {"INTRO wants two bytes", "control:01000006000300020001", WELL, ASKED, .peers = 1},
        {"INTRO with a cut field", "control:01000003000300", CONTROL},
        {"a message of 4,097 bytes", "control:01001001", CONTROL},
        {"an unknown message of 16 MB", "control:63ffffff", CONTROL},
        {"an unknown message", "control:63000002aaaa intro", WELL, LET_IN},
        {"an unknown field", "control:0100000a0003000101006300010a", WELL, LET_IN},
        {"nothing at all", "", DS_REASON_PEER_LEFT, "control channel: no INTRO came"},
        {"half a message", "control:0100000500030001", DS_REASON_PEER_LEFT,
                "control channel: no INTRO came"},
        {"OPEN before the answer", "intro open:1:1", WELL, "reset:1:9", ASKED, .is_silent = true},
        {"OPEN before INTRO", "open:1:1", WELL, "reset:1:9"},
        {"a burst before the answer", "intro opens:200", BROKEN("more than 64 refused channels"),
                ASKED, .is_silent = true},
        {"64 channels and a burst", "intro opens:200", BROKEN("more than 64 refused channels"),
                LET_IN, .opens = 64},
        {"65 channels", "intro opens:65", WELL, "reset:129:22", LET_IN, .opens = 64},
        {"OPEN of the helpee's number", "intro open:2:1", BROKEN("OPEN of channel 2 out of order"),
                LET_IN},
        {"OPEN backwards", "intro open:3:1 open:1:1", BROKEN("OPEN of channel 1 out of order"),
                LET_IN, .opens = 1},
        {"OPEN twice", "intro open:1:1 open:1:1", BROKEN("OPEN of channel 1 out of order"), LET_IN,
                .opens = 1},
        {"OPEN of control", "intro open:1:0", BROKEN("OPEN of a second control channel"), LET_IN},
        {"OPEN of 0", "intro open:0:1", BROKEN("OPEN on the control channel"), LET_IN},
        {"OPEN of an unknown kind", "intro open:1:99", WELL, "reset:1:9", LET_IN},
        {"DATA out of nowhere", "intro data:5:1", BROKEN("which was never opened"), LET_IN},
        {"DATA before INTRO", "data:1:1", BROKEN("which was never opened")},
        {"DATA beyond the credit", "intro open:1:1 flood:1:17", BROKEN("whose credit is"), LET_IN,
                .opens = 1},
        {"DATA without a byte", "intro open:1:1 data:1:0", BROKEN("DATA with a payload of 0"),
                LET_IN, .opens = 1},
        {"DATA after EOF", "intro open:1:1 eof:1 data:1:1", BROKEN("DATA after EOF on channel 1"),
                LET_IN, .opens = 1},
        {"EOF twice", "intro open:1:1 eof:1 eof:1", BROKEN("a second EOF on channel 1"), LET_IN,
                .opens = 1},
        {"EOF of control", "intro eof:0", BROKEN("EOF on the control channel"), LET_IN},
        {"RESET of control", "intro reset:0:1", BROKEN("RESET on the control channel"), LET_IN},
        {"RESET for no reason", "intro open:1:1 reset:1:0", BROKEN("RESET without a reason"),
                LET_IN, .opens = 1},
        {"frames on a channel that is over", "intro open:1:1 reset:1:1 data:1:1 eof:1", WELL,
                LET_IN, .opens = 1},
        {"CREDIT of 0", "intro open:1:1 credit:1:0", BROKEN("CREDIT of 0"), LET_IN, .opens = 1},
        {"CREDIT that overflows", "intro open:1:1 credit:1:0xffffffff", BROKEN("CREDIT of"), LET_IN,
                .opens = 1},
        {"CREDIT that overflows by parts", "intro open:1:1 credit:1:0x7fffffff credit:1:0x7fffffff",
                BROKEN("CREDIT of"), LET_IN, .opens = 1},
        {"CREDIT of control that overflows", "intro credit:0:0x7fffffff credit:0:0x7fffffff",
                BROKEN("CREDIT of"), LET_IN},
        {"OPEN of one byte", "intro hex:010000010000000101", BROKEN("OPEN with a payload of 1"),
                LET_IN},
        {"a frame of 16 MB", "intro hex:02ffffff00000001", BROKEN("with a payload of 16777215"),
                LET_IN},
        {"INTRO for a direct path", "control:0100000a00030001010006000101", WELL, LET_IN,
                .looks_direct = true},
        {"INTRO for one of a later kind", "control:0100000a00030001010006000163", WELL, LET_IN,
                .looks_direct = true},
        {"OFFER from the helper",
                "control:0100000a00030001010006000101 control:030000080007000400000001", CONTROL,
                LET_IN, .looks_direct = true},
        {"GO before the answer",
                "control:0100000a00030001010006000101 control:040000080007000400000001", CONTROL,
                ASKED, .is_silent = true, .looks_direct = true},
        {"AGAIN before the answer",
                "control:0100000a00030001010006000101 control:050000080007000400000001", CONTROL,
                ASKED, .is_silent = true, .looks_direct = true},
        {"GO of what was not offered",
                "control:0100000a00030001010006000101 control:040000080007000400000002", CONTROL,
                LET_IN, .looks_direct = true},
        {"AGAIN of what was not offered",
                "control:0100000a00030001010006000101 control:050000080007000400000002", CONTROL,
                LET_IN, .looks_direct = true},
        {"GO of generation 0",
                "control:0100000a00030001010006000101 control:040000080007000400000000", CONTROL,
                LET_IN, .looks_direct = true},
        {"GO of no generation", "control:0100000a00030001010006000101 control:04000000", CONTROL,
                LET_IN, .looks_direct = true},
        {"GO with half a candidate",
                "control:0100000a00030001010006000101 "
                "control:040000110007000400000001000800050100040a09",
                CONTROL, LET_IN, .looks_direct = true},
        {"GO to one who wants none",
                "control:0100000a00030001010006000101 control:040000080007000400000001", CONTROL,
                LET_IN},
        {"GO of one who wants none", "intro control:040000080007000400000001", CONTROL, LET_IN,
                .looks_direct = true},
        {"GO twice, and AGAIN",
                "control:0100000a00030001010006000101 control:040000080007000400000001 "
                "control:040000080007000400000001 control:050000080007000400000001",
                WELL, LET_IN, .looks_direct = true},
        {"an unknown frame for control", "hex:6300000200000000aaaa intro", WELL, LET_IN},
        {"an unknown frame for no channel", "hex:6300000200000007aaaa intro", WELL, LET_IN},
};

/* A helpee against a helper. */
static const struct rogue_row to_helper[] = {
        {"GRANT before INTRO", "grant", CONTROL},
        {"GRANT of more than was asked", "intro grant:2", CONTROL, .wants_view = true},
        {"GRANT of level 0", "intro control:020000050004000100", CONTROL},
        {"GRANT of level 3", "intro control:020000050004000103", CONTROL},
        {"GRANT of nothing", "intro control:02000000", CONTROL},
        {"INTRO twice", "intro intro", CONTROL},
        {"OPEN before GRANT", "intro open:2:1", WELL, "reset:2:9"},
        {"OPEN before INTRO", "open:2:1", WELL, "reset:2:9"},
        {"a burst before GRANT", "opens:200", BROKEN("OPEN of channel 1 out of order")},
        {"OPEN after GRANT", "intro grant open:2:1", WELL, .peers = 1, .opens = 1},
        {"OPEN of the helper's number", "intro grant open:1:1",
                BROKEN("OPEN of channel 1 out of order"), .peers = 1},
        {"GRANT three times", "intro grant grant grant", WELL, .peers = 1},
        {"CREDIT of 0", "intro grant open:2:1 credit:2:0", BROKEN("CREDIT of 0"), .peers = 1,
                .opens = 1},
        {"DATA beyond the credit", "intro grant open:2:1 flood:2:17", BROKEN("whose credit is"),
                .peers = 1, .opens = 1},
        {"EOF of control", "intro grant eof:0", BROKEN("EOF on the control channel"), .peers = 1},
        {"OFFER before GRANT",
                "control:0100000a00030001010006000101 control:030000080007000400000001", CONTROL,
                .looks_direct = true},
        {"GO from the helpee",
                "control:0100000a00030001010006000101 grant control:040000080007000400000001",
                CONTROL, .peers = 1, .looks_direct = true},
        {"AGAIN from the helpee",
                "control:0100000a00030001010006000101 grant control:050000080007000400000001",
                CONTROL, .peers = 1, .looks_direct = true},
        {"OFFER to one who wants none",
                "control:0100000a00030001010006000101 grant control:030000080007000400000001",
                CONTROL, .peers = 1},
        {"OFFER of one who wants none", "intro grant control:030000080007000400000001", CONTROL,
                .peers = 1, .looks_direct = true},
        {"OFFER of generation 0",
                "control:0100000a00030001010006000101 grant control:030000080007000400000000",
                CONTROL, .peers = 1, .looks_direct = true},
        {"OFFERs, old and new",
                "control:0100000a00030001010006000101 grant control:030000080007000400000004 "
                "control:030000080007000400000004 control:030000080007000400000002 "
                "control:0300000800070004ffffffff",
                WELL, .peers = 1, .looks_direct = true},
};

/* On the path itself, by either side. */
#define ON_BOTH                                                                                    \
    {"no HELLO", "ping:1", BROKEN("a frame of type 4 before HELLO"), .is_untold = true},           \
            {"CLOSE before HELLO", "close:0:1", BROKEN("a frame of type 7 before HELLO"),          \
                    .is_untold = true},                                                            \
            {"two HELLOs", "hello:0 hello:0", BROKEN("a second HELLO")},                           \
            {"HELLO of bytes never sent", "hello:99999", BROKEN("HELLO of byte 99999")},           \
            {"HELLO of 2^64", "hello:0xffffffffffffffff", BROKEN("HELLO of byte")},                \
            {"ACK of bytes never sent", "hello:0 ack:99999", BROKEN("ACK of byte 99999")},         \
            {"a gap", "hello:0 data:5:10", BROKEN("DATA from byte 5, and 0 came before it")},      \
            {"a gap of 2^64", "hello:0 data:0xffffffffffffffff:10", BROKEN("DATA from byte")},     \
            {"CLOSE_ACK alone", "hello:0 close_ack", BROKEN("CLOSE_ACK, and no CLOSE was sent")},  \
            {"CLOSE with two ends", "hello:0 close:7:1 close:5:1", BROKEN("CLOSE at byte 5")},     \
            {"DATA beyond the end", "hello:0 close:0:1 data:0:5",                                  \
                    BROKEN("beyond the final byte")},                                              \
            {"DATA of 16 MB", "hello:0 hex:02ffffff", BROKEN("a frame of type 2")},                \
            {"a PING of one byte", "hello:0 hex:0400000100", BROKEN("a frame of type 4")},         \
            {"a short HELLO", "hex:010000080000000000000000", BROKEN("a frame of type 1"),         \
                    .is_untold = true},                                                            \
            {"an unknown frame", "hello:0 hex:63000003aaaaaa close:0:1", WELL},                    \
            {"CLOSE for an unheard reason", "hello:0 close:0:200", WELL},                          \
            {"CLOSE for no reason", "hello:0 close:0:0", WELL},                                    \
            {"CLOSE as if there was no such code", "hello:0 close:0:3", WELL},                     \
    {                                                                                              \
        "CLOSE because of forgery", "hello:0 close:0:19", DS_REASON_NOT_PROVEN,                    \
                "the other side found"                                                             \
    }

static const struct rogue_row path_to_helpee[] = {
        ON_BOTH,
        {"NOMINATE", "hello:0 nominate:1 close:0:1", WELL},
        {"CLOSE as if it was the helpee", "hello:0 close:0:9", WELL},
};

static const struct rogue_row path_to_helper[] = {
        ON_BOTH,
        {"NOMINATE", "hello:0 nominate:1", BROKEN("NOMINATE from the helpee")},
        {"CLOSE for an answer", "hello:0 close:0:9", DS_REASON_DECLINED, ""},
        {"CLOSE for no answer", "hello:0 close:0:10", DS_REASON_UNANSWERED, ""},
};

static void
test_to_helpee(void)
{
    rogue_fight(to_helpee, G_N_ELEMENTS(to_helpee), DS_ROLE_HELPEE, false);
}

static void
test_to_helper(void)
{
    rogue_fight(to_helper, G_N_ELEMENTS(to_helper), DS_ROLE_HELPER, false);
}

static void
test_path_to_helpee(void)
{
    rogue_fight(path_to_helpee, G_N_ELEMENTS(path_to_helpee), DS_ROLE_HELPEE, true);
}

static void
test_path_to_helper(void)
{
    rogue_fight(path_to_helper, G_N_ELEMENTS(path_to_helper), DS_ROLE_HELPER, true);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rogue/helper", test_to_helpee);
    g_test_add_func("/rogue/helpee", test_to_helper);
    g_test_add_func("/rogue/helper/path", test_path_to_helpee);
    g_test_add_func("/rogue/helpee/path", test_path_to_helper);
    return g_test_run();
}
