/* The incarnation that begins when a standby is promoted: its id says whose successor it is, so that the one before
 * knows it by a signed head alone. PROTOCOL.md, section 17. */
#ifndef SERVER_PROMOTED_H
#define SERVER_PROMOTED_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { PROMOTED_RANDOM = 8 };

void promoted_id(uint8_t out[16], const uint8_t parent[16], const uint8_t random[PROMOTED_RANDOM]);
bool promoted_from(const uint8_t id[16], const uint8_t parent[16]);
#endif
