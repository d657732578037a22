#ifndef TLSWIRE_CAPTURE_INPUTS_H
#define TLSWIRE_CAPTURE_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* One file of a run, before it is read. */
struct input {
    char *path;         /* as given, or directory/name */
    int64_t first_us;   /* time of its first packet; INT64_MIN when it has none or cannot be read */
    uint64_t size;      /* bytes; 0 for standard input */
    uint16_t link_type; /* of its first interface */
    bool is_stdin;      /* or another pipe: cannot be read twice */
    bool is_broken;     /* cannot be opened as a capture; why says what to do */
    struct err why;
};

struct inputs {
    struct input *items;
    size_t n;
    size_t cap;
    size_t n_not_captures; /* files met in directories that are no captures */
};

/*
 * inputs_add adds a file, "-", or every capture file of a directory (with those below it when
 * recursive; hidden files and other file kinds are passed over, and links are followed only for
 * files). What cannot be read becomes a broken item: a file that was named, a directory, and a file
 * met in a directory when its name says that it is a capture; what is no capture there is only
 * counted. The same file named twice (device and inode) is added once.
 */
void inputs_add(struct inputs *in, const char *path, bool recursive);
/* inputs_sort orders by time of first packet, then by path; inputs without a packet come last. */
void inputs_sort(struct inputs *in);
void inputs_fini(struct inputs *in);
/*
 * inputs_follows says whether b continues a on the same link, as a rotated capture does: same
 * directory, names equal but for digits behind which only the extension stands and which are larger
 * in b, same link type, and b begins at or after a's end (a_last_us) and within an hour of it.
 */
bool inputs_follows(const struct input *a, int64_t a_last_us, const struct input *b);

#endif
