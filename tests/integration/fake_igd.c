/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/fake_igd.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

enum { SSDP_PORT = 1900 };

#define SERVICE "urn:schemas-upnp-org:service:WANIPConnection:1"

/* ---- the search ---- */

static void
on_search(evutil_socket_t fd, short what, void *arg)
{
    struct fake_igd *igd = arg;
    gboolean is_there = igd->manner != FAKE_IGD_ELSEWHERE;
    struct sockaddr_in from;
    socklen_t from_len = sizeof from;
    char data[1024];

    g_assert_cmpint(recvfrom(fd, data, sizeof data, 0, (struct sockaddr *)&from, &from_len), >, 0);
    g_autofree char *answer = g_strdup_printf("HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n"
                                              "LOCATION: http://127.0.0.%u:%u/desc.xml\r\n\r\n",
            is_there ? 1 : 2, is_there ? igd->port : igd->elsewhere_port);
    sendto(fd, answer, strlen(answer), 0, (struct sockaddr *)&from, from_len);
}

/* ---- what it says ---- */

static void
answer(struct bufferevent *bev, const char *status, const char *body)
{
    evbuffer_add_printf(bufferevent_get_output(bev),
            "HTTP/1.1 %s\r\nServer: fake\r\nConnection: close\r\n\r\n%s", status, body);
}

static void
describe(struct fake_igd *igd, struct bufferevent *bev)
{
    g_autofree char *there = g_strdup_printf("http://127.0.0.2:%u", igd->elsewhere_port);
    g_autofree char *moved = g_strdup_printf("302 Found\r\nLocation: %s/desc.xml", there);
    g_autofree char *body = g_strdup_printf(
            "<root><URLBase>%s</URLBase><service><serviceType>" SERVICE "</serviceType>"
            "<controlURL>%s/control</controlURL></service></root>",
            igd->manner == FAKE_IGD_BASE_ELSEWHERE ? there : "",
            igd->manner == FAKE_IGD_CONTROL_ELSEWHERE ? there : "");

    if (igd->manner == FAKE_IGD_REDIRECT)
        answer(bev, moved, "");
    else
        answer(bev, "200 OK", igd->manner == FAKE_IGD_NONSENSE ? "<root><<<&&]]>" : body);
}

static void
refuse(struct bufferevent *bev, unsigned code)
{
    g_autofree char *body = g_strdup_printf(
            "<s:Fault><detail><UPnPError><errorCode>%u</errorCode></UPnPError></detail></s:Fault>",
            code);
    answer(bev, "500 Internal Server Error", body);
}

static void
add(struct fake_igd *igd, struct bufferevent *bev, const char *request)
{
    igd->adds++;
    g_strlcpy(igd->added, request, sizeof igd->added);
    if (igd->manner == FAKE_IGD_PERMANENT)
        refuse(bev, 725);
    else if (igd->conflicts > 0 && igd->conflicts-- > 0)
        refuse(bev, 718);
    else
        answer(bev, "200 OK", "<s:Body><u:AddPortMappingResponse/></s:Body>");
}

static const char *
entry(unsigned host)
{
    static char body[256];
    g_snprintf(body, sizeof body,
            "<s:Body><NewInternalPort>1</NewInternalPort>"
            "<NewInternalClient>127.0.0.%u</NewInternalClient></s:Body>",
            host);
    return body;
}

