// growth.h - the suite growth: a map is filled from nothing, and each insertion is timed.
//
// A contender is a process of its own, this program once more, so that pages, and what is resident, are its map's. The
// map is filled four times, the first time in a process that does nothing else:
//     with the allocators as they come   time
//     the same, each insertion timed     longest, p999, p9999, steps; most, held, fresh, faults
//     when they are told to keep pages   nothing: the pages are there from then on
//     once more, each insertion timed    longest_warm, faults_warm
// so that what page faults take can be told from what the map itself does. Reading the clock takes longer than it says:
// insertions no longer overlap. So the time is not the mean of those that are timed one by one.
#ifndef BENCH_GROWTH_H
#define BENCH_GROWTH_H

#include "heap/worker.h"
#include "machine.h"
#include "plan.h"

#include <functional>

namespace bench {

// What one process measures.
class Growth {
  public:
    Growth(size_t entries, uint64_t seed, bool each);

    template <class Map> void measure() {
        if (!each_) {
            Map map;
            clock_start();
            map.insert_all(keys_, entries_);
            clock_stop(entries_);
            check(map.size());
            return;
        }
        Map::time_clock(clock_readings, times_);
        set_clock(Map::nanoseconds_of_tick());
        fill_timed<Map>(true);
        tame_allocators();
        {
            Map map;
            map.insert_all(keys_, entries_);
        }
        Map::settle();
        fill_timed<Map>(false);
    }

  private:
    static constexpr size_t clock_readings = 10000;
    using Insert = std::function<void(const uint64_t *keys, size_t count, uint64_t *times)>;

    template <class Map> void fill_timed(bool cold) {
        {
            Map map;
            const Insert insert = [&](const uint64_t *keys, size_t count, uint64_t *times) {
                map.insert_timed(keys, count, times);
            };
            cold ? fill_cold(insert) : fill_warm(insert);
            check(map.size());
        }
        Map::settle();
    }
    // From the readings of the clock alone.
    void set_clock(double nanoseconds_of_tick);
    void fill_cold(const Insert &insert);
    void fill_warm(const Insert &insert);
    void check(size_t size) const;
    void tell_steps(const std::vector<double> &nanoseconds) const;
    // What the insertions took, without the clock.
    std::vector<double> nanoseconds() const;

    size_t entries_;
    bool each_;               // insertions are timed one by one
    uint64_t *keys_, *times_; // not malloc's, and resident already
    double tick_ = 0, clock_ = 0;
};

template <class Map> void grow(Growth &growth) {
    growth.measure<Map>();
}

// Adds the cells of one contender; in a process of this suite, the contender alone.
void add_growth_cells(Plan &plan, const char *contender, void (*grow)(Growth &));

// What a process of this suite is started with: growth/CONTENDER ENTRIES OPERATIONS SEED; or growth-whole/CONTENDER,
// for the time.
bool is_growth(int count, char **arguments);
// Measures, prints lines of a name and a number, and returns the exit status. The plan has the contenders.
int run_growth(const Plan &plan, char **arguments);

} // namespace bench

#endif
