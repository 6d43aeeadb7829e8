/* Requests for figures and who has answered, as CONTRACT.md describes their JSON, and as people see them. */
#ifndef REPORT_REQUESTS_H
#define REPORT_REQUESTS_H

#include "ledger/requests.h"
#include "report/json.h"

/* A new reference in *out; `now_ms`: to tell which are over. */
int report_requests(json_t **out, struct ledger *l, uint32_t unit, int64_t now_ms, struct arena *a,
		    struct err *e);
/* The form of a request by its code. -ERR_NOTFOUND, -ERR_INVALID: that one is not reported up to a day. */
int request_form(uint8_t *no, struct ledger *l, const char *code, struct err *e);
int requests_words(FILE *to, const json_t *list, struct arena *a, struct err *e);
#endif
