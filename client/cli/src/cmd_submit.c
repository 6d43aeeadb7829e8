/* submit: sign a sheet and queue it. resolve: settle a figure with two values. */
#include "counting.h"
#include "forming.h"
#include "sign.h"

int sign_options(struct cli *c, struct entry_how *how)
{
	*how = (struct entry_how){ .how = SIGN_OWN,
				   .preparer = options.preparer,
				   .signer = options.signer,
				   .title = options.title,
				   .reason = options.reason,
				   .from = options.from,
				   .nil_month = options.nil,
				   .blanks_are_nil = options.blanks_nil,
				   .old_ok = options.old };
	if (!options.paper)
		return 0;
	how->how = SIGN_PAPER;
	return ask_day(c, options.paper, &how->paper_day);
}

void sign_as_told(struct cli *c, const struct entry_sheet *s, struct entry_how *how)
{
	if (!entry_on_behalf(s) || how->how != SIGN_OWN)
		return;
	how->how = SIGN_PAPER;
	how->paper_day = day_of_instant(cli_now(c));
	if (!how->signer)
		how->signer = how->from;
}

/* `differ`: taken over; NULL for what has no figures to compare. */
static int show_done(struct cli *c, const struct unit *u, const char *form, struct period p,
		     struct op_id id, const char *done, json_t *differ)
{
	char version[VERSION_TEXT_MAX];
	json_t *j;

	version_text(version, id);
	if (c->json) {
		j = json_pack("{s:s, s:s, s:s, s:s, s:s}", "op", version, "unit", u->code, "form",
			      form, "period", show_period(c->arena, p), "state", "queued");
		if (differ)
			json_object_set_new(j, "differ", differ);
		return show_json(c, j);
	}
	fprintf(c->out, done, u->code, form, show_period(c->arena, p));
	fprintf(c->out,
		_("it is queued here; it counts once the server has confirmed it (`ketnap sync`)\n"));
	return 0;
}

struct submitting {
	const struct unit *unit;
	bool opened; /* what was refused is of this sheet */
	const char *form;
	struct period period;
	struct entry_how how;
	struct op_id id;
	struct entry_judgement judged;
	json_t *differ; /* from the register: to look at, never in the way */
};

static int try_submit(struct cli *c, struct submitting *s, bool *blanks)
{
	struct entry_sheet *sheet;
	const struct form *f;
	struct counting k;
	struct forming m;
	bool beside, forms;
	int rc = ask_open(c, &sheet, s->unit, s->form, s->period);

	*blanks = false;
	if (rc)
		return rc;
	s->opened = true;
	f = entry_form(sheet);
	rc = ask_age(c, sheet, &s->how.old_ok);
	sign_as_told(c, sheet, &s->how);
	beside = !rc && counting_beside(&k, c, s->unit, sheet, s->period);
	forms = !rc && forming_beside(&m, c, s->unit, sheet, s->period);
	if (!rc)
		rc = entry_submit(sheet, &s->how, cli_now(c), &s->id, &s->judged, &c->err);
	if (rc == -ERR_INVALID && (s->judged.blank_count || s->judged.blocking) && !c->json) {
		tell_judgement(c, f, &s->judged, stderr);
		*blanks = s->judged.blank_count && !s->how.blanks_are_nil;
	}
	rc = judged_words(c, f, &s->judged, rc, &c->err);
	if (rc)
		err_wrap(&c->err, rc, "%s %s %s", s->unit->code, s->form,
			 show_period(c->arena, s->period));
	if (!rc && c->json)
		s->differ = beside ? counting_json(&k) : forms ? forming_json(&m) : json_array();
	else if (!rc && beside)
		counting_tell(&k, c->out);
	else if (!rc && forms)
		forming_tell(&m, c, c->out);
	if (beside)
		counting_close(&k);
	entry_close(sheet);
	return rc;
}