static void
serve(struct fake_igd *igd, struct bufferevent *bev, const char *request)
{
    g_autofree char *address = g_strdup_printf(
            "<s:Body><NewExternalIPAddress>%s</NewExternalIPAddress></s:Body>", igd->external);

    if (g_str_has_prefix(request, "GET /desc.xml HTTP/1.0\r\n")) {
        describe(igd, bev);
    } else if (strstr(request, "#GetExternalIPAddress\"") != NULL) {
        answer(bev, "200 OK", address);
    } else if (strstr(request, "#AddPortMapping\"") != NULL) {
        add(igd, bev, request);
    } else if (strstr(request, "#GetSpecificPortMappingEntry\"") != NULL) {
        answer(bev, "200 OK", igd->manner == FAKE_IGD_ANOTHERS ? entry(3) : entry(1));
    } else if (strstr(request, "#DeletePortMapping\"") != NULL) {
        igd->deletes++;
        g_strlcpy(igd->deleted, request, sizeof igd->deleted);
        answer(bev, "200 OK", "<s:Body/>");
    } else {
        g_test_message("an odd request: %s", request);
        g_test_fail();
    }
}

/* ---- its connections ---- */

static gboolean
is_whole(const char *request)
{
    return g_str_has_prefix(request, "GET ") ? strstr(request, "\r\n\r\n") != NULL
                                             : strstr(request, "</s:Envelope>\r\n") != NULL;
}

static void
on_written(struct bufferevent *bev, void *arg)
{
    struct fake_igd *igd = arg;
    static const char more[4096] = "<a>";

    if (igd->manner == FAKE_IGD_ENDLESS)
        bufferevent_write(bev, more, sizeof more);
    else
        bufferevent_free(bev);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
    bufferevent_free(bev);
}

static void
on_request(struct bufferevent *bev, void *arg)
{
    struct fake_igd *igd = arg;
    struct evbuffer *in = bufferevent_get_input(bev);
    g_autofree char *request =
            g_strndup((const char *)evbuffer_pullup(in, -1), evbuffer_get_length(in));

    if (!is_whole(request) || igd->manner == FAKE_IGD_SILENT)
        return;
    evbuffer_drain(in, evbuffer_get_length(in));
    bufferevent_setcb(bev, NULL, on_written, on_event, igd);
    if (igd->manner == FAKE_IGD_ENDLESS)
        answer(bev, "200 OK", "<root>");
    else
        serve(igd, bev, request);
}

static void
on_visit(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int len,
        void *arg)
{
    struct fake_igd *igd = arg;
    struct bufferevent *bev = bufferevent_socket_new(igd->base, fd, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(bev, on_request, NULL, on_event, igd);
    bufferevent_enable(bev, EV_READ | EV_WRITE);
}

static void
on_visit_elsewhere(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
        int len, void *arg)
{
    ((struct fake_igd *)arg)->visits++;
    close(fd);
}

/* ---- its life ---- */

static struct evconnlistener *
listen_at(struct fake_igd *igd, const char *host, evconnlistener_cb fn, guint16 *port)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    socklen_t len = sizeof here;

    inet_pton(AF_INET, host, &here.sin_addr);
    struct evconnlistener *listener = evconnlistener_new_bind(igd->base, fn, igd,
            LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, -1, (struct sockaddr *)&here,
            sizeof here);
    g_assert_nonnull(listener);
    g_assert_cmpint(
            getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&here, &len), ==, 0);
    *port = ntohs(here.sin_port);
    return listener;
}

void
fake_igd_begin(struct fake_igd *igd, struct event_base *base)
{
    const struct sockaddr_in here = {.sin_family = AF_INET,
            .sin_port = htons(SSDP_PORT),
            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    *igd = (struct fake_igd){.base = base, .external = "192.0.2.9"};
    g_assert_cmpint(bind(fd, (const struct sockaddr *)&here, sizeof here), ==, 0);
    igd->search = event_new(base, fd, EV_READ | EV_PERSIST, on_search, igd);
    event_add(igd->search, NULL);
    igd->http = listen_at(igd, "127.0.0.1", on_visit, &igd->port);
    igd->elsewhere = listen_at(igd, "127.0.0.2", on_visit_elsewhere, &igd->elsewhere_port);
}

void
fake_igd_end(struct fake_igd *igd)
{
    close(event_get_fd(igd->search));
    event_free(igd->search);
    evconnlistener_free(igd->http);
    evconnlistener_free(igd->elsewhere);
}
