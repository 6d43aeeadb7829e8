/* Runs a target over every file of a corpus folder, and over every prefix of the small ones; over the files of the
 * second folder, what fuzzers found, only whole. Prints how many inputs there were: none is a failure. */
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

/* How many inputs the folder came to. */
static size_t run_folder(const char *folder, size_t prefix_max)
{
	static uint8_t bytes[INPUT_MAX];
	struct dirent **names;
	size_t inputs = 0;
	int count;

	count = scandir(folder, &names, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		char path[4096];
		size_t len;

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (names[i]->d_name[0] != '.') {
			len = read_file(path, bytes);
			for (size_t cut = 0; cut < len && cut < prefix_max; cut++, inputs++)
				run(bytes, cut);
			run(bytes, len);
			inputs++;
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	return inputs;
}

int main(int argc, char **argv)
{
	size_t inputs;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: %s CORPUS [FOUND]\n", argv[0]);
		return 2;
	}
	inputs = run_folder(argv[1], PREFIX_MAX);
	if (inputs && argc == 3) /* which may not be there */
		inputs += run_folder(argv[2], 0);
	printf("%zu inputs\n", inputs);
	return inputs ? 0 : 1;
}
