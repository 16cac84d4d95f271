/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/nameplate.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

enum { KEY_BYTES = DS_NAMEPLATE_MAX_DIGITS + 1, DEAL_TRIES = 200 };

/* Of one number of digits at most a quarter is taken: a random try then hits a free one 3 in 4. */
enum { TAKEN_PART = 4 };

/* A subscriber, while nameplates of its own rest. */
struct ds_nameplate_rester {
    struct ds_relay_node node;
    uint8_t key[sizeof((struct ds_nameplate *)0)->subscriber];
    struct ds_nameplate_list plates; /* oldest first */
    size_t count;
};

int
ds_nameplates_init(struct ds_nameplates *set, uint32_t rest_ms)
{
    *set = (struct ds_nameplates){.rest_ms = rest_ms};
    TAILQ_INIT(&set->resting);
    int err = ds_relay_table_init(&set->resters, sizeof((struct ds_nameplate_rester *)0)->key);
    return err == 0 ? ds_relay_table_init(&set->table, KEY_BYTES) : err;
}

/* Returns the subscriber's entry, or NULL without memory. */
static struct ds_nameplate_rester *
get_rester(struct ds_nameplates *set, const uint8_t *key)
{
    struct ds_nameplate_rester *rester = DS_RELAY_NODE_OWNER(
            ds_relay_table_find(&set->resters, key), struct ds_nameplate_rester, node);
    if (rester != NULL)
        return rester;
    rester = calloc(1, sizeof *rester);
    if (rester == NULL)
        return NULL;
    memcpy(rester->key, key, sizeof rester->key);
    TAILQ_INIT(&rester->plates);
    if (ds_relay_table_add(&set->resters, &rester->node, rester->key) != 0) {
        free(rester);
        return NULL;
    }
    return rester;
}

static void
begin_rest(struct ds_nameplates *set, struct ds_nameplate *plate)
{
    TAILQ_INSERT_TAIL(&set->resting, plate, resting);
    set->resting_count++;
    plate->rester = get_rester(set, plate->subscriber);
    if (plate->rester == NULL)
        return; /* one that is not counted: there is a bound for all of them too */
    TAILQ_INSERT_TAIL(&plate->rester->plates, plate, resting_own);
    plate->rester->count++;
}

static void
end_rest(struct ds_nameplates *set, struct ds_nameplate *plate)
{
    struct ds_nameplate_rester *rester = plate->rester;
    TAILQ_REMOVE(&set->resting, plate, resting);
    set->resting_count--;
    plate->rester = NULL;
    if (rester == NULL)
        return;
    TAILQ_REMOVE(&rester->plates, plate, resting_own);
    if (--rester->count > 0)
        return;
    ds_relay_table_remove(&set->resters, &rester->node);
    free(rester);
}

static void
forget(struct ds_nameplates *set, struct ds_nameplate *plate)
{
    if (!plate->is_held)
        end_rest(set, plate);
    set->taken[strlen(plate->digits)]--;
    ds_relay_table_remove(&set->table, &plate->node);
    OPENSSL_cleanse(plate->token, sizeof plate->token);
    free(plate);
}

static struct ds_nameplate *
owner(struct ds_relay_node *node)
{
    return DS_RELAY_NODE_OWNER(node, struct ds_nameplate, node);
}

void
ds_nameplates_finish(struct ds_nameplates *set)
{
    struct ds_relay_node *node;
    while ((node = ds_relay_table_any(&set->table)) != NULL)
        forget(set, owner(node));
    ds_relay_table_finish(&set->table);
    ds_relay_table_finish(&set->resters);
}

static void
forget_rested(struct ds_nameplates *set, uint64_t now_ms)
{
    struct ds_nameplate *first;
    while ((first = TAILQ_FIRST(&set->resting)) != NULL &&
            (first->rests_until_ms <= now_ms || set->resting_count > DS_RELAY_RESTING_MAX))
        forget(set, first);
}

static bool
is_nameplate(const char *digits)
{
    size_t n = strlen(digits);
    return n >= DS_NAMEPLATE_MIN_DIGITS && n <= DS_NAMEPLATE_MAX_DIGITS &&
           strspn(digits, "0123456789") == n;
}

/* `digits` is a nameplate, or NULL is returned. */
static struct ds_nameplate *
find_any(const struct ds_nameplates *set, const char *digits)
{
    char key[KEY_BYTES] = {0};
    if (!is_nameplate(digits))
        return NULL;
    memcpy(key, digits, strlen(digits));
    return owner(ds_relay_table_find(&set->table, key));
}

