#include "domain/form_count.h"

#include <assert.h>

static const char *const codes[CASE_MEASURES] = {
	[CM_ADMITTED] = "admitted",
	[CM_WOMEN] = "admitted_women",
	[CM_MINORITY] = "admitted_minority",
	[CM_RELIGIOUS] = "admitted_religious",
	[CM_YOUTH_UNION] = "admitted_youth_union",
	[CM_AGE_18_30] = "admitted_age_18_30",
	[CM_OWNER] = "admitted_owner",
	[CM_FDI] = "admitted_fdi",
	[CM_WEAK_HAMLET] = "admitted_weak_hamlet",
	[CM_READMITTED] = "admitted_readmitted",
	[CM_SOURCE + SOURCE_VETERAN] = "src_veteran",
	[CM_SOURCE + SOURCE_STUDENT] = "src_student",
	[CM_SOURCE + SOURCE_ARMED] = "src_armed",
	[CM_SOURCE + SOURCE_PRIVATE] = "src_private",
	[CM_SOURCE + SOURCE_AGENCY] = "src_agency",
	[CM_SOURCE + SOURCE_RURAL] = "src_rural",
	[CM_SOURCE + SOURCE_OTHER] = "src_other",
	[CM_DIED] = "died",
	[CM_EXPELLED] = "expelled",
	[CM_STRUCK_OFF] = "struck_off",
	[CM_STRUCK_OFF_PROBATIONARY] = "struck_off_probationary",
	[CM_STRUCK_OFF_DROPPED] = "struck_off_dropped",
	[CM_LEFT] = "left",
	[CM_IN_SAME_DIRECT] = "moved_in_same_direct",
	[CM_IN_OTHER_DIRECT] = "moved_in_other_direct",
	[CM_IN_OUTSIDE] = "moved_in_outside",
	[CM_OUT_SAME_DIRECT] = "moved_out_same_direct",
	[CM_OUT_OTHER_DIRECT] = "moved_out_other_direct",
	[CM_OUT_OUTSIDE] = "moved_out_outside",
	[CM_RESTORED] = "restored",
	[CM_PROBATIONARY] = "members_probationary",
	[CM_SYMPATHISERS] = "sympathisers",
	[CM_CLASS_SENT] = "class_sent",
	[CM_CLASS_CERTIFIED] = "class_certified",
	[CM_SUBMITTED] = "dossiers_submitted",
	[CM_RETURNED] = "dossiers_returned",
	[CM_WAITING] = "dossiers_waiting",
	[CM_RECOGNISED] = "recognised",
	[CM_OVERDUE] = "recognition_overdue",
	[CM_NEW_CLASS] = "new_class_done",
	[CM_MEMBERS] = "members_end",
};

const char *case_measure_code(enum case_measure m)
{
	return m < CASE_MEASURES ? codes[m] : NULL;
}

enum case_source case_main_source(uint8_t fits)
{
	for (int s = 0; s < CASE_SOURCES; s++)
		if (fits >> s & 1)
			return (enum case_source)s;
	return SOURCE_OTHER;
}

/* ---- one case ---- */

static bool held_on(const struct case_entry *c, day_t day)
{
	return (!c->came_over || day >= c->held_from) && (!c->went_over || day <= c->held_to);
}

/* At the end of the day: who leaves on it does so before it ends, so that what is left of a month is what it began with,
 * what came and what went. */
static bool stays_on(const struct case_entry *c, day_t day)
{
	return held_on(c, day) && (!c->went_over || day < c->held_to);
}

static bool inside(const struct period *p, day_t day)
{
	return day >= p->from && day <= p->to;
}

/* Did it happen here? What came along was counted where it was written; what was written here nobody else has, be its day
 * before the arrival. */
static bool is_of_here(const struct case_entry *c, bool along, day_t day)
{
	return (!along || day >= c->held_from) && (!c->went_over || day <= c->held_to);
}

