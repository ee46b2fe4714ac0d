/* replay.c - runs a fuzz target over files, and over all files in directories, that are named on the command line: with
 * any compiler, no libFuzzer. Says how many inputs it ran; fails if that is none, or if a name cannot be read.
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t inputs;

static int complain(const char *path) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return 1;
}

/* Each returns the exit status. */
static int replay_file(const char *path, size_t size) {
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size ? size : 1); /* exactly so large, so that reading beyond it is noticed */
    int status = 0;
    if (file == NULL || data == NULL || fread(data, 1, size, file) != size) {
        status = complain(path);
    } else {
        LLVMFuzzerTestOneInput(data, size);
        ++inputs;
    }
    free(data);
    if (file)
        fclose(file);
    return status;
}

static int replay(const char *path) {
    struct stat what;
    if (stat(path, &what) != 0)
        return complain(path);
    if (!S_ISDIR(what.st_mode))
        return replay_file(path, (size_t)what.st_size);
    DIR *directory = opendir(path);
    if (directory == NULL)
        return complain(path);
    int status = 0;
    for (struct dirent *entry; (entry = readdir(directory));) {
        char name[4096];
        if (entry->d_name[0] == '.')
            continue;
        if (snprintf(name, sizeof name, "%s/%s", path, entry->d_name) >= (int)sizeof name) {
            errno = ENAMETOOLONG;
            status = complain(path);
        } else {
            status |= replay(name);
        }
    }
    closedir(directory);
    return status;
}

int main(int count, char **paths) {
    int status = 0;
    for (int i = 1; i < count; ++i)
        status |= replay(paths[i]);
    printf("replayed %zu inputs\n", inputs);
    return inputs ? status : 1;
}
