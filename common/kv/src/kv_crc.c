/* By libdeflate: whoever reads a row reads all of it for this, and on long walks zlib's, which takes no help of the
 * processor, is most of the work. */
#include "kv/crc.h"

#include <libdeflate.h>

uint32_t kv_crc32(uint32_t sum, struct span bytes)
{
	return bytes.len ? libdeflate_crc32(sum, bytes.data, bytes.len) : sum;
}
