/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a hostile server says in words, for people's eyes or a terminal's. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/view/decoder_child.h"
#include "tests/integration/decoder_run.h"

#define WORDS "\033[2Jhello\r\n"

/* A server that says why it refuses; `login` is the kind that it wants before, 0: none. */
static GByteArray *
refusal(unsigned login)
{
    GByteArray *bytes = g_byte_array_new();

    put_text(bytes, "RFB 003.008\n");
    put_u8(bytes, login > 0);
    if (login > 0)
        put_u8(bytes, login);
    for (int i = 0; i < 4 && login == 2; i++)
        put_u32(bytes, 0x12345678); /* what is to be encrypted */
    if (login > 0)
        put_u32(bytes, 1);
    put_u32(bytes, sizeof WORDS - 1);
    put_text(bytes, WORDS);
    return bytes;
}

/* One whose desktop has such a name, and who then says nonsense. */
static GByteArray *
bad_name(void)
{
    GByteArray *bytes = rfb_greeting(4, 2);

    g_byte_array_set_size(bytes, bytes->len - 8);
    put_u32(bytes, sizeof WORDS - 1);
    put_text(bytes, WORDS);
    for (int i = 0; i < 300; i++)
        put_u8(bytes, 0xc8);
    return bytes;
}

static void
expect_silence(GByteArray *bytes, const char *password, enum ds_decoder_failure failure)
{
    struct run run;

    run_start_with(&run, password, true, 0);
    run_send(&run, bytes);
    run_expect_error(&run, failure);
    run_finish(&run);
}

/* Its words are in what libvncclient logs, which goes nowhere: neither to us nor to a terminal. */
static void
test_says_nothing(void)
{
    int words = memfd_create("test", MFD_CLOEXEC), before = dup(STDERR_FILENO);
    char *argv[] = {g_file_read_link("/proc/self/exe", NULL), (char *)DS_DECODER_ARGUMENT, NULL};

    g_assert_cmpint(dup2(words, STDERR_FILENO), ==, STDERR_FILENO);
    expect_silence(refusal(0), NULL, DS_DECODER_FAILURE_REFUSED);
    expect_silence(refusal(1), NULL, DS_DECODER_FAILURE_REFUSED);
    expect_silence(refusal(2), "secret", DS_DECODER_FAILURE_WRONG_PASSWORD);
    expect_silence(bad_name(), NULL, DS_DECODER_FAILURE_NOT_RFB);
    g_assert_cmpint(lseek(words, 0, SEEK_END), ==, 0);
    /* The twin: it is where a child that has to say something says it. */
    g_assert_true(g_spawn_sync(
            NULL, argv, NULL, G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL, NULL, NULL, NULL));
    g_assert_cmpint(dup2(before, STDERR_FILENO), ==, STDERR_FILENO);
    g_assert_cmpint(lseek(words, 0, SEEK_END), >, 0);
    g_free(argv[0]);
    close(before);
    close(words);
}

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], DS_DECODER_ARGUMENT) == 0)
        return ds_decoder_main(argc, argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/decoder/words/says-nothing", test_says_nothing);
    return g_test_run();
}
