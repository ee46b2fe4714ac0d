/* A small server whose buffers come from a byte pool. It answers each line with the same in capitals. A connection has
 * memory only while a request is on its way, so many that are idle take none; and what one gives back the next one
 * gets. Here the clients are a thread at the other ends of socket pairs. */
#define _POSIX_C_SOURCE 200809L
#include <ctype.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swiss/buffer.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 8, REQUESTS = 500 };

typedef struct connection {
    int socket; /* -1: closed */
    swiss_buffer input, output;
} connection;

static int clients[CONNECTIONS];
static size_t answers, wrong;

/* Moves each whole line from the input to the output. Returns false when out of memory. */
static bool answer_lines(connection *c) {
    unsigned char *end;
    while (c->input.size && (end = memchr(c->input.data, '\n', c->input.size))) {
        size_t length = (size_t)(end - c->input.data) + 1;
        if (!swiss_buffer_reserve(&c->output, length))
            return false;
        unsigned char *to = swiss_buffer_end(&c->output);
        for (size_t i = 0; i < length; ++i)
            to[i] = (unsigned char)toupper(c->input.data[i]);
        swiss_buffer_extend(&c->output, length);
        swiss_buffer_consume(&c->input, length);
    }
    return true;
}

/* Reads what has arrived, and answers it. Returns false at the end of the connection. */
static bool receive(connection *c) {
    if (!swiss_buffer_reserve(&c->input, 512))
        return false;
    ssize_t got = read(c->socket, swiss_buffer_end(&c->input), swiss_buffer_room(&c->input));
    if (got <= 0)
        return false;
    swiss_buffer_extend(&c->input, (size_t)got);
    return answer_lines(c);
}

static bool transmit(connection *c) {
    ssize_t sent = write(c->socket, c->output.data, c->output.size);
    if (sent > 0)
        swiss_buffer_consume(&c->output, (size_t)sent);
    return sent > 0;
}

/* Serves until all connections are closed. */
static void serve(connection *connections) {
    for (size_t open = CONNECTIONS; open > 0;) {
        struct pollfd polled[CONNECTIONS];
        for (int i = 0; i < CONNECTIONS; ++i) {
            const connection *c = &connections[i];
            polled[i] = (struct pollfd){c->socket, c->output.size ? POLLOUT : POLLIN, 0};
        }
        if (poll(polled, CONNECTIONS, -1) < 0)
            return;
        for (int i = 0; i < CONNECTIONS; ++i) {
            connection *c = &connections[i];
            if (c->socket < 0 || !polled[i].revents)
                continue;
            bool stays = c->output.size ? transmit(c) : receive(c);
            if (!c->input.size || !stays)
                swiss_buffer_free(&c->input);
            if (!c->output.size || !stays)
                swiss_buffer_free(&c->output);
            if (!stays) {
                close(c->socket);
                c->socket = -1;
                --open;
            }
        }
    }
}

/* The clients: requests of 1 to 20,000 bytes, on each connection in turn. */
static void *run_clients(void *argument) {
    static char request[20000], answer[20000];
    (void)argument;
    unsigned random = 1;
    for (int i = 0; i < REQUESTS; ++i) {
        int client = clients[i % CONNECTIONS];
        random = random * 1103515245u + 12345u;
        size_t length = i % 50 == 49 ? sizeof request : 1 + random / 65536 % 200;
        memset(request, 'a' + i % 26, length - 1);
        request[length - 1] = '\n';
        for (size_t sent = 0; sent < length;) {
            ssize_t wrote = write(client, request + sent, length - sent);
            if (wrote <= 0)
                return NULL;
            sent += (size_t)wrote;
        }
        size_t got = 0;
        for (ssize_t more; got < length && (more = read(client, answer + got, length - got)) > 0;)
            got += (size_t)more;
        for (size_t j = 0; j < got; ++j)
            wrong += answer[j] != toupper((unsigned char)request[j]);
        answers += got == length;
    }
    for (int i = 0; i < CONNECTIONS; ++i)
        close(clients[i]);
    return NULL;
}

int main(void) {
    swiss_byte_pool *pool = swiss_byte_pool_create(&(swiss_byte_pool_options){.smallest = 512, .largest = 65536});
    if (!pool)
        return 1;
    connection connections[CONNECTIONS];
    for (int i = 0; i < CONNECTIONS; ++i) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
            return 1;
        connections[i] = (connection){pair[0], swiss_buffer_of(pool), swiss_buffer_of(pool)};
        clients[i] = pair[1];
    }
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_clients, NULL) != 0)
        return 1;
    serve(connections);
    pthread_join(thread, NULL);

    swiss_byte_tier_stats tier;
    uint64_t gets = 0, made = 0;
    for (unsigned i = 0; swiss_byte_pool_get_tier_stats(pool, i, &tier); ++i) {
        gets += tier.pool.gets;
        made += tier.pool.made;
    }
    printf("%zu answers, %zu bytes wrong\n", answers, wrong);
    printf("at least two buffers for each: %s, made of memory: %s\n", gets >= 2 * answers ? "yes" : "no",
           made <= 20 ? "a few" : "too many");
    swiss_byte_pool_destroy(pool);
    return 0;
}
