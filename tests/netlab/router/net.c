/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/netlab/router/net.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/netlab/router/memory.h"

/* What a packet that waits does next: with packet->node. */
enum step {
    ARRIVE_ABOVE, /* at the node's parent, from the node */
    ARRIVE_BELOW, /* at the node, from its parent */
    ANSWER,       /* the node answers it, if its 4-tuple was not opened meanwhile */
    GO_DOWN,      /* onto the line to the node */
};

static void go_down(struct nl_net *net, struct nl_node *node, struct nl_packet *packet);
static void arrive_below(struct nl_net *net, struct nl_node *node, struct nl_packet *packet);

static struct nl_node *
add_node(struct nl_net *net, const char *name, enum nl_role role)
{
    struct nl_node *node = nl_allocate(sizeof *node);
    strncpy(node->name, name, sizeof node->name - 1);
    node->role = role;
    node->tun = -1;
    LIST_INSERT_HEAD(&net->nodes, node, link);
    return node;
}

void
nl_net_init(struct nl_net *net, uint64_t seed, struct nl_log *log, uint64_t now_us)
{
    *net = (struct nl_net){.random = {seed}, .log = log, .now_us = now_us};
    net->flows = nl_flows_new();
    net->internet = add_node(net, "internet", NL_INTERNET);
}

void
nl_net_finish(struct nl_net *net)
{
    while (!LIST_EMPTY(&net->nodes)) {
        struct nl_node *node = LIST_FIRST(&net->nodes);
        LIST_REMOVE(node, link);
        nl_nat_free(node->nat);
        if (node->tun >= 0)
            close(node->tun);
        free(node);
    }
    nl_queue_finish(&net->queue);
    nl_flows_free(net->flows);
}

struct nl_node *
nl_net_find(const struct nl_net *net, const char *name)
{
    struct nl_node *node;
    LIST_FOREACH(node, &net->nodes, link)
    {
        if (strcmp(node->name, name) == 0)
            return node;
    }
    return NULL;
}

const char *
nl_net_source(const struct nl_packet *packet)
{
    return packet->source->name;
}

static const struct nl_ip *
v4_of(const struct nl_node *node)
{
    for (size_t i = 0; i < node->address_count; i++) {
        if (nl_ip_is_v4(&node->addresses[i].ip))
            return &node->addresses[i].ip;
    }
    return &node->addresses[0].ip;
}

static void
set_addresses(struct nl_node *node, const struct nl_prefix *addresses, size_t count)
{
    memcpy(node->addresses, addresses, count * sizeof *addresses);
    node->address_count = count;
}

struct nl_node *
nl_net_add(struct nl_net *net, const char *name, struct nl_node *parent, int tun,
        const struct nl_kind *kind, const struct nl_prefix *addresses, size_t address_count)
{
    struct nl_node *node = add_node(net, name, kind != NULL ? NL_ROUTER : NL_HOST);
    node->parent = parent;
    node->tun = tun;
    set_addresses(node, addresses, address_count);
    if (kind != NULL) {
        node->kind = *kind;
        node->nat = nl_nat_new(&node->kind, v4_of(node), &net->random, net->now_us);
    }
    return node;
}

void
nl_net_move(struct nl_net *net, struct nl_node *node, struct nl_node *parent,
        const struct nl_prefix *addresses, size_t address_count)
{
    node->parent = parent;
    set_addresses(node, addresses, address_count);
    if (node->nat != NULL)
        nl_nat_readdress(node->nat, v4_of(node), net->now_us);
}

static void
end(struct nl_net *net, const struct nl_node *last, struct nl_packet *packet,
        enum nl_verdict verdict)
{
    nl_log_packet(net->log, packet, nl_net_source(packet), last->name, verdict, net->now_us);
    free(packet);
}

