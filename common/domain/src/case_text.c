#include "domain/case.h"

#include "base/lang.h"

/* Texts stand in sentences as arguments, which are looked up only when they have several words. */
struct words {
	const char *code, *text;
};

static const struct words stages[CASE_STAGES] = {
	[CASE_NONE] = { "none", N_("no step taken yet") },
	[CASE_INTRODUCED] = { "introduced", N_("outstanding person, introduced") },
	[CASE_LISTED] = { "listed", N_("sympathiser, on the cell's list") },
	[CASE_IN_CLASS] = { "in-class", N_("in the awareness class") },
	[CASE_CERTIFIED] = { "certified", N_("class certificate received") },
	[CASE_HELPED] = { "helped", N_("members help the person") },
	[CASE_APPLIED] = { "applied", N_("application made") },
	[CASE_CV] = { "cv", N_("CV declared") },
	[CASE_VERIFYING] = { "verifying", N_("CV being verified") },
	[CASE_VERIFIED] = { "verified", N_("CV verified") },
	[CASE_OPINIONS] = { "opinions", N_("opinions collected") },
	[CASE_CELL] = { "cell", N_("resolved by the cell") },
	[CASE_COMMITTEE] = { "committee", N_("resolved by the committee") },
	[CASE_SUBMITTED] = { "submitted", N_("dossier submitted") },
	[CASE_TO_ASK] = { "to-ask", N_("screened: question open") },
	[CASE_RETURNED] = { "returned", N_("screened: dossier returned") },
	[CASE_AGREED] = { "agreed", N_("screened: agreed to") },
	[CASE_DECIDED] = { "decided", N_("decided, waiting for the ceremony") },
	[CASE_PROBATION] = { "probation", N_("in probation") },
	[CASE_REVIEWED] = { "reviewed", N_("recognition resolved by the cell") },
	[CASE_RECOGNISED] = { "recognised", N_("full member") },
	[CASE_STRUCK_OFF] = { "struck-off", N_("struck off the list") },
	[CASE_ENDED] = { "ended", N_("membership ended") },
	[CASE_REFUSED] = { "refused", N_("not admitted") },
	[CASE_WITHDRAWN] = { "withdrawn", N_("no longer pursued") },
	[CASE_RESTING] = { "resting", N_("resting for now") },
	[CASE_IN_TRANSIT] = { "in-transit", N_("on the way to another unit") },
	[CASE_MOVED] = { "moved", N_("gone over to another unit") },
};

static const struct words steps[STEP_KINDS] = {
	[STEP_INTRODUCE] = { "introduce", N_("introduction by a union") },
	[STEP_LIST] = { "list", N_("listing by the cell") },
	[STEP_SEND] = { "send", N_("sending to the class") },
	[STEP_CERTIFY] = { "certify", N_("class certificate") },
	[STEP_HELPER] = { "helper", N_("assigning members to help") },
	[STEP_APPLY] = { "apply", N_("application to join") },
	[STEP_CV] = { "cv", N_("declared CV") },
	[STEP_VERIFY_ASK] = { "verify-ask", N_("request to verify the CV") },
	[STEP_VERIFY] = { "verify", N_("verification of the CV") },
	[STEP_OPINIONS] = { "opinions", N_("introductions and opinions") },
	[STEP_CELL] = { "cell", N_("the cell's resolution") },
	[STEP_COMMITTEE] = { "committee", N_("the committee's resolution") },
	[STEP_SUBMIT] = { "submit", N_("submission of the dossier") },
	[STEP_ASK] = { "ask", N_("question of the screening") },
	[STEP_RETURN] = { "return", N_("return of the dossier") },
	[STEP_AGREE] = { "agree", N_("agreement of the screening") },
	[STEP_DECIDE] = { "decide", N_("decision to admit") },
	[STEP_CEREMONY] = { "ceremony", N_("ceremony of admission") },
	[STEP_NEW_CLASS] = { "new-class", N_("class for new members") },
	[STEP_REVIEW] = { "review", N_("the cell's resolution on recognition") },
	[STEP_RECOGNISE] = { "recognise", N_("decision on recognition") },
	[STEP_STRIKE_OFF] = { "strike-off", N_("striking off the list") },
	[STEP_END] = { "end", N_("end of membership") },
	[STEP_REFUSE] = { "refuse", N_("decision not to admit") },
	[STEP_WITHDRAW] = { "withdraw", N_("withdrawal of the case") },
	[STEP_REST] = { "rest", N_("laying the case to rest") },
	[STEP_RESUME] = { "resume", N_("taking the case up again") },
	[STEP_MOVE] = { "move", N_("sending to another unit") },
	[STEP_MOVED] = { "moved", N_("taking over by the other unit") },
	[STEP_BACK] = { "back", N_("coming back, not taken over") },
};

