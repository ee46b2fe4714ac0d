"""Makes report.md, cells.md and the charts of the results of a run. bench/report calls it.

Ratios are the rival's time over that of swiss, so above 1 swiss is faster; times are medians over the repetitions.
"""

import json
import lzma
import math
import pathlib
import statistics
import subprocess
import sys
from collections import namedtuple

OURS = "swiss"
OCTAVE = (100000, 200000)  # sizes between these cover an octave in a full run
WORST = 20  # cells that are listed as the worst
HEADLINE_TYPES = "u64_u64"

# What is drawn, and how the lines look.
CHARTS = {
    "u64_u64": ["insert", "insert_reserved", "find_hit", "find_hit_dep", "find_miss", "find_many", "churn", "remove",
                "iterate", "bytes_per_entry"],
    "u32_u32": ["find_hit"],
    "u64_56B": ["insert", "find_hit"],
    "str_u64": ["insert", "find_hit", "find_miss"],
}
COLOURS = {
    "swiss": "#d62728", "hmap": "#8c564b", "go": "#17a2c0", "std": "#7f7f7f", "absl": "#1f77b4", "boost": "#2ca02c",
    "khash": "#9467bd", "uthash": "#bcbd22", "glib": "#e377c2", "rust": "#ff7f0e", "machine": "#000000",
}

Cell = namedtuple("Cell", "suite types operation size")


def read(path):
    """The context of the results, and for each cell the contenders' repetitions, as lists of Google Benchmark's runs."""
    opened = lzma.open(path, "rt") if path.suffix == ".xz" else open(path)
    with opened as file:
        results = json.load(file)
    cells = {}
    for run in results["benchmarks"]:
        if run.get("run_type") != "iteration" or run.get("error_occurred"):
            continue
        suite, types, operation, size, contender = run["run_name"].split("/")
        cells.setdefault(Cell(suite, types, operation, int(size)), {}).setdefault(contender, []).append(run)
    return results["context"], cells


def mean(ratios):
    """The geometric mean; None of nothing."""
    ratios = [ratio for ratio in ratios if ratio]
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else None


def first_seen(items):
    return list(dict.fromkeys(items))


class Suite:
    """The times of one suite, and the ratios over them."""

    def __init__(self, cells, name):
        self.times = {}  # by cell, then by contender, in nanoseconds per operation
        self.runs = {}
        for cell, contenders in cells.items():
            if cell.suite == name:
                self.runs[cell] = contenders
                self.times[cell] = {who: statistics.median(run["real_time"] for run in runs)
                                    for who, runs in contenders.items()}

    def cells(self, **wanted):
        return [cell for cell in self.times if all(getattr(cell, name) == value for name, value in wanted.items())]

    def rivals(self):
        found = first_seen(who for times in self.times.values() for who in times if who != OURS)
        order = list(COLOURS)
        return sorted(found, key=lambda who: order.index(who) if who in order else len(order))

    def operations(self):
        return first_seen(cell.operation for cell in self.times)

    def types(self):
        return first_seen(cell.types for cell in self.times)

    def ratio(self, cell, rival):
        times = self.times[cell]
        return times[rival] / times[OURS] if rival in times and OURS in times else None

    def best(self, cell):
        """The fastest rival of a cell, or None."""
        rivals = {who: time for who, time in self.times[cell].items() if who != OURS}
        return min(rivals, key=rivals.get) if rivals else None

    def best_ratio(self, cell):
        best = self.best(cell)
        return self.ratio(cell, best) if best else None


def number(value, digits=2):
    if value is None:
        return "-"
    return f"{value:.{digits if abs(value) < 9.995 else max(digits - 1, 0) if abs(value) < 99.95 else 0}f}"


def table(head, rows):
    """A Markdown table. Its first column is text, the others are numbers."""
    rows = [[str(item) for item in row] for row in rows]
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def ratios_table(suite, label, groups):
    """One line of geometric means for each of the named groups of cells."""
    rivals = suite.rivals()
    rows = []
    for name, cells in groups:
        rows.append([name, len(cells)] + [number(mean(suite.ratio(cell, rival) for cell in cells)) for rival in rivals] +
                    [number(mean(suite.best_ratio(cell) for cell in cells))])
    return table([label, "cells"] + rivals + ["best of each cell"], rows)


def means_section(suite):
    everything = [("**all**", suite.cells())]
    text = "## How many times as long as swiss each rival takes\n\n"
    text += ("Geometric means over all types and sizes; above 1, swiss is faster. The last column has for each cell the rival "
             "that is the fastest there: no single map is as fast as that.\n\n")
    text += ratios_table(suite, "operation", [(name, suite.cells(operation=name)) for name in suite.operations()] + everything)
    text += "\n" + ratios_table(suite, "types", [(name, suite.cells(types=name)) for name in suite.types()] + everything)
    bands = [("up to 1,000 entries", 0, 1000), ("1,001 to 100,000", 1001, 100000), ("more", 100001, math.inf)]
    text += "\n" + ratios_table(suite, "sizes", [
        (name, [cell for cell in suite.cells() if least <= cell.size <= most]) for name, least, most in bands])
    return text


