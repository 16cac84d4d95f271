/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/capture/extent.h"

#include <limits.h>
#include <string.h>

#include <glib.h>

/*
 * The band is cut into cells, and a cell weighs what it saves when it is moved. The rectangle of
 * cells with the largest sum is what is looked for.
 */
enum {
    CELL_SIDE = 32, /* pixels; twice as many, and so on, until there are CELLS_MAX or less */
    CELLS_MAX = 64, /* each way */
    ROWS = 6,       /* of a cell that are compared, its first and its last one among them */
    SAVED = 4,      /* it changed, and is right after the move */
    SPOILT = -16,   /* it did not change, and is wrong after the move */
    NOTHING = -1,   /* it changed, and is wrong after the move too */
    TAKEN = -128,   /* it is in another move */
    WORTH_PIXELS = 8192,
};

struct cells {
    int left, top, right, bottom; /* the cells from left to right - 1, from top to bottom - 1 */
    int sum;
};

struct search {
    const struct ds_canvas *canvas;
    const struct ds_band *band;
    int dx, dy;
    int side, columns, rows; /* of the cells */
    int8_t weights[CELLS_MAX][CELLS_MAX];
    int saved; /* cells that weigh SAVED, and are in no move yet */
    size_t count;
    struct ds_move *moves;
    uint64_t *looked;
};

/* Say whether all of this part of a row was dx, dy before where it is now. */
static bool
row_has_moved(const struct search *search, int x, int y, int width)
{
    int from_x = x - search->dx, from_y = y - search->dy;
    if (from_x < 0 || from_y < 0 || from_x + width > search->canvas->width ||
            from_y >= search->canvas->height)
        return false;
    *search->looked += (uint64_t)width;
    return !ds_pixels_differ(
            ds_canvas_at(search->canvas, from_x, from_y), ds_band_at(search->band, x, y), width);
}

static bool
row_has_changed(const struct search *search, int x, int y, int width)
{
    *search->looked += (uint64_t)width;
    return ds_pixels_differ(
            ds_canvas_at(search->canvas, x, y), ds_band_at(search->band, x, y), width);
}

static int
weigh(const struct search *search, int x, int y, int width, int height)
{
    bool has_moved = true, has_changed = false;
    for (int i = 0; i < ROWS && (has_moved || !has_changed); i++) {
        int row = y + (height - 1) * i / (ROWS - 1);
        has_moved = has_moved && row_has_moved(search, x, row, width);
        has_changed = has_changed || row_has_changed(search, x, row, width);
    }
    if (has_changed)
        return has_moved ? SAVED : NOTHING;
    return has_moved ? 0 : SPOILT;
}

static int
cells_of(int length, int side)
{
    return (length + side - 1) / side;
}

static void
choose_cells(struct search *search)
{
    const struct ds_band *band = search->band;
    int side = CELL_SIDE;
    while (cells_of(MAX(band->width, band->height), side) > CELLS_MAX)
        side *= 2;
    search->side = side;
    search->columns = cells_of(band->width, side);
    search->rows = cells_of(band->height, side);
}

static void
weigh_all(struct search *search)
{
    const struct ds_band *band = search->band;
    const int side = search->side;
    for (int row = 0; row < search->rows; row++)
        for (int column = 0; column < search->columns; column++) {
            int weight = weigh(search, band->x + column * side, band->y + row * side,
                    MIN(side, band->width - column * side), MIN(side, band->height - row * side));
            search->weights[row][column] = (int8_t)weight;
            search->saved += weight == SAVED;
        }
}

/* Of the cells from row `top` to `bottom` - 1, whose columns weigh `sums`: Kadane's algorithm. */
static void
take_heaviest_run(const struct search *search, const int sums[static CELLS_MAX], int top,
        int bottom, struct cells *best)
{
    int sum = 0, left = 0;
    for (int column = 0; column < search->columns; column++) {
        if (sum <= 0) {
            sum = 0;
            left = column;
        }
        sum += sums[column];
        if (sum > best->sum)
            *best = (struct cells){left, top, column + 1, bottom, sum};
    }
}

static struct cells
find_heaviest(const struct search *search)
{
    struct cells best = {0};
    for (int top = 0; top < search->rows; top++) {
        int sums[CELLS_MAX] = {0};
        for (int row = top; row < search->rows; row++) {
            for (int column = 0; column < search->columns; column++)
                sums[column] += search->weights[row][column];
            take_heaviest_run(search, sums, top, row + 1, &best);
        }
    }
    return best;
}

static bool
overlap(const struct ds_move *one, const struct ds_move *two)
{
    return one->x < two->x + two->width && two->x < one->x + one->width &&
           one->y < two->y + two->height && two->y < one->y + one->height;
}

static bool
is_taken(const struct search *search, int x, int y, int width, int height)
{
    const struct ds_move part = {.x = x, .y = y, .width = width, .height = height};
    for (size_t i = 0; i < search->count; i++)
        if (overlap(&part, &search->moves[i]))
            return true;
    return false;
}

