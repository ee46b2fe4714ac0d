// cache.cc - caches that are full: a key that is there, one that is not and takes the place of another, and a mixture,
// by one thread, or by two at the same time, which have the cache in common.
#include "lifetimes.h"

#include "../rust/rust_cache.h"

#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/sequenced_index.hpp>
#include <boost/multi_index_container.hpp>
#include <glib.h>

#include <algorithm>
#include <cmath>
#include <list>
#include <mutex>
#include <numeric>
#include <unordered_map>
#include <utility>
#include <vector>

#define SWISS_NAME number_map
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include "swiss/map.h"

#define SWISS_NAME number_cache
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#include "swiss/cache.h"

#define SWISS_NAME shared_cache
#define SWISS_KEY uint64_t
#define SWISS_VALUE uint64_t
#define SWISS_THREADS
#include "swiss/cache.h"

namespace lives {

namespace {

// Caches of so many entries. get tells if the key is there, and gives its value; put adds it, or gives it another one.
// Those of others are for one thread, and evict what was used the longest time ago.
class list_and_map {
  public:
    explicit list_and_map(size_t capacity) : capacity_(capacity) {
        places_.reserve(capacity);
    }
    bool get(uint64_t key, uint64_t *value) {
        const auto found = places_.find(key);
        if (found == places_.end())
            return false;
        entries_.splice(entries_.begin(), entries_, found->second);
        *value = found->second->second;
        return true;
    }
    void put(uint64_t key, uint64_t value) {
        const auto found = places_.find(key);
        if (found != places_.end()) {
            entries_.splice(entries_.begin(), entries_, found->second);
            found->second->second = value;
            return;
        }
        if (places_.size() == capacity_) {
            places_.erase(entries_.back().first);
            entries_.pop_back();
        }
        entries_.emplace_front(key, value);
        places_.emplace(key, entries_.begin());
    }

  private:
    using entries = std::list<std::pair<uint64_t, uint64_t>>;
    size_t capacity_;
    entries entries_;
    std::unordered_map<uint64_t, entries::iterator> places_;
};

// As Boost's own example of a list of what was used last has it.
class multi_index {
  public:
    explicit multi_index(size_t capacity) : capacity_(capacity) {
        entries_.get<1>().reserve(capacity);
    }
    bool get(uint64_t key, uint64_t *value) {
        const auto found = entries_.get<1>().find(key);
        if (found == entries_.get<1>().end())
            return false;
        entries_.relocate(entries_.begin(), entries_.project<0>(found));
        *value = found->value;
        return true;
    }
    void put(uint64_t key, uint64_t value) {
        const auto [place, added] = entries_.push_front({key, value});
        if (!added) {
            place->value = value;
            entries_.relocate(entries_.begin(), place);
        } else if (entries_.size() > capacity_) {
            entries_.pop_back();
        }
    }

  private:
    struct entry {
        uint64_t key;
        mutable uint64_t value;
    };
    using by_key = boost::multi_index::hashed_unique<boost::multi_index::member<entry, uint64_t, &entry::key>>;
    size_t capacity_;
    boost::multi_index_container<entry, boost::multi_index::indexed_by<boost::multi_index::sequenced<>, by_key>>
        entries_;
};

// Keys are numbers in the place of pointers; the queue's links lie in the entries.
class queue_and_table {
  public:
    explicit queue_and_table(size_t capacity) : capacity_(capacity) {}
    bool get(uint64_t key, uint64_t *value) {
        entry *const found = find(key);
        if (!found)
            return false;
        touch(found);
        *value = found->value;
        return true;
    }
    void put(uint64_t key, uint64_t value) {
        entry *found = find(key);
        if (found) {
            found->value = value;
            touch(found);
            return;
        }
        if (queue_.length == capacity_) {
            entry *const last = static_cast<entry *>(g_queue_pop_tail_link(&queue_)->data);
            g_hash_table_remove(table_, pointer(last->key));
            g_free(last);
        }
        found = g_new0(entry, 1);
        *found = {{found, nullptr, nullptr}, key, value};
        g_queue_push_head_link(&queue_, &found->link);
        g_hash_table_insert(table_, pointer(key), found);
    }

