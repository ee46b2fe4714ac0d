"""Reads the results of a run and reports them: in the terminal, or as report.md, cells.md and charts. bench/report calls it.

Ratios are the rival's time over that of swiss, so above 1 swiss is faster; times are medians over the repetitions. A report is a
list of blocks, each a tuple that begins with its kind: title, text, table, facts (a table of texts), lines, or markdown (what only a
page has).
"""

import json
import lzma
import math
import pathlib
import re
import statistics
import subprocess
import sys
import textwrap
from collections import namedtuple

OURS = "swiss"  # a contender whose name goes on after that is of ours too, and no rival
BASE = "swiss-base"  # another build of ours
BASELINE, ORIGINAL = "hmap", "go"  # the mirror of Go's map in C, and Go's
OCTAVE = (100000, 200000)  # sizes between these cover an octave in a full run
FORM = 1  # of the results, in their context; those without one are of form 1
WORST = 20  # cells that are listed as the worst
BANDS = [("up to 1,000 entries", 0, 1000), ("1,001 to 100,000", 1001, 100000), ("more", 100001, math.inf)]

Cell = namedtuple("Cell", "suite types operation size")


def read_manifest():
    """The lines of manifest.h: for each macro a list of their arguments."""
    lines = {}
    text = pathlib.Path(__file__).with_name("manifest.h").read_text()
    for macro, arguments in re.findall(r"^([A-Z_]+)\((.*)\)", text, re.M):
        lines.setdefault(macro, []).append([quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|([^\s",]+)', arguments)])
    return lines


MANIFEST = read_manifest()
SUITES = {name: (unit, means.split(), title) for name, add, unit, means, title in MANIFEST["SUITE"]}
# The contenders, of whatever kind, are the lines with a colour.
COLOURS = {line[0]: line[1] for lines in MANIFEST.values() for line in lines if line[1].startswith("#")}
ORDER = list(COLOURS)
COUNTERS = dict(MANIFEST["COUNTER"])


class Failure(Exception):
    """What is wrong with the results, in one line."""


def load(path):
    """What is in a file of results."""
    try:
        opened = lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else open(path, encoding="utf-8")
        with opened as file:
            results = json.load(file)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or error}") from None
    except (ValueError, EOFError, lzma.LZMAError, RecursionError) as error:
        raise Failure(f"{path}: not JSON, or not all of it: {str(error).splitlines()[0]}") from None
    if not isinstance(results, dict) or not isinstance(results.get("context"), dict) or not isinstance(results.get("benchmarks"), list):
        raise Failure(f"{path}: not the results of a run: bench/run --json FILE writes them")
    form = str(results["context"].get("form", FORM))
    if form != str(FORM):
        raise Failure(f"{path}: results of form {form[:20]}, and this program reads form {FORM}: take that of the swiss which wrote them")
    return results


def read(path):
    """The context of the results, for each cell the contenders' repetitions, as lists of Google Benchmark's runs, and the errors."""
    results, cells, errors = load(path), {}, []
    try:
        for run in results["benchmarks"]:
            if run.get("error_occurred"):
                errors.append(f"ERROR {run['run_name']}: {run['error_message']}")
            elif run["run_type"] == "iteration":
                suite, types, operation, size, contender = run["run_name"].split("/")
                run["real_time"] = float(run["real_time"])
                if not 0 <= run["real_time"] < math.inf:
                    raise ValueError
                cells.setdefault(Cell(suite, types, operation, int(size)), {}).setdefault(contender, []).append(run)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Failure(f"{path}: not the results of bench/run: a benchmark is not suite/types/operation/size/contender with its time") from None
    if not cells:
        raise Failure(f"{path}: no runs in it" + (f", but {len(errors)} errors; the first: {errors[0]}" if errors else ""))
    return results["context"], cells, errors


def mean(ratios):
    """The geometric mean; None of nothing."""
    ratios = [ratio for ratio in ratios if ratio]
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else None


def quotient(dividend, divisor):
    return dividend / divisor if dividend and divisor else None


def first_seen(items):
    return list(dict.fromkeys(items))


class Suite:
    """The results of one suite, and the ratios over them."""

    def __init__(self, cells, name):
        self.name = name
        self.unit, self.means, self.title = SUITES.get(name, ("size", ["types"], name))
        self.runs = {cell: runs for cell, runs in cells.items() if cell.suite == name}
        # By cell, then by contender, in nanoseconds per operation.
        self.times = {cell: {who: statistics.median(run["real_time"] for run in runs) for who, runs in contenders.items()}
                      for cell, contenders in self.runs.items()}

    def cells(self, **wanted):
        return [cell for cell in self.times if all(getattr(cell, name) == value for name, value in wanted.items())]

    def everyone(self):
        """Swiss, then the others in the manifest's order, then another build of swiss."""
        found = first_seen(who for times in self.times.values() for who in times)
        return [OURS] + sorted((who for who in found if who != OURS),
                               key=lambda who: ORDER.index(who) if who in ORDER else len(ORDER) + (who == BASE))

    def others(self):
        return self.everyone()[1:]

    def rivals(self):
        return [who for who in self.others() if not who.startswith(OURS)]

    def operations(self):
        return first_seen(cell.operation for cell in self.times)

    def types(self):
        return first_seen(cell.types for cell in self.times)

    def time(self, cell, who):
        return self.times.get(cell, {}).get(who)

    def ratio(self, cell, rival):
        return quotient(self.time(cell, rival), self.time(cell, OURS))

    def best(self, cell):
        """The fastest rival of a cell, or None."""
        rivals = {who: time for who, time in self.times[cell].items() if not who.startswith(OURS)}
        return min(rivals, key=rivals.get) if rivals else None

    def best_ratio(self, cell):
        return self.ratio(cell, self.best(cell))

    def spread(self, cell):
        """Half of what lies between the fastest and the slowest repetition of swiss, in parts of its time."""
        times = [run["real_time"] for run in self.runs[cell].get(OURS, [])]
        return (max(times) - min(times)) / 2 / statistics.median(times) if times else None

    def counter(self, cell, who, name):
        values = [run[name] for run in self.runs.get(cell, {}).get(who, []) if name in run]
        return statistics.median(values) if values else None


def number(value, digits=2):
    if value is None:
        return "-"
    return f"{value:.{digits if abs(value) < 9.995 else max(digits - 1, 0) if abs(value) < 99.95 else 0}f}"


def percent(value):
    return "-" if value is None else f"{100 * value:.0f}%"


def title(text, level=2):
    return "title", text, level


def table(head, rows):
    """The first column is text, the others are numbers, or names."""
    return "table", head, [[str(item) for item in row] for row in rows]


def section(heading, note, head, rows, level=2):
    """A table under a title; nothing if it has no rows."""
    return [title(heading, level)] + [("text", note)] * bool(note) + [table(head, rows)] if rows else []


def as_markdown(blocks):
    pieces = []
    for kind, content, *more in blocks:
        if kind == "title":
            pieces.append("#" * more[0] + " " + content)
        elif kind in ("table", "facts"):
            rule = "|---|" + ("---:|" if kind == "table" else "---|") * (len(content) - 1)
            lines = ["| " + " | ".join(row) + " |" for row in [content] + more[0]]
            pieces.append("\n".join([lines[0], rule] + lines[1:]))
        else:
            pieces.append(content.rstrip("\n"))
    return "\n\n".join(pieces) + "\n"


def as_text(blocks):
    pieces = []
    for kind, content, *more in blocks:
        lines = []
        if kind == "title":
            lines = ["", content, "=-"[more[0] > 2] * len(content)]
        elif kind == "table":
            rows = [[item.replace("**", "") for item in row] for row in [content] + more[0]]
            widths = [max(map(len, column)) for column in zip(*rows)]
            lines = ["  ".join([row[0].ljust(widths[0])] + [item.rjust(width) for item, width in zip(row[1:], widths[1:])])
                     for row in rows]
        elif kind == "text":
            lines = [textwrap.fill(line.replace("`", ""), 120) for line in content.split("\n")]
        elif kind == "facts":
            width = max(len(row[0]) for row in more[0])
            lines = [f"{row[0]:{width}}  {row[1]}" for row in more[0]]
        elif kind == "lines":
            lines = content
        pieces += ["\n".join(lines) + "\n"] * bool(lines)
    return "\n".join(pieces)


def ratios_table(suite, label, groups):
    """One line of geometric means for each of the named groups of cells."""
    others = suite.others()
    digits = 2 if suite.rivals() else 3  # our own differ less
    rows = []
    for name, cells in groups:
        rows.append([name, len(cells)] + [number(mean(suite.ratio(cell, other) for cell in cells), digits) for other in others] +
                    [number(mean(suite.best_ratio(cell) for cell in cells))] * bool(suite.rivals()))
    return table([label, "cells"] + others + ["best of each cell"] * bool(suite.rivals()), rows)


def means_section(suite):
    everything = [("**all**", suite.cells())]
    groups = {
        "operation": [(name, suite.cells(operation=name)) for name in suite.operations()] + everything,
        "types": [(name, suite.cells(types=name)) for name in suite.types()] + everything,
        "size": [(name, [cell for cell in suite.cells() if least <= cell.size <= most]) for name, least, most in BANDS],
    }
    if not suite.rivals():
        return [title(f"{suite.title}: how many times as long as swiss as it is"), ("text", "Geometric means over the cells."),
                *(ratios_table(suite, label, groups[label]) for label in suite.means)]
    return [title(f"{suite.title}: how many times as long as swiss each rival takes"),
            ("text", "Geometric means over the cells; above 1, swiss is faster. The last column has for each cell the rival that is the "
                     "fastest there: no single one is as fast as that."),
            *(ratios_table(suite, label, groups[label]) for label in suite.means)]


def standing_section(suite):
    """Where swiss stands: against the best rival of each cell, and everyone against the best of each cell."""
    ratios = {cell: suite.best_ratio(cell) for cell in suite.cells() if suite.best_ratio(cell)}
    if not ratios:
        return []
    led = sum(ratio >= 1 for ratio in ratios.values()) / len(ratios)
    near = sum(ratio >= 0.95 for ratio in ratios.values()) / len(ratios)
    rivals = suite.rivals()
    overall = {rival: mean(suite.ratio(cell, rival) for cell in ratios) or math.inf for rival in rivals}
    single = min(overall, key=overall.get)
    over_fastest = {who: mean(quotient(suite.time(cell, who), min(suite.time(cell, OURS), suite.time(cell, suite.best(cell))))
                              for cell in ratios)
                    for who in [OURS] + rivals}
    ranking = sorted((who for who in over_fastest if over_fastest[who]), key=over_fastest.get)
    behind = sorted((cell for cell in ratios if ratios[cell] < 1), key=ratios.get)[:WORST]
    blocks = [
        title(f"{suite.title}: where swiss stands"),
        ("text", f"- In {round(led * len(ratios))} of {len(ratios)} cells, {percent(led)}, swiss is at least as fast as the best rival "
                 f"there; in {percent(near)} at most 5% slower.\n"
                 f"- The best rival of each cell takes {number(mean(ratios.values()))} times as long as swiss.\n"
                 f"- The best single rival over all cells is {single}: it takes {number(overall[single])} times as long as swiss."),
        ("text", "How many times as long as the fastest of each cell, swiss included, everyone takes (geometric means):"),
        table([""] + ranking, [["over the fastest"] + [number(over_fastest[who]) for who in ranking]]),
    ]
    rows = [["/".join(map(str, cell[1:])), number(suite.times[cell][OURS]), suite.best(cell),
             number(suite.times[cell][suite.best(cell)]), number(ratios[cell])] for cell in behind]
    return blocks + section(f"{suite.title}: the {len(behind)} worst cells of swiss", "",
                            ["cell", "swiss, ns", "best rival", "its ns", "ratio"], rows, 3)


def counters_section(suite):
    """A table for each number that cells have besides their time."""
    blocks = []
    who = suite.everyone()
    for name, label in COUNTERS.items():
        rows = [[f"{cell.types}/{cell.operation}", f"{cell.size:,}"] + [number(suite.counter(cell, one, name)) for one in who]
                for cell in suite.cells() if suite.counter(cell, OURS, name) is not None]
        blocks += section(f"{suite.title}: {label}", "", ["", suite.unit] + who, rows, 3)
    return blocks


def mirror_section(suite):
    """The mirror of Go's map against that map."""
    cells = [cell for cell in suite.cells() if quotient(suite.time(cell, BASELINE), suite.time(cell, ORIGINAL))]
    sizes = sorted({cell.size for cell in cells})
    rows = [[operation, types] + [number(quotient(suite.time(Cell(suite.name, types, operation, size), BASELINE),
                                                  suite.time(Cell(suite.name, types, operation, size), ORIGINAL)))
                                  for size in sizes]
            for types, operation in first_seen((cell.types, cell.operation) for cell in cells)]
    overall = number(mean(suite.times[cell][BASELINE] / suite.times[cell][ORIGINAL] for cell in cells))
    return section("Mirror against original: time of hmap (C) over that of the map of Go that it mirrors", f"Geometric mean: {overall}.",
                   ["operation", "types"] + [f"{size:,}" for size in sizes], rows)


def headline_section(suites):
    rows = []
    for suite in suites:
        for cell in suite.cells(types="u64_u64", size=1000000):
            label = cell.operation if cell.suite == "map" else f"{cell.suite} {cell.operation}"
            rows.append([label] + [number(ratio) for ratio in (suite.ratio(cell, BASELINE), suite.ratio(cell, ORIGINAL),
                                                               suite.best_ratio(cell))])
            for name in ("bytes_per_entry", "peak_bytes_per_entry"):
                if suite.counter(cell, OURS, name):
                    rows.append([COUNTERS[name]] + [number(quotient(suite.counter(cell, who, name), suite.counter(cell, OURS, name)))
                                                    for who in (BASELINE, ORIGINAL)] + ["-"])
    return section("1,000,000 entries, u64 to u64: how many times swiss", "", ["", BASELINE, ORIGINAL, "best rival"], rows)


def memory_section(suite):
    octave = [cell for cell in suite.cells(operation="insert") if OCTAVE[0] <= cell.size < OCTAVE[1]]
    sizes = sorted({cell.size for cell in octave})
    who = suite.everyone()
    rows = []
    for types in suite.types():
        for name, label in (("bytes_per_entry", "filled"), ("peak_bytes_per_entry", "peak")):
            values = []
            for one in who:
                found = [suite.counter(cell, one, name) for cell in octave if cell.types == types]
                found = [value for value in found if value]
                values.append(f"{statistics.fmean(found):.1f}" if found else "-")
            if any(value != "-" for value in values):
                rows.append([f"{types}, {label}"] + values)
    return section("Memory",
                   f"Bytes per entry, means over maps of {', '.join(f'{size:,}' for size in sizes)} entries filled one by one. Peak: "
                   "what a map holds at most while it is filled: when it grows, the old table and the new. What maps ask their "
                   "allocators for; of khash, GLib and Go what the allocators set aside. Of GLib and Go the peak is not known; a "
                   "block that is resized counts twice meanwhile.",
                   ["bytes per entry"] + who, rows)


def limit_section(suite, machine):
    rows = []
    for cell in sorted(machine.cells(), key=lambda cell: cell.size):
        limit = machine.time(cell, "machine")
        many, one = (suite.time(Cell("map", cell.types, name, cell.size), OURS) for name in ("find_many", "find_hit"))
        if limit and many:
            rows.append([f"{cell.size:,}", number(limit), number(many), number(many / limit), number(one),
                         number(quotient(one, limit))])
    return section("The machine's limit",
                   "Two independent random reads per lookup, at places known beforehand and fetched ahead, in two arrays as large as "
                   "the control bytes and the slots of a swiss map of u64 to u64 with so many entries, from the same heap; and how "
                   "many times as long swiss takes.",
                   ["entries", "two reads, ns", "find_many, ns", "ratio", "find_hit, ns", "ratio"], rows)


def same_hash_section(suite):
    if not suite.times:
        return []
    groups = [(f"{name}, {size:,}", suite.cells(operation=name, size=size))
              for name in suite.operations() for size in sorted({cell.size for cell in suite.cells(operation=name)})]
    return [title(suite.title),
            ("text", "Every map of C and C++ with the same hash function, swiss_hash_u64, on u64 to u64; how many times as long as "
                     "swiss each takes."),
            ratios_table(suite, "operation", groups + [("**all**", suite.cells())])]


def small_section(suite):
    rows = [[cell.types] + [number(suite.time(cell, one), 0) for one in suite.everyone()]
            for cell in suite.cells(operation="small_life")]
    return section("The life of a small map",
                   "Nanoseconds to make a map, insert 1 to 12 entries, find each of them and free the map; all sizes in random order.",
                   ["types"] + suite.everyone(), rows)


def whole_jobs_section(suites):
    who = first_seen(one for suite in suites for one in suite.everyone())
    rows = [[f"{cell.suite} {cell.operation}, {cell.size:,}"] + [number(suite.time(cell, one)) for one in who]
            for suite in suites for cell in suite.cells()]
    return section("Jobs and classics",
                   "Nanoseconds per word counted in a real text of 12 MB, and what quick comparisons measure: sequential keys.",
                   [""] + who, rows)


def bad_section(suite):
    sizes = sorted({cell.size for cell in suite.cells()})
    rows = []
    for types in suite.types():
        for operation in suite.operations():
            for who in suite.everyone():
                times = [suite.time(Cell(suite.name, types, operation, size), who) for size in sizes]
                growth = None
                if times[0] and times[-1] and len(sizes) > 1:
                    growth = math.log(times[-1] / times[0]) / math.log(sizes[-1] / sizes[0])
                rows.append([f"{types} {operation}, {who}"] + [number(time) for time in times] + [number(growth)])
    return section(suite.title,
                   "Nanoseconds per operation, of keys that have all one hash (constant), whose searches all begin at one group of swiss, "
                   "that have all one h2, and that were chosen against a known seed of swiss, to begin at one group; the last, "
                   "unknown_seed, are the same keys in maps as they are, swiss with a seed of its own. The rivals have the same keys and "
                   "the same hashes, which are as bad for them, or not. Growth: the power of the number of entries with which the time "
                   "grows; 1 is linear.",
                   ["input, operation"] + [f"{size:,} entries" for size in sizes] + ["growth"], rows)


# What a reader of the suites of workers has to know.
PROCESSES = "Each measurement is a process of its own; those of the contenders of a cell take turns at random; medians. "
NOTES = {
    "arena": PROCESSES + "A list is one of nodes of 80 bytes that is made, walked and dropped, in an arena of its own, or in one that is "
             "used again (`list_again`); `new` are zeroed blocks of 16 bytes, by their type. heap and those whose name is a malloc's "
             "free each block; pmr is std::pmr::monotonic_buffer_resource, with a first buffer for all blocks where it is used again.",
    "ref": PROCESSES + "Nanoseconds to take another reference to an object, from a strong or a weak one, to read, and to release it. "
           "`threads`: atomic operations; `local`: for one thread. std is shared_ptr and weak_ptr, in a process that has had a second "
           "thread, or has not; rust Arc and Rc, each with Weak; glib g_atomic_rc_box and g_rc_box.",
    "pool": PROCESSES + "A pair is a get and a put by each of 1 or 2 threads, which have the pool in common; the time is that of each "
            "thread. Objects have 64 bytes; a batch gets 1,000 and puts them. `bytes`: 1,100 to 1,999, one tier, or, mixed, 100 to 4,095. pmr and pmr_sync are the "
            "pool resources of std::pmr; glib is GSlice; go is sync.Pool in a program of Go's. `counters`: two threads add to "
            "neighbours, which SWISS_PADDED keeps apart, or nothing.",
    "batch": PROCESSES + "`json`: the work of tests/examples/batch.c, by the arena, or by a malloc and a free of each value and string. "
             "`map`: keys and values are copied, a map of them is made, a third of the values replaced, all looked up and dropped.",
    "cache": PROCESSES + "Caches of u64 to u64, full, of one thread, or of two that have the cache in common; then each thread's time. `hit`: "
             "a random key of those that are there; `miss`: a key never seen, and its put, which evicts another; `zipf`: keys by Zipf's "
             "law of exponent 1, ten times as many as there is room for, 9 of 10 asked for, and put if they are not there, 1 of 10 put. "
             "1,000,000 of these or more come before, at least 4 for each entry; S3-FIFO learns what to keep from some 50. swiss is as "
             "it comes, S3-FIFO, for threads in shards, of which `hit` fills half; swiss_lru and all rivals evict what was used the "
             "longest time ago, the rivals under one mutex: std is unordered_map and list, boost multi_index_container, glib "
             "GHashTable and GQueue, rust HashMap and a list in a Vec. swiss_map is the map alone, its get.",
    "profile": PROCESSES + "Cells of the suite heap by libswiss-malloc.so as it is, with a profile of samples at the default rate, one per "
               "2 MiB (`SWISS_PROFILE`), and with every block tracked (`SWISS_LEAKS`). What is written at exit is not timed.",
    "growth": PROCESSES + "A map of u64 to u64 is filled from nothing, by keys in random order, and each insertion is timed by the processor's "
              "counter, what reading it takes taken off; the times of the cells are those of another process, in which they are not. `longest`, p999 and p9999 have the page faults in "
              "them, and what else the machine does meanwhile. For `longest_warm` such a map was filled and freed before, by allocators that "
              "were told to keep pages: what is less is page faults. Go's clock takes longer to read, and its collector runs on the same "
              "processor. swiss_malloc is swiss on glibc's malloc. What is resident at most, and when the map is filled, is what the process "
              "has more than before.",
    "heap": PROCESSES + "The library is preloaded as it comes, nothing set. Cells of threads run on all processors, the others on one. "
            "swiss and its rivals give memory back by malloc_trim, mi_collect, arena.<all>.purge and "
            "MallocExtension_ReleaseFreeMemory.",
}


def machine_section(context, suites):
    repetitions = [len(runs) for suite in suites for contenders in suite.runs.values() for runs in contenders.values()]
    plain = ["processor", "system", "huge pages", "pinned to", "compiler", "flags", "memory", "malloc", "packages", "effort"]
    contenders = [[name.split(" ", 1)[1], value] for name, value in context.items() if name.startswith("contender ")]
    return [title("How it was measured"),
            ("text", f"Medians of {min(repetitions)} to {max(repetitions)} repetitions; each builds its maps anew, with keys and orders "
                     "never used before, and the contenders of a cell take turns in random order. Integer keys are random, except in "
                     "classic; strings are words and runs of words of a real text, looked up by copies at other addresses. `find_many` "
                     "is a plain loop for those that have no function for many keys. uthash and GLib cannot reserve. +-: half of what "
                     "lies between the fastest and the slowest repetition of swiss."),
            ("facts", ["", ""], [["date", context["date"]]] + [[name, context[name]] for name in plain if name in context]),
            ("facts", ["contender", "what it is"], contenders)]


def cells_section(suites, ratios):
    """Every cell: the times, or with `ratios` how many times as long as swiss each of the others takes."""
    blocks = []
    for suite in suites:
        others, has_baseline = suite.others(), BASELINE in suite.others() and not ratios
        # A table for each pair of types, unless there is little in it.
        apart = len(suite.cells()) >= 8 * len(suite.types())
        for types in suite.types() if apart else [None]:
            cells = suite.cells(types=types) if apart else suite.cells()
            cells.sort(key=lambda cell: (suite.types().index(cell.types), suite.operations().index(cell.operation), cell.size))
            rows = [[cell.operation if apart else f"{cell.types}/{cell.operation}", f"{cell.size:,}",
                     number(suite.time(cell, OURS)), percent(suite.spread(cell))] +
                    [number(suite.ratio(cell, who) if ratios else suite.time(cell, who)) for who in others] +
                    [suite.best(cell) or "-", number(suite.best_ratio(cell))] +
                    [number(suite.ratio(cell, BASELINE))] * has_baseline for cell in cells]
            rows.append(["**geometric mean**", "", "", ""] +
                        [number(mean(suite.ratio(cell, who) for cell in cells)) if ratios else "" for who in others] +
                        ["", number(mean(suite.best_ratio(cell) for cell in cells))] +
                        [number(mean(suite.ratio(cell, BASELINE) for cell in cells))] * has_baseline)
            blocks += [title(f"{suite.name} {types}" if apart else suite.name),
                       table(["operation", suite.unit, "swiss, ns", "+-"] + others + ["best rival", "its ratio"] +
                             [f"ratio of {BASELINE}"] * has_baseline, rows)]
    return blocks


def points(suite, types, operation, who, machine):
    """The line of a contender in a chart: sizes and values."""
    if operation == "steps":
        largest = max(suite.cells(types=types), key=lambda cell: cell.size, default=None)
        runs = suite.runs.get(largest, {}).get(who, [])
        found = [(int(name[5:]), suite.counter(largest, who, name)) for name in (runs[0] if runs else {}) if name.startswith("step_")]
    elif operation in COUNTERS:
        found = [(cell.size, suite.counter(cell, who, operation)) for cell in suite.cells(types=types)]
    else:
        found = [(cell.size, suite.time(cell, who)) for cell in suite.cells(types=types, operation=operation)]
    if who == "machine":
        found = [(cell.size, machine.time(cell, who)) for cell in machine.cells(types=types)]
    return sorted((size, value) for size, value in found if value)


def gnuplot(path, text, *script):
    head = ['set terminal svg size 800,450 font "DejaVu Sans,13" background "#ffffff" noenhanced',
            f'set output "{path}"', f'set title "{text}"']
    subprocess.run(["gnuplot"], input="\n".join([*head, *script]) + "\n", text=True, check=True)


# What is drawn over the sizes, unless it is a time: its name, and its unit.
DRAWN = {"bytes_per_entry": ("memory", "bytes per entry"), "steps": ("slowest insertion at each size of one map", "microseconds")}


def chart(suite, machine, types, operation, path):
    """Draws times or a counter over the sizes. False if there is nothing to draw."""
    who = suite.everyone() + (["machine"] if operation == "find_many" else [])
    lines = [(one, points(suite, types, operation, one, machine)) for one in who]
    lines = [(one, line) for one, line in lines if line]
    if not any(len(line) > 1 for one, line in lines):
        return False
    sizes = [size for one, line in lines for size, value in line]
    values = [value for one, line in lines for size, value in line]
    what, unit = DRAWN.get(operation, (operation, "ns per operation"))
    text = f"{types} {what}"
    text = text if suite.name == "map" else f"{suite.title}: {text}"
    labels = [(10**power, f"{10**power:,}") for power in range(1, 9)]
    script = [
        f'set xlabel "{suite.unit}"',
        "set logscale xy", "set key outside right top", "set grid xtics ytics lc rgb '#dddddd'", "set border 3",
        "set xtics nomirror (" + ", ".join(f'"{label}" {size}' for size, label in labels) + ")", "set ytics nomirror",
        "set ytics (" + ", ".join(f'"{base * 10.0**power:,.10g}" {base * 10.0**power:g}' for power in range(-2, 7)
                                  for base in ((1, 1.5, 2, 3, 5, 7) if max(values) < 10000 * min(values) else (1,))) + ")",
        f"set xrange [{min(sizes) / 1.3}:{max(sizes) * 1.3}]", f"set yrange [{min(values) / 1.2}:{max(values) * 1.2}]",
    ]
    plots = []
    for i, (one, line) in enumerate(lines):
        script += [f"$data{i} << EOD"] + [f"{size} {value:.4g}" for size, value in line] + ["EOD"]
        width = 3.5 if one == OURS else 1.5
        kind = "dashtype 2 " if one == "machine" else ""
        points_of = f'pt {5 + i % 10} ps {0.8 if one == OURS else 0.5} '
        plots.append(f'$data{i} using 1:2 with {"steps" if operation == "steps" else "linespoints"} {kind}lw {width} '
                     f'lc rgb "{COLOURS.get(one, "#333333")}" {points_of * (operation != "steps")}title "{one}"')
    # Ours last, over the others, but first in the key: drawn once as an empty line with its name.
    ours = plots[0]
    script.append("plot " + ", ".join(["NaN" + ours[ours.index(" with"):]] + plots[1:] +
                                      [ours[:ours.index(" title")] + " notitle"]))
    gnuplot(path, f"{text}, {unit}", *script)
    return True


def bars(suite, text, value, scale, path):
    """Draws a bar for each contender in each cell for which `value` has something. False if there is nothing to draw."""
    cells = [cell for cell in suite.cells() if value(cell, OURS)]
    if len(cells) < 2:
        return False
    who = [one for one in suite.everyone() if any(value(cell, one) for cell in cells)]
    rows = [f'"{"/".join(map(str, cell[1:]))}" ' + " ".join(number(value(cell, one)) for one in who) for cell in cells]
    gnuplot(path, f"{suite.title}: {text}", "set style data histogram", "set style fill solid noborder", scale,
            'set datafile missing "-"', "set key outside right top", "set grid ytics lc rgb '#dddddd'", "set border 3",
            'set xtics nomirror rotate by -60 font ",9"', "set ytics nomirror", "$data << EOD", *rows, "EOD",
            "plot " + ", ".join(f'$data using {i + 2}{":xtic(1)" if i == 0 else ""} lc rgb "{COLOURS.get(one, "#333333")}" title "{one}"'
                                for i, one in enumerate(who)))
    return True


def charts_section(suites, machine, directory):
    drawn = []
    for suite in suites:
        prefix = "" if suite.name == "map" else f"{suite.name}-"
        for types, operation in [(types, one) for name, types, all in MANIFEST["CHART"] if name == suite.name for one in all.split()]:
            path = directory / f"{prefix}{types}-{operation}.svg"
            drawn += [(f"{types} {operation}", path)] * chart(suite, machine, types, operation, path)
        if suite.name == "map":
            continue
        path = directory / f"{prefix}cells.svg"
        drawn += [(f"{suite.name} cells", path)] * bars(suite, "how many times as long as swiss", suite.ratio, "set logscale y; set yrange [0.25:]", path)
        for name in COUNTERS:
            path = directory / f"{prefix}{name}.svg"
            drawn += [(f"{suite.name} {name}", path)] * bars(
                suite, COUNTERS[name], lambda cell, who: suite.counter(cell, who, name), "set yrange [0:]", path)
    return [title("Charts"), ("markdown", "".join(f"![{text}]({path.name})\n" for text, path in drawn))] if drawn else []


def main(results, directory=None):
    results = pathlib.Path(results)
    context, cells, errors = read(results)
    suites = {name: Suite(cells, name) for name in first_seen([*SUITES, *(cell.suite for cell in cells)])}
    maps, machine = suites["map"], suites["machine"]
    measured = [suite for suite in suites.values() if suite.times]
    listed = [suite for suite in measured if suite is not machine]
    compared = [suite for suite in listed if suite.means]
    blocks = []
    for suite in compared:
        blocks += means_section(suite) + standing_section(suite)
        if suite is not maps:
            blocks += counters_section(suite)
        if suite.name in NOTES:
            blocks.append(("text", NOTES[suite.name]))
    blocks += [*mirror_section(maps), *headline_section(listed), *limit_section(maps, machine), *memory_section(maps),
               *small_section(maps), *same_hash_section(suites["same"]), *bad_section(suites["bad"]),
               *whole_jobs_section([suites["wordcount"], suites["classic"]])]
    ending = machine_section(context, measured) if measured else []
    if directory is None:
        ending.append(("lines", errors))
        sys.stdout.write(as_text(cells_section(listed, ratios=False) + counters_section(maps) + blocks + ending))
        return
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    for name in ("codesize.md", "compiletime.md"):
        if (results.parent / name).exists():
            blocks.append(("markdown", (results.parent / name).read_text()))
    blocks += charts_section(compared, machine, directory)
    (directory / "report.md").write_text(as_markdown(
        [title("The maps, the heap, the lifetimes and the caches, measured", 1), *blocks, *ending, ("text", "Every cell: [cells.md](cells.md).")]))
    (directory / "cells.md").write_text(as_markdown(
        [title("Every cell", 1),
         ("text", "Nanoseconds per operation of swiss, half of what lies between its fastest and its slowest repetition, and how "
                  "many times as long as swiss each rival takes."),
         *cells_section(listed, ratios=True), *counters_section(maps)]))
    print(f"Report: {directory / 'report.md'}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Failure as failure:
        print(f"bench/report: {failure}", file=sys.stderr)
        sys.exit(2)