/* Say whether this part of the band, which borders on a move, may be moved with it. */
static bool
may_join(const struct search *search, int x, int y, int width, int height)
{
    const struct ds_band *band = search->band;
    if (x < band->x || y < band->y || x + width > band->x + band->width ||
            y + height > band->y + band->height || is_taken(search, x, y, width, height))
        return false;
    for (int row = y; row < y + height; row++)
        if (!row_has_moved(search, x, row, width))
            return false;
    return true;
}

/* What moved ends somewhere within the cells around these: take it pixel by pixel. */
static void
grow(const struct search *search, struct ds_move *move)
{
    for (int i = 1; i < search->side && may_join(search, move->x, move->y - 1, move->width, 1);
            i++) {
        move->y--;
        move->height++;
    }
    for (int i = 1;
            i < search->side && may_join(search, move->x, move->y + move->height, move->width, 1);
            i++)
        move->height++;
    for (int i = 1; i < search->side && may_join(search, move->x - 1, move->y, 1, move->height);
            i++) {
        move->x--;
        move->width++;
    }
    for (int i = 1;
            i < search->side && may_join(search, move->x + move->width, move->y, 1, move->height);
            i++)
        move->width++;
}

static void
cut(struct ds_move *move, int left, int top, int right, int bottom)
{
    int x2 = MIN(move->x + move->width, right), y2 = MIN(move->y + move->height, bottom);
    move->x = MAX(move->x, left);
    move->y = MAX(move->y, top);
    move->width = x2 - move->x;
    move->height = y2 - move->y;
}

/* Cut off what has grown into another move: the thinner side. */
static void
cut_taken(const struct search *search, struct ds_move *move)
{
    for (size_t i = 0; i < search->count; i++) {
        const struct ds_move *other = &search->moves[i];
        if (!overlap(move, other))
            continue;
        int right = other->x + other->width, bottom = other->y + other->height;
        int by_left = right - move->x, by_right = move->x + move->width - other->x;
        int by_top = bottom - move->y, by_bottom = move->y + move->height - other->y;
        int least = MIN(MIN(by_left, by_right), MIN(by_top, by_bottom));
        cut(move, least == by_left ? right : move->x, least == by_top ? bottom : move->y,
                least == by_right ? other->x : INT_MAX, least == by_bottom ? other->y : INT_MAX);
    }
}

static void
clear(struct search *search, const struct cells *cells)
{
    for (int row = cells->top; row < cells->bottom; row++)
        for (int column = cells->left; column < cells->right; column++) {
            search->saved -= search->weights[row][column] == SAVED;
            search->weights[row][column] = TAKEN;
        }
}

static bool
take_next(struct search *search)
{
    const struct ds_band *band = search->band;
    const int side = search->side;
    if (search->saved * side * side < WORTH_PIXELS)
        return false;
    struct cells cells = find_heaviest(search);
    if (cells.sum * side * side < SAVED * WORTH_PIXELS)
        return false;
    struct ds_move move = {
            .x = band->x + cells.left * side,
            .y = band->y + cells.top * side,
            .width = MIN(cells.right * side, band->width) - cells.left * side,
            .height = MIN(cells.bottom * side, band->height) - cells.top * side,
            .dx = search->dx,
            .dy = search->dy,
    };
    clear(search, &cells);
    cut(&move, search->dx, search->dy, search->canvas->width + search->dx,
            search->canvas->height + search->dy); /* what would come from outside of the picture */
    cut_taken(search, &move);
    if (move.width <= 0 || move.height <= 0)
        return false;
    grow(search, &move);
    search->moves[search->count++] = move;
    return true;
}

/* Say whether what `one` moves may be below what `two` covers. */
static bool
goes_first(const struct ds_move *one, const struct ds_move *two)
{
    int down = one->dy > 0 ? one->y - two->y : two->y - one->y;
    int right = one->dx > 0 ? one->x - two->x : two->x - one->x;
    return one->dy != 0 ? down > 0 : right > 0;
}

static void
sort(struct ds_move *moves, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t at = i; at > 0 && goes_first(&moves[at], &moves[at - 1]); at--) {
            struct ds_move move = moves[at];
            moves[at] = moves[at - 1];
            moves[at - 1] = move;
        }
}

size_t
ds_extent_find(const struct ds_canvas *canvas, const struct ds_band *band, int dx, int dy,
        struct ds_move moves[static DS_EXTENT_MOVES_MAX], uint64_t *looked)
{
    struct search search = {
            .canvas = canvas,
            .band = band,
            .dx = dx,
            .dy = dy,
            .moves = moves,
            .looked = looked,
    };
    choose_cells(&search);
    weigh_all(&search);
    while (search.count < DS_EXTENT_MOVES_MAX && take_next(&search))
        ;
    sort(moves, search.count);
    return search.count;
}
