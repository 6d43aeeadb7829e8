#include "words.h"

#include "base/lang.h"

#include <string.h>

const char *kind_words(enum op_kind k)
{
	static const char *const words[OP_KIND_MAX + 1] = {
		[OP_SHEET] = N_("sheet"),
		[OP_RECALL] = N_("recall"),
		[OP_RETURN] = N_("return"),
		[OP_ACCEPT] = N_("acceptance"),
		[OP_SUMMARY] = N_("summary"),
		[OP_LATE_DECISION] = N_("late-sheet decision"),
		[OP_REQUEST] = N_("request"),
		[OP_TARGET] = N_("target"),
		[OP_TARGET_REGISTER] = N_("target registration"),
		[OP_MEMBERS] = N_("member count"),
		[OP_CLAIM] = N_("claim"),
		[OP_UNIT] = N_("unit"),
		[OP_ACT] = N_("reorganisation act"),
		[OP_PLAN] = N_("reporting plan"),
		[OP_FORM] = N_("form"),
		[OP_CALENDAR] = N_("holidays"),
		[OP_SETTING] = N_("setting"),
		[OP_CLOSE] = N_("closing"),
		[OP_UNLOCK] = N_("unlocking"),
		[OP_ACT_PROPOSAL] = N_("reorganisation proposal"),
		[OP_PERSON] = N_("person"),
		[OP_ENROL_CODE] = N_("enrolment code"),
		[OP_DEVICE] = N_("device"),
		[OP_REVOKE] = N_("device revoked"),
		[OP_EPOCH] = N_("new epoch of a device"),
		[OP_SUSPEND] = N_("device suspended"),
		[OP_INCARNATION] = N_("incarnation"),
		[OP_START] = N_("server start"),
		[OP_PASSWORD] = N_("password"),
		[OP_NAMES_READ] = N_("names read"),
		[OP_CLOCK] = N_("clock set"),
		[OP_RIGHTS_END] = N_("end of rights"),
		[OP_PARK] = N_("set aside"),
		[OP_CASE] = N_("case"),
		[OP_CASE_STEP] = N_("step of a case"),
		[OP_CASE_MOVE] = N_("case moved"),
		[OP_MEMBER] = N_("member"),
		[OP_MEMBER_MOVE] = N_("member moved"),
		[OP_MEMBER_END] = N_("member gone"),
		[OP_CLASS] = N_("awareness class"),
		[OP_MEETING] = N_("meeting"),
		[OP_FORGET] = N_("names forgotten"),
		[OP_UNIT_KEY] = N_("unit key"),
	};

	return (unsigned)k < ARRAY_LEN(words) && words[k] ? _(words[k]) : "?";
}

const char *verdict_words(enum op_verdict v)
{
	static const char *const words[] = { N_("not judged"), N_("taken"), N_("late"),
					     N_("refused") };

	return (unsigned)v < ARRAY_LEN(words) ? _(words[v]) : "?";
}

const char *role_words(const char *name)
{
	static const char *const roles[] = { N_("clerk"), N_("approver"), N_("operator"),
					     N_("auditor"), N_("console") };

	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		if (!strcmp(roles[i], name))
			return _(roles[i]);
	return name;
}

struct span source_words(struct span source)
{
	/* What a server does of itself. People and files are named as they are. */
	static const char *const own[] = { N_("enrolment"), N_("renewal"), N_("hello") };

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (span_eq(source, span_str(own[i])))
			return span_str(_(own[i]));
	return source;
}
