/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/portmap/igd.h"

#include <stdio.h>
#include <string.h>

#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpreplyparse.h>

/* ---- what a router says ---- */

/* Static, since it goes into a header: nothing of the router's does. NULL for what we do not use.
 */
static const char *
known_service(const char *urn)
{
    static const char *const urns[] = {
            "urn:schemas-upnp-org:service:WANIPConnection:1",
            "urn:schemas-upnp-org:service:WANIPConnection:2",
            "urn:schemas-upnp-org:service:WANPPPConnection:1",
    };
    for (size_t i = 0; i < sizeof urns / sizeof urns[0]; i++)
        if (strcmp(urn, urns[i]) == 0)
            return urns[i];
    return NULL;
}

size_t
ds_igd_find(struct ds_igd *out, const char *xml, size_t len, const struct ds_url *source)
{
    struct IGDdatas data;
    struct ds_url base;
    size_t count = 0;

    memset(&data, 0, sizeof data);
    parserootdesc(xml, (int)len, &data);
    if (data.urlbase[0] == '\0' || ds_url_read(&base, data.urlbase, &source->server, NULL) < 0)
        base = *source;
    const struct IGDdatas_service *services[DS_IGD_SERVICES] = {&data.first, &data.second};
    for (size_t i = 0; i < DS_IGD_SERVICES; i++) {
        struct ds_igd *igd = &out[count];
        igd->service = known_service(services[i]->servicetype);
        count += igd->service != NULL &&
                 ds_url_read(&igd->control, services[i]->controlurl, &source->server, &base) == 0;
    }
    return count;
}

bool
ds_igd_value(const char *xml, size_t len, const char *name, char out[static DS_IGD_VALUE_MAX])
{
    struct NameValueParserData data;

    out[0] = '\0';
    ParseNameValue(xml, (int)len, &data);
    const char *value = GetValueFromNameValueList(&data, name);
    bool fits = value != NULL && strlen(value) < DS_IGD_VALUE_MAX;
    if (fits)
        memcpy(out, value, strlen(value) + 1);
    ClearNameValueList(&data);
    return fits;
}

/* ---- what it is asked ---- */

void
ds_igd_get(char out[static DS_IGD_REQUEST_MAX], const struct ds_url *url)
{
    char host[DS_ADDR_TEXT_MAX];

    snprintf(out, DS_IGD_REQUEST_MAX, "GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n",
            url->path, ds_addr_format(&url->server, host));
}

int
ds_igd_call(char out[static DS_IGD_REQUEST_MAX], const struct ds_igd *igd, const char *action,
        const char *arguments)
{
    char host[DS_ADDR_TEXT_MAX], body[DS_IGD_REQUEST_MAX];
    int body_len = snprintf(body, sizeof body,
            "<?xml version=\"1.0\"?>\r\n"
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
            "s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\">"
            "<s:Body><u:%s xmlns:u=\"%s\">%s</u:%s></s:Body></s:Envelope>\r\n",
            action, igd->service, arguments, action);
    int len = snprintf(out, DS_IGD_REQUEST_MAX,
            "POST %s HTTP/1.0\r\nHost: %s\r\nContent-Type: text/xml; charset=\"utf-8\"\r\n"
            "SOAPAction: \"%s#%s\"\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
            igd->control.path, ds_addr_format(&igd->control.server, host), igd->service, action,
            body_len, body);
    return body_len < DS_IGD_REQUEST_MAX && len < DS_IGD_REQUEST_MAX ? 0 : DS_ERR_TOO_BIG;
}
