#ifndef TLSWIRE_SANDBOX_BUILD_H
#define TLSWIRE_SANDBOX_BUILD_H

/* Whether a sanitizer is built in, which looks for leaks with a tracer of its own. */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_HAS_SANITIZER 1
#endif
#endif
#ifndef SANDBOX_HAS_SANITIZER
#define SANDBOX_HAS_SANITIZER 0
#endif

#endif
