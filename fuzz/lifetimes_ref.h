/* lifetimes_ref.h - the part of the target `lifetimes` that tries ref.h: objects whose references are counted a second
 * time, and whose cleanups have to run in the order that the reference says. */
#include "lifetimes.h"
#include <swiss/ref.h>

enum { OBJECTS = 12, WEAKS = 16, NOTES = 6, QUEUES = 2, WAITING = 128 };

/* A cleanup of an object. */
typedef struct {
    struct fuzz_object *of;
    swiss_ref_cleanup name;
    uint64_t born; /* 0: there is none */
    int queue;     /* -1: it runs at once */
    bool waits;    /* in the queue */
    unsigned action, target;
} fuzz_note;

typedef struct fuzz_object {
    unsigned char *bytes; /* NULL: there is none */
    size_t size;
    unsigned char fill;
    unsigned strong, weak, waiting;
    unsigned held; /* of the strong ones, those that cleanups of arenas have */
    bool dying;    /* its cleanups run */
    fuzz_note notes[NOTES];
} fuzz_object;

static fuzz_object objects[OBJECTS];
static struct {
    swiss_weak weak;
    fuzz_object *of; /* NULL: it is to nothing */
} weaks[WEAKS];
static struct {
    swiss_ref_queue queue;
    bool drains;
    fuzz_note *waiting[WAITING]; /* from `first` to `end`, as in a ring */
    unsigned first, end;
} queues[QUEUES];

static void ref_step(const lifetime_step *step);

/* An object whose memory is not held any more leaves its place to another. */
static void settle_object(fuzz_object *object) {
    if (object->strong == 0 && object->weak == 0 && object->waiting == 0 && !object->dying)
        object->bytes = NULL;
}

static void check_object(const fuzz_object *object) {
    if (!object->bytes)
        return;
    check_paint(object->bytes, object->size, object->fill);
    CHECK(swiss_ref_count(object->bytes) == object->strong);
}

static void make_object(fuzz_object *object, size_t size, size_t alignment) {
    if (object->bytes)
        return;
    const size_t failures = memory.failures;
    unsigned char *bytes = swiss_ref_alloc(&fuzz_allocator, size, alignment);
    CHECK((bytes == NULL) == (memory.failures != failures));
    if (!bytes)
        return;
    CHECK((uintptr_t)bytes % alignment == 0);
    check_paint(bytes, size, 0);
    memset(object, 0, sizeof *object);
    object->bytes = bytes;
    object->size = size;
    object->fill = paint(bytes, size);
    object->strong = 1;
}

static void retain_object(fuzz_object *object, bool local) {
    CHECK((local ? swiss_ref_retain_local(object->bytes) : swiss_ref_retain(object->bytes)) == object->bytes);
    ++object->strong;
}

/* Those of its cleanups that are newer than `born` are in their queues by now. */
static void note_waiting(fuzz_object *object, uint64_t born) {
    for (;;) {
        fuzz_note *newest = NULL;
        for (unsigned i = 0; i < NOTES; ++i) {
            fuzz_note *note = &object->notes[i];
            if (note->queue >= 0 && !note->waits && note->born > born && (!newest || note->born > newest->born))
                newest = note;
        }
        if (!newest)
            return;
        newest->waits = true;
        ++object->waiting;
        queues[newest->queue].waiting[queues[newest->queue].end++ % WAITING] = newest;
    }
}

static void release_object(fuzz_object *object, bool local) {
    check_object(object);
    CHECK(object->strong > object->held);
    object->dying = --object->strong == 0;
    const bool last = object->dying;
    if (local)
        swiss_ref_release_local(object->bytes);
    else
        swiss_ref_release(object->bytes);
    if (!last)
        return;
    note_waiting(object, 0);
    for (unsigned i = 0; i < NOTES; ++i)
        CHECK(object->notes[i].born == 0 || object->notes[i].waits);
    object->dying = false;
    settle_object(object);
}

static void drain_queue(unsigned i) {
    if (queues[i].drains)
        return;
    queues[i].drains = true;
    const unsigned first = queues[i].first;
    const size_t count = swiss_ref_drain(&queues[i].queue);
    CHECK(queues[i].first == queues[i].end && count == queues[i].end - first);
    queues[i].drains = false;
}

static void run_note(void *argument) {
    fuzz_note *note = argument;
    fuzz_object *object = note->of;
    CHECK(note->born && object->strong == 0);
    check_object(object);
    if (note->queue < 0) {
        CHECK(object->dying && !note->waits);
        note_waiting(object, note->born);
        for (unsigned i = 0; i < NOTES; ++i)
            CHECK(object->notes[i].queue >= 0 || object->notes[i].born <= note->born);
    } else {
        CHECK(note->waits && queues[note->queue].drains);
        CHECK(queues[note->queue].waiting[queues[note->queue].first++ % WAITING] == note);
    }
    for (unsigned i = 0; i < WEAKS; ++i)
        if (weaks[i].of == object)
            CHECK(swiss_weak_is_dead(weaks[i].weak) && swiss_weak_upgrade(weaks[i].weak) == NULL);
    note->born = 0;
    CHECK(swiss_ref_add_cleanup(object->bytes, run_note, note, NULL) == 0);
    CHECK(!swiss_ref_stop_cleanup(object->bytes, note->name));
    if (note->action == 15 && !weaks[note->target % WEAKS].of) {
        weaks[note->target % WEAKS].weak = swiss_weak_of(object->bytes);
        weaks[note->target % WEAKS].of = object;
        ++object->weak;
    } else if (note->action) {
        const lifetime_step step = {note->action, note->target, note->target / 16, note->target, 0, 40, 8};
        ref_step(&step);
    }
    object->waiting -= note->waits;
    note->waits = false;
    settle_object(object);
}

