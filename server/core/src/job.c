#include "server/job.h"

#include "stick_impl.h"

#include <stdlib.h>

enum { JOB_BUDGET = WIRE_ARENA + 2 * FRAME_MAX, JOB_OWN_BYTES = 512 };

struct job *job_new(enum job_kind kind, uint64_t conn, struct moment at)
{
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->kind = kind;
	j->conn = conn;
	j->at = at;
	j->a = arena_new(JOB_BUDGET);
	if (!j->a) {
		free(j);
		return NULL;
	}
	return j;
}

void job_free(struct job *j)
{
	if (!j)
		return;
	if (job_is_stick(j))
		stick_taken_free(j->stick.taken);
	if (j->kind == JOB_ENROL)
		buf_fini(&j->enrol.log);
	arena_free(j->a);
	bytes_wipe(j, sizeof(*j)); /* codes are secret */
	free(j);
}

size_t job_ops_count(const struct job *j)
{
	return j->kind == JOB_OPS   ? j->ops.count
	       : j->kind == JOB_OLD ? j->old.count
	       : job_is_stick(j)    ? STICK_WEIGHT
				    : 1;
}

size_t job_bytes(const struct job *j)
{
	return JOB_OWN_BYTES + arena_used(j->a);
}

void job_list_init(struct job_list *l)
{
	*l = (struct job_list){ .first = NULL };
	l->last = &l->first;
}

void job_list_fini(struct job_list *l)
{
	struct job *j;

	while ((j = job_list_take(l)))
		job_free(j);
}

void job_list_put(struct job_list *l, struct job **j)
{
	struct job *add = *j;

	*j = NULL;
	add->next = NULL;
	*l->last = add;
	l->last = &add->next;
	l->count++;
	l->ops += job_ops_count(add);
	l->bytes += job_bytes(add);
}

struct job *job_list_take(struct job_list *l)
{
	struct job *j = l->first;

	if (!j)
		return NULL;
	l->first = j->next;
	if (!l->first)
		l->last = &l->first;
	j->next = NULL;
	l->count--;
	l->ops -= job_ops_count(j);
	l->bytes -= job_bytes(j);
	return j;
}
