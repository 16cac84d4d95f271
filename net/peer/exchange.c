/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/exchange.h"

/* The candidates, the aim and the salvo that came first count: to replace them would be a way to
 * dial for ever. */
static void
merge(struct ds_exchange *exchange, const struct ds_offer *offer, const struct ds_vetting *vetting)
{
    struct ds_offer *remote = &exchange->remote;
    remote->generation = offer->generation;
    remote->mapping = offer->mapping;
    remote->network = offer->network;
    if (remote->aim == 0)
        remote->aim = offer->aim;
    if (!ds_salvo_is_opened(&remote->salvo))
        remote->salvo = offer->salvo;
    for (size_t i = 0; i < offer->count; i++)
        ds_offer_add(remote, offer->candidates[i].type, offer->candidates[i].set,
                &offer->candidates[i].addr);
    ds_offer_vet(remote, vetting);
}

/* Returns whether the helpee may say OFFER of that generation; `*news` is what it is. */
static bool
take_offer(struct ds_exchange *exchange, uint32_t generation, enum ds_exchange_news *news)
{
    if (exchange->role != DS_ROLE_HELPER)
        return false;
    if (generation == exchange->generation)
        *news = DS_EXCHANGE_MORE;
    if (generation <= exchange->generation)
        return true;
    exchange->generation = generation;
    exchange->is_met = false;
    exchange->remote = (struct ds_offer){0};
    *news = DS_EXCHANGE_NEW;
    return true;
}

static bool
take_go(struct ds_exchange *exchange, uint32_t generation, enum ds_exchange_news *news)
{
    if (exchange->role != DS_ROLE_HELPEE || generation > exchange->generation)
        return false;
    if (generation < exchange->generation)
        return true;
    *news = exchange->is_met ? DS_EXCHANGE_MORE : DS_EXCHANGE_NEW;
    exchange->is_met = true;
    return true;
}

static bool
take_again(const struct ds_exchange *exchange, uint32_t generation, enum ds_exchange_news *news)
{
    if (exchange->role != DS_ROLE_HELPEE || generation > exchange->generation)
        return false;
    if (generation == exchange->generation)
        *news = DS_EXCHANGE_AGAIN;
    return true;
}

int
ds_exchange_take(struct ds_exchange *exchange, const struct ds_control_message *message,
        const struct ds_vetting *vetting)
{
    uint32_t generation = message->offer.generation;
    enum ds_exchange_news news = DS_EXCHANGE_OLD;
    bool may_say = false;

    if (!exchange->is_open)
        return DS_ERR_PROTOCOL;
    if (message->type == DS_CONTROL_OFFER)
        may_say = take_offer(exchange, generation, &news);
    else if (message->type == DS_CONTROL_GO)
        may_say = take_go(exchange, generation, &news);
    else if (message->type == DS_CONTROL_AGAIN)
        may_say = take_again(exchange, generation, &news);
    if (!may_say)
        return DS_ERR_PROTOCOL;
    if (news == DS_EXCHANGE_NEW || news == DS_EXCHANGE_MORE)
        merge(exchange, &message->offer, vetting);
    return (int)news;
}

uint32_t
ds_exchange_next(struct ds_exchange *exchange)
{
    exchange->is_met = false;
    exchange->remote = (struct ds_offer){0};
    return ++exchange->generation;
}
