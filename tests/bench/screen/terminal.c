/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs in a terminal and scrolls lines through it, two at a time, so many times a second. The first
 * line stays, and has a stamp; the last one has one each time.
 *
 *     bench-terminal FPS COLUMNS ROWS
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "net/base/clock.h"
#include "tests/bench/screen/stamp.h"

enum { WORD = 5, COLOURS = 7 };

static void
put_stamp(uint32_t number)
{
    for (unsigned cell = 0; cell < STAMP_CELLS; cell++)
        fputs(stamp_cell(number, cell) ? "\033[107m " : "\033[40m ", stdout);
    fputs("\033[0m", stdout);
}

/* As in a log, or a listing: densely written, in some colours. */
static void
put_words(unsigned columns, unsigned *seed)
{
    for (unsigned i = 0; i < columns / WORD; i++) {
        unsigned colour = (unsigned)rand_r(seed) % COLOURS;
        printf("\033[%um%04x ", 30 + colour, (unsigned)rand_r(seed) & 0xffff);
    }
    fputs("\033[0m", stdout);
}

static void
put_frame(unsigned columns, unsigned rows, uint32_t number, unsigned *seed)
{
    fputs("\033[1;1H", stdout);
    put_stamp(number);
    printf("\033[%u;1H\n", rows);
    put_words(columns, seed);
    fputs("\r\n", stdout);
    put_stamp(number);
    put_words(columns - STAMP_CELLS, seed);
    fflush(stdout);
}

int
main(int argc, char **argv)
{
    unsigned numbers[3] = {0}, seed = 1;
    for (int i = 0; i < 3 && argc == 4; i++)
        numbers[i] = (unsigned)strtoul(argv[i + 1], NULL, 10);
    unsigned fps = numbers[0], columns = numbers[1], rows = numbers[2];
    if (fps == 0 || columns < STAMP_CELLS || rows < 3)
        errx(2, "usage: bench-terminal FPS COLUMNS ROWS");
    printf("\033[?25l\033[2J\033[2;%ur", rows);
    uint64_t began_us = ds_clock_us();
    for (uint64_t frame = 0;; frame++) {
        uint64_t due_us = began_us + frame * UINT64_C(1000000) / fps;
        struct timespec due = {
                .tv_sec = (time_t)(due_us / 1000000), .tv_nsec = (long)(due_us % 1000000 * 1000)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
        put_frame(columns, rows, (uint32_t)ds_clock_us(), &seed);
    }
}
