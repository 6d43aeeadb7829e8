/* Integers that hold any product of two int64: ratios of figures are compared without a rounding. */
#ifndef DOMAIN_WIDE_H
#define DOMAIN_WIDE_H

#include <stdint.h>

__extension__ typedef __int128 wide;
#endif
