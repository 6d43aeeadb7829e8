/* A register of members as another program exported it: a CSV with the columns card, name, birth, sex,
 * ethnicity, religion, unit, admitted, recognised, in any order, and for form 2 the words of domain/register.h in
 * occupation, education and degree, which may be left out. Pure: text in, rows and problems out; who may
 * see them and where they are kept is decided elsewhere. Everything here names persons and stays with those
 * who may open the record (design: no name, number or exact birth date in clear).
 *
 * Text in TCVN3 or VNI is converted, and `encoding` says so, so that a person looks before saving. Nothing is
 * half taken: with a problem in any row the rows serve to show, not to save. */
#ifndef DOMAIN_MEMBERS_H
#define DOMAIN_MEMBERS_H

#include "base/arena.h"
#include "base/dates.h"
#include "domain/register.h"

enum member_sex { SEX_UNKNOWN, SEX_FEMALE, SEX_MALE };

/* Like an earlier row, for a person to decide. */
enum member_like {
	LIKE_NONE,
	LIKE_EXACT /* name and birth */,
	LIKE_FOLDED /* without diacritics */
};

struct member_row {
	size_t line;
	struct span card, name, ethnicity, religion, unit; /* card may be empty: in probation */
	struct person_codes form2; /* occupation, education, degree; all else 0 */
	const char *folded;
	day_t birth, admitted, recognised;
	bool has_recognised;
	enum member_sex sex;
	enum member_like like;
	size_t like_line;
};

struct member_problem {
	size_t line;
	struct err why;
};

enum { MEMBERS_MAX = 200000, MEMBER_PROBLEMS_MAX = 50 };

struct member_list {
	struct member_row *rows; /* those without a problem, in the order of the file */
	size_t count;
	struct member_problem *problems; /* the first MEMBER_PROBLEMS_MAX */
	size_t problem_count;            /* all of them */
	const char *encoding;            /* "TCVN3", "VNI": converted; NULL: UTF-8 */
};

/* Lends from `a`. A row is a problem: a field is missing or wrong, a day is in the future of `today` or before
 * birth, recognised before admitted, a card number that another person has, days in two styles in one
 * column. Fails only where no row can be read: the header, the encoding, memory. */
int members_parse(struct member_list *out, struct span csv, day_t today, struct arena *a,
		  struct err *e);

/* As lists of names are sorted: by the given name, which stands last, then by the whole. */
int member_name_cmp(struct span a, struct span b);
#endif
