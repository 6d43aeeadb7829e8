/* What the commands about persons share: the register open, and who is meant. */
#ifndef CLIENT_CLI_CASE_ASK_H
#define CLIENT_CLI_CASE_ASK_H

#include "ask.h"
#include "keys_dir.h"

#include "client/case_write.h"
#include "ledger/register.h"

enum { CASE_ID_SHOWN = 8 /* hexadecimal digits that name a case on a command line */ };

struct desk {
	struct cli *c;
	struct keyring *keys;
	struct cases *cases;
	bool some; /* not all: those who may be meant */
	day_t today;
};

/* -ERR_STATE where the province keeps no register. */
int desk_open(struct desk *d, struct cli *c);
/* The same with those cases alone whom desk_find(who) may mean; and without any. */
int desk_open_who(struct desk *d, struct cli *c, const char *who);
int desk_open_none(struct desk *d, struct cli *c);
int desk_look_up(struct desk *d, const char *who); /* in place of those that it has */
void desk_close(struct desk *d);
/* Told on a terminal while the index of names is made anew: names_asked.tell of a struct cli. */
void tell_index(void *cli, size_t done, size_t of);
/* Read the cases again, after something was written. */
int desk_again(struct desk *d);

/* By the beginning of its id, or by a name (or part of one, without diacritics) that only one case that may be opened
 * here has. *name may be NULL; it is where the name was what was given. */
int desk_find(struct desk *d, const char *who, size_t *index);
const char *case_id_text(struct cli *c, const struct case_record *r);
/* The name, or what stands for it where it is not to be opened here. */
const char *desk_name(struct desk *d, const struct case_record *r, struct person_fields *f);

/* `key=value`: is it this key? *value is what follows. */
bool is_pair(const char *arg, const char *key, const char **value);

/* What client/case_write.h writes with: the keys and the client of this desk. */
struct case_writer desk_writer(const struct desk *d);
/* The unit's key, made if it has none yet. The caller wipes it. */
int desk_unit_key(struct desk *d, struct unit_key *out);

/* Names were opened: told to the log of their unit. `count` of persons; 0 tells nothing. */
int tell_names(struct cli *c, uint32_t unit, enum names_how how, uint32_t count);

/* Queue a step as it stands in `op`, with what is sealed beside it, once it can be taken. */
int desk_step(struct desk *d, size_t index, struct op *op, const struct person_fields *paper);
int step_parse(struct cli *c, const char *code, enum case_step_kind *out);

/* The code of a unit at the other end of a move, which need not be in the part of this device. */
const char *unit_word(struct cli *c, uint32_t unit);
/* The unit that somebody is sent to: it made a key, and this device has heard of it. */
int ask_receiver(struct cli *c, const char *code, struct register_key *out);

/* ---- rules (case_rules.c) ---- */
struct field_rules {
	struct case_rules rules;
	struct holidays *holidays;
};
int field_rules_read(struct cli *c, struct field_rules *r); /* beside the program */
void field_rules_fini(struct field_rules *r);
/* What of the step does not keep a rule, and which papers are missing: told, never refused. */
void tell_findings(struct desk *d, const struct field_rules *rules, const struct case_record *r,
		   const struct case_step *step, FILE *to);
#endif
