#ifndef TLSWIRE_BASE_TEXTS_H
#define TLSWIRE_BASE_TEXTS_H

/* Copies of texts, each kept once, that live as long as the collection: for texts of something that
 * may be replaced while others still point to them. */
struct texts;

struct texts *texts_new(void);
/* texts_free frees all copies; NULL is fine. */
void texts_free(struct texts *t);
/* texts_keep gives the copy of text, NULL for NULL. Equal texts have the same copy. */
const char *texts_keep(struct texts *t, const char *text);

#endif
