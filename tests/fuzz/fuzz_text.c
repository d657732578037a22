/* Escaping loses nothing, JSON stays JSON, times are read without surprises. */
#include <stdint.h>
#include <string.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text escaped = {0}, back = {0}, json = {0}, time = {0};
    int64_t us;
    text_add_escaped(&escaped, (struct bytes){data, size});
    text_unescape(&back, text_str(&escaped));
    if (back.n != size || (size > 0 && memcmp(back.s, data, size) != 0))
        __builtin_trap();
    text_add_json(&json, text_str(&escaped));
    for (size_t i = 0; i < json.n; i++)
        if ((unsigned char)json.s[i] < 0x20)
            __builtin_trap();
    char text[64] = {0};
    memcpy(text, data, size < sizeof text - 1 ? size : sizeof text - 1);
    if (text_parse_time(text, &us))
        text_add_time(&time, us);
    text_fini(&escaped);
    text_fini(&back);
    text_fini(&json);
    text_fini(&time);
    return 0;
}
