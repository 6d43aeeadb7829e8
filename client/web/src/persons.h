/* The register of persons open for one question. */
#ifndef CLIENT_WEB_PERSONS_H
#define CLIENT_WEB_PERSONS_H

#include "web_internal.h"

#include "client/case_write.h"
#include "client/corrections.h"
#include "client/roll.h"

struct persons {
	struct call *k;
	struct keyring *keys;
	struct cases *cases;
	struct case_writer writer;
	day_t today;
};

/* -ERR_STATE where the province keeps no register. Close it in any case. */
int persons_open(struct persons *d, struct call *k);
void persons_close(struct persons *d);

/* Names of a list were shown to whoever sits here: told to the log once a day, and again when there are more. */
enum persons_list {
	PERSONS_CASES,
	PERSONS_MEMBERS,
	PERSONS_CONTESTS,
	PERSONS_COMMENDED,
	PERSONS_LISTS
};
int persons_listed(struct persons *d, enum persons_list list, uint32_t unit, uint32_t count);

/* A record field by field, as `record` of `out`. `opened` NULL: sealed here. */
int persons_record(struct persons *d, const struct correct_whom *whom,
		   const struct person_fields *opened, json_t *out);

/* How many fields of records two people said different things of, as `contested`. */
int persons_contested(struct persons *d);

/* Of JSON: texts that may be missing. Lends. */
struct span persons_text(const struct persons *d, const char *key);
int persons_day(const struct persons *d, const char *key,
		day_t *out); /* today when it is not said */
#endif
