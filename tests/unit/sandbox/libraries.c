/* The libraries that threads use must go on working inside, on files and interfaces that are real.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "appid/appid.h"
#include "base/alloc.h"
#include "tests/unit/sandbox/child.h"

enum { LARGE = 256 << 20 };

static char dir[] = "/tmp/tlswire-libraries-XXXXXX";

static const char *at(const char *name)
{
    static _Thread_local char paths[4][128];
    static _Thread_local size_t next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}

static int make(void **state)
{
    (void)state;
    return mkdtemp(dir) != NULL ? 0 : -1;
}

static int unmake(void **state)
{
    char command[64];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

/* Runs fn in a thread made from here. */
static void inside(void *(*fn)(void *), void *ctx)
{
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, fn, ctx) == 0);
    MUST(pthread_join(thread, NULL) == 0);
}

static void enter(void)
{
    struct err said;
    struct sandbox *s = sandbox_new();
    MUST(sandbox_grant(s, at("tls.db"), true, &said));
    must_or_skip(sandbox_files(s, &said), &said);
    sandbox_free(s);
    if (!sandbox_thread(SANDBOX_CONTROL, &said) && strstr(said.text, "CAP_NET_RAW") == NULL)
        must_or_skip(false, &said);
}

static void be_worker(void)
{
    struct err said;
    must_or_skip(sandbox_thread(SANDBOX_WORKER, &said), &said);
}

static void sql(sqlite3 *db, const char *text)
{
    char *message = NULL;
    if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK) {
        (void)fprintf(stderr, "%s: %s\n", text, message);
        _exit(CHILD_FAILED);
    }
}

static void must_be(sqlite3 *db, const char *text, const char *value)
{
    sqlite3_stmt *st = NULL;
    MUST(sqlite3_prepare_v2(db, text, -1, &st, NULL) == SQLITE_OK);
    MUST(sqlite3_step(st) == SQLITE_ROW);
    MUST(strcmp((const char *)sqlite3_column_text(st, 0), value) == 0);
    MUST(sqlite3_finalize(st) == SQLITE_OK);
}

/* Two connections on a WAL, a large sort, a checkpoint that truncates, VACUUM, another database
 * attached, both removed. temp_store as in the store: temporary files would lie outside. */