def standing_section(suite):
    """Where swiss stands: against the best rival of each cell, and everyone against the best of each cell."""
    cells = [cell for cell in suite.cells() if suite.best_ratio(cell)]
    if not cells:
        return ""
    ratios = {cell: suite.best_ratio(cell) for cell in cells}
    led = [cell for cell in cells if ratios[cell] >= 1]
    near = [cell for cell in cells if ratios[cell] >= 0.95]
    single = min(suite.rivals(), key=lambda rival: mean(suite.ratio(cell, rival) for cell in cells) or math.inf)
    text = "## Where swiss stands\n\n"
    text += f"- In {len(led)} of {len(cells)} cells, {100 * len(led) / len(cells):.0f}%, swiss is at least as fast as the best "
    text += f"rival there; in {100 * len(near) / len(cells):.0f}% at most 5% slower.\n"
    text += f"- The best rival of each cell takes {number(mean(ratios.values()))} times as long as swiss.\n"
    text += f"- The best single rival over all cells is {single}: it takes "
    text += f"{number(mean(suite.ratio(cell, single) for cell in cells))} times as long as swiss.\n\n"

    everyone = {who: mean(suite.times[cell][who] / min(suite.times[cell].values())
                          for cell in cells if who in suite.times[cell])
                for who in [OURS] + suite.rivals()}
    text += "How many times as long as the fastest of each cell, swiss included, everyone takes (geometric means):\n\n"
    ranking = sorted(everyone, key=everyone.get)
    text += table([""] + ranking, [["over the fastest"] + [number(everyone[who]) for who in ranking]])

    behind = sorted((cell for cell in cells if ratios[cell] < 1), key=ratios.get)[:WORST]
    if not behind:
        return text
    text += f"\n### The {len(behind)} worst cells of swiss\n\n"
    rows = [["/".join(map(str, cell[1:])), number(suite.times[cell][OURS]), suite.best(cell),
             number(suite.times[cell][suite.best(cell)]), number(ratios[cell])]
            for cell in behind]
    return text + table(["cell", "swiss, ns", "best rival", "its ns", "ratio"], rows)


def counter(suite, cell, who, name):
    runs = suite.runs.get(cell, {}).get(who, [])
    return next((run[name] for run in runs if name in run), None)


def memory_section(suite):
    inserts = suite.cells(operation="insert")
    octave = [cell for cell in inserts if OCTAVE[0] <= cell.size < OCTAVE[1]]
    if not octave:
        return ""
    text = "## Memory\n\n"
    sizes = sorted({cell.size for cell in octave})
    text += (f"Bytes per entry, means over maps of {', '.join(f'{size:,}' for size in sizes)} entries filled one by one. Peak: "
             "what a map holds at most while it is filled: when it grows, the old table and the new. What maps ask their "
             "allocators for; of khash, GLib and Go what the allocators set aside. Of GLib and Go the peak is not known; a block "
             "that is resized counts twice meanwhile.\n\n")
    who = [OURS] + suite.rivals()
    rows = []
    for types in suite.types():
        for name, label in (("bytes_per_entry", "filled"), ("peak_bytes_per_entry", "peak")):
            values = []
            for one in who:
                found = [counter(suite, cell, one, name) for cell in octave if cell.types == types]
                found = [value for value in found if value]
                values.append(f"{statistics.fmean(found):.1f}" if found else "-")
            if any(value != "-" for value in values):
                rows.append([f"{types}, {label}"] + values)
    return text + table(["bytes per entry"] + who, rows)


def limit_section(suite, machine):
    rows = []
    for cell in machine.cells():
        lookups = Cell("map", cell.types, "find_many", cell.size)
        singles = Cell("map", cell.types, "find_hit", cell.size)
        if OURS not in suite.times.get(lookups, {}) or "machine" not in machine.times[cell]:
            continue
        limit, many, one = machine.times[cell]["machine"], suite.times[lookups][OURS], suite.times.get(singles, {}).get(OURS)
        rows.append([f"{cell.size:,}", number(limit), number(many), number(many / limit), number(one),
                     number(one / limit if one else None)])
    if not rows:
        return ""
    return ("## The machine's limit\n\nTwo independent random reads per lookup, at places known beforehand and fetched ahead, in two arrays as large "
            "as the control bytes and the slots of a swiss map of u64 to u64 with so many entries, from the same heap; and how "
            "many times as long swiss takes.\n\n" +
            table(["entries", "two reads, ns", "find_many, ns", "ratio", "find_hit, ns", "ratio"], rows))


