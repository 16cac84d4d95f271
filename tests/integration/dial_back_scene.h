/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_DIAL_BACK_SCENE_H
#define DS_TESTS_INTEGRATION_DIAL_BACK_SCENE_H

#include <glib.h>

#include "net/base/limits.h"
#include "net/relay/state.h"
#include "net/wire/record.h"

/*
 * The product's relay, without TLS, at a machine of its own; its clients, elsewhere or at that very
 * machine, with addresses of the world and of networks; and who is dialled there.
 */
#define DIAL_BACK_RELAY "203.0.113.1"
#define DIAL_BACK_OTHER "203.0.113.2" /* its second address */
#define DIAL_BACK_CLIENT "198.51.100.7"
#define DIAL_BACK_SHUT "4444" /* a port there that is answered by ICMP: host unreachable */
#define DIAL_BACK_TOKEN "8 bytes."

struct dial_back_scene {
    struct event_base *base;
    struct ds_relay *relay;
    struct ds_addr addr; /* [::], as relays do: it sees IPv4 as v4-mapped IPv6 */
};

struct dial_back_client {
    struct dial_back_scene *scene;
    int fd;
    size_t len;
    uint8_t input[4096];
};

/* A port whose SYNs get no answer: its queue is full. */
struct dial_back_deaf {
    int listener, guest;
    uint16_t port;
};

/** Go on in a network of the test's own. FALSE where none can be had. Once, at first. */
gboolean dial_back_enter(void);

/** Return an address of digits, with a port. */
struct ds_addr dial_back_address(const char *host, uint16_t port);

/** Begin with a relay that answers STUN at its first address and `stun_other`; NULL: nowhere. */
void dial_back_scene_open(struct dial_back_scene *scene, enum ds_relay_dial_back dial_back,
        size_t connections_max, const char *stun_other);

/** Free the relay. */
void dial_back_scene_close(struct dial_back_scene *scene);

/** Let the relay do what it can do at once. */
void dial_back_settle(struct dial_back_scene *scene);

/** Take the next record, which has this type; -1: the stream ends. */
void dial_back_expect(struct dial_back_client *client, int type);

/** Take REFUSED for breaking the protocol, and the end. */
void dial_back_expect_refused(struct dial_back_client *client);

/** Take DIALLED and return what it says; `ms` may be NULL. */
enum ds_dialled dial_back_take_dialled(struct dial_back_client *client, unsigned *ms);

/** Connect from one address to another, and be welcomed. */
void dial_back_client_open(struct dial_back_client *client, struct dial_back_scene *scene,
        const char *from, const char *to);

/** The same, and CHECK. */
void dial_back_open_checking_at(struct dial_back_client *client, struct dial_back_scene *scene,
        const char *from, const char *to);

/** The same, to DIAL_BACK_RELAY. */
void dial_back_open_checking(
        struct dial_back_client *client, struct dial_back_scene *scene, const char *from);

/** Return the port that it speaks from. */
uint16_t dial_back_port(const struct dial_back_client *client);

/** Hang up. */
void dial_back_client_close(struct dial_back_client *client);

/** Close a listener, a client and a relay. */
void dial_back_end(struct dial_back_scene *scene, struct dial_back_client *client, int listener);

/** Send DIAL so often in one write. */
void dial_back_dial_often(
        struct dial_back_client *client, unsigned times, enum ds_dial_from from, uint16_t port);

/** Send DIAL. */
void dial_back_dial(struct dial_back_client *client, enum ds_dial_from from, uint16_t port);

/** Listen, knowing nothing of the relay. Returns the socket (owned). */
int dial_back_listen_on(const char *host, uint16_t port, int backlog);

/** The same, on any port. */
int dial_back_listen(const char *host, int backlog, uint16_t *port);

/** Say whether somebody has come. */
bool dial_back_has_visit(int fd);

/** Wait for one who says the token and nothing else; `from` gets where it came from. */
void dial_back_take_visit(int fd, struct ds_addr *from);

/** Make such a port. */
void dial_back_deaf_open(struct dial_back_deaf *deaf, const char *host);

/** Close it: it refuses from now on. */
void dial_back_deaf_close(struct dial_back_deaf *deaf);

#endif
