#ifndef WRITER_OPS_H
#define WRITER_OPS_H

#include "writer_work.h"

int work_ops(struct work *w, struct job *j, struct moment now, struct err *e);
int work_old(struct work *w, struct job *j, struct moment now, struct err *e);
void work_ops_failed(struct job_ops *j, enum wire_code why);
#endif
