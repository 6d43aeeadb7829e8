/* CRC-32 of a row, by libdeflate: whoever reads a row reads all of it for this, and on long walks zlib's, which takes no
 * help of the processor, is most of the work. */
#include "internal.h"

#include <libdeflate.h>

uint32_t row_checksum(struct span bytes)
{
	return libdeflate_crc32(0, bytes.data, bytes.len);
}
