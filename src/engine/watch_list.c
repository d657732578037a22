/* The interfaces of this machine. */
#include "capture/interfaces.h"
#include "engine/watch.h"

bool watch_interfaces(
        void (*fn)(void *ctx, const struct watch_interface *i), void *ctx, struct err *err)
{
    struct live_interfaces all = {0};
    if (!live_interfaces(&all, err))
        return false;
    for (size_t i = 0; i < all.n; i++) {
        char flags[64];
        const struct live_interface *one = &all.items[i];
        fn(ctx, &(struct watch_interface){.name = one->name,
                        .flags = live_interfaces_flags(one, flags, sizeof flags),
                        .link_type = one->link_type,
                        .addresses = one->addresses});
    }
    live_interfaces_fini(&all);
    return true;
}
