// ref.cc - one more reference to an object, by a strong or by a weak one, and its release. In cells of `threads` the
// process has had a second thread, which std::shared_ptr takes as a reason to count by atomic operations. In those of
// `local` it has not, and the others use their forms for one thread.
#include "lifetimes.h"
#include "swiss/ref.h"

#include "../rust/rust_refs.h"

#include <glib.h>

#include <memory>
#include <thread>
#include <vector>

struct ref_object {
    uint64_t value, rest[6];
};
SWISS_REF_TYPE(ref_shared, ref_object);
SWISS_REF_TYPE_LOCAL(ref_local, ref_object);

namespace lives {

namespace {

// What one contender has as references, and how it borrows an object: takes a reference, reads, and releases it.
struct swiss_threads {
    using strong = ref_object *;
    using weak = ref_shared_weak;
    static strong make() {
        return ref_shared_new(nullptr);
    }
    static weak weak_of(strong object) {
        return ref_shared_weak_of(object);
    }
    static uint64_t borrow(strong object) {
        return read(ref_shared_retain(object));
    }
    static uint64_t borrow(weak object) {
        return read(ref_shared_upgrade(object));
    }
    static uint64_t read(ref_object *object) {
        use(object);
        const uint64_t value = object->value;
        ref_shared_release(object);
        return value;
    }
};

struct swiss_local {
    using strong = ref_object *;
    using weak = ref_local_weak;
    static strong make() {
        return ref_local_new(nullptr);
    }
    static weak weak_of(strong object) {
        return ref_local_weak_of(object);
    }
    static uint64_t borrow(strong object) {
        return read(ref_local_retain(object));
    }
    static uint64_t borrow(weak object) {
        return read(ref_local_upgrade(object));
    }
    static uint64_t read(ref_object *object) {
        use(object);
        const uint64_t value = object->value;
        ref_local_release(object);
        return value;
    }
};

struct std_any {
    using strong = std::shared_ptr<ref_object>;
    using weak = std::weak_ptr<ref_object>;
    static strong make() {
        return std::make_shared<ref_object>();
    }
    static weak weak_of(const strong &object) {
        return object;
    }
    static uint64_t borrow(const strong &object) {
        return read(strong(object));
    }
    static uint64_t borrow(const weak &object) {
        return read(object.lock());
    }
    static uint64_t read(const strong &reference) {
        ref_object *object = reference.get();
        use(object);
        return object->value;
    }
};

template <bool local> struct glib_boxes {
    using strong = ref_object *;
    struct weak {};
    static strong make() {
        return static_cast<strong>(local ? g_rc_box_alloc0(sizeof(ref_object))
                                         : g_atomic_rc_box_alloc0(sizeof(ref_object)));
    }
    static weak weak_of(strong) {
        return {};
    }
    static uint64_t borrow(weak) {
        fail("GLib's boxes have no weak references");
    }
    static uint64_t borrow(strong object) {
        (void)(local ? (g_rc_box_acquire)(object) : (g_atomic_rc_box_acquire)(object));
        use(object);
        const uint64_t value = object->value;
        local ? g_rc_box_release(object) : g_atomic_rc_box_release(object);
        return value;
    }
};

// Objects 0, 1, 2, ... whose values are their numbers.
template <class References> class Objects {
  public:
    explicit Objects(size_t size) {
        for (size_t i = 0; i < size; ++i) {
            strong_.push_back(References::make());
            strong_.back()->value = i;
            weak_.push_back(References::weak_of(strong_.back()));
        }
    }
    uint64_t strong(const uint32_t *chosen, size_t count) const {
        return sum_of(strong_, chosen, count);
    }
    uint64_t weak(const uint32_t *chosen, size_t count) const {
        return sum_of(weak_, chosen, count);
    }

  private:
    template <class All> static uint64_t sum_of(const All &all, const uint32_t *chosen, size_t count) {
        uint64_t sum = 0;
        for (size_t i = 0; i < count; ++i)
            sum += References::borrow(all[chosen[i]]);
        return sum;
    }
    std::vector<typename References::strong> strong_; // released by the end of the process
    std::vector<typename References::weak> weak_;
};

template <bool local> class RustObjects {
  public:
    explicit RustObjects(size_t size) : objects_(local ? rust_rc_new(size) : rust_arc_new(size)) {}
    uint64_t strong(const uint32_t *chosen, size_t count) const {
        return local ? rust_rc_strong(objects_, chosen, count) : rust_arc_strong(objects_, chosen, count);
    }
    uint64_t weak(const uint32_t *chosen, size_t count) const {
        return local ? rust_rc_weak(objects_, chosen, count) : rust_arc_weak(objects_, chosen, count);
    }

  private:
    rust_refs *objects_;
};

struct swiss {
    static constexpr const char *name = "swiss";
    using threads = Objects<swiss_threads>;
    using local = Objects<swiss_local>;
};
struct rust {
    static constexpr const char *name = "rust";
    using threads = RustObjects<false>;
    using local = RustObjects<true>;
};
struct glib {
    static constexpr const char *name = "glib";
    using threads = Objects<glib_boxes<false>>;
    using local = Objects<glib_boxes<true>>;
};

template <class All> void borrow_all(const heap_job *job, uint64_t (All::*borrow)(const uint32_t *, size_t) const) {
    constexpr size_t count = 1 << 14;
    uint32_t *const chosen = static_cast<uint32_t *>(own_memory(count * sizeof *chosen));
    uint64_t state = job->seed, expected = 0, sum = 0;
    for (size_t i = 0; i < count; ++i)
        expected += chosen[i] = random_below(&state, static_cast<uint32_t>(job->size));
    const All objects(job->size);
    sum = (objects.*borrow)(chosen, count);
    size_t done = 0;
    clock_start();
    for (; done < job->operations; done += count)
        sum += (objects.*borrow)(chosen, count);
    clock_stop(done);
    if (sum != expected * (done / count + 1))
        fail("an object has lost its value");
}

template <class Contender> struct threads_strong {
    static void run(const heap_job *job) {
        std::thread([] {}).join();
        borrow_all(job, &Contender::threads::strong);
    }
};
template <class Contender> struct threads_weak {
    static void run(const heap_job *job) {
        std::thread([] {}).join();
        borrow_all(job, &Contender::threads::weak);
    }
};
template <class Contender> struct local_strong {
    static void run(const heap_job *job) {
        borrow_all(job, &Contender::local::strong);
    }
};
template <class Contender> struct local_weak {
    static void run(const heap_job *job) {
        borrow_all(job, &Contender::local::weak);
    }
};

struct std { // from here on the library is ::std
    static constexpr const char *name = "std";
    using threads = Objects<std_any>;
    using local = Objects<std_any>;
};

} // namespace

heap_operation *find_ref(const char *name) {
#define REF_CELL(types, operation, size, count, ...) PICK(ref, types, operation, __VA_ARGS__)
#include "../manifest.h"
    return nullptr;
}

} // namespace lives
