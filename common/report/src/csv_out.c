#include "report/csv_out.h"

enum { CSV_BYTES_MAX = 64 << 20 };

void csv_begin(struct buf *b, const char *mark)
{
	buf_init(b, CSV_BYTES_MAX);
	buf_printf(b, "\xef\xbb\xbf"); /* a spreadsheet takes it for UTF-8 by this mark */
	if (mark)
		buf_printf(b, "# %s\n", mark);
}

int csv_end(struct buf *b, FILE *to, struct err *e)
{
	int rc = b->failed ? err_set(e, ERR_NOMEM, "no memory to print") : 0;

	if (!rc)
		(void)fwrite(b->data, 1, b->len, to); /* who owns the stream asks it at the end */
	buf_fini(b);
	return rc;
}
