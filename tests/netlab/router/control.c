/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/netlab/router/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/netlab/router/tun.h"

enum { WORDS_MAX = 40 };

/* The words of one line, and where its answer goes. */
struct request {
    struct nl_net *net;
    FILE *answer;
    char *words[WORDS_MAX];
    int count;
    bool has_failed;
};

static void
fail(struct request *request, const char *what, const char *detail)
{
    if (!request->has_failed)
        fprintf(request->answer, "error %s: %s\n", what, detail);
    request->has_failed = true;
}

static struct nl_node *
node_at(struct request *request, int index)
{
    struct nl_node *node = nl_net_find(request->net, request->words[index]);
    if (node == NULL)
        fail(request, "no node", request->words[index]);
    return node;
}

/* A node that others can be below, or NULL. */
static struct nl_node *
parent_at(struct request *request, int index)
{
    struct nl_node *node = node_at(request, index);
    if (node == NULL || node->role != NL_HOST)
        return node;
    fail(request, "nothing can be below a host", request->words[index]);
    return NULL;
}

/* A router's node, or NULL. */
static struct nl_node *
router_at(struct request *request, int index)
{
    struct nl_node *node = node_at(request, index);
    if (node == NULL || node->nat != NULL)
        return node;
    fail(request, "no router", request->words[index]);
    return NULL;
}

/* Read addresses with commas. Returns their count, or 0. */
static size_t
ips_at(struct request *request, int index, struct nl_prefix ips[static NL_ADDRESSES])
{
    size_t count = 0;
    char *rest = request->words[index], *text;
    while ((text = strsep(&rest, ",")) != NULL) {
        if (count == NL_ADDRESSES || !nl_prefix_parse(text, &ips[count])) {
            fail(request, "no address, or one too many", text);
            return 0;
        }
        count++;
    }
    return count;
}

static bool
tuple_at(struct request *request, int index, struct nl_tuple *tuple)
{
    memset(tuple, 0, sizeof *tuple);
    for (int i = index; i < index + 2; i++) {
        if (!nl_end_parse(request->words[i], i == index ? &tuple->src : &tuple->dst)) {
            fail(request, "no address with a port", request->words[i]);
            return false;
        }
    }
    return true;
}

static bool
is_new_name(struct request *request)
{
    const char *name = request->words[1];
    bool is_new = nl_net_find(request->net, name) == NULL && strlen(name) < NL_NAME;
    if (!is_new)
        fail(request, "a name that is taken or too long", name);
    return is_new;
}

static void
do_host(struct request *request)
{
    struct nl_prefix ips[NL_ADDRESSES];
    struct nl_node *parent = parent_at(request, 2);
    size_t count = ips_at(request, 3, ips);
    if (parent == NULL || count == 0 || !is_new_name(request))
        return;
    int tun = nl_tun_open(request->words[4], request->words[5]);
    if (tun < 0) {
        fail(request, request->words[4], strerror(errno));
        return;
    }
    struct nl_node *node =
            nl_net_add(request->net, request->words[1], parent, tun, NULL, ips, count);
    node->is_exempt = request->count > 6 && strcmp(request->words[6], "exempt") == 0;
}

static bool
read_kind(struct request *request, struct nl_kind *kind)
{
    char error[NL_KIND_ERROR];
    nl_kind_init(kind);
    bool is_good = nl_kind_read(kind, request->words[4], error);
    for (int i = 5; is_good && i < request->count; i++) {
        char *value = request->words[i], *name = strsep(&value, "=");
        is_good = nl_kind_set(kind, name, value != NULL ? value : "", error);
    }
    is_good = is_good && nl_kind_check(kind, error);
    if (!is_good)
        fail(request, "kind", error);
    return is_good;
}

static void
do_router(struct request *request)
{
    struct nl_prefix ips[NL_ADDRESSES];
    struct nl_kind kind;
    struct nl_node *parent = parent_at(request, 2);
    size_t count = ips_at(request, 3, ips);
    if (parent == NULL || count == 0 || !is_new_name(request) || !read_kind(request, &kind))
        return;
    nl_net_add(request->net, request->words[1], parent, -1, &kind, ips, count);
}

