#include "client/stuck.h"

#include "base/arena.h"
#include "client/entry.h"
#include "ledger/ledger.h"

struct finding {
	struct stuck *list; /* NULL: they are only counted */
	size_t count;
};

static int each_draft(void *ctx, const struct draft_key *k, const struct draft *d, struct err *e)
{
	struct finding *f = ctx;

	(void)d;
	(void)e;
	if (f->list)
		f->list[f->count] = (struct stuck){ .key = *k };
	f->count++;
	return 0;
}

/* Can its sheet be opened, to be signed or blanked? */
static int try_open(struct client *c, struct stuck *s, bool *opens, struct err *e)
{
	const struct form *f = ledger_form_newest(client_base(c), s->key.form, &s->why);
	int rc = f ? entry_opens(c, s->key.unit, f->code, s->key.period, &s->why) : -ERR_NOTFOUND;

	*opens = rc != -ERR_RANGE && rc != -ERR_DENIED;
	if (!*opens || !rc || rc == -ERR_NOTFOUND)
		return 0;
	*e = s->why;
	return rc;
}

int stuck_list(const struct stuck **out, size_t *count, struct client *c, struct arena *a,
	       struct err *e)
{
	struct finding f = { .count = 0 };
	size_t kept = 0;
	int rc = drafts_each(c, each_draft, &f, e);

	if (!rc) {
		f.list = arena_array(a, f.count + 1, sizeof(*f.list));
		f.count = 0;
		rc = f.list ? drafts_each(c, each_draft, &f, e)
			    : err_set(e, ERR_NOMEM, "no memory for a list");
	}
	for (size_t i = 0; i < f.count && !rc; i++) {
		bool opens;

		rc = try_open(c, &f.list[i], &opens, e);
		if (!rc && !opens)
			f.list[kept++] = f.list[i];
	}
	*out = f.list;
	*count = rc ? 0 : kept;
	return rc;
}
