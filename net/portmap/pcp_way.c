/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "net/base/clock.h"
#include "net/base/log.h"
#include "net/portmap/errand.h"

/* A question and its answer. */
struct talk {
    struct ds_pcp_request request;
    struct ds_pcp_answer answer;
};

static int
take(void *arg, const uint8_t *data, size_t len)
{
    struct talk *talk = arg;
    return ds_pcp_read(&talk->answer, &talk->request, data, len) == 0;
}

/* The end that it had, else the same number outside; the address is the router's to know. */
static struct ds_addr
suggestion(const struct ds_errand *errand)
{
    struct ds_addr any = {.len = errand->client.len};

    if (errand->external.len != 0)
        return errand->external;
    any.ss.ss_family = errand->client.ss.ss_family;
    ds_addr_set_port(&any, ds_addr_port(&errand->client));
    return any;
}

static int
ask(const struct ds_errand *errand, struct talk *talk, uint32_t lifetime_s)
{
    uint8_t bytes[DS_PCP_REQUEST_BYTES];

    memset(talk, 0, sizeof *talk);
    memcpy(talk->request.nonce, errand->nonce, sizeof errand->nonce);
    talk->request.lifetime_s = lifetime_s;
    talk->request.client = errand->client;
    if (lifetime_s != 0)
        talk->request.suggested = suggestion(errand);
    ds_pcp_write(&talk->request, bytes);
    return ds_errand_ask(errand, bytes, sizeof bytes, take, talk);
}

/* A router that began anew has forgotten; what it grants now is a new mapping. */
static void
note_epoch(struct ds_errand *errand, uint32_t epoch_s)
{
    if (!ds_pcp_epoch_take(&errand->epoch, epoch_s, ds_clock_boot_ms() / 1000))
        DS_INFO("portmap", "the router has forgotten its mappings, and has ours anew");
}

static enum ds_portmap_state
map(struct ds_errand *errand)
{
    struct talk talk;

    if (ask(errand, &talk, errand->lease_s) < 0)
        return DS_PORTMAP_SILENT;
    switch (talk.answer.result) {
    case DS_PCP_SUCCESS:
        break;
    case DS_PCP_UNSUPP_VERSION:
        return DS_PORTMAP_SILENT;
    case DS_PCP_ADDRESS_MISMATCH:
    case DS_PCP_NETWORK_FAILURE: /* it has no address in the world, where we are by way of it */
        return DS_PORTMAP_BEHIND;
    default:
        DS_INFO("portmap", "the router refuses by PCP: %s", ds_pcp_result_name(talk.answer.result));
        return DS_PORTMAP_REFUSED;
    }
    if (talk.answer.lifetime_s == 0)
        return DS_PORTMAP_REFUSED;
    note_epoch(errand, talk.answer.epoch_s);
    errand->external = talk.answer.external;
    errand->granted_s = talk.answer.lifetime_s;
    return DS_PORTMAP_MAPPED;
}

static void
unmap(struct ds_errand *errand)
{
    struct talk talk;
    int err = ask(errand, &talk, 0);
    if (err < 0)
        DS_DEBUG("portmap", "PCP does not confirm the end: %s", ds_strerror(err));
}

const struct ds_portmap_way ds_portmap_pcp = {.method = DS_PORTMAP_PCP, .map = map, .unmap = unmap};