/* As the case stood at the end of `day`: later steps are left out. False when one does not fit. */
static bool state_on(struct case_state *out, const struct case_entry *c, day_t day)
{
	*out = (struct case_state){ .stage = CASE_NONE };
	for (size_t i = 0; i < c->count; i++)
		if (c->steps[i].day <= day && case_apply(out, &c->steps[i], NULL))
			return false;
	return true;
}

static enum case_step_kind counted_step(enum case_counts counts)
{
	return counts == COUNTS_DECISION ? STEP_DECIDE : STEP_CEREMONY;
}

/* A decision that was annulled before a ceremony admitted nobody. */
static bool admitted(const struct case_state *s, enum case_counts counts, day_t *day)
{
	enum case_step_kind step = counted_step(counts);

	if (!case_has(s, step) || s->stage == CASE_REFUSED || s->stage == CASE_WITHDRAWN)
		return false;
	*day = s->days[step];
	return true;
}

/* Was it a member's when it came? */
static bool came_as_member(const struct case_entry *c, enum case_counts counts)
{
	struct case_state then = { .stage = CASE_NONE };
	day_t day;

	for (size_t i = 0; i < c->brought && i < c->count; i++)
		if (case_apply(&then, &c->steps[i], NULL))
			break;
	return admitted(&then, counts, &day) && !case_is_over(then.stage);
}

/* Whoever was admitted here, whose membership ended here, or who went on from here, was here by then, whenever the papers
 * were taken over. */
static day_t first_day(const struct case_entry *c, enum case_counts counts)
{
	day_t first = c->went_over && c->held_to < c->held_from ? c->held_to : c->held_from;

	for (size_t i = c->brought; i < c->count; i++) {
		const struct case_step *s = &c->steps[i];

		if ((s->kind == counted_step(counts) || s->kind == STEP_STRIKE_OFF ||
		     s->kind == STEP_END) &&
		    s->day < first)
			first = s->day;
	}
	return first;
}

void case_count_admission(int8_t out[CASE_MEASURES], const struct case_facts *f)
{
	out[CM_ADMITTED] = 1;
	out[CM_WOMEN] = f->woman;
	out[CM_MINORITY] = f->minority;
	out[CM_RELIGIOUS] = f->religious;
	out[CM_YOUTH_UNION] = f->youth_union;
	out[CM_AGE_18_30] = f->age_18_30;
	out[CM_OWNER] = f->owner;
	out[CM_FDI] = f->fdi;
	out[CM_WEAK_HAMLET] = f->weak_hamlet;
	out[CM_READMITTED] = f->readmitted;
	out[CM_SOURCE + (int)case_main_source(f->sources)] = 1;
}

static void add_end(int8_t *out, const struct case_step *s)
{
	if (s->reason == REASON_DIED)
		out[CM_DIED]++;
	else if (s->reason == REASON_EXPELLED)
		out[CM_EXPELLED]++;
	else
		out[CM_LEFT]++;
}

static void add_step(int8_t *out, const struct case_step *s)
{
	static const struct {
		enum case_step_kind kind;
		enum case_measure measure;
	} flows[] = {
		{ STEP_SEND, CM_CLASS_SENT },       { STEP_CERTIFY, CM_CLASS_CERTIFIED },
		{ STEP_SUBMIT, CM_SUBMITTED },      { STEP_RETURN, CM_RETURNED },
		{ STEP_RECOGNISE, CM_RECOGNISED },  { STEP_NEW_CLASS, CM_NEW_CLASS },
		{ STEP_STRIKE_OFF, CM_STRUCK_OFF },
	};

	for (size_t i = 0; i < ARRAY_LEN(flows); i++)
		if (flows[i].kind == s->kind)
			out[flows[i].measure]++;
	if (s->kind == STEP_STRIKE_OFF) {
		out[CM_STRUCK_OFF_PROBATIONARY]++; /* whoever has a case is in probation */
		if (s->reason == REASON_DROPPED)
			out[CM_STRUCK_OFF_DROPPED]++;
	} else if (s->kind == STEP_END) {
		add_end(out, s);
	}
}

