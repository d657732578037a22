/* Which fanout group a socket joins, on a kernel that the test plays. */
#include "capture/fanout.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "tests/unit/test.h"

enum { SOCKETS = 8 };

static const uint32_t UNIQUE = 0x2000;

/* Sockets are numbers from 0. */
static struct {
    int index[SOCKETS]; /* of the interface that each is bound to */
    int id[SOCKETS];    /* of the group that each is in, or -1 */
    int next_id;        /* that is free */
    bool is_old;        /* and knows no unique ids */
    bool is_very_old;   /* nor programs that steer */
    int n_programs;     /* that it took */
    uint32_t mode;      /* of the latest group */
    int n_taken;        /* random ids to refuse */
    int n_tried;
} kernel;

int getsockname(int fd, __SOCKADDR_ARG name, socklen_t *restrict size)
{
    struct sockaddr_ll *address = (void *)name.__sockaddr__;
    assert_true(*size >= sizeof *address);
    address->sll_ifindex = kernel.index[fd];
    return 0;
}

static int refuse(int error)
{
    errno = error;
    return -1;
}

static int take_program(int fd, socklen_t size)
{
    assert_int_equal(size, sizeof(struct sock_fprog));
    assert_true(kernel.id[fd] >= 0);
    kernel.n_programs++;
    return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    assert_int_equal(level, SOL_PACKET);
    if (name == PACKET_FANOUT_DATA)
        return take_program(fd, size);
    const uint32_t v = *(const uint32_t *)value;
    assert_int_equal(name, PACKET_FANOUT);
    assert_int_equal(size, sizeof v);
    kernel.mode = v >> 16 & ~UNIQUE;
    if (kernel.is_very_old && kernel.mode == (PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_DEFRAG))
        return refuse(EINVAL);
    bool may_hash = kernel.is_very_old || kernel.n_tried >= 16; /* it seemed to know no programs */
    assert_int_equal(kernel.mode,
            (may_hash ? PACKET_FANOUT_HASH : PACKET_FANOUT_CBPF) | PACKET_FANOUT_FLAG_DEFRAG);
    if ((v >> 16 & UNIQUE) != 0) {
        assert_int_equal(v & 0xffff, 0);
        if (kernel.is_old)
            return refuse(EINVAL);
        kernel.id[fd] = kernel.next_id++;
        return 0;
    }
    kernel.n_tried++;
    if (kernel.n_taken > 0) {
        kernel.n_taken--;
        return refuse(EINVAL);
    }
    kernel.id[fd] = (int)(v & 0xffff);
    return 0;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
    assert_int_equal(level, SOL_PACKET);
    assert_int_equal(name, PACKET_FANOUT);
    assert_int_equal(*size, 4);
    *(uint32_t *)value = (uint32_t)kernel.id[fd] | kernel.mode << 16;
    return 0;
}

static struct fanout *begin(void)
{
    kernel.is_old = kernel.is_very_old = false;
    kernel.n_taken = kernel.n_tried = kernel.n_programs = 0;
    kernel.next_id = 700;
    for (int i = 0; i < SOCKETS; i++) {
        kernel.index[i] = 3;
        kernel.id[i] = -1;
    }
    return fanout_new(2);
}

static uint64_t join(struct fanout *f, size_t interface, unsigned lane, int fd)
{
    int error = 0;
    uint64_t ticket = fanout_join(f, interface, lane, fd, &error);
    assert_true(ticket != 0 || error != 0);
    return ticket;
}

static void test_one_group(void **state)
{
    struct fanout *f = begin();
    uint64_t a = join(f, 0, 0, 0), b = join(f, 0, 1, 1);
    kernel.index[2] = 4;
    uint64_t c = join(f, 1, 0, 2);
    assert_int_equal(kernel.id[0], 700);
    assert_int_equal(kernel.id[1], 700);
    assert_int_equal(kernel.id[2], 701);    /* another interface */
    assert_int_equal(kernel.n_programs, 2); /* one for each group */
    /* One of them comes back while the other holds the group. */
    fanout_leave(f, 0, a);
    a = join(f, 0, 0, 3);
    assert_int_equal(kernel.id[3], 700);
    /* Once both have left, somebody else may have the id. */
    fanout_leave(f, 0, a);
    fanout_leave(f, 0, b);
    assert_int_equal(join(f, 0, 1, 4), 0);
    assert_true(join(f, 0, 0, 4) != 0);
    assert_true(join(f, 0, 1, 5) != 0);
    assert_int_equal(kernel.id[4], 702);
    assert_int_equal(kernel.id[5], 702);
    fanout_leave(f, 1, c);
    fanout_free(f);
    (void)state;
}

/* The interface was deleted and made again, and the lanes notice one after the other. */
static void test_another_index(void **state)
{
    struct fanout *f = begin();
    uint64_t a = join(f, 0, 0, 0), b = join(f, 0, 1, 1);
    for (int i = 2; i < SOCKETS; i++)
        kernel.index[i] = 9;
    assert_int_equal(join(f, 0, 1, 2), 0); /* lane 0 is the first */
    uint64_t c = join(f, 0, 0, 2);
    fanout_leave(f, 0, a);
    uint64_t d = join(f, 0, 1, 3);
    fanout_leave(f, 0, b); /* of the group before */
    assert_true(c != 0 && d != 0 && c != a);
    assert_int_equal(kernel.id[2], 701);
    assert_int_equal(kernel.id[3], 701);
    fanout_leave(f, 0, c);
    assert_true(join(f, 0, 0, 4) != 0);
    assert_int_equal(kernel.id[4], 701);
    fanout_free(f);
    (void)state;
}

static void test_old_kernel(void **state)
{
    struct fanout *f = begin();
    kernel.is_old = true;
    kernel.n_taken = 5;
    assert_true(join(f, 0, 0, 0) != 0);
    assert_int_equal(kernel.n_tried, 6);
    assert_true(join(f, 0, 1, 1) != 0);
    assert_int_equal(kernel.id[0], kernel.id[1]);
    fanout_free(f);
    f = begin();
    kernel.is_old = true;
    kernel.n_taken = 1000;
    assert_int_equal(join(f, 0, 0, 0), 0);
    assert_true(kernel.n_tried < 100);
    fanout_free(f);
    f = begin();
    kernel.is_old = kernel.is_very_old = true;
    assert_true(join(f, 0, 0, 0) != 0);
    assert_true(join(f, 0, 1, 1) != 0);
    assert_int_equal(kernel.id[0], kernel.id[1]);
    assert_int_equal(kernel.n_programs, 0);
    fanout_free(f);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_one_group),
            cmocka_unit_test(test_another_index),
            cmocka_unit_test(test_old_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