def same_hash_section(suite):
    if not suite.times:
        return ""
    groups = [(f"{name}, {size:,}", suite.cells(operation=name, size=size))
              for name in suite.operations() for size in sorted({cell.size for cell in suite.cells(operation=name)})]
    return ("## The same hash for all\n\nEvery map of C and C++ with the same hash function, swiss_hash_u64, on u64 to u64; how "
            "many times as long as swiss each takes.\n\n" + ratios_table(suite, "operation", groups + [("**all**", suite.cells())]))


def small_section(suite):
    cells = suite.cells(operation="small_life")
    if not cells:
        return ""
    who = [OURS] + suite.rivals()
    rows = [[cell.types] + [number(suite.times[cell].get(one), 0) for one in who] for cell in cells]
    return ("## The life of a small map\n\nNanoseconds to make a map, insert 1 to 12 entries, find each of them and free the map; "
            "all sizes in random order.\n\n" + table(["types"] + who, rows))


def whole_jobs_section(suites):
    rows, who = [], first_seen(one for suite in suites for one in [OURS] + suite.rivals())
    for suite in suites:
        for cell in suite.cells():
            rows.append([f"{cell.suite} {cell.operation}, {cell.size:,}"] + [number(suite.times[cell].get(one)) for one in who])
    return "## Jobs and classics\n\nNanoseconds per word counted in a real text of 12 MB, and what quick comparisons measure: " \
           "sequential keys.\n\n" + table([""] + who, rows) if rows else ""


def bad_section(suite):
    if not suite.times:
        return ""
    sizes = sorted({cell.size for cell in suite.cells()})
    rows = []
    for types in suite.types():
        for operation in suite.operations():
            for who in [OURS] + suite.rivals():
                times = {cell.size: suite.times[cell].get(who) for cell in suite.cells(types=types, operation=operation)}
                first, last = times.get(sizes[0]), times.get(sizes[-1])
                growth = math.log(last / first) / math.log(sizes[-1] / sizes[0]) if first and last and len(sizes) > 1 else None
                rows.append([f"{types} {operation}, {who}"] + [number(times.get(size)) for size in sizes] + [number(growth)])
    return ("## Bad input\n\nNanoseconds per operation, of keys that have all one hash (constant), whose searches all begin at one "
            "group of swiss, that have all one h2, and that were chosen against a known seed of swiss, to begin at one group; the "
            "last, unknown_seed, are the same keys in maps as they are, swiss with a seed of its own. The rivals have the same keys "
            "and the same hashes, which are as bad for them, or not. Growth: the power of the number of entries with which the time "
            "grows; 1 is linear.\n\n" + table(["input, operation"] + [f"{size:,} entries" for size in sizes] + ["growth"], rows))


def machine_section(context, effort_note):
    plain = ["processor", "system", "huge pages", "pinned to", "compiler", "flags", "memory", "malloc", "packages", "effort"]
    rows = [["date", context["date"]]] + [[name, context[name]] for name in plain if name in context]
    text = "## How it was measured\n\n" + effort_note + "\n\n" + "| | |\n|---|---|\n"
    text += "".join(f"| {name} | {value} |\n" for name, value in rows)
    facts = [(name.split(" ", 1)[1], value) for name, value in context.items() if name.startswith("contender ")]
    if facts:
        text += "\n| contender | what it is |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in facts)
    return text


def cells_file(suites):
    """Every cell: the time of swiss, its spread, and the ratios."""
    text = "# Every cell\n\nNanoseconds per operation of swiss, half of what lies between its fastest and its slowest repetition, and how " \
           "many times as long as swiss each rival takes.\n"
    for name, suite in suites:
        rivals = suite.rivals()
        for types in suite.types():
            text += f"\n## {name} {types}\n\n"
            rows = []
            for cell in sorted(suite.cells(types=types), key=lambda cell: suite.operations().index(cell.operation)):
                runs = [run["real_time"] for run in suite.runs[cell].get(OURS, [])]
                spread = (max(runs) - min(runs)) / 2 / statistics.median(runs) * 100 if runs else None
                rows.append([cell.operation, f"{cell.size:,}", number(suite.times[cell].get(OURS)),
                             "-" if spread is None else f"{spread:.0f}%"] +
                            [number(suite.ratio(cell, rival)) for rival in rivals] +
                            [suite.best(cell) or "-", number(suite.best_ratio(cell))])
            text += table(["operation", "entries", "swiss, ns", "+-"] + rivals + ["best rival", "its ratio"], rows)
    return text