/* A move counts for those who were members in probation on its day; full members are not cases any more. */
static bool moves_as_member(const struct case_entry *c, const struct case_counting *how, day_t on)
{
	struct case_state then;
	day_t day;

	state_on(&then, c, on);
	return admitted(&then, how->counts, &day) && !case_is_over(then.stage);
}

static void add_moves(int8_t *out, const struct case_entry *c, const struct case_counting *how)
{
	if (c->came_over && c->came != MOVE_NONE && inside(&how->period, c->held_from) &&
	    came_as_member(c, how->counts))
		out[CM_IN_SAME_DIRECT + (int)c->came - MOVE_SAME_DIRECT]++;
	if (c->went_over && c->went != MOVE_NONE && inside(&how->period, c->held_to) &&
	    moves_as_member(c, how, c->held_to))
		out[CM_OUT_SAME_DIRECT + (int)c->went - MOVE_SAME_DIRECT]++;
}
static_assert(CM_IN_OUTSIDE - CM_IN_SAME_DIRECT == MOVE_OUTSIDE - MOVE_SAME_DIRECT, "in order");
static_assert(CM_OUT_OUTSIDE - CM_OUT_SAME_DIRECT == MOVE_OUTSIDE - MOVE_SAME_DIRECT, "in order");

static bool is_overdue(const struct case_state *s, const struct case_counting *how)
{
	struct due dues[DUE_MAX];
	size_t count;

	if (!how->rules || (s->stage != CASE_PROBATION && s->stage != CASE_REVIEWED))
		return false;
	count = deadlines_due(dues, how->rules, how->holidays, s, how->period.to);
	for (size_t i = 0; i < count; i++)
		if (dues[i].late)
			return true;
	return false;
}

static void add_stocks(int8_t *out, const struct case_state *s, const struct case_counting *how)
{
	day_t day;

	out[CM_PROBATIONARY] = s->stage == CASE_PROBATION || s->stage == CASE_REVIEWED ||
			       (s->stage == CASE_DECIDED && how->counts == COUNTS_DECISION);
	out[CM_SYMPATHISERS] = case_has(s, STEP_LIST) && s->stage < CASE_DECIDED;
	out[CM_WAITING] = s->stage == CASE_SUBMITTED || s->stage == CASE_TO_ASK ||
			  s->stage == CASE_AGREED;
	out[CM_OVERDUE] = is_overdue(s, how);
	out[CM_MEMBERS] = admitted(s, how->counts, &day) &&
			  (!case_is_over(s->stage) || s->stage == CASE_RECOGNISED);
}

bool case_contribution(int8_t out[CASE_MEASURES], const struct case_entry *c,
		       const struct case_counting *how)
{
	struct case_state walk = { .stage = CASE_NONE }, now;
	struct case_entry held = *c;
	bool whole = true, at_all;
	day_t day;

	memset(out, 0, CASE_MEASURES);
	for (size_t i = 0; i < c->count && whole; i++) {
		whole = !case_apply(&walk, &c->steps[i], NULL);
		if (whole && inside(&how->period, c->steps[i].day) &&
		    is_of_here(c, i < c->brought, c->steps[i].day))
			add_step(out, &c->steps[i]);
	}
	at_all = admitted(&walk, how->counts, &day);
	if (at_all && inside(&how->period, day) &&
	    is_of_here(c, came_as_member(c, how->counts), day))
		case_count_admission(out, &c->facts);
	held.held_from = first_day(c, how->counts);
	if (at_all)
		add_moves(out, &held, how);
	state_on(&now, c, how->period.to);
	if (stays_on(&held, how->period.to))
		add_stocks(out, &now, how);
	if (!at_all) /* annulled since: in no month was there a member */
		out[CM_MEMBERS] = 0;
	return whole;
}

/* As case_contribution() counts an admission. */
bool case_admitted_in(const struct case_entry *c, const struct case_counting *how, day_t *day)
{
	struct case_state walk = { .stage = CASE_NONE };

	for (size_t i = 0; i < c->count; i++)
		if (case_apply(&walk, &c->steps[i], NULL))
			break;
	return admitted(&walk, how->counts, day) && inside(&how->period, *day) &&
	       is_of_here(c, came_as_member(c, how->counts), *day);
}

