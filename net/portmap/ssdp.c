/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/portmap/ssdp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/limits.h"
#include "net/base/log.h"

enum { SSDP_PORT = 1900, HOPS = 2, ANSWER_MAX = 1400 };

static const char group[] = "239.255.255.250";

/* Version 2 answers to the name of version 1, too. It may take a second to do so (MX). */
static const char question[] = "M-SEARCH * HTTP/1.1\r\n"
                               "HOST: %s:1900\r\n"
                               "MAN: \"ssdp:discover\"\r\n"
                               "MX: 1\r\n"
                               "ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n"
                               "\r\n";

/* ---- the answer ---- */

/* Copies the value of the header line `name` ("LOCATION:"), without the spaces around it. */
static int
find_header(const char *text, const char *name, char *out, size_t cap)
{
    for (const char *line = text; line != NULL; line = strstr(line, "\r\n")) {
        line += strncmp(line, "\r\n", 2) == 0 ? 2 : 0;
        if (strncasecmp(line, name, strlen(name)) != 0)
            continue;
        const char *value = line + strlen(name);
        value += strspn(value, " \t");
        size_t len = strcspn(value, " \t\r\n");
        if (len == 0 || len >= cap)
            return DS_ERR_PROTOCOL;
        memcpy(out, value, len);
        out[len] = '\0';
        return 0;
    }
    return DS_ERR_PROTOCOL;
}

int
ds_ssdp_read(struct ds_url *url, const struct ds_addr *gateway, const char *data, size_t len)
{
    char text[ANSWER_MAX + 1], location[DS_URL_PATH_MAX + DS_ADDR_TEXT_MAX];

    if (len < strlen("HTTP/1.1 200") || len > ANSWER_MAX || memchr(data, '\0', len) != NULL)
        return DS_ERR_PROTOCOL;
    memcpy(text, data, len);
    text[len] = '\0';
    if (strncmp(text, "HTTP/1.", 7) != 0 || strncmp(text + 8, " 200", 4) != 0 ||
            find_header(text, "LOCATION:", location, sizeof location) < 0 ||
            ds_url_read(url, location, gateway, NULL) < 0)
        return DS_ERR_PROTOCOL;
    return 0;
}

/* ---- the search ---- */

/* From our address on the gateway's network, which the question to the group takes, too. */
static int
open_socket(const struct ds_errand *errand)
{
    const struct sockaddr_in *client = (const struct sockaddr_in *)&errand->client.ss;
    const struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = client->sin_addr};
    const unsigned char hops = HOPS;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0 && bind(fd, (const struct sockaddr *)&here, sizeof here) == 0 &&
            setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &here.sin_addr, sizeof here.sin_addr) ==
                    0 &&
            setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return DS_ERR_SYSTEM;
}

static void
ask(int fd, const char *host)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(SSDP_PORT)};
    char text[sizeof question + DS_ADDR_TEXT_MAX];
    int len = snprintf(text, sizeof text, question, host);

    inet_pton(AF_INET, host, &to.sin_addr);
    if (sendto(fd, text, (size_t)len, MSG_NOSIGNAL, (const struct sockaddr *)&to, sizeof to) < 0)
        DS_DEBUG("portmap", "no search at %s: %s", host, strerrordesc_np(errno));
}

/* Returns 1 with the URL, 0 for what is nobody's answer or no fit one. */
static int
hear(int fd, const struct ds_errand *errand, struct ds_url *url)
{
    struct ds_addr from = {.len = sizeof from.ss};
    char data[ANSWER_MAX + 1];
    ssize_t len = recvfrom(fd, data, sizeof data, 0, (struct sockaddr *)&from.ss, &from.len);

    return len >= 0 && ds_addr_is_same_host(&from, &errand->gateway) &&
           ds_ssdp_read(url, &errand->gateway, data, (size_t)len) == 0;
}

int
ds_ssdp_search(struct ds_url *url, const struct ds_errand *errand)
{
    uint64_t deadline_us = ds_errand_deadline(DS_PORTMAP_SEARCH_MS);
    char gateway[DS_ADDR_TEXT_MAX];
    int err = 0, fd = open_socket(errand);

    if (fd < 0)
        return fd;
    ask(fd, ds_addr_format_host(&errand->gateway, gateway));
    ask(fd, group);
    while (err == 0) {
        err = ds_errand_wait(errand, fd, POLLIN, deadline_us);
        if (err == 0 && hear(fd, errand, url) > 0)
            break;
    }
    close(fd);
    return err;
}
