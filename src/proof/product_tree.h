#ifndef TLSWIRE_PROOF_PRODUCT_TREE_H
#define TLSWIRE_PROOF_PRODUCT_TREE_H

#include <gmp.h>
#include <stddef.h>

/*
 * Many numbers against each other in near-linear time (Bernstein 2004, "Scaled remainder trees").
 * GMP ends the program when memory is short: the caller limits how much it gives.
 */

/*
 * product_tree_others sets product to that of the n numbers, and values[i], which is initialized,
 * to factor times all numbers but numbers[i], modulo numbers[i]. Numbers are above 1, at most
 * 2^20 of them; factor >= 0. The tree takes the length of the numbers times log2(n) + 4.
 */
void product_tree_others(
        mpz_srcptr numbers, size_t n, mpz_srcptr factor, mpz_ptr values, mpz_ptr product);

#endif