static void add_note(fuzz_object *object, const lifetime_step *step) {
    fuzz_note *note = &object->notes[step->index % NOTES];
    if (note->born || note->waits || object->strong == 0)
        return;
    const int queue = (int)(step->first % (QUEUES + 2)) - 2;
    const size_t failures = memory.failures;
    const swiss_ref_cleanup name =
        swiss_ref_add_cleanup(object->bytes, run_note, note, queue < 0 ? NULL : &queues[queue].queue);
    CHECK((name == 0) == (memory.failures != failures));
    if (name)
        *note = (fuzz_note){object, name, ++now, queue < 0 ? -1 : queue, false, step->first / 4 % 16, step->second};
}

static void stop_note(fuzz_object *object, const lifetime_step *step) {
    fuzz_note *note = &object->notes[step->index % NOTES];
    if (object->strong == 0)
        return;
    CHECK(!swiss_ref_stop_cleanup(object->bytes, 0));
    CHECK(swiss_ref_stop_cleanup(object->bytes, note->name) == (note->born != 0));
    CHECK(!swiss_ref_stop_cleanup(object->bytes, note->name));
    note->born = 0;
}

static void drop_weak(unsigned i, bool local) {
    fuzz_object *object = weaks[i].of;
    if (local)
        swiss_weak_drop_local(weaks[i].weak);
    else
        swiss_weak_drop(weaks[i].weak);
    memset(&weaks[i], 0, sizeof weaks[i]);
    if (!object)
        return;
    --object->weak;
    settle_object(object);
}

/* Makes a weak reference, or copies one. */
static void make_weak(unsigned i, fuzz_object *object, bool local) {
    drop_weak(i, local);
    unsigned from = 0;
    while (from < WEAKS && (weaks[from].of != object || !object->bytes))
        ++from;
    if (from < WEAKS)
        weaks[i].weak = local ? swiss_weak_copy_local(weaks[from].weak) : swiss_weak_copy(weaks[from].weak);
    else if (object->strong)
        weaks[i].weak = local ? swiss_weak_of_local(object->bytes) : swiss_weak_of(object->bytes);
    else
        return;
    weaks[i].of = object;
    ++object->weak;
}

static void upgrade_weak(unsigned i, bool local) {
    fuzz_object *object = weaks[i].of;
    void *found = local ? swiss_weak_upgrade_local(weaks[i].weak) : swiss_weak_upgrade(weaks[i].weak);
    CHECK(found == (object && object->strong ? object->bytes : NULL));
    CHECK(swiss_weak_is_dead(weaks[i].weak) == (found == NULL));
    if (found)
        ++object->strong;
}

static void check_refs(void) {
    for (unsigned i = 0; i < OBJECTS; ++i)
        check_object(&objects[i]);
    for (unsigned i = 0; i < WEAKS; ++i) {
        CHECK(swiss_weak_is_dead(weaks[i].weak) == (!weaks[i].of || weaks[i].of->strong == 0));
        for (unsigned j = 0; j < i; ++j)
            CHECK(swiss_weak_equal(weaks[i].weak, weaks[j].weak) == (weaks[i].of == weaks[j].of));
    }
}

/* Also what a cleanup does. */
static void ref_step(const lifetime_step *step) {
    fuzz_object *object = &objects[step->which % OBJECTS];
    const unsigned weak = step->index % WEAKS;
    const bool local = step->first & 1;
    switch (step->op % 10) {
    case 0:
        make_object(object, step->size, step->alignment);
        break;
    case 1:
        if (object->strong)
            retain_object(object, local);
        break;
    case 2:
    case 3:
        if (object->strong > object->held)
            release_object(object, local);
        break;
    case 4:
        make_weak(weak, object, local);
        break;
    case 5:
        drop_weak(weak, local);
        break;
    case 6:
        upgrade_weak(weak, local);
        break;
    case 7:
        add_note(object, step);
        break;
    case 8:
        stop_note(object, step);
        break;
    default:
        drain_queue(step->index % QUEUES);
        CHECK(swiss_ref_alloc(&fuzz_allocator, SIZE_MAX >> step->first % 2, 8) == NULL);
        CHECK(swiss_ref_alloc(&fuzz_allocator, step->size, 3 * (step->first % 4)) == NULL);
        break;
    }
}

static void begin_refs(void) {
    memset(objects, 0, sizeof objects);
    memset(weaks, 0, sizeof weaks);
    memset(queues, 0, sizeof queues);
}

/* Cleanups may make objects, and more cleanups; but each runs only once. */
static void end_refs(void) {
    for (bool any = true; any;) {
        any = false;
        for (unsigned i = 0; i < OBJECTS; ++i)
            while (objects[i].strong) {
                release_object(&objects[i], i & 1);
                any = true;
            }
        for (unsigned i = 0; i < QUEUES; ++i) {
            any |= queues[i].first != queues[i].end;
            drain_queue(i);
        }
        for (unsigned i = 0; i < WEAKS; ++i) {
            any |= weaks[i].of != NULL;
            drop_weak(i, i & 1);
        }
    }
    for (unsigned i = 0; i < OBJECTS; ++i)
        CHECK(objects[i].bytes == NULL);
}
