/* What the checks of all kinds of op share. Not seen outside domain/src. */
#ifndef DOMAIN_OP_CHECK_H
#define DOMAIN_OP_CHECK_H

#include "domain/op.h"

/* What is wrong with an op, in four kinds of sentence. Each returns the code it is given. */
enum op_code op_bad_text(struct err *e, const char *field, size_t bytes_max);
enum op_code op_missing(struct err *e, enum op_code code, const char *field);
enum op_code op_out_of_range(struct err *e, enum op_code code, const char *field);
enum op_code op_malformed(struct err *e, const char *field);

bool op_is_line(struct span text, size_t bytes_max);

/* A field of text, one row per field and kind; where empty is refused, `needed` says how. */
struct line_rule {
	const char *field;
	struct span text;
	size_t bytes_max;
	enum op_code needed; /* CODE_OK: may be empty */
};

enum op_code op_check_lines(const struct line_rule *rules, size_t count, struct err *e);

static inline bool is_day(day_t d)
{
	return d >= DAY_MIN && d <= DAY_MAX;
}

static inline bool is_instant(int64_t ms)
{
	return ms >= instant_of_day_start(DAY_MIN) && ms <= instant_of_day_end(DAY_MAX);
}

static inline bool is_period(struct period p)
{
	return is_day(p.from) && is_day(p.to) && p.from <= p.to;
}

static inline bool is_count(int64_t v)
{
	return v >= 0 && v <= FIGURE_VALUE_MAX;
}

/* op_check_months.c */
enum op_code op_check_summary(const struct op *op, struct err *e);
enum op_code op_check_late(const struct op *op, struct err *e);
enum op_code op_check_close(const struct op *op, struct err *e);
enum op_code op_check_unlock(const struct op *op, struct err *e);
enum op_code op_check_calendar(const struct op *op, struct err *e);
enum op_code op_check_act(const struct op *op, struct err *e);
enum op_code op_check_act_refusal(const struct op *op, struct err *e);

/* op_check_follow.c */
enum op_code op_check_note(const struct op *op, struct err *e);
enum op_code op_check_officer(const struct op *op, struct err *e);
enum op_code op_check_group(const struct op *op, struct err *e);
enum op_code op_check_commend(const struct op *op, struct err *e);

/* op_check_register.c */
enum op_code op_check_names(const struct op *op, struct err *e);
enum op_code op_check_case(const struct op *op, struct err *e);
enum op_code op_check_case_step(const struct op *op, struct err *e);
enum op_code op_check_member(const struct op *op, struct err *e);
enum op_code op_check_member_end(const struct op *op, struct err *e);
enum op_code op_check_correct(const struct op *op, struct err *e);
enum op_code op_check_move(const struct op *op, struct err *e);
enum op_code op_check_forget(const struct op *op, struct err *e);
enum op_code op_check_unit_key(const struct op *op, struct err *e);
enum op_code op_check_recovery_key(const struct op *op, struct err *e);
enum op_code op_check_recover(const struct op *op, struct err *e);
#endif
