/* The province in a ledger: forms, 4,524 units with their plans, openings, targets, history, devices. */
#ifndef BENCH_FIELD_H
#define BENCH_FIELD_H

#include "ledger/ledger.h"

#include "sheets.h"

struct field {
	struct ledger *ledger;
	const struct ed25519_key *key; /* signs heads */
	const struct sheets *sheets;
	int64_t now_ms;
	uint32_t next_person;
};

/* A unit's number in the store: its place in the province, from 1; so the province itself is 1. */
uint32_t field_unit(size_t index);

/* Everything but sheets and devices, in one batch. */
void field_build(struct field *f);
/* Sheets of the first `months` months of all who report, imported. */
void field_history(struct field *f, unsigned months);

/* Enrol `device` for the organisation that is number `reporter`, with an approver of its own; in the open
 * batch. base is the ledger's tip then. */
struct field_device {
	uint64_t device;
	uint8_t spki_hash[32], nonce[16];
};
void field_enrol(struct field *f, const struct field_device *d, size_t reporter,
		 struct author *out);
/* The same for any unit of any tree: the person has this role. */
void field_enrol_at(struct field *f, const struct field_device *d, uint32_t unit,
		    enum person_role role, struct author *out);
void field_begin(struct field *f);
void field_commit(struct field *f, struct kv_work *work);
#endif
