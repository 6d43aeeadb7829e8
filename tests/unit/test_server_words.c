/* What the log's own short names are called on the screen. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/lang.h"
#include "words.h"

static struct err e;

static void vietnamese(void)
{
	cr_assert_eq(lang_init("vi", LOCALE_DIR, &e), 0);
}

TestSuite(server_words, .init = vietnamese);

/* A kind that the log can hold and the screen has no word for would be a "?" in every listing. */
Test(server_words, every_kind_of_entry_has_words_of_its_own)
{
	const char *seen[OP_KIND_MAX + 1];
	size_t count = 0;

	for (unsigned k = OP_NONE + 1; k <= OP_KIND_MAX; k++) {
		const char *words = kind_words((enum op_kind)k);

		if (!op_kind_name((enum op_kind)k))
			continue;
		cr_assert_str_neq(words, "?", "%s", op_kind_name((enum op_kind)k));
		for (size_t i = 0; i < count; i++)
			cr_assert_str_neq(words, seen[i], "%s", op_kind_name((enum op_kind)k));
		seen[count++] = words;
	}
	cr_assert_geq(count, 40);
	cr_assert_str_eq(kind_words((enum op_kind)(OP_KIND_MAX + 1)), "?");
	cr_assert_str_eq(kind_words(OP_MEMBERS), "số đảng viên");
}

Test(server_words, verdicts_and_roles_are_told_in_the_readers_language)
{
	static const char *const roles[] = { "clerk", "approver", "operator", "auditor",
					     "console" };

	for (int v = VERDICT_NONE; v <= VERDICT_REFUSED; v++)
		cr_assert_str_neq(verdict_words((enum op_verdict)v), "?");
	cr_assert_str_eq(verdict_words((enum op_verdict)99), "?");
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		cr_assert_str_neq(role_words(roles[i]), roles[i], "%s has no word", roles[i]);
	cr_assert_str_eq(role_words("of a newer program"), "of a newer program");
	lang_use(TEXT_EN);
	cr_assert_str_eq(role_words("clerk"), "clerk");
}

Test(server_words, people_and_files_are_named_as_they_are)
{
	struct span by = SPAN_LIT("Nguyễn Văn Thử: import members one.csv");

	cr_assert(span_eq(source_words(by), by));
	cr_assert_not(span_eq(source_words(SPAN_LIT("hello")), SPAN_LIT("hello")));
	cr_assert_not(span_eq(source_words(SPAN_LIT("renewal")), SPAN_LIT("renewal")));
	cr_assert_eq(source_words((struct span){ NULL, 0 }).len, 0);
}
