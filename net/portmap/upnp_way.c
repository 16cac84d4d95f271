/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/portmap/errand.h"
#include "net/portmap/http.h"
#include "net/portmap/igd.h"
#include "net/portmap/ssdp.h"

/* UPnP IGD, WANIPConnection 2, table 2-11. */
enum { CONFLICT = 718, PORT_TRIES = 3 };

enum { ARGUMENTS_MAX = 1024 };

/* ---- calls ---- */

/*
 * Call `action`. Returns 0 with the value of the answer's element `wanted` (NULL: none) in `out`,
 * the router's error code (above 0), or a negative error.
 */
static int
call(const struct ds_errand *errand, const char *action, const char *arguments, const char *wanted,
        char out[static DS_IGD_VALUE_MAX])
{
    static const unsigned OK = 200;
    char request[DS_IGD_REQUEST_MAX], code[DS_IGD_VALUE_MAX];
    struct ds_http_answer answer;
    int err = ds_igd_call(request, &errand->igd, action, arguments);

    if (err == 0)
        err = ds_http_ask(&answer, errand, &errand->igd.control, request);
    if (err != 0)
        return err;
    const char *xml = answer.bytes + answer.at;
    if (ds_igd_value(xml, answer.len, "errorCode", code) && atoi(code) > 0)
        return atoi(code);
    if (answer.status != OK)
        return DS_ERR_PROTOCOL;
    return wanted == NULL || ds_igd_value(xml, answer.len, wanted, out) ? 0 : DS_ERR_PROTOCOL;
}

/* Returns 0 with the outside address (port 0; len 0: the router has none), or as call(). */
static int
outside_address(const struct ds_errand *errand, struct ds_addr *out)
{
    char text[DS_IGD_VALUE_MAX] = "";
    int err = call(errand, "GetExternalIPAddress", "", "NewExternalIPAddress", text);
    *out = (struct ds_addr){0};
    if (err != 0 || text[0] == '\0')
        return err;
    if (ds_addr_parse(out, text, 1) < 0 || out->ss.ss_family != AF_INET)
        return DS_ERR_PROTOCOL;
    if (ds_addr_is_unspecified(out))
        *out = (struct ds_addr){0};
    return 0;
}

/* Without a lease (code 725, OnlyPermanentLeasesSupported) is no mapping: it would outlive us. */
static int
add(const struct ds_errand *errand)
{
    char arguments[ARGUMENTS_MAX], host[DS_ADDR_TEXT_MAX], none[DS_IGD_VALUE_MAX];

    snprintf(arguments, sizeof arguments,
            "<NewRemoteHost></NewRemoteHost><NewExternalPort>%u</NewExternalPort>"
            "<NewProtocol>TCP</NewProtocol><NewInternalPort>%u</NewInternalPort>"
            "<NewInternalClient>%s</NewInternalClient><NewEnabled>1</NewEnabled>"
            "<NewPortMappingDescription>Deskside</NewPortMappingDescription>"
            "<NewLeaseDuration>%u</NewLeaseDuration>",
            ds_addr_port(&errand->external), ds_addr_port(&errand->client),
            ds_addr_format_host(&errand->client, host), errand->lease_s);
    return call(errand, "AddPortMapping", arguments, NULL, none);
}

/* ---- the device ---- */

static size_t
describe(struct ds_errand *errand, const struct ds_url *url, struct ds_igd *services)
{
    char request[DS_IGD_REQUEST_MAX];
    struct ds_http_answer answer;

    ds_igd_get(request, url);
    int err = ds_http_ask(&answer, errand, url, request);
    if (err < 0) {
        DS_DEBUG("portmap", "UPnP: no description: %s", ds_strerror(err));
        return 0;
    }
    return ds_igd_find(services, answer.bytes + answer.at, answer.len, url);
}

/*
 * Of several services it is the one that has an outside address. Where none has, and this machine
 * is in the world all the same, the router is behind another one.
 */
