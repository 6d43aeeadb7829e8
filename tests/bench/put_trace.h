/* What a program put into its store, as put_trace writes it down and put_replay does it again: rows of this, each with
 * its key and then its value behind it, in the order in which they came; numbers as the machine has them. */
#ifndef BENCH_PUT_TRACE_H
#define BENCH_PUT_TRACE_H

#include <stdint.h>

enum put_kind { PUT_PUT = 1, PUT_DELETE, PUT_COMMIT };

struct put_row {
	uint8_t kind, table;
	uint16_t key_len;
	uint32_t flags, value_len;
};
#endif