static struct ds_nameplate *
add(struct ds_nameplates *set, const char *digits)
{
    struct ds_nameplate *plate = calloc(1, sizeof *plate);
    if (plate == NULL)
        return NULL;
    memcpy(plate->digits, digits, strlen(digits));
    plate->is_held = true;
    if (RAND_bytes(plate->token, sizeof plate->token) != 1 ||
            ds_relay_table_add(&set->table, &plate->node, plate->digits) != 0) {
        free(plate);
        return NULL;
    }
    set->taken[strlen(digits)]++;
    return plate;
}

/* Find the smallest number of digits with room; `*count` is how many nameplates it has. */
static int
choose_length(const struct ds_nameplates *set, uint64_t *count)
{
    *count = 1;
    for (int i = 0; i < DS_NAMEPLATE_MIN_DIGITS; i++)
        *count *= 10;
    for (int n = DS_NAMEPLATE_MIN_DIGITS; n <= DS_NAMEPLATE_MAX_DIGITS; n++, *count *= 10)
        if (set->taken[n] * TAKEN_PART < *count)
            return n;
    return 0;
}

static void
write_digits(char *digits, int length, uint64_t number)
{
    digits[length] = '\0';
    for (int i = length - 1; i >= 0; i--, number /= 10)
        digits[i] = (char)('0' + number % 10);
}

struct ds_nameplate *
ds_nameplates_deal(struct ds_nameplates *set, uint64_t now_ms)
{
    uint64_t count, number;
    char digits[KEY_BYTES];

    forget_rested(set, now_ms);
    int length = choose_length(set, &count);
    for (int i = 0; length > 0 && i < DEAL_TRIES; i++) {
        if (RAND_bytes((unsigned char *)&number, sizeof number) != 1)
            return NULL;
        /* 2^64 is so much more than 10^9 that the remainder is even enough. */
        write_digits(digits, length, number % count);
        if (find_any(set, digits) == NULL)
            return add(set, digits);
    }
    return NULL;
}

struct ds_nameplate *
ds_nameplates_claim(
        struct ds_nameplates *set, uint64_t now_ms, const char *digits, const uint8_t *token)
{
    if (!is_nameplate(digits))
        return NULL;
    forget_rested(set, now_ms);
    struct ds_nameplate *plate = find_any(set, digits);
    if (plate == NULL)
        return add(set, digits);
    bool has_met = plate->is_held && plate->waiting == NULL;
    if (has_met || token == NULL || CRYPTO_memcmp(plate->token, token, sizeof plate->token) != 0)
        return NULL;
    if (!plate->is_held) {
        end_rest(set, plate);
        plate->is_held = true;
    }
    plate->farewell = DS_REASON_NONE;
    return plate;
}

struct ds_nameplate *
ds_nameplates_find(struct ds_nameplates *set, const char *digits)
{
    struct ds_nameplate *plate = find_any(set, digits);
    return plate != NULL && plate->is_held ? plate : NULL;
}

enum ds_reason
ds_nameplates_why_not(const struct ds_nameplates *set, uint64_t now_ms, const char *digits)
{
    const struct ds_nameplate *plate = find_any(set, digits);
    bool has_words = plate != NULL && now_ms < plate->rests_until_ms;
    return has_words && plate->farewell != DS_REASON_NONE ? plate->farewell
                                                          : DS_REASON_NO_SUCH_CODE;
}

void
ds_nameplates_release(struct ds_nameplates *set, struct ds_nameplate *plate, uint64_t now_ms)
{
    plate->waiting = NULL;
    plate->is_held = false;
    plate->rests_until_ms = now_ms + set->rest_ms;
    begin_rest(set, plate);
    if (plate->rester != NULL && plate->rester->count > DS_RELAY_RESTING_OWN_MAX)
        forget(set, TAILQ_FIRST(&plate->rester->plates));
    forget_rested(set, now_ms);
}

void
ds_nameplate_wrong_guess(
        struct ds_nameplate *plate, uint64_t now_ms, uint32_t first_ms, uint32_t later_ms)
{
    plate->no_knock_until_ms = now_ms + (plate->wrong_guesses == 0 ? first_ms : later_ms);
    plate->wrong_guesses++;
}

uint32_t
ds_nameplate_no_knock_ms(const struct ds_nameplate *plate, uint64_t now_ms)
{
    return plate->no_knock_until_ms > now_ms ? (uint32_t)(plate->no_knock_until_ms - now_ms) : 0;
}