/* Put a packet on the line of a node; it goes on by `step` at its other end. */
static void
enter(struct nl_net *net, struct nl_node *node, struct nl_pipe *pipe, struct nl_packet *packet,
        enum step step)
{
    enum nl_pipe_fate fate = NL_PIPE_PASS;
    if (!node->is_cut)
        fate = nl_pipe_enter(pipe, packet->len, &net->random, net->now_us, &packet->due_us);
    if (node->is_cut || fate != NL_PIPE_PASS) {
        enum nl_verdict lost = fate == NL_PIPE_LOST ? NL_LOST : NL_OVERFLOW;
        end(net, node, packet, node->is_cut ? NL_CUT : lost);
        return;
    }
    packet->node = node;
    packet->step = (uint8_t)step;
    nl_queue_put(&net->queue, packet);
}

static void
go_up(struct nl_net *net, struct nl_node *node, struct nl_packet *packet)
{
    enter(net, node, &node->up, packet, ARRIVE_ABOVE);
}

static void
go_down(struct nl_net *net, struct nl_node *node, struct nl_packet *packet)
{
    enter(net, node, &node->down, packet, ARRIVE_BELOW);
}

static bool
has_address(const struct nl_node *node, const struct nl_ip *ip)
{
    for (size_t i = 0; i < node->address_count; i++) {
        if (nl_prefix_has(&node->addresses[i], ip))
            return true;
    }
    return false;
}

/* The child of a node that has an address, or has one below it that has and is not translated. */
static struct nl_node *
child_towards(const struct nl_net *net, const struct nl_node *parent, const struct nl_ip *ip)
{
    struct nl_node *node;
    LIST_FOREACH(node, &net->nodes, link)
    {
        if (node->parent != parent)
            continue;
        bool is_through = node->role == NL_ROUTER && !(node->kind.translate && nl_ip_is_v4(ip));
        if (has_address(node, ip) || (is_through && child_towards(net, node, ip) != NULL))
            return node;
    }
    return NULL;
}

/* Make a packet of a router's own, which says something about another. NULL: it says nothing. */
static struct nl_packet *
make_answer(struct nl_net *net, const struct nl_node *node, const struct nl_packet *packet,
        enum nl_answer what)
{
    struct nl_packet *answer = nl_allocate(sizeof *answer);
    const struct nl_ip *from = node->address_count > 0 ? v4_of(node) : &packet->now.dst.ip;
    if (nl_ip_is_v4(from) != nl_ip_is_v4(&packet->now.src.ip))
        from = &packet->now.dst.ip;
    if (!nl_answer_make(answer, packet, what, from)) {
        free(answer);
        return NULL;
    }
    answer->source = node;
    answer->sent_us = net->now_us;
    answer->sent = answer->now;
    return answer;
}

/* Answer what came from outside; by a hairpin, it came from inside, and so the answer goes there.
 */
static void
answer_above(
        struct nl_net *net, struct nl_node *node, struct nl_packet *packet, enum nl_answer what)
{
    struct nl_packet *answer = make_answer(net, node, packet, what);
    if (answer == NULL)
        return;
    if (has_address(node, &answer->now.dst.ip))
        arrive_below(net, node, answer);
    else
        go_up(net, node, answer);
}

static void
answer_below(struct nl_net *net, struct nl_node *from, struct nl_node *child,
        const struct nl_packet *packet, enum nl_answer what)
{
    struct nl_packet *answer = make_answer(net, from, packet, what);
    if (answer != NULL)
        go_down(net, child, answer);
}

/* Nobody inside asked for it: answer as this kind does, at once or later. */
static void
refuse(struct nl_net *net, struct nl_node *node, struct nl_packet *packet)
{
    enum nl_answer what = (enum nl_answer)node->kind.unsolicited;
    if (what != NL_ANSWER_DROP && node->kind.unsolicited_after_ms == 0) {
        nl_nat_refused(node->nat, packet, net->now_us);
        answer_above(net, node, packet, what);
    } else if (what != NL_ANSWER_DROP) {
        struct nl_packet *later = nl_allocate(sizeof *later);
        *later = *packet;
        later->due_us = net->now_us + (uint64_t)node->kind.unsolicited_after_ms * 1000;
        later->node = node;
        later->step = ANSWER;
        nl_queue_put(&net->queue, later);
    }
    end(net, node, packet, NL_UNSOLICITED);
}