/* Set one thing of a line, "delay_us=20000". */
static void
set_pipe(struct request *request, struct nl_pipe *pipe, const char *setting)
{
    const char *equals = strchr(setting, '=');
    char *end = NULL;
    unsigned long long value = equals != NULL ? strtoull(equals + 1, &end, 10) : 0;
    size_t len = equals != NULL ? (size_t)(equals - setting) : 0;
    if (len == 0 || end == equals + 1 || *end != '\0')
        fail(request, "no setting", setting);
    else if (strncmp(setting, "delay_us", len) == 0)
        pipe->delay_us = value;
    else if (strncmp(setting, "rate_bps", len) == 0)
        pipe->rate_bps = value;
    else if (strncmp(setting, "queue_bytes", len) == 0)
        pipe->queue_bytes = value;
    else if (strncmp(setting, "loss_ppm", len) == 0)
        pipe->loss_ppm = (uint32_t)value;
    else
        fail(request, "no setting", setting);
}

static void
do_line(struct request *request)
{
    struct nl_node *node = node_at(request, 1);
    const char *way = request->words[2];
    for (int i = 3; node != NULL && i < request->count; i++) {
        if (strcmp(way, "down") != 0)
            set_pipe(request, &node->up, request->words[i]);
        if (strcmp(way, "up") != 0)
            set_pipe(request, &node->down, request->words[i]);
    }
}

static void
do_cut(struct request *request)
{
    struct nl_node *node = node_at(request, 1);
    if (node != NULL)
        node->is_cut = strcmp(request->words[0], "cut") == 0;
}

static void
do_cut_flow(struct request *request)
{
    struct nl_tuple tuple;
    if (tuple_at(request, 1, &tuple))
        nl_flows_cut(request->net->flows, &tuple, strcmp(request->words[0], "cut-flow") == 0);
}

static void
do_part(struct request *request)
{
    struct nl_ip a, b;
    if (!nl_ip_parse(request->words[1], &a) || !nl_ip_parse(request->words[2], &b))
        fail(request, "no address", request->words[1]);
    else
        nl_flows_part(request->net->flows, &a, &b, strcmp(request->words[0], "part") == 0);
}

static void
do_delay(struct request *request)
{
    struct nl_ip from, to;
    uint64_t us = strtoull(request->words[3], NULL, 10);
    if (!nl_ip_parse(request->words[1], &from) || !nl_ip_parse(request->words[2], &to))
        fail(request, "no address", request->words[1]);
    else
        nl_flows_delay(request->net->flows, &from, &to, us);
}

static void
do_reset(struct request *request)
{
    struct nl_tuple tuple;
    if (tuple_at(request, 1, &tuple) && !nl_net_reset(request->net, &tuple))
        fail(request, "no flow from", request->words[1]);
}

static void
do_reboot(struct request *request)
{
    struct nl_node *node = router_at(request, 1);
    if (node != NULL)
        nl_nat_reboot(node->nat, request->net->now_us);
}

static void
do_move(struct request *request)
{
    struct nl_prefix ips[NL_ADDRESSES];
    struct nl_node *node = node_at(request, 1), *parent = parent_at(request, 2);
    size_t count = ips_at(request, 3, ips);
    if (node != NULL && parent != NULL && count > 0)
        nl_net_move(request->net, node, parent, ips, count);
}

static void
do_mappings(struct request *request)
{
    struct nl_node *node = router_at(request, 1);
    if (node != NULL)
        nl_nat_dump(node->nat, request->answer, request->net->now_us);
}

static void
do_flush(struct request *request)
{
    nl_log_flush(request->net->log);
}

/* What there is, with the fewest words that it takes. */
static const struct command {
    const char *name;
    int words;
    void (*act)(struct request *request);
} commands[] = {
        {"host", 6, do_host},
        {"router", 5, do_router},
        {"line", 4, do_line},
        {"cut", 2, do_cut},
        {"mend", 2, do_cut},
        {"cut-flow", 3, do_cut_flow},
        {"mend-flow", 3, do_cut_flow},
        {"part", 3, do_part},
        {"join", 3, do_part},
        {"delay", 4, do_delay},
        {"reset", 3, do_reset},
        {"reboot", 2, do_reboot},
        {"move", 4, do_move},
        {"mappings", 2, do_mappings},
        {"flush", 1, do_flush},
};

void
nl_control_do(struct nl_net *net, char *line, FILE *answer)
{
    struct request request = {.net = net, .answer = answer};
    char *rest = line, *word;
    while ((word = strsep(&rest, " ")) != NULL && request.count < WORDS_MAX) {
        if (*word != '\0')
            request.words[request.count++] = word;
    }
    const char *name = request.count > 0 ? request.words[0] : "";
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        if (request.count >= commands[i].words)
            commands[i].act(&request);
        else
            fail(&request, name, "too few words");
        if (!request.has_failed)
            fputs("ok\n", answer);
        return;
    }
    fail(&request, "no command", name);
}