  private:
    struct entry {
        GList link;
        uint64_t key, value;
    };
    static gpointer pointer(uint64_t key) {
        return reinterpret_cast<gpointer>(static_cast<uintptr_t>(key));
    }
    entry *find(uint64_t key) {
        return static_cast<entry *>(g_hash_table_lookup(table_, pointer(key)));
    }
    void touch(entry *found) {
        g_queue_unlink(&queue_, &found->link);
        g_queue_push_head_link(&queue_, &found->link);
    }
    size_t capacity_;
    GQueue queue_ = G_QUEUE_INIT;
    GHashTable *table_ = g_hash_table_new(nullptr, nullptr);
};

// By the policy that it is named after.
template <swiss_cache_policy policy> class one_thread {
  public:
    explicit one_thread(size_t capacity) {
        number_cache_options options = {};
        options.capacity = options.reserve = capacity;
        options.policy = policy;
        if (!number_cache_init(&cache_, &options))
            fail("out of memory");
    }
    ~one_thread() {
        number_cache_free(&cache_);
    }
    bool get(uint64_t key, uint64_t *value) {
        const uint64_t *const found = number_cache_get(&cache_, key);
        if (found)
            *value = *found;
        return found;
    }
    void put(uint64_t key, uint64_t value) {
        number_cache_put(&cache_, key, value);
    }

  private:
    number_cache cache_;
};

template <swiss_cache_policy policy> class some_threads {
  public:
    explicit some_threads(size_t capacity) {
        shared_cache_options options = {};
        options.capacity = options.reserve = capacity;
        options.policy = policy;
        if (!shared_cache_init(&cache_, &options))
            fail("out of memory");
    }
    ~some_threads() {
        shared_cache_free(&cache_);
    }
    bool get(uint64_t key, uint64_t *value) {
        return shared_cache_get_copy(&cache_, key, value);
    }
    void put(uint64_t key, uint64_t value) {
        shared_cache_put(&cache_, key, value);
    }

  private:
    shared_cache cache_;
};

// The map alone, which forgets nothing: how fast a get could be.
class map_alone {
  public:
    explicit map_alone(size_t capacity) {
        if (!number_map_reserve(&map_, capacity))
            fail("out of memory");
    }
    ~map_alone() {
        number_map_free(&map_);
    }
    bool get(uint64_t key, uint64_t *value) {
        const uint64_t *const found = number_map_get(&map_, key);
        if (found)
            *value = *found;
        return found;
    }
    void put(uint64_t key, uint64_t value) {
        if (!number_map_put(&map_, key, value).entry)
            fail("out of memory");
    }

  private:
    number_map map_ = {};
};

// One for several threads.
template <class Cache> class locked {
  public:
    explicit locked(size_t capacity) : cache_(capacity) {}
    bool get(uint64_t key, uint64_t *value) {
        const std::lock_guard<std::mutex> guard(mutex_);
        return cache_.get(key, value);
    }
    void put(uint64_t key, uint64_t value) {
        const std::lock_guard<std::mutex> guard(mutex_);
        cache_.put(key, value);
    }

  private:
    std::mutex mutex_;
    Cache cache_;
};

template <bool shared> struct rust_cache_of {
    rust_cache *cache;
    explicit rust_cache_of(size_t capacity) : cache(rust_cache_new(capacity)) {}
};

// A step asks for a key, and puts it if it is not there; or, if it is marked, puts it in any case. Keys have 63 bits,
// and values follow from them. Returns how many of those asked for were there.
constexpr uint64_t put_mark = RUST_CACHE_PUT;

template <class Cache> size_t replay(Cache &cache, const uint64_t *steps, size_t count) {
    size_t hits = 0;
    for (size_t i = 0; i < count; ++i) {
        const uint64_t key = steps[i] & ~put_mark;
        uint64_t value;
        if (steps[i] & put_mark)
            cache.put(key, ~key);
        else if (cache.get(key, &value))
            hits += value == ~key;
        else
            cache.put(key, ~key);
    }
    return hits;
}

template <bool shared> size_t replay(rust_cache_of<shared> &rust, const uint64_t *steps, size_t count) {
    return (shared ? rust_cache_replay_shared : rust_cache_replay)(rust.cache, steps, count);
}

// The keys of a measurement, and steps that ask for them.
class Steps {
  public:
    explicit Steps(const heap_job *job) : seed_(job->seed), state_(job->seed) {}

    // A key for each number.
    uint64_t key(uint64_t number) const {
        uint64_t state = seed_ + number * UINT64_C(0x9E3779B97F4A7C15);
        return random_next(&state) & ~put_mark;
    }
    // Keys in the order of their numbers, each for the first time.
    uint64_t next() {
        return key(next_++);
    }
    // One of the first `limit` keys.
    uint64_t any(size_t limit) {
        return key(random_below(&state_, static_cast<uint32_t>(limit)));
    }
    // One of the first `limit` keys by Zipf's law, of exponent 1: the first is asked for k times as often as the k-th.
    // What lies under 1 / x between k - 1/2 and k + 1/2 is a little more than 1 / k: so much is drawn again.
    uint64_t zipf(size_t limit) {
        for (;;) {
            const double k = std::round(0.5 * std::pow(2 * static_cast<double>(limit) + 1, random_unit(&state_)));
            if (k >= 1 && k * std::log((k + 0.5) / (k - 0.5)) * random_unit(&state_) <= 1)
                return key(static_cast<uint64_t>(k));
        }
    }
    // Nine of ten of these are asked for.
    uint64_t mixed(size_t limit) {
        const uint64_t drawn = zipf(limit);
        return random_below(&state_, 10) ? drawn : drawn | put_mark;
    }
    template <class Draw> const uint64_t *draw(size_t count, const Draw &one) {
        uint64_t *const steps = static_cast<uint64_t *>(own_memory(count * sizeof *steps));
        for (size_t i = 0; i < count; ++i)
            steps[i] = one();
        return steps;
    }

