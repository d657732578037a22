#include "proof/product_tree.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/pulse.h"

enum { N_LEVELS = 21, GUARD_BITS = 64 };

/* Level 0 are the numbers, level k products of 2^k neighbours, the last one of all. */
struct tree {
    mpz_srcptr numbers; /* level 0 */
    mpz_ptr products[N_LEVELS];
    size_t count[N_LEVELS];
    size_t n_levels;
};

static mpz_srcptr node(const struct tree *t, size_t level, size_t i)
{
    return level == 0 ? &t->numbers[i] : &t->products[level][i];
}

static mpz_ptr new_numbers(size_t n)
{
    mpz_ptr list = xcalloc(n, sizeof *list);
    for (size_t i = 0; i < n; i++)
        mpz_init(&list[i]);
    return list;
}

static void free_numbers(mpz_ptr list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mpz_clear(&list[i]);
    xfree(list);
}

/* Adds a level. sums are those of the level below: of products of all numbers under a node but
 * one. Modulo any of these numbers, only one term is not zero. */
static mpz_ptr climb(struct tree *t, mpz_ptr sums)
{
    size_t below = t->n_levels - 1, n = (t->count[below] + 1) / 2;
    mpz_ptr products = new_numbers(n), above = new_numbers(n);
    mpz_t term;
    mpz_init(term);
    for (size_t i = 0; i < n; i++) {
        mpz_srcptr left = node(t, below, 2 * i);
        pulse_beat();
        if (2 * i + 1 == t->count[below]) {
            mpz_set(&products[i], left);
            mpz_swap(&above[i], &sums[2 * i]);
            continue;
        }
        mpz_srcptr right = node(t, below, 2 * i + 1);
        mpz_mul(&products[i], left, right);
        mpz_mul(&above[i], &sums[2 * i], right);
        mpz_mul(term, &sums[2 * i + 1], left);
        mpz_add(&above[i], &above[i], term);
    }
    mpz_clear(term);
    free_numbers(sums, t->count[below]);
    t->products[below + 1] = products;
    t->count[below + 1] = n;
    t->n_levels++;
    return above;
}

/* Bits behind the point of a fraction x / m. */
static mp_bitcnt_t places(mpz_srcptr m)
{
    return mpz_sizeinbase(m, 2) + GUARD_BITS;
}

/*
 * From the fractions x / m of the nodes above to those of a level: x / m times the sibling, without
 * the whole part. Too small by up to e units in the last place, they come out too small by
 * up to 2 e + 1: GUARD_BITS are far more than levels.
 */
static mpz_ptr descend(const struct tree *t, size_t level, mpz_ptr above)
{
    size_t n = t->count[level];
    mpz_ptr fractions = new_numbers(n);
    mpz_t product;
    mpz_init(product);
    for (size_t i = 0; i < n; i++) {
        if ((i ^ 1) >= n) {
            mpz_set(&fractions[i], &above[i / 2]);
            continue;
        }
        pulse_beat();
        mp_bitcnt_t from = places(node(t, level + 1, i / 2)), to = places(node(t, level, i));
        mpz_mul(product, &above[i / 2], node(t, level, i ^ 1));
        mpz_fdiv_r_2exp(product, product, from);
        mpz_fdiv_q_2exp(&fractions[i], product, from - to);
    }
    mpz_clear(product);
    free_numbers(above, t->count[level + 1]);
    return fractions;
}

/* x = fraction times m, to the nearest: m itself is zero. */
static void whole(mpz_ptr x, mpz_srcptr fraction, mpz_srcptr m)
{
    mpz_mul(x, fraction, m);
    mpz_fdiv_q_2exp(x, x, places(m) - 1);
    mpz_add_ui(x, x, 1);
    mpz_fdiv_q_2exp(x, x, 1);
    if (mpz_cmp(x, m) >= 0)
        mpz_sub(x, x, m);
}

void product_tree_others(
        mpz_srcptr numbers, size_t n, mpz_srcptr factor, mpz_ptr values, mpz_ptr product)
{
    struct tree t = {.numbers = numbers, .n_levels = 1, .count = {n}};
    if (n == 0 || n > (size_t)1 << (N_LEVELS - 1))
        abort();
    mpz_ptr list = new_numbers(n);
    for (size_t i = 0; i < n; i++)
        mpz_set_ui(&list[i], 1);
    while (t.count[t.n_levels - 1] > 1)
        list = climb(&t, list);
    size_t top = t.n_levels - 1;
    mpz_set(product, node(&t, top, 0));
    mpz_t rest;
    mpz_init(rest);
    mpz_fdiv_r(rest, factor, product);
    mpz_mul(rest, rest, &list[0]);
    mpz_fdiv_r(rest, rest, product);
    mpz_mul_2exp(rest, rest, places(product));
    mpz_fdiv_q(&list[0], rest, product);
    mpz_clear(rest);
    for (size_t level = top; level > 0; level--) {
        list = descend(&t, level - 1, list);
        free_numbers(t.products[level], t.count[level]);
    }
    for (size_t i = 0; i < n; i++)
        whole(&values[i], &list[i], &numbers[i]);
    free_numbers(list, n);
}
