#ifndef WRITER_OPS_H
#define WRITER_OPS_H

#include "writer_work.h"

int work_ops(struct work *w, struct job *j, struct moment now, struct err *e);
int work_old(struct work *w, struct job *j, struct moment now, struct err *e);
/* Judges one op of a device with its identity in hand, so that one that takes the server down is parked in
 * the end, whoever brings it. Fails as ledger_submit() does. */
int work_submit(struct work *w, struct submission *s, struct op_id id, struct moment now,
		struct judgement *out, struct err *e);
void work_ops_failed(struct job_ops *j, enum wire_code why);
#endif