static void *use_sqlite(void *ctx)
{
    sqlite3 *db = NULL, *reader = NULL;
    char attach[192];
    be_worker();
    MUST(sqlite3_open(at("tls.db"), &db) == SQLITE_OK);
    sql(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY");
    must_be(db, "PRAGMA journal_mode", "wal");
    sql(db, "CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB); BEGIN; WITH RECURSIVE n(i) AS (SELECT "
            "1 "
            "UNION ALL SELECT i+1 FROM n WHERE i<20000) INSERT INTO t SELECT i, randomblob(200) "
            "FROM n");
    MUST(sqlite3_open_v2(at("tls.db"), &reader, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK);
    must_be(reader, "SELECT count(*) FROM t", "0");
    sql(db, "COMMIT; CREATE INDEX t_b ON t(b)");
    must_be(reader, "SELECT count(*) FROM t WHERE b IS NOT NULL ORDER BY b", "20000");
    (void)snprintf(attach, sizeof attach, "ATTACH '%s' AS seg", at("segment.db"));
    sql(db, attach);
    sql(db, "PRAGMA seg.journal_mode=WAL; CREATE TABLE seg.t AS SELECT * FROM main.t; DETACH seg");
    MUST(sqlite3_close(reader) == SQLITE_OK);
    sql(db, "DELETE FROM t WHERE a % 2; PRAGMA wal_checkpoint(TRUNCATE); VACUUM");
    must_be(db, "PRAGMA integrity_check", "ok");
    MUST(access(at("tls.db-shm"), F_OK) == 0);
    MUST(sqlite3_close(db) == SQLITE_OK);
    MUST(access(at("tls.db-wal"), F_OK) != 0);
    /* A rollback journal as well, for whoever's file is one. */
    MUST(sqlite3_open(at("tls.db"), &db) == SQLITE_OK);
    sql(db, "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; UPDATE t SET b=randomblob(100)");
    MUST(sqlite3_close(db) == SQLITE_OK);
    MUST(sqlite3_open("/var/tmp/tlswire-not-here.db", &db) != SQLITE_OK ||
            sqlite3_exec(db, "CREATE TABLE t(a)", NULL, NULL, NULL) != SQLITE_OK);
    MUST(sqlite3_close(db) == SQLITE_OK);
    MUST(unlink(at("segment.db")) == 0 && unlink(at("tls.db")) == 0);
    return ctx;
}

static void sqlite_inside(void)
{
    enter();
    inside(use_sqlite, NULL);
}

static void sqlite(void **state)
{
    (void)state;
    child_check(sqlite_inside);
}

static void lock(int fd, int how)
{
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    MUST(fcntl(fd, how, &l) == 0);
    l.l_type = F_UNLCK;
    MUST(fcntl(fd, how, &l) == 0);
}

static void *nested(void *ctx)
{
    MUST(socket(AF_UNIX, SOCK_DGRAM, 0) == -1);
    return ctx;
}

/* Files and memory as libc and the allocator do it: a temporary file renamed over another, locks,
 * a shared mapping, blocks that are mapped and grown. */
static void *use_libc(void *ctx)
{
    be_worker();
    FILE *f = fopen(at("metrics.tmp"), "w");
    MUST(f != NULL && fprintf(f, "tlswire_up 1\n") > 0 && fflush(f) == 0);
    MUST(fsync(fileno(f)) == 0 && fdatasync(fileno(f)) == 0 && fchmod(fileno(f), 0644) == 0);
    MUST(fclose(f) == 0 && rename(at("metrics.tmp"), at("metrics.prom")) == 0);
    int fd = open(at("shm"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    MUST(fd >= 0 && ftruncate(fd, 65536) == 0 && posix_fallocate(fd, 0, 65536) == 0);
    char *shared = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    MUST(shared != MAP_FAILED);
    shared[4096] = 'x';
    MUST(msync(shared, 65536, MS_SYNC) == 0 && munmap(shared, 65536) == 0);
    MUST(flock(fd, LOCK_EX) == 0 && flock(fd, LOCK_UN) == 0);
    lock(fd, F_SETLK);
    lock(fd, F_OFD_SETLK);
    MUST(close(fd) == 0 && unlink(at("shm")) == 0 && unlink(at("metrics.prom")) == 0);
    char *large = xcalloc(1, LARGE);
    large[LARGE - 1] = 1;
    large = xrealloc(large, 2, LARGE);
    memset(large, 1, 2UL * LARGE);
    xfree(large);
    for (size_t i = 1; i < 100; i++)
        xfree(xcalloc(i * 4099, 3));
    inside(nested, NULL);
    return ctx;
}

static void libc_inside(void)
{
    enter();
    inside(use_libc, NULL);
}

static void libc(void **state)
{
    (void)state;
    child_check(libc_inside);
}

/* First use of OpenSSL inside: its configuration file cannot be read, and is not needed. */
static void *use_openssl(void *ctx)
{
    unsigned char random[32], digest[32];
    be_worker();
    MUST(RAND_bytes(random, sizeof random) == 1);
    MUST(EVP_Digest(random, sizeof random, digest, NULL, EVP_sha256(), NULL) == 1);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    MUST(key != NULL);
    unsigned char signature[128];
    size_t n = sizeof signature;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    MUST(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1);
    MUST(EVP_DigestSign(md, signature, &n, random, sizeof random) == 1);
    MUST(EVP_MD_CTX_reset(md) == 1);
    MUST(EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key) == 1);
    MUST(EVP_DigestVerify(md, signature, n, random, sizeof random) == 1);
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(key);
    X509_STORE *store = X509_STORE_new();
    MUST(store != NULL);
    X509_STORE_free(store);
    return ctx;
}

static void openssl_inside(void)
{
    enter();
    inside(use_openssl, NULL);
}

static void openssl(void **state)
{
    (void)state;
    child_check(openssl_inside);
}

static void *use_ndpi(void *ctx)
{
    be_worker();
    struct appid *a = appid_new();
    MUST(a != NULL);
    MUST(appid_by_name(a, bytes_of_text("www.wikipedia.org")).name[0] != '\0');
    appid_free(a);
    return ctx;
}

static void ndpi_inside(void)
{
    enter();
    inside(use_ndpi, NULL);
}

static void ndpi(void **state)
{
    (void)state;
    child_check(ndpi_inside);
}

/* Datagrams over the loopback interface, from a process that is free and ends by itself. */
static pid_t start_sender(void)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    for (int i = 0; i < 3000; i++) {
        (void)sendto(fd, "x", 1, 0, (const struct sockaddr *)&to, sizeof to);
        (void)usleep(2000);
    }
    _exit(0);
}

static void count(unsigned char *user, const struct pcap_pkthdr *h, const unsigned char *bytes)
{
    (void)h;
    (void)bytes;
    ++*user;
}

static pcap_t *open_live(void)
{
    struct bpf_program filter;
    char message[PCAP_ERRBUF_SIZE];
    pcap_t *p = pcap_create("lo", message);
    MUST(p != NULL);
    MUST(pcap_set_snaplen(p, 262144) == 0 && pcap_set_buffer_size(p, 4 << 20) == 0);
    MUST(pcap_set_promisc(p, 1) == 0 && pcap_set_timeout(p, 50) == 0);
    (void)pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
    int status = pcap_activate(p);
    if (status < 0)
        (void)fprintf(stderr, "pcap_activate: %s: %s\n", pcap_statustostr(status), pcap_geterr(p));
    MUST(status >= 0);
    MUST(pcap_compile(p, &filter, "udp port 9", 1, PCAP_NETMASK_UNKNOWN) == 0);
    MUST(pcap_setfilter(p, &filter) == 0);
    pcap_freecode(&filter);
    MUST(pcap_setnonblock(p, 1, message) == 0);
    return p;
}

/* A lane reads the ring that control opened; the counters of the kernel and the interface too. */
static void *use_pcap(void *ctx)
{
    pcap_t *p = ctx;
    struct pcap_stat stat;
    unsigned char n = 0;
    be_worker();
    for (int i = 0; i < 200 && n == 0; i++) {
        (void)usleep(10000);
        MUST(pcap_dispatch(p, 100, count, &n) >= 0);
    }
    MUST(n > 0 && pcap_stats(p, &stat) == 0 && stat.ps_recv > 0);
    return NULL;
}

static void pcap_inside(void)
{
    pcap_if_t *all = NULL;
    char message[PCAP_ERRBUF_SIZE];
    enter();
    for (int round = 0; round < 2; round++) {
        pcap_t *p = open_live();
        inside(use_pcap, p);
        pcap_close(p);
    }
    MUST(pcap_findalldevs(&all, message) == 0 && all != NULL);
    pcap_freealldevs(all);
}

static void pcap(void **state)
{
    (void)state;
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    if (fd < 0)
        skip(); /* without CAP_NET_RAW */
    assert_int_equal(close(fd), 0);
    pid_t sender = start_sender();
    assert_true(sender > 0);
    child_check(pcap_inside);
    assert_int_equal(kill(sender, SIGKILL), 0);
    assert_int_equal(waitpid(sender, NULL, 0), sender);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(sqlite),
            cmocka_unit_test(libc),
            cmocka_unit_test(openssl),
            cmocka_unit_test(ndpi),
            cmocka_unit_test(pcap),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
