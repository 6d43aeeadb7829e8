/* Runs a target over every file of a corpus folder, and over every prefix of the small ones. Prints how
 * many inputs there were: none is a failure. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 1 << 20, PREFIX_MAX = 2048 };

static size_t read_file(const char *path, uint8_t *into)
{
	FILE *f = fopen(path, "rb");
	size_t len = f ? fread(into, 1, INPUT_MAX, f) : 0;

	if (!f || ferror(f)) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(1);
	}
	fclose(f);
	return len;
}

/* In memory of exactly that size, so that a read past the end is seen. */
static void run(const uint8_t *bytes, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1);

	if (!exact)
		abort();
	memcpy(exact, bytes, len);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
}

int main(int argc, char **argv)
{
	static uint8_t bytes[INPUT_MAX];
	struct dirent **names;
	size_t inputs = 0;
	int count;

	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
		return 2;
	}
	count = scandir(argv[1], &names, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		char path[4096];
		size_t len;

		snprintf(path, sizeof(path), "%s/%s", argv[1], names[i]->d_name);
		if (names[i]->d_name[0] != '.') {
			len = read_file(path, bytes);
			for (size_t cut = 0; cut < len && cut < PREFIX_MAX; cut++, inputs++)
				run(bytes, cut);
			run(bytes, len);
			inputs++;
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	printf("%zu inputs\n", inputs);
	return inputs ? 0 : 1;
}
