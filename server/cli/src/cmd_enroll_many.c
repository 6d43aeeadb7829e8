/* enroll --subtree: codes for every unit of a subtree at once, as cards. */
#include "enroll.h"
#include "show.h"
#include "words.h"

#include "ledger/part.h"
#include "proto/wire.h"
#include "report/print.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOLD_EVERY = 50 };

struct many {
	struct cli *c;
	struct enroller *en;
	enum person_role role;
	int64_t now_ms, expires_ms;
	day_t today;
	const struct unit **units; /* of the tree, those that get a card */
	size_t count, left_out;
	struct job **jobs; /* one for each, so that all can be taken back */
	size_t made;
	uint32_t *served; /* units with a device in use, ascending */
	size_t served_count;
};

/* ---- who gets one ---- */

static int reports(struct many *m, uint32_t unit, bool *out)
{
	struct cli *c = m->c;
	const struct form *f = ledger_form_code(c->store.ledger, SPAN_LIT("monthly"), &c->err);
	enum plan_step step = PLAN_NONE;
	struct period whole;
	int rc;

	*out = false;
	if (!f) { /* a province with forms of its own: whoever stands in the tree */
		err_clear(&c->err);
		*out = true;
		return 0;
	}
	rc = part_step(c->store.ledger, unit, f->no, m->today, &step, &whole, &c->err);
	*out = !rc && step != PLAN_NONE;
	return rc;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static int find_served(struct many *m)
{
	struct cli *c = m->c;
	const uint64_t *devices;
	struct device_row row;
	size_t count;
	int rc = ledger_devices(&devices, &count, c->store.ledger, c->arena, &c->err);

	if (rc)
		return rc;
	m->served = arena_array(c->arena, count + 1, sizeof(*m->served));
	if (!m->served)
		return err_set(&c->err, ERR_NOMEM, "no memory for a list");
	for (size_t i = 0; i < count && !rc; i++) {
		rc = ledger_device(c->store.ledger, devices[i], &row, &c->err);
		if (!rc && !row.revoked_lsn)
			m->served[m->served_count++] = row.unit;
	}
	qsort(m->served, m->served_count, sizeof(*m->served), by_number);
	return rc;
}

static void take(struct many *m, const struct unit *u)
{
	uint32_t unit = u->unit;

	if (bsearch(&unit, m->served, m->served_count, sizeof(unit), by_number))
		m->left_out++;
	else
		m->units[m->count++] = u;
}

/* Those above stand before those below. *any: it reports, or one below does. */
static int walk(struct many *m, const struct unit *u, bool *any)
{
	struct cli *c = m->c;
	size_t mine = m->count, count = 0, before = m->left_out;
	const struct unit **children;
	int rc = reports(m, u->unit, any);

	if (rc)
		return rc;
	take(m, u);
	rc = tree_children(ledger_tree(c->store.ledger), u->unit, m->today, UINT64_MAX, &children,
			   &count, &c->err);
	for (size_t i = 0; i < count && !rc; i++) {
		bool below = false;

		rc = walk(m, children[i], &below);
		*any = *any || below;
	}
	if (!rc && !*any) { /* nobody asks it for anything */
		m->count = mine;
		m->left_out = before;
	}
	return rc;
}

/* ---- the codes ---- */

static int make_one(struct many *m, const struct unit *u)
{
	struct cli *c = m->c;
	struct job *j = job_new(JOB_CODE, 0, (struct moment){ .wall_ms = m->now_ms });
	int rc;

	if (!j)
		return err_set(&c->err, ERR_NOMEM, "out of memory");
	m->jobs[m->made++] = j;
	j->by = span_str(c->by);
	j->make.role = m->role;
	j->make.unit = u->unit;
	j->make.name = span_str(u->code);
	j->make.expires_ms = m->expires_ms;
	rc = enrol_make_code(m->en, c->store.ledger, j, m->now_ms, &c->err);
	if (!rc && j->code) {
		c->err = j->err;
		rc = -(int)j->err.code;
	}
	return rc;
}

static void tell(const struct many *m, bool last)
{
	if (m->c->made || !isatty(STDERR_FILENO) || (!last && m->made % TOLD_EVERY))
		return;
	fprintf(stderr, "\r%zu/%zu%s", m->made, m->count, last ? "\r\033[K" : "");
	fflush(stderr);
}

/* ---- the cards ---- */

static json_t *json_card(const struct many *m, size_t i)
{
	const struct unit *u = m->units[i];
	char code[CODE_TEXT_MAX];
	json_t *out;

	code_text(code, &m->jobs[i]->make.secret);
	out = json_pack("{s:s, s:s, s:s}", "code", code, "unit", u->code, "name",
			unit_name_at(u, m->today, UINT64_MAX));
	bytes_wipe(code, sizeof(code));
	return out;
}

/* Everything that stands on the cards, so that they can be written where the ledger is not. */
static json_t *json_made(struct many *m, const struct unit *top, const struct print_head *h)
{
	struct cli *c = m->c;
	json_t *cards = json_array();

	for (size_t i = 0; i < m->made; i++)
		json_array_append_new(cards, json_card(m, i));
	return json_pack("{s:s, s:o, s:s, s:s?, s:s?, s:s?, s:I, s:I, s:I, s:o, s:o, s:o}",
			 "address", enroll_address(c), "mark", mark_json(mark_of(c->store.ledger)),
			 "of", unit_name_at(top, m->today, UINT64_MAX), "superior", h->superior,
			 "issuer", h->issuer, "place", h->place, "expires",
			 (json_int_t)m->expires_ms, "role", (json_int_t)m->role, "left_out",
			 (json_int_t)m->left_out, "cards", cards, "day", json_integer(m->today),
			 "marked", json_integer(mark_of(c->store.ledger)));
}

static int say_cards(struct many *m, const struct unit *top, char **text)
{
	struct cli *c = m->c;
	struct print_head head;
	json_t *made;
	int rc = print_head_read(&head, c->store.ledger, top->unit, m->today, c->arena, &c->err);

	if (rc)
		return rc;
	made = json_made(m, top, &head);
	*text = json_whole(made, JSON_COMPACT);
	json_decref(made);
	if (!*text)
		return err_set(&c->err, ERR_NOMEM, "no memory for a report");
	if (c->made && strlen(*text) > WIRE_FILE_MAX)
		return err_set(&c->err, ERR_RANGE, "too many cards at once: ask for the parts");
	return 0;
}

/* ---- all of it ---- */

static int make_codes(struct many *m)
{
	int rc = 0;

	for (size_t i = 0; i < m->count && !rc; i++) {
		rc = make_one(m, m->units[i]);
		tell(m, i + 1 == m->count);
	}
	return rc;
}

/* All, or none: a code whose entry did not come into the log is taken back. What goes on the cards is whole before the
 * commit; a code that nobody was told is of no use. */
static int make_all(struct many *m, const struct unit *top, char **text)
{
	struct cli *c = m->c;
	struct ledger *l = c->store.ledger;
	int rc = ledger_begin(l, &c->err);

	if (rc)
		return rc;
	rc = make_codes(m);
	if (!rc)
		rc = say_cards(m, top, text);
	if (!rc)
		return ledger_commit(l, &c->store.log_key, NULL, &c->err);
	ledger_abort(l);
	for (size_t i = 0; i < m->made; i++)
		enrol_unmake_code(m->en, m->jobs[i]);
	return rc;
}

static int give(struct cli *c, struct span text)
{
	if (!c->made)
		return enroll_cards(c, text);
	buf_bytes(c->made, text);
	return c->made->failed ? err_set(&c->err, ERR_NOMEM, "no memory for a report") : 0;
}

static void end(struct many *m)
{
	for (size_t i = 0; i < m->made; i++)
		job_free(m->jobs[i]);
}

int enroll_subtree(struct cli *c, struct enroller *en, const struct unit *top)
{
	struct many m = { .c = c, .en = en, .now_ms = cli_now(c) };
	size_t all = tree_count(ledger_tree(c->store.ledger));
	char *text = NULL;
	bool any;
	int rc = enroll_role(c, &m.role);

	if (!rc && (m.role == ROLE_OPERATOR || m.role == ROLE_STANDBY))
		rc = cli_misused(c, err_set(&c->err, ERR_INVALID,
					    "an operator or a standby is enrolled alone"));
	if (rc)
		return rc;
	m.expires_ms = m.now_ms + ENROL_CODE_DAYS * INT64_C(86400000);
	m.today = day_of_instant(m.now_ms);
	m.units = arena_array(c->arena, all + 1, sizeof(const struct unit *));
	m.jobs = arena_array(c->arena, all + 1, sizeof(struct job *));
	if (!m.units || !m.jobs)
		return err_set(&c->err, ERR_NOMEM, "no memory for a list");
	rc = find_served(&m);
	if (!rc)
		rc = walk(&m, top, &any);
	if (!rc && !m.count)
		rc = err_set(&c->err, ERR_STATE,
			     "every unit there that reports has a device, or none reports");
	if (!rc)
		rc = make_all(&m, top, &text);
	if (!rc)
		rc = give(c, span_str(text));
	if (text)
		bytes_wipe(text, strlen(text));
	free(text);
	end(&m);
	return rc;
}

/* ---- writing them ---- */

/* What was printed once is never printed again: no card is written over. */
static const char *free_name(struct cli *c, const char *unit, const char *ending)
{
	const char *name = arena_printf(c->arena, "cards-%s.%s", unit, ending);
	char path[STORE_PATH_MAX];

	for (int n = 2;
	     name && !store_dir_path(path, options.out, name, NULL) && !access(path, F_OK); n++)
		name = arena_printf(c->arena, "cards-%s-%d.%s", unit, n, ending);
	return name;
}

static int keep(struct cli *c, const char *unit, const char *ending, struct buf *b)
{
	const char *name = free_name(c, unit, ending);
	int rc = name ? store_dir_put(options.out, name, buf_span(b), 0600, &c->err)
		      : err_set(&c->err, ERR_NOMEM, "no memory for a report");

	if (b->data)
		bytes_wipe(b->data, b->len);
	if (rc)
		return rc;
	if (!c->json)
		fprintf(c->out, "%s/%s\n", options.out, name);
	return 0;
}

static struct print_card *read_cards(struct cli *c, const json_t *made, const char *until,
				     size_t *count)
{
	const json_t *list = json_object_get(made, "cards"), *j;
	int64_t role = number_at(made, "role");
	struct print_card *cards;
	size_t i;

	*count = json_array_size(list);
	cards = arena_array(c->arena, *count + 1, sizeof(*cards));
	json_array_foreach(list, i, j) if (cards) cards[i] = (struct print_card){
		text_at(j, "code"), text_at(made, "address"),           text_at(j, "unit"),
		text_at(j, "name"), role_words(enroll_role_name(role)), until
	};
	return cards;
}

static int write_files(struct cli *c, const json_t *made, struct paper *p,
		       const struct print_card *cards, size_t count)
{
	struct print_head h = { .superior = text_at(made, "superior"),
				.issuer = text_at(made, "issuer"),
				.place = text_at(made, "place"),
				.doc_no = "",
				.symbol = "",
				.secrecy = "",
				.date = (day_t)number_at(made, "day") };
	struct buf html, text;
	int rc = 0;

	buf_init(&html, PRINT_FILE_MAX);
	buf_init(&text, PRINT_FILE_MAX);
	if (mkdir(options.out, 0700) && errno != EEXIST)
		rc = path_error(&c->err, options.out);
	if (!rc)
		rc = print_cards_html(&html, p, &h, cards, count, &c->err);
	if (!rc)
		rc = print_cards_text(&text, p, cards, count, &c->err);
	if (!rc)
		rc = keep(c, options.subtree, "html", &html);
	if (!rc)
		rc = keep(c, options.subtree, "txt", &text);
	buf_fini(&html);
	buf_fini(&text);
	return rc;
}

static int show_made(struct cli *c, const json_t *made, size_t count, int64_t expires_ms)
{
	char until[INSTANT_TEXT_MAX];
	int64_t left_out = number_at(made, "left_out");

	if (c->json)
		return json_print(c->out,
				  json_pack("{s:s, s:s, s:I, s:I, s:s}", "unit", options.subtree,
					    "folder", options.out, "codes", (json_int_t)count,
					    "left_out", (json_int_t)left_out, "expires",
					    instant_iso(until, expires_ms)),
				  (enum mark)number_at(made, "marked"), &c->err);
	lang_print(c->out, _("%zu codes, each on a card, good until %s\n"), count,
		   show_instant(c->arena, expires_ms));
	if (left_out)
		lang_print(c->out, _("%lld units have a device in use and got none\n"),
			   (long long)left_out);
	return 0;
}

int enroll_cards(struct cli *c, struct span bytes)
{
	json_t *made = json_loadb((const char *)bytes.data, bytes.len, 0, NULL);
	int64_t expires_ms = number_at(made, "expires");
	const char *mark = json_string_value(json_object_get(made, "mark"));
	const char *until = show_instant(c->arena, expires_ms);
	struct paper *p = paper_new(c->arena, _("Cards for new devices"));
	struct print_card *cards;
	size_t count;
	int rc;

	cards = read_cards(c, made, until, &count);
	if (p) {
		paper_about(p, "cards", text_at(made, "of"));
		paper_note(
			p,
			_("Whoever has a card can enter figures of its unit: cut apart, hand out, keep none"));
		paper_mark(p, mark);
	}
	rc = cards && p ? write_files(c, made, p, cards, count)
			: err_set(&c->err, ERR_NOMEM, "no memory for a report");
	if (!rc)
		rc = show_made(c, made, count, expires_ms);
	json_decref(made);
	return rc;
}
