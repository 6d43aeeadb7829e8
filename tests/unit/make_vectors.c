/* Writes vectors/ anew, into the folder that is named. Run it after a wanted change of the protocol,
 * and read the difference: whatever changed there changed for everybody. */
#include <stdio.h>

#include "proto_vectors.h"

static int write_file(const char *folder, const struct vector_file *file)
{
	char path[512];
	struct buf b;
	FILE *f;
	int rc = 1;

	buf_init(&b, 1 << 20);
	file->write(&b);
	snprintf(path, sizeof(path), "%s/%s", folder, file->name);
	f = b.failed ? NULL : fopen(path, "wb");
	if (f) {
		rc = fwrite(b.data, 1, b.len, f) != b.len;
		rc |= fclose(f) != 0;
	}
	buf_fini(&b);
	if (rc)
		perror(path);
	return rc;
}

int main(int argc, char **argv)
{
	int rc = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: make_vectors FOLDER\n");
		return 2;
	}
	for (size_t i = 0; i < ARRAY_LEN(vector_files); i++)
		rc |= write_file(argv[1], &vector_files[i]);
	return rc;
}