  private:
    uint64_t seed_, state_, next_ = 0;
};

// Takes steps that are drawn ahead, an eighth of them to warm up, in each thread its own. Returns how many of 100 keys
// that were asked for were there.
template <class Cache, class Draw>
double measure(const heap_job *job, size_t threads, Cache &cache, Steps &steps, const Draw &draw) {
    const size_t count = job->operations / threads, all = count + count / 8;
    std::vector<const uint64_t *> next;
    std::vector<size_t> hits(threads);
    size_t asked = 0;
    for (size_t thread = 0; thread < threads; ++thread) {
        next.push_back(steps.draw(all, draw));
        for (size_t i = 0; i < all; ++i)
            asked += !(next[thread][i] & put_mark);
    }
    const auto body = [&](size_t thread, size_t of_them) {
        hits[thread] += replay(cache, next[thread], of_them);
        next[thread] += of_them;
    };
    if (threads == 1) {
        body(0, all - count);
        clock_start();
        body(0, count);
        clock_stop(count);
    } else {
        run_threads(job, threads, body);
    }
    return 100 * static_cast<double>(std::accumulate(hits.begin(), hits.end(), size_t{0})) / static_cast<double>(asked);
}

template <class Cache> void fill(Cache &cache, Steps &steps, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        const uint64_t step = steps.next() | put_mark;
        replay(cache, &step, 1);
    }
}

// A shard of a cache for threads may be full before the others: that is not filled.
template <class Cache> void hit(const heap_job *job, size_t threads) {
    Cache cache(job->size);
    Steps steps(job);
    const size_t there = threads > 1 ? job->size / 2 : job->size;
    fill(cache, steps, there);
    if (measure(job, threads, cache, steps, [&] { return steps.any(there); }) < 100)
        fail("a key is gone, or has lost its value");
}

template <class Cache> void miss(const heap_job *job, size_t threads) {
    Cache cache(job->size);
    Steps steps(job);
    fill(cache, steps, job->size);
    if (measure(job, threads, cache, steps, [&] { return steps.next(); }) > 0)
        fail("a key was never put");
}

// Ten times as many keys as the cache has room for, after it has had time to choose.
template <class Cache> void zipf(const heap_job *job, size_t threads) {
    Cache cache(job->size);
    Steps steps(job);
    const auto draw = [&] { return steps.mixed(10 * job->size); };
    const size_t before = std::max(4 * job->size, 2 * job->operations);
    replay(cache, steps.draw(before, draw), before);
    tell("hits", measure(job, threads, cache, steps, draw));
}

#define OPERATION_OF_CACHES(operation)                                                                                 \
    template <class Contender> struct local_##operation {                                                              \
        static void run(const heap_job *job) {                                                                         \
            operation<typename Contender::local>(job, 1);                                                              \
        }                                                                                                              \
    };                                                                                                                 \
    template <class Contender> struct threads_##operation {                                                            \
        static void run(const heap_job *job) {                                                                         \
            operation<typename Contender::threads>(job, 2);                                                            \
        }                                                                                                              \
    };
OPERATION_OF_CACHES(hit)
OPERATION_OF_CACHES(miss)
OPERATION_OF_CACHES(zipf)

struct swiss {
    static constexpr const char *name = "swiss";
    using local = one_thread<SWISS_CACHE_S3_FIFO>;
    using threads = some_threads<SWISS_CACHE_S3_FIFO>;
};
struct swiss_lru {
    static constexpr const char *name = "swiss_lru";
    using local = one_thread<SWISS_CACHE_LRU>;
    using threads = some_threads<SWISS_CACHE_LRU>;
};
struct swiss_map {
    static constexpr const char *name = "swiss_map";
    using local = map_alone;
};
struct glib {
    static constexpr const char *name = "glib";
    using local = queue_and_table;
    using threads = locked<local>;
};
struct rust {
    static constexpr const char *name = "rust";
    using local = rust_cache_of<false>;
    using threads = rust_cache_of<true>;
};
struct boost { // from here on the library is ::boost
    static constexpr const char *name = "boost";
    using local = multi_index;
    using threads = locked<local>;
};
struct std { // and this one ::std
    static constexpr const char *name = "std";
    using local = list_and_map;
    using threads = locked<local>;
};

} // namespace

heap_operation *find_cache(const char *name) {
#define CACHE_CELL(types, operation, size, count, ...) PICK(cache, types, operation, __VA_ARGS__)
#include "../manifest.h"
    return nullptr;
}

} // namespace lives
