#ifndef TLSWIRE_STORE_SCHEMA_H
#define TLSWIRE_STORE_SCHEMA_H

/* The SQL of schema/, embedded by the build. */
extern const char schema_001_initial[];
extern const char schema_views[];

/* The user_version of a database that has all migrations. */
enum { SCHEMA_VERSION = 1 };

#endif
