#include "report/names.h"

#include "base/lang.h"
#include "domain/op.h"
#include "proto/codec.h"

const char *unit_code_of(const struct ledger *l, uint32_t unit)
{
	const struct unit *u = tree_get(ledger_tree(l), unit);

	return u ? u->code : "";
}

const char *unit_name_of(const struct ledger *l, uint32_t unit, day_t day, uint64_t known_at)
{
	const struct unit *u = tree_get(ledger_tree(l), unit);
	const char *name = u ? unit_name_at(u, day, known_at) : NULL;

	return name ? name : "";
}

const char *form_code_of(struct ledger *l, uint8_t form)
{
	const struct form *f = ledger_form_newest(l, form, NULL);

	return f ? f->code : "?";
}

/* By its code where one is given, else by its number. */
static const struct measure *find_measure(struct ledger *l, uint16_t no, const char *code)
{
	for (unsigned f = 1; f <= FORM_NO_MAX; f++) {
		const struct form *form = ledger_form_newest(l, (uint8_t)f, NULL);
		const struct measure *m = !form  ? NULL
					  : code ? form_measure_code(form, span_str(code))
						 : form_measure(form, no);

		if (m)
			return m;
	}
	return NULL;
}

const char *measure_code_of(struct ledger *l, uint16_t measure)
{
	const struct measure *m = find_measure(l, measure, NULL);

	return m ? m->code : "?";
}

const char *measure_name_of(struct ledger *l, const char *code)
{
	const struct measure *m = find_measure(l, 0, code);

	return !m ? code : lang_now() == TEXT_VI ? m->name_vi : m->name_en;
}

const char *instrument_label(enum target_instrument i)
{
	static const char *const labels[INSTR_COUNT] = {
		[INSTR_NONE] = N_("target"),
		[INSTR_CONGRESS] = N_("congress resolution"),
		[INSTR_RESOLUTION] = N_("resolution"),
		[INSTR_DECISION] = N_("decision"),
		[INSTR_DIRECTIVE] = N_("directive"),
		[INSTR_CONCLUSION] = N_("conclusion"),
		[INSTR_PROGRAMME] = N_("programme"),
		[INSTR_SCHEME] = N_("scheme"),
		[INSTR_PLAN] = N_("plan"),
		[INSTR_LETTER] = N_("letter"),
		[INSTR_NOTICE] = N_("notice"),
		[INSTR_REGISTRATION] = N_("registration"),
		[INSTR_OTHER] = N_("other target"),
	};

	return (unsigned)i < INSTR_COUNT ? labels[i] : labels[INSTR_NONE];
}

bool districts_on(day_t day)
{
	struct ymd d = day_to_ymd(day);

	return d.year < 2025 || (d.year == 2025 && d.month < 7);
}

const char *level_label(enum unit_kind k, day_t day)
{
	static const char *const labels[UNIT_KINDS] = {
		[UNIT_NONE] = N_("units"),
		[UNIT_COUNTRY] = N_("central committees"),
		[UNIT_PROVINCE] = N_("committees of provinces and cities"),
		[UNIT_DIRECT] = N_("committees of communes, wards and bodies directly below"),
		[UNIT_INTERMEDIATE] = N_("committees directly above the grassroots"),
		[UNIT_COMMUNE] = N_("committees of communes, wards and special zones"),
		[UNIT_BASE_COMMITTEE] = N_("grassroots committees"),
		[UNIT_BASE_CELL] = N_("grassroots cells"),
		[UNIT_SECTION] = N_("sectional committees"),
		[UNIT_SUB_CELL] = N_("cells below a committee"),
	};
	bool districts = districts_on(day);

	if (districts && k == UNIT_DIRECT)
		return N_("committees of districts, towns and bodies directly below");
	if (districts && k == UNIT_COMMUNE)
		return N_("committees of communes, wards and townships");
	return labels[(unsigned)k < UNIT_KINDS ? k : UNIT_NONE];
}

const char *person_name_of(struct ledger *l, uint32_t person, struct arena *a)
{
	struct person_row row;
	struct entry en;
	struct op op;
	struct buf bytes;
	const char *name = "";

	buf_init(&bytes, ENTRY_MAX);
	if (person && !ledger_person(l, person, &row, NULL) &&
	    !ledger_entry(l, row.lsn, &bytes, NULL) &&
	    !entry_decode(&en, buf_span(&bytes), a, NULL) &&
	    op_decode(&op, en.body, a, NULL) == CODE_OK && op.kind == OP_PERSON)
		name = arena_str(a, op.person.name);
	buf_fini(&bytes);
	return name ? name : "";
}
