/* Rows of the measuring programs' option tables: what several of them take stands once. */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include "base/opt.h"

#define ROW_TEXT(NAME, VAR, ARG, HELP)                                                          \
	{                                                                                       \
		.name = (NAME), .type = OPT_TEXT, .value = &(VAR), .arg = (ARG), .help = (HELP) \
	}
#define ROW_NUMBER(NAME, VAR, MIN, MAX, ARG, HELP)                                               \
	{                                                                                        \
		.name = (NAME), .type = OPT_NUMBER, .value = &(VAR), .min = (MIN), .max = (MAX), \
		.arg = (ARG), .help = (HELP)                                                     \
	}
#define ROW_FLAG(NAME, VAR, HELP)                                                 \
	{                                                                         \
		.name = (NAME), .type = OPT_FLAG, .value = &(VAR), .help = (HELP) \
	}

#define ROW_SERVER(VAR) ROW_TEXT("server", VAR, "HOST:PORT", "whom to talk to")
#define ROW_CLIENTS(VAR) ROW_TEXT("clients", VAR, "DIR", "made by make_clients")
#define ROW_SERVER_PID(VAR) \
	ROW_NUMBER("server-pid", VAR, 1, INT32_MAX, "PID", "to tell its CPU and memory")
#define ROW_MS(VAR, MIN, HELP) ROW_NUMBER("ms", VAR, MIN, 24 * 3600000, "MS", HELP)
#endif
