/* CRC-32, that of zlib: what stands behind rows. */
#ifndef KV_CRC_H
#define KV_CRC_H

#include "base/span.h"

#include <stdint.h>

/* `sum` is 0, or that of the bytes before these. */
uint32_t kv_crc32(uint32_t sum, struct span bytes);
#endif
