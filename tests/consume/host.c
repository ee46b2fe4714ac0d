/* host PLUGIN...: opens plugins, calls each from a thread, closes them, and lets the thread end afterwards. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static int count;
static char **files;

static void *run(void *argument) {
    void *plugins[8];
    for (int i = 0; i < count; ++i) {
        plugins[i] = dlopen(files[i], RTLD_NOW | RTLD_GLOBAL);
        if (!plugins[i])
            puts(dlerror());
    }
    for (int i = 0; i < count; ++i) {
        unsigned (*work)(void) = plugins[i] ? (unsigned (*)(void))dlsym(plugins[i], "work") : NULL;
        printf(i ? " %u" : "%u", work ? work() : 0);
    }
    for (int i = 0; i < count; ++i)
        if (plugins[i])
            dlclose(plugins[i]);
    return argument;
}

int main(int arguments, char **argument) {
    pthread_t thread;
    count = arguments - 1;
    files = argument + 1;
    if (count > 8 || pthread_create(&thread, NULL, run, NULL) != 0)
        return 1;
    pthread_join(thread, NULL);
    puts("");
    return 0;
}
