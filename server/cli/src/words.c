#include "words.h"

#include "base/lang.h"

#include <string.h>

const char *kind_words(enum op_kind k)
{
	return _(op_kind_text(k));
}

const char *verdict_words(enum op_verdict v)
{
	static const char *const words[] = { N_("not judged"), N_("taken"), N_("late"),
					     N_("refused") };

	return (unsigned)v < ARRAY_LEN(words) ? _(words[v]) : "?";
}

const char *role_words(const char *name)
{
	static const char *const roles[] = { N_("clerk"),   N_("approver"), N_("operator"),
					     N_("auditor"), N_("console"),  N_("standby") };

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
