/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/server_parts.h"
#include "net/base/clock.h"

enum {
    /* The library writes 16 bytes for each into a buffer of 32 KB, unbounded, where the pointer's
     * shape (26 KB) may stand already. */
    COPY_RECTS_MAX = 256,
};

/* Which part of a client's picture is to be copied, from dx, dy before. */
struct plan {
    sraRegionPtr region; /* where it gets to */
    int dx, dy;
    uint64_t pixels; /* that need not be sent */
};

/*
 * One that takes no pointer as such has it painted in its pixels, where it must not be copied (and
 * rfbScheduleCopyRegion() of 0.9.14 crashes where there is none).
 */
static bool
is_able(const struct _rfbClientRec *cl)
{
    return cl->useCopyRect && cl->enableCursorShapeUpdates;
}

static void
forget_copies(rfbClientPtr cl)
{
    sraRgnOr(cl->modifiedRegion, cl->copyRegion);
    sraRgnMakeEmpty(cl->copyRegion);
}

void
ds_server_copy_settle(struct ds_server_client *client)
{
    rfbClientPtr cl = client->cl;
    sraRgnSubtract(cl->copyRegion, cl->modifiedRegion);
    if (!is_able(cl) || sraRgnCountRects(cl->copyRegion) > COPY_RECTS_MAX)
        forget_copies(cl);
}

void
ds_server_copy_forget(struct ds_server_client *client)
{
    forget_copies(client->cl);
}

static sraRegionPtr
minus(sraRegionPtr region, sraRegionPtr other)
{
    sraRegionPtr result = sraRgnCreateRgn(region);
    sraRgnSubtract(result, other);
    return result;
}

static sraRegionPtr
shifted(sraRegionPtr region, int dx, int dy)
{
    sraRegionPtr result = sraRgnCreateRgn(region);
    sraRgnOffset(result, dx, dy);
    return result;
}

/* Replace the plan by one to copy `region` (taken) when that is the better one. */
static void
consider(struct plan *plan, sraRegionPtr region, int dx, int dy, sraRegionPtr stale)
{
    sraRgnSubtract(region, stale);
    uint64_t pixels = ds_server_count_pixels(region);
    if (plan->region != NULL && pixels <= plan->pixels) {
        sraRgnDestroy(region);
        return;
    }
    if (plan->region != NULL)
        sraRgnDestroy(plan->region);
    *plan = (struct plan){region, dx, dy, pixels};
}

/*
 * A client can be told of one way only with one update. With one copy waiting and another to come
 * there are three ways to go on: the new one (with the old one, if it goes the same way), the old
 * one, or where the new one moves on what the old one has moved, both in one.
 */
static void
make_plan(rfbClientPtr cl, const struct ds_move *move, sraRegionPtr to, struct plan *plan)
{
    sraRegionPtr waiting = cl->copyRegion;
    sraRegionPtr moved_on = shifted(waiting, move->dx, move->dy);
    sraRegionPtr stale = shifted(cl->modifiedRegion, move->dx, move->dy);

    sraRgnAnd(stale, to);
    sraRgnOr(cl->modifiedRegion, stale); /* it lacks what this is a copy of */
    sraRegionPtr fresh = minus(to, moved_on);
    sraRegionPtr kept = minus(waiting, to);
    if (cl->copyDX == move->dx && cl->copyDY == move->dy)
        sraRgnOr(fresh, kept);
    consider(plan, fresh, move->dx, move->dy, cl->modifiedRegion);
    consider(plan, kept, cl->copyDX, cl->copyDY, cl->modifiedRegion);
    sraRgnAnd(moved_on, to);
    consider(plan, moved_on, cl->copyDX + move->dx, cl->copyDY + move->dy, cl->modifiedRegion);
    sraRgnDestroy(stale);
}

static void
copy_for(struct ds_server_client *client, const struct ds_move *move, sraRegionPtr to)
{
    rfbClientPtr cl = client->cl;
    const struct ds_refine_rect rect = {move->x, move->y, move->width, move->height};
    struct plan plan = {0};

    if (!is_able(cl)) {
        forget_copies(cl);
        sraRgnOr(cl->modifiedRegion, to);
        return;
    }
    make_plan(cl, move, to, &plan);
    sraRgnOr(cl->copyRegion, to);
    sraRgnSubtract(cl->copyRegion, plan.region);
    sraRgnOr(cl->modifiedRegion, cl->copyRegion); /* what is in no plan */
    sraRgnDestroy(cl->copyRegion);
    cl->copyRegion = plan.region;
    cl->copyDX = plan.dx;
    cl->copyDY = plan.dy;
    ds_server_client_fit(client);
    ds_refine_moved(&client->refine, &rect, move->dx, move->dy, ds_clock_us());
}

void
ds_server_copy(struct ds_server *server, const struct ds_move *move)
{
    sraRegionPtr to =
            sraRgnCreateRect(move->x, move->y, move->x + move->width, move->y + move->height);
    rfbClientIteratorPtr all = rfbGetClientIterator(server->screen);

    for (rfbClientPtr cl = rfbClientIteratorNext(all); cl != NULL; cl = rfbClientIteratorNext(all))
        copy_for(cl->clientData, move, to);
    rfbReleaseClientIterator(all);
    sraRgnDestroy(to);
}
