#ifndef TLSWIRE_ENGINE_KEEP_DIR_H
#define TLSWIRE_ENGINE_KEEP_DIR_H

#include "base/text.h"
#include "capture/writer.h"
#include "model/endpoint.h"

/*
 * A directory of pcapng files, one per connection. Packets wait in memory and are written when
 * their connection is done or when too many wait: then those of the connection that was idle the
 * longest go first. Few files are open at a time, however many there are.
 */
struct keep_dir;

enum {
    KEEP_PACKETS = 1024,              /* of one connection: no frame is added beyond them */
    KEEP_BYTES = 256 << 10,           /* likewise, as captured */
    KEEP_HANDSHAKE_PACKETS = 8 << 10, /* the same while its handshake goes on */
    KEEP_HANDSHAKE_BYTES = 1 << 20,
    KEEP_MEMORY = 64 << 20, /* waiting to be written */
    KEEP_INTERFACES = 8,    /* of one file */
};

/* The file of one connection; zeroed at first. */
struct kept {
    int64_t id;        /* names the file; set by the owner */
    uint64_t share;    /* how far this connection may fill the directory; set by the owner */
    bool is_handshake; /* the next frame belongs to the handshake; set by the owner */
    struct writer waiting;
    struct frame_detail interfaces[KEEP_INTERFACES];
    uint32_t n_interfaces;
    uint64_t packets, bytes;
    uint64_t omitted;
    bool is_full;     /* a cap of its own was hit */
    bool is_left_out; /* the directory was full */
    bool is_on_disk;
    struct kept *older, *newer; /* of those that wait */
};

/* keep_dir_open opens a directory that is there, and counts the files in it towards its size; false
 * with err. */
bool keep_dir_open(const char *path, struct keep_dir **out, struct err *err);
/* keep_dir_close closes; what waits must have been written. NULL is fine. */
void keep_dir_close(struct keep_dir *d);
/* keep_dir_add keeps a frame; begin is the comment of a file that begins, comment that of the
 * packet. False when a cap left the frame out. */
bool keep_dir_add(struct keep_dir *d, struct kept *k, const struct frame *frame,
        const struct frame_detail *detail, const char *begin, const char *comment);
/* keep_dir_done writes what waits of the connection. */
void keep_dir_done(struct keep_dir *d, struct kept *k);
/* keep_dir_name appends the path of the file of this id. */
void keep_dir_name(const char *dir, int64_t id, struct text *out);
/* keep_dir_has says whether there is a file of this id. */
bool keep_dir_has(const struct keep_dir *d, int64_t id);
/* keep_dir_used is the size of all files, also of those that wait to be written. */
uint64_t keep_dir_used(const struct keep_dir *d);
/* keep_dir_is_changed says whether somebody else made or removed files since it was opened. */
bool keep_dir_is_changed(struct keep_dir *d);
/* keep_dir_why says why files could not be written, or NULL; nothing is kept from then on. */
const char *keep_dir_why(const struct keep_dir *d);
/* What the comment of a file tells. */
struct keep_about {
    int64_t id;
    const struct endpoint *sides; /* by enum side */
    const char *defects;          /* with commas between them */
    const char *path;             /* of the input */
    uint64_t first_packet;
};
/* keep_dir_about makes that comment. */
void keep_dir_about(const struct keep_about *about, struct text *out);
/* keep_dir_probe makes the directory when it is missing and tries to write into it; false with
 * err. */
bool keep_dir_probe(const char *path, struct err *err);

#endif