static void
answer_late(struct nl_net *net, struct nl_node *node, struct nl_packet *packet)
{
    if (!nl_nat_is_open(node->nat, packet, net->now_us))
        answer_above(net, node, packet, (enum nl_answer)node->kind.unsolicited);
    free(packet);
}

static void
go_down_late(struct nl_net *net, struct nl_node *node, struct nl_packet *packet)
{
    uint64_t delay_us = nl_flows_delay_us(net->flows, &packet->now);
    if (delay_us == 0) {
        go_down(net, node, packet);
        return;
    }
    packet->due_us = net->now_us + delay_us;
    packet->node = node;
    packet->step = GO_DOWN;
    nl_queue_put(&net->queue, packet);
}

/* Here a packet goes down for the first time: its flow may be cut or held back here. */
static void
turn(struct nl_net *net, struct nl_node *node, struct nl_node *child, struct nl_packet *packet)
{
    if (!packet->has_turned)
        packet->turn = packet->now;
    packet->has_turned = true;
    if (!nl_flows_see(net->flows, packet))
        end(net, node, packet, NL_CUT);
    else if (child == NULL)
        end(net, node, packet, NL_UNROUTED);
    else
        go_down_late(net, child, packet);
}

static bool
is_stateless(const struct nl_node *node, const struct nl_packet *packet)
{
    return !nl_ip_is_v4(&packet->now.dst.ip) && node->kind.ipv6 == NL_IPV6_OPEN;
}

static const enum nl_verdict verdict_of[] = {
        [NL_FATE_UNSOLICITED] = NL_UNSOLICITED,
        [NL_FATE_UNKNOWN] = NL_UNKNOWN,
        [NL_FATE_FULL] = NL_EXHAUSTED,
        [NL_FATE_FOREIGN] = NL_FOREIGN,
};

/* A black hole: nobody is told. */
static bool
is_too_long(const struct nl_node *node, const struct nl_packet *packet)
{
    return node->kind.mtu != 0 && packet->len > (size_t)node->kind.mtu;
}

/* Translate outwards. Returns false where the packet's way has ended. */
static bool
pass_out(struct nl_net *net, struct nl_node *node, struct nl_packet *packet)
{
    enum nl_fate fate = NL_FATE_PASS;
    if (is_too_long(node, packet)) {
        end(net, node, packet, NL_TOO_LONG);
        return false;
    }
    if (!is_stateless(node, packet))
        fate = nl_nat_out(node->nat, packet, net->now_us);
    if (fate != NL_FATE_PASS)
        end(net, node, packet, verdict_of[fate]);
    return fate == NL_FATE_PASS;
}

static bool
pass_in(struct nl_net *net, struct nl_node *node, struct nl_packet *packet)
{
    enum nl_fate fate = NL_FATE_PASS;
    if (is_too_long(node, packet)) {
        end(net, node, packet, NL_TOO_LONG);
        return false;
    }
    if (!is_stateless(node, packet))
        fate = nl_nat_in(node->nat, packet, net->now_us);
    if (fate == NL_FATE_UNSOLICITED)
        refuse(net, node, packet);
    else if (fate != NL_FATE_PASS)
        end(net, node, packet, verdict_of[fate]);
    return fate == NL_FATE_PASS;
}

static bool
may_leave(const struct nl_node *node, const struct nl_packet *packet)
{
    bool is_v6 = !nl_ip_is_v4(&packet->now.dst.ip);
    if (is_v6 && node->kind.ipv6 == NL_IPV6_NONE)
        return false;
    switch ((enum nl_egress)node->kind.egress) {
    case NL_EGRESS_ANY:
        return true;
    case NL_EGRESS_443:
        return packet->source->is_exempt ||
               (packet->proto == NL_TCP && packet->now.dst.port == 443);
    case NL_EGRESS_NONE:
        break;
    }
    return packet->source->is_exempt;
}

/* From a host behind this router to its own outside address, which another one may have here. */
static void
hairpin(struct nl_net *net, struct nl_node *node, struct nl_packet *packet)
{
    if (!node->kind.hairpin) {
        end(net, node, packet, NL_BLOCKED);
        return;
    }
    if (!pass_out(net, node, packet))
        return;
    packet->turn = packet->now;
    packet->has_turned = true;
    if (pass_in(net, node, packet))
        turn(net, node, child_towards(net, node, &packet->now.dst.ip), packet);
}