/* Words of our own for what the person can say to make it go. */
static int how_to_go_on(struct cli *c, int rc, const struct submitting *s)
{
	if (rc == -ERR_INVALID && s->judged.blank_count && !s->how.blanks_are_nil &&
	    !s->how.nil_month)
		return err_wrap(&c->err, rc,
				"--blanks-nil says that blank figures are nil, --nil that nothing "
				"happened this month");
	if (rc == -ERR_DENIED && s->opened && s->how.how == SIGN_OWN)
		return err_wrap(&c->err, rc, "--paper DAY --signer NAME --title TEXT");
	return rc;
}

int cmd_submit(struct cli *c, int argc, char **argv)
{
	struct submitting s = { .form = argv[1] };
	bool blanks;
	int rc = ask_unit(c, options.unit, &s.unit);

	(void)argc;
	if (!rc)
		rc = ask_period(c, argv[2], &s.period);
	if (!rc)
		rc = sign_options(c, &s.how);
	if (!rc)
		rc = try_submit(c, &s, &blanks);
	else
		return rc;
	if (rc && blanks && cli_confirm(c, _("are all these nil?"))) {
		s.how.blanks_are_nil = true;
		err_clear(&c->err);
		rc = try_submit(c, &s, &blanks);
	}
	if (rc)
		return how_to_go_on(c, rc, &s);
	if (!c->json)
		tell_judgement(c,
			       ledger_form_code(client_base(c->client), span_str(s.form), &c->err),
			       &s.judged, c->out);
	return show_done(c, s.unit, s.form, s.period, s.id, _("%s %s %s: signed\n"), s.differ);
}

/* ---- resolve ---- */

struct choice {
	uint16_t measure;
	bool by_version;
	struct op_id keep;
	enum figure_state state;
	int64_t value;
};

static int read_choice(struct cli *c, const struct form *f, const char *text, struct choice *out)
{
	const char *equals = strchr(text, '=');
	const struct measure *m;

	if (!equals)
		return cli_misused(c,
				   err_set(&c->err, ERR_INVALID,
					   "measure=keep:VERSION or measure=VALUE, not %s", text));
	m = form_measure_code(f, span_of(text, (size_t)(equals - text)));
	if (!m)
		return err_set(&c->err, ERR_NOTFOUND, "form %s has no measure %.*s", f->code,
			       (int)(equals - text), text);
	out->measure = m->no;
	if (equals[1] == '=') /* as the usage prints it */
		equals++;
	if (!strncmp(equals + 1, "keep:", 5)) {
		out->by_version = true;
		if (!version_parse(&out->keep, equals + 6))
			return err_set(&c->err, ERR_INVALID,
				       "%s names no version; `ketnap conflicts` shows them",
				       equals + 6);
		return 0;
	}
	return ask_value(c, equals + 1, &out->state, &out->value);
}

int cmd_resolve(struct cli *c, int argc, char **argv)
{
	struct entry_how how = { .reason = options.reason, .from = options.from, .old_ok = true };
	struct entry_sheet *sheet = NULL;
	struct choice choice = { .measure = 0 };
	const struct unit *u;
	struct period p;
	struct op_id id;
	int rc;

	if (argc > 5)
		return cli_usage(c, _("resolve settles one figure: %s is one too many"), argv[5]);
	rc = ask_unit(c, argv[1], &u);
	if (!rc)
		rc = ask_period(c, argv[3], &p);
	if (!rc)
		rc = ask_open(c, &sheet, u, argv[2], p);
	if (!rc)
		rc = read_choice(c, entry_form(sheet), argv[4], &choice);
	if (!rc)
		rc = entry_resolve(sheet, choice.measure, choice.by_version ? &choice.keep : NULL,
				   choice.state, choice.value, &how, cli_now(c), &id, &c->err);
	entry_close(sheet);
	return rc ? rc : show_done(c, u, argv[2], p, id, _("%s %s %s: settled\n"), NULL);
}
