#ifndef TLSWIRE_ENGINE_RELOADER_H
#define TLSWIRE_ENGINE_RELOADER_H

#include "engine/analyst.h"

/* The thread that reads policy and files again, which may take long, while the control thread goes
 * on: that one calls all of this. */
struct reloader;

/* reloader_start starts it; the options outlive it. */
struct reloader *reloader_start(const struct watch_options *o);
/* reloader_ask has everything read, after reloading of the options was called; while it is under
 * way it is read once more afterwards. NULL is fine. */
void reloader_ask(struct reloader *r);
/* reloader_look, called now and then, tells the analyst what was read, in order with its epochs;
 * when all is done it calls reloading again. NULL is fine. */
void reloader_look(struct reloader *r, struct analyst *a);
/* reloader_stop ends the thread and frees; NULL is fine. False when what is under way is not done
 * within so long: then the thread is still there, and nothing that it uses may be freed. */
bool reloader_stop(struct reloader *r, int64_t most_us);

#endif