static enum ds_portmap_state
find(struct ds_errand *errand, struct ds_addr *outside)
{
    enum ds_portmap_state state = DS_PORTMAP_SILENT;
    struct ds_igd services[DS_IGD_SERVICES];
    struct ds_url url;

    if (ds_ssdp_search(&url, errand) < 0)
        return DS_PORTMAP_SILENT;
    size_t count = describe(errand, &url, services);
    for (size_t i = 0; i < count; i++) {
        errand->igd = services[i];
        int err = outside_address(errand, outside);
        if (err == 0 && outside->len != 0)
            return DS_PORTMAP_MAPPED;
        state = err == 0 ? DS_PORTMAP_BEHIND : state;
    }
    errand->igd = (struct ds_igd){0};
    return state;
}

static uint16_t
another_port(void)
{
    uint16_t random = 0;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return DS_PUNCH_PORT_MIN;
    return (uint16_t)(DS_PUNCH_PORT_MIN + random % (DS_PUNCH_PORT_MAX - DS_PUNCH_PORT_MIN + 1));
}

/* ---- the way ---- */

/* The same number outside; where that is taken, another one. What had no answer may have been made,
 * and so is noted: it is taken back with the rest. */
static enum ds_portmap_state
add_any(struct ds_errand *errand, const struct ds_addr *outside)
{
    const struct ds_addr before = errand->external;
    uint16_t port = ds_addr_port(before.len != 0 ? &before : &errand->client);
    int err = CONFLICT;

    for (int i = 0; i < PORT_TRIES && err == CONFLICT; i++) {
        errand->external = *outside;
        ds_addr_set_port(&errand->external, i > 0 ? another_port() : port);
        err = add(errand);
    }
    if (err < 0)
        return DS_PORTMAP_SILENT;
    if (err > 0) {
        errand->external = before;
        DS_INFO("portmap", "the router refuses by UPnP: error %d", err);
        return DS_PORTMAP_REFUSED;
    }
    errand->granted_s = errand->lease_s;
    return DS_PORTMAP_MAPPED;
}

static enum ds_portmap_state
map(struct ds_errand *errand)
{
    struct ds_addr outside;

    if (errand->gateway.ss.ss_family != AF_INET)
        return DS_PORTMAP_SILENT;
    if (errand->igd.service == NULL) {
        enum ds_portmap_state found = find(errand, &outside);
        if (found != DS_PORTMAP_MAPPED)
            return found;
    } else if (outside_address(errand, &outside) != 0) {
        return DS_PORTMAP_SILENT;
    }
    if (!ds_errand_is_outside(errand, &outside) && !ds_errand_is_between(errand, &outside))
        return DS_PORTMAP_BEHIND;
    return add_any(errand, &outside);
}

/* The answer to AddPortMapping may not have come, or the lease be over: then it may be another's.
 */
static bool
is_ours(const struct ds_errand *errand, const char *arguments)
{
    char client[DS_IGD_VALUE_MAX], host[DS_ADDR_TEXT_MAX];
    return call(errand, "GetSpecificPortMappingEntry", arguments, "NewInternalClient", client) ==
                   0 &&
           strcmp(client, ds_addr_format_host(&errand->client, host)) == 0;
}

static void
unmap(struct ds_errand *errand)
{
    char arguments[ARGUMENTS_MAX], none[DS_IGD_VALUE_MAX];

    if (errand->external.len == 0) /* what is at our port may be another's */
        return;
    snprintf(arguments, sizeof arguments,
            "<NewRemoteHost></NewRemoteHost><NewExternalPort>%u</NewExternalPort>"
            "<NewProtocol>TCP</NewProtocol>",
            ds_addr_port(&errand->external));
    if (!is_ours(errand, arguments))
        return;
    int err = call(errand, "DeletePortMapping", arguments, NULL, none);
    if (err != 0)
        DS_DEBUG("portmap", "UPnP does not confirm the end: %d", err);
}

const struct ds_portmap_way ds_portmap_upnp = {
        .method = DS_PORTMAP_UPNP, .map = map, .unmap = unmap};
