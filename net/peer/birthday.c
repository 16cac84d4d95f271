/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/birthday.h"

#include "net/base/limits.h"
#include "net/base/minmax.h"

void
ds_birthday_init(struct ds_birthday *birthday, unsigned most)
{
    *birthday = (struct ds_birthday){
            .most = most, .budget = {.most = DS_SALVOS_AT_ONCE, .each_ms = DS_SALVOS_MS}};
}

void
ds_birthday_spend(struct ds_birthday *birthday, uint64_t now_ms)
{
    birthday->done++;
    ds_budget_take(&birthday->budget, now_ms);
}

void
ds_birthday_prepare(struct ds_birthday *birthday, unsigned spare, uint64_t now_ms)
{
    bool may_be = birthday->done < DS_SALVOS && ds_budget_wait_ms(&birthday->budget, now_ms) == 0;
    unsigned most = may_be ? ds_salvo_most(birthday->most, spare) : 0;

    birthday->told = (struct ds_salvo){.sockets = (uint16_t)most};
    birthday->is_answer = birthday->is_opened = false;
}

static bool
is_ours(const struct ds_offer *here, const struct ds_addr *addr)
{
    for (size_t i = 0; i < here->count; i++)
        if (ds_addr_is_same_host(&here->candidates[i].addr, addr))
            return true;
    return false;
}

/*
 * The other side alone could name somebody else's address, so the relay has to have confirmed it;
 * and one's own router's is no place to meet: so it has to be known.
 */
static bool
find_target(const struct ds_birthday_facts *facts, struct ds_addr *target)
{
    struct ds_addr own;

    if (facts->revealed->len == 0 || !ds_offer_outside(facts->there, target) ||
            !ds_addr_is_same_host(target, facts->revealed))
        return false;
    return ds_offer_outside(facts->here, &own) && !is_ours(facts->here, target);
}

static bool
may_open(const struct ds_birthday *birthday, const struct ds_birthday_facts *facts)
{
    struct ds_addr target;

    return birthday->told.sockets != 0 && facts->there->salvo.sockets != 0 &&
           find_target(facts, &target);
}

/* --- telling --- */

/*
 * Against a side that deals at random itself, a whole range is too much for anybody; and so is half
 * of a small one for a second time, before the NAT has forgotten the first.
 */
static struct ds_salvo
salvo_against(const struct ds_birthday_facts *facts, unsigned most, bool is_first)
{
    struct ds_salvo salvo = ds_salvo_of(facts->allocation, most);

    if (ds_offer_is_easy(facts->there))
        return salvo;
    if (!ds_offer_is_hard(facts->there) || !is_first || salvo.size > DS_SALVO_BAND_MAX)
        return (struct ds_salvo){0};
    salvo.sockets = (uint16_t)ds_salvo_sockets_both(salvo.size, most);
    return salvo;
}

bool
ds_birthday_tell(struct ds_birthday *birthday, const struct ds_birthday_facts *facts)
{
    if (ds_salvo_is_opened(&birthday->told) || !ds_offer_is_hard(facts->here) ||
            !may_open(birthday, facts))
        return false;
    struct ds_salvo salvo = salvo_against(facts, birthday->told.sockets, birthday->done == 0);
    if (!ds_salvo_is_opened(&salvo))
        return false;
    birthday->told = salvo;
    birthday->is_answer = ds_salvo_is_opened(&facts->there->salvo);
    return true;
}

/* --- opening --- */

/*
 * From the word that tells of a salvo to the salvo: half a round trip, where that says when it
 * arrives. Where the relay is far it says little, since one way may be longer than the other, and
 * the word waits behind what TCP has not sent yet. Some time later both a word that came at once
 * and one that took up to some 1.6 s mostly find the other side's sockets open.
 */
static unsigned
word_ms(unsigned rtt_ms)
{
    unsigned late_ms = rtt_ms > DS_SALVO_NEAR_MS ? rtt_ms - DS_SALVO_NEAR_MS : 0;

    return MAX(rtt_ms / 2, MIN(late_ms, DS_SALVO_WORD_MS));
}

/*
 * What a NAT refuses by RST has shut its hole, so it is sent again until the other side's comes.
 * Who told of the salvo cannot know when its word arrives; who heard of it knows that the other
 * side begins no later than if the word had taken no time.
 */
static void
set_times(struct ds_attempt_salvo *salvo, bool has_heard, unsigned rtt_ms)
{
    salvo->wait_ms = has_heard ? 0 : word_ms(rtt_ms);
    salvo->retry_ms = has_heard ? word_ms(rtt_ms) + DS_SALVO_SLACK_MS : DS_SALVO_HOLD_MS;
}

/* Ours are kept: from the one port to many of theirs. */
static bool
plan_easy(const struct ds_birthday *birthday, const struct ds_birthday_facts *facts,
        struct ds_attempt_salvo *salvo)
{
    salvo->at = facts->there->salvo;
    salvo->sockets = ds_salvo_sockets(salvo->at.size, birthday->told.sockets);
    salvo->is_from_one_port = true;
    set_times(salvo, true, facts->rtt_ms);
    return ds_salvo_is_opened(&salvo->at);
}

/*
 * Ours are dealt at random: from many ports to the one of theirs, when our word for it has arrived;
 * or where theirs are, too, to many, when each side knows those of the other.
 */
static bool
plan_hard(const struct ds_birthday *birthday, const struct ds_birthday_facts *facts,
        struct ds_attempt_salvo *salvo)
{
    bool is_both = !ds_offer_is_easy(facts->there);

    salvo->sockets = birthday->told.sockets;
    set_times(salvo, is_both && !birthday->is_answer, facts->rtt_ms);
    if (is_both) {
        salvo->at = facts->there->salvo;
        salvo->sockets = MIN(salvo->sockets, salvo->at.size);
    }
    return ds_salvo_is_opened(&birthday->told) && (!is_both || ds_salvo_is_opened(&salvo->at));
}

bool
ds_birthday_open(struct ds_birthday *birthday, const struct ds_birthday_facts *facts,
        struct ds_attempt_salvo *salvo)
{
    *salvo = (struct ds_attempt_salvo){0};
    if (birthday->is_opened || !may_open(birthday, facts) || !find_target(facts, &salvo->target))
        return false;
    bool is_planned = (ds_offer_is_easy(facts->here) && plan_easy(birthday, facts, salvo)) ||
                      (ds_offer_is_hard(facts->here) && plan_hard(birthday, facts, salvo));
    if (!is_planned || salvo->sockets == 0)
        return false;
    birthday->is_opened = true;
    return true;
}