/* ---- many ---- */

size_t case_count(int64_t out[CASE_MEASURES], const struct case_entry *cases, size_t count,
		  const struct case_counting *how)
{
	int8_t one[CASE_MEASURES];
	size_t broken = 0;

	memset(out, 0, CASE_MEASURES * sizeof(*out));
	for (size_t i = 0; i < count; i++) {
		broken += !case_contribution(one, &cases[i], how);
		for (int m = 0; m < CASE_MEASURES; m++)
			out[m] += one[m];
	}
	return broken;
}

size_t case_behind(uint64_t *ids, size_t cap, const struct case_entry *cases, size_t count,
		   const struct case_counting *how, enum case_measure m)
{
	int8_t one[CASE_MEASURES];
	size_t found = 0;

	assert(m < CASE_MEASURES);
	for (size_t i = 0; i < count; i++) {
		case_contribution(one, &cases[i], how);
		if (!one[m])
			continue;
		if (found < cap)
			ids[found] = cases[i].id;
		found++;
	}
	return found;
}

size_t case_compare(struct case_difference out[CASE_MEASURES],
		    const struct operand typed[CASE_MEASURES], const int64_t counted[CASE_MEASURES])
{
	size_t count = 0;

	for (int m = 0; m < CASE_MEASURES; m++)
		if (typed[m].known && typed[m].value != counted[m])
			out[count++] = (struct case_difference){ (enum case_measure)m,
								 typed[m].value, counted[m] };
	return count;
}

void case_funnel(int64_t out[CASE_STAGES], const struct case_entry *cases, size_t count, day_t day)
{
	struct case_state s;

	memset(out, 0, CASE_STAGES * sizeof(*out));
	for (size_t i = 0; i < count; i++) {
		state_on(&s, &cases[i], day);
		if (stays_on(&cases[i], day) && s.stage != CASE_NONE)
			out[s.stage]++;
		else if (cases[i].went_over && day >= cases[i].held_to && day < cases[i].arrives)
			out[CASE_IN_TRANSIT]++;
	}
}

/* Steps that the stage shows to be past (a base cell has no committee above it) lack no longer. */
static int judge_dossier(struct case_forecast *out, const struct case_state *s,
			 const struct case_counting *how, day_t today, struct err *e)
{
	enum deadline_goal goal = how->counts == COUNTS_DECISION ? DEADLINE_DECISION
								 : DEADLINE_CEREMONY;
	struct deadline steps[STEP_KINDS];
	bool late = false;
	size_t count;
	int rc = deadlines_before(steps, &count, how->rules, how->holidays,
				  deadline_standing(s->stage), goal, how->period.to, today, e);

	for (size_t i = 0; i < count && !rc; i++) {
		late = late || steps[i].late;
		out->doubtful = out->doubtful || steps[i].beyond || steps[i].unverified;
	}
	if (!rc && late)
		out->too_late++;
	else if (!rc)
		out->can_make_it++;
	return rc;
}

int case_forecast(struct case_forecast *out, const struct case_entry *cases, size_t count,
		  const struct case_counting *how, day_t today, struct err *e)
{
	struct case_state s;
	day_t day;
	int rc = 0;

	assert(how->rules && how->holidays);
	*out = (struct case_forecast){ 0 };
	for (size_t i = 0; i < count && !rc; i++) {
		state_on(&s, &cases[i], today);
		if (admitted(&s, how->counts, &day))
			out->admitted += inside(&how->period, day) &&
					 is_of_here(&cases[i],
						    came_as_member(&cases[i], how->counts), day);
		else if (s.stage >= CASE_CELL && s.stage <= CASE_DECIDED &&
			 stays_on(&cases[i], today))
			rc = judge_dossier(out, &s, how, today, e);
	}
	return rc;
}
