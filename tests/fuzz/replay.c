/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs every file of a corpus folder through one fuzz target and prints TAP. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

/*
 * The bytes live in a block of exactly their size, so that the address sanitizer sees a read of one
 * byte too many. An empty file gives a block of one byte and the size 0.
 */
static uint8_t *
read_file(const char *path, size_t *size_bytes)
{
    uint8_t *data = NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    if (fseek(file, 0, SEEK_END) != 0)
        goto out;
    long end = ftell(file);
    if (end < 0)
        goto out;
    rewind(file);
    *size_bytes = (size_t)end;
    data = malloc(*size_bytes > 0 ? *size_bytes : 1);
    if (data != NULL && fread(data, 1, *size_bytes, file) != *size_bytes) {
        free(data);
        data = NULL;
    }
out:
    fclose(file);
    return data;
}

static int
replay_file(const char *folder, const char *name)
{
    char path[4096];
    size_t size_bytes = 0;
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
        return -1;
    uint8_t *data = read_file(path, &size_bytes);
    if (data == NULL)
        return -1;
    /* Printed first, so that the log of a crash names its input. */
    printf("# %s: %zu bytes\n", name, size_bytes);
    fflush(stdout);
    int result = LLVMFuzzerTestOneInput(data, size_bytes);
    free(data);
    return result;
}

static int
is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int
main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
        return 2;
    }
    struct dirent **inputs = NULL;
    int count = scandir(argv[1], &inputs, is_input, alphasort);
    if (count <= 0) {
        printf("1..1\nnot ok 1 - %s has an input\n", argv[1]);
        return 1;
    }
    int failed = 0;
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        int is_bad = replay_file(argv[1], inputs[i]->d_name) != 0;
        printf("%s %d - %s\n", is_bad ? "not ok" : "ok", i + 1, inputs[i]->d_name);
        failed += is_bad;
        free(inputs[i]);
    }
    free(inputs);
    return failed > 0;
}
