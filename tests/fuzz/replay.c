/* tests/fuzz/replay.c - runs one fuzz target over the files of the folders
 * given: what clang's libFuzzer does with a corpus, for any compiler. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int skip_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int run_file(const char *path)
{
	struct stat st;
	FILE *f = fopen(path, "rb");
	if (!f || fstat(fileno(f), &st) || !S_ISREG(st.st_mode)) {
		if (f)
			fclose(f);
		return 0;
	}
	/* Exactly as large as the file, so that a sanitizer sees the first byte
	 * read behind it. */
	size_t size = (size_t)st.st_size;
	uint8_t *data = malloc(size ? size : 1);
	if (!data || fread(data, 1, size, f) != size) {
		perror(path);
		exit(1);
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

static int run_folder(const char *folder)
{
	struct dirent **list;
	int count = scandir(folder, &list, skip_hidden, alphasort), ran = 0;
	for (int i = 0; i < count; i++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/%s", folder, list[i]->d_name);
		ran += run_file(path);
		free(list[i]);
	}
	if (count >= 0)
		free(list);
	return ran;
}

int main(int argc, char **argv)
{
	int ran = 0;
	for (int i = 1; i < argc; i++)
		ran += run_folder(argv[i]);
	printf("%d files\n", ran);
	return ran ? 0 : 1;
}