def points(suite, types, operation, who, machine):
    """The line of a contender in a chart: sizes and values."""
    if operation == "bytes_per_entry":
        found = [(cell.size, counter(suite, cell, who, operation)) for cell in suite.cells(types=types, operation="insert")]
    else:
        found = [(cell.size, suite.times[cell].get(who)) for cell in suite.cells(types=types, operation=operation)]
    if who == "machine":
        found = [(cell.size, machine.times[cell].get(who)) for cell in machine.cells(types=types)]
    return sorted((size, value) for size, value in found if value)


def chart(suite, machine, types, operation, path):
    """Draws one chart with gnuplot. False if there is nothing to draw."""
    who = [OURS] + suite.rivals() + (["machine"] if operation == "find_many" else [])
    lines = [(one, points(suite, types, operation, one, machine)) for one in who]
    lines = [(one, line) for one, line in lines if line]
    if not any(len(line) > 1 for one, line in lines):
        return False
    sizes = [size for one, line in lines for size, value in line]
    values = [value for one, line in lines for size, value in line]
    unit = "bytes per entry" if operation == "bytes_per_entry" else "ns per operation"
    title = f"{types} {operation}" if operation != "bytes_per_entry" else f"{types} memory"
    labels = [(10**power, f"{10**power:,}") for power in range(1, 9)]
    script = [
        f'set terminal svg size 800,450 font "DejaVu Sans,13" background "#ffffff" noenhanced',
        f'set output "{path}"', f'set title "{title}, {unit}"', 'set xlabel "entries"',
        "set logscale xy", "set key outside right top", "set grid xtics ytics lc rgb '#dddddd'", "set border 3",
        "set xtics nomirror (" + ", ".join(f'"{label}" {size}' for size, label in labels) + ")", "set ytics nomirror",
        "set ytics (" + ", ".join(f'"{base * 10.0**power:g}" {base * 10.0**power:g}'
                                  for power in range(-1, 4) for base in (1, 1.5, 2, 3, 5, 7)) + ")",
        f"set xrange [{min(sizes) / 1.3}:{max(sizes) * 1.3}]", f"set yrange [{min(values) / 1.2}:{max(values) * 1.2}]",
    ]
    plots = []
    for i, (one, line) in enumerate(lines):
        script += [f"$data{i} << EOD"] + [f"{size} {value:.4g}" for size, value in line] + ["EOD"]
        width = 3.5 if one == OURS else 1.5
        kind = "dashtype 2 " if one == "machine" else ""
        plots.append(f'$data{i} using 1:2 with linespoints {kind}lw {width} lc rgb "{COLOURS.get(one, "#333333")}" '
                     f'pt {5 + i % 10} ps {0.8 if one == OURS else 0.5} title "{one}"')
    # Ours last, over the others, but first in the key: drawn once as an empty line with its name.
    ours = plots[0]
    script.append("plot " + ", ".join(["NaN" + ours[ours.index(" with"):]] + plots[1:] +
                                      [ours[:ours.index(" title")] + " notitle"]))
    subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True, check=True)
    return True


def charts_section(suite, machine, directory):
    text = ""
    for types, operations in CHARTS.items():
        for operation in operations:
            name = f"{types}-{operation}.svg"
            if chart(suite, machine, types, operation, directory / name):
                text += f"![{types} {operation}]({name})\n"
    return "## Charts\n\n" + text if text else ""


def main(results, directory):
    results, directory = pathlib.Path(results), pathlib.Path(directory)
    context, cells = read(results)
    directory.mkdir(parents=True, exist_ok=True)
    maps, machine, same, bad = (Suite(cells, name) for name in ("map", "machine", "same", "bad"))
    if not maps.times:
        sys.exit(f"bench/report: {results} has no results of the suite map")
    jobs = [Suite(cells, name) for name in ("wordcount", "classic")]
    repetitions = [len(runs) for contenders in maps.runs.values() for runs in contenders.values()]
    note = (f"Medians of {min(repetitions)} to {max(repetitions)} repetitions; each builds its maps anew, with keys and orders never "
            "used before, and the contenders of a cell take turns in random order. Integer keys are random, strings are words and "
            "runs of words of a real text, looked up by copies at other addresses. `find_many` is a plain loop for those that "
            "have no function for many keys. uthash and GLib cannot reserve.")
    codesize = results.parent / "codesize.md"
    sections = [
        "# The maps, measured\n", means_section(maps), standing_section(maps), limit_section(maps, machine),
        memory_section(maps), small_section(maps), same_hash_section(same), bad_section(bad), whole_jobs_section(jobs),
        codesize.read_text() if codesize.exists() else "", charts_section(maps, machine, directory),
        machine_section(context, note), "Every cell: [cells.md](cells.md).\n",
    ]
    (directory / "report.md").write_text("\n".join(section for section in sections if section))
    suites = [("map", maps), ("same", same)]
    (directory / "cells.md").write_text(cells_file(suites))
    print(f"Report: {directory / 'report.md'}")


main(*sys.argv[1:])