static const struct words reasons[CASE_REASONS] = {
	[REASON_OWN_WISH] = { "own-wish", N_("own wish") },
	[REASON_MOVED] = { "moved", N_("moved away, no contact") },
	[REASON_HEALTH] = { "health", N_("state of health") },
	[REASON_DIED] = { "died", N_("the person died") },
	[REASON_NOT_FIT] = { "not-fit", N_("conditions or standards not met") },
	[REASON_VOTES] = { "votes", N_("too few votes") },
	[REASON_DISCIPLINE] = { "discipline", N_("breach of law or discipline") },
	[REASON_PAPERS] = { "papers", N_("papers incomplete") },
	[REASON_EDUCATION] = { "education", N_("education not sufficient") },
	[REASON_AGE] = { "age", N_("outside the ages") },
	[REASON_CERTIFICATE] = { "certificate", N_("class certificate lapsed") },
	[REASON_AWAY] = { "away", N_("works, studies or serves elsewhere") },
	[REASON_TIME] = { "time", N_("a term ran out") },
	[REASON_DROPPED] = { "dropped", N_("gave up party activity") },
	[REASON_EXPELLED] = { "expelled", N_("expelled from the Party") },
	[REASON_LEFT] = { "left", N_("asked to leave the Party") },
	[REASON_OTHER] = { "other", N_("another reason") },
};

static const struct words grounds[CASE_GROUNDS] = {
	[GROUND_CONSENT] = { "consent",
			     N_("written consent of the provincial standing committee") },
	[GROUND_EXTENSION] = { "extension", N_("extension granted") },
	[GROUND_AREA] = { "area", N_("mountain, border, island or minority area") },
	[GROUND_FISHERMAN] = { "fisherman", N_("fisherman at sea") },
	[GROUND_ELDER] = { "elder", N_("village elder") },
	[GROUND_APPROVED] = { "approved", N_("approved by the level above") },
	[GROUND_ABROAD] = { "abroad", N_("verification abroad") },
	[GROUND_OTHER] = { "other", N_("another ground") },
};

static const struct words *row_of(const struct words *rows, int count, int index)
{
	static const struct words none = { NULL, "?" };

	return index >= 0 && index < count && rows[index].code ? &rows[index] : &none;
}

const char *case_stage_code(enum case_stage s)
{
	return row_of(stages, CASE_STAGES, (int)s)->code;
}

const char *case_stage_text(enum case_stage s)
{
	return row_of(stages, CASE_STAGES, (int)s)->text;
}

const char *case_step_code(enum case_step_kind k)
{
	return row_of(steps, STEP_KINDS, (int)k)->code;
}

const char *case_step_text(enum case_step_kind k)
{
	return row_of(steps, STEP_KINDS, (int)k)->text;
}

const char *case_reason_code(enum case_reason r)
{
	return row_of(reasons, CASE_REASONS, (int)r)->code;
}

const char *case_reason_text(enum case_reason r)
{
	return row_of(reasons, CASE_REASONS, (int)r)->text;
}

const char *case_ground_code(enum case_ground g)
{
	return row_of(grounds, CASE_GROUNDS, (int)g)->code;
}

const char *case_ground_text(enum case_ground g)
{
	return row_of(grounds, CASE_GROUNDS, (int)g)->text;
}

bool case_stage_parse(enum case_stage *out, struct span code)
{
	for (int i = 0; i < CASE_STAGES; i++) {
		if (!span_eq(span_str(stages[i].code), code))
			continue;
		*out = (enum case_stage)i;
		return true;
	}
	return false;
}