static void
leave(struct nl_net *net, struct nl_node *node, struct nl_node *child, struct nl_packet *packet)
{
    struct nl_node *neighbour = child_towards(net, node, &packet->now.dst.ip);
    if (neighbour != NULL && node->kind.isolation) {
        end(net, node, packet, NL_BLOCKED);
    } else if (neighbour != NULL) {
        turn(net, node, neighbour, packet);
    } else if (!may_leave(node, packet)) {
        answer_below(net, node, child, packet, (enum nl_answer)node->kind.egress_answer);
        end(net, node, packet, NL_BLOCKED);
    } else if (has_address(node, &packet->now.dst.ip)) {
        hairpin(net, node, packet);
    } else if (pass_out(net, node, packet)) {
        go_up(net, node, packet);
    }
}

static void
arrive_above(struct nl_net *net, struct nl_node *child, struct nl_packet *packet)
{
    struct nl_node *node = child->parent;
    if (!nl_packet_hop(packet)) {
        answer_below(net, node, child, packet, NL_ANSWER_ICMP_TIME);
        end(net, node, packet, NL_EXPIRED);
    } else if (node->role == NL_INTERNET) {
        turn(net, node, child_towards(net, node, &packet->now.dst.ip), packet);
    } else {
        leave(net, node, child, packet);
    }
}

static void
deliver(struct nl_net *net, struct nl_node *host, struct nl_packet *packet)
{
    ssize_t n = write(host->tun, packet->bytes, packet->len);
    end(net, host, packet, n == (ssize_t)packet->len ? NL_DELIVERED : NL_UNTAKEN);
}

static void
arrive_below(struct nl_net *net, struct nl_node *node, struct nl_packet *packet)
{
    if (node->role == NL_HOST) {
        deliver(net, node, packet);
        return;
    }
    if (!nl_packet_hop(packet)) {
        answer_above(net, node, packet, NL_ANSWER_ICMP_TIME);
        end(net, node, packet, NL_EXPIRED);
        return;
    }
    if (!pass_in(net, node, packet))
        return;
    struct nl_node *child = child_towards(net, node, &packet->now.dst.ip);
    if (child != NULL)
        go_down(net, child, packet);
    else
        end(net, node, packet, NL_UNROUTED);
}

void
nl_net_send(struct nl_net *net, struct nl_node *host, struct nl_packet *packet)
{
    packet->source = host;
    packet->sent_us = net->now_us;
    packet->has_turned = false;
    /* A kernel's own multicasts come when they like: they must not draw from the random numbers. */
    if (!nl_packet_parse(packet) || nl_ip_is_many(&packet->now.dst.ip)) {
        free(packet);
        return;
    }
    packet->sent = packet->now;
    go_up(net, host, packet);
}

bool
nl_net_reset(struct nl_net *net, const struct nl_tuple *tuple)
{
    uint32_t seq;
    struct nl_node *child = child_towards(net, net->internet, &tuple->dst.ip);
    if (child == NULL || !nl_flows_seq(net->flows, tuple, &seq))
        return false;
    struct nl_packet *packet = nl_allocate(sizeof *packet);
    nl_answer_reset(packet, tuple, seq);
    packet->source = net->internet;
    packet->sent_us = net->now_us;
    packet->sent = packet->turn = packet->now;
    packet->has_turned = true;
    go_down(net, child, packet);
    return true;
}

void
nl_net_run(struct nl_net *net)
{
    struct nl_packet *packet;
    while ((packet = nl_queue_take(&net->queue, net->now_us)) != NULL) {
        struct nl_node *node = packet->node;
        switch ((enum step)packet->step) {
        case ARRIVE_ABOVE:
            arrive_above(net, node, packet);
            break;
        case ARRIVE_BELOW:
            arrive_below(net, node, packet);
            break;
        case ANSWER:
            answer_late(net, node, packet);
            break;
        case GO_DOWN:
            go_down(net, node, packet);
            break;
        }
    }
}
