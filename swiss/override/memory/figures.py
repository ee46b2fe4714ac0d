"""Counts what a record says: by site, stack, size, class and time. What comes out is the data of the page, the text and a comparison:

process: pid, parent, forked, command, seconds, ended, stopped, samples, rate, totals, times, sites, stacks, classes, sizes, leaks,
         hints. Bytes and numbers of blocks by site or stack are estimates from samples; totals, times and classes are exact.
"""

import bisect
import collections
import re

SHORT = 1e-3  # seconds: a block that lives less is short-lived
LIFETIMES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)  # borders, in seconds, of the columns of lifetimes
POINTS = 240  # most points of time that a page has
STACKS_MOST = 4000  # stacks that a process may have on the page: the largest
TICK_NAMES = ("mallocs", "frees", "in_use", "span", "idle", "committed", "reserved", "metadata", "free", "longest")
HUB_CALLERS, HUB_DEEPEST = 4, 4  # callers that make a function one that only hands on; frames among which they are looked for
LAYERS = 7  # sites with an area of their own in the picture of memory over time

# Functions that hand an allocation on: a site is the first function that is none of them.
WRAPPER = re.compile(
    r"""(?:.*::)?(?:operator\ new.*|(?:_*[a-z0-9]*_)*
        (?:x|z|g|s|e|p|py|ck|do|my|db|mem|raw|try|safe|zm|sqlite3|sqlite3db|sqlite3mem|je|sds_|rm_)*
        (?:malloc|calloc|realloc|reallocf|reallocarray|zalloc|zcalloc|zrealloc|memalign|aligned_alloc|valloc|strdup|strndup|memdup|mallocz|callocz)
        (?:_?(?:n|0|zero|raw|nn|rawnn|size|sized|usable|array|aligned|withsize|internal|try|tracked|int|gently))*
       |allocate|(?:new_)?allocator<.*>::allocate|allocator_traits<.*>::allocate|_M_(?:allocate|create_storage|get_node|create)
       |__allocate_guarded.*|__rust_(?:alloc|realloc|alloc_zeroed)|__rdl_alloc.*|alloc::alloc::.*|alloc_impl.*|finish_grow.*
       |_?Py(?:Mem|Object)_(?:Raw)?(?:Malloc|Calloc|Realloc)|sqlite3(?:Malloc|Realloc|DbMalloc|DbRealloc|DbStr|DbStrN)\w*)
       (?:\[.*\]|<.*>|\(.*\))?""",
    re.X | re.I,
)


def is_wrapper(name):
    return bool(WRAPPER.fullmatch(name))


class Tally:
    """What the samples of one stack, site or size come to."""

    __slots__ = ("count", "bytes", "live_count", "live_bytes", "peak_count", "peak_bytes", "freed", "short", "lives", "waste")

    def __init__(self):
        self.count = self.bytes = self.live_count = self.live_bytes = self.peak_count = self.peak_bytes = 0.0
        self.freed = self.short = self.waste = 0.0
        self.lives = []  # (lifetime, count) of freed blocks

    def add(self, other):
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def median_life(self):
        """The lifetime that half of the freed blocks do not reach; None if none was freed."""
        lives = sorted(self.lives)
        half, total = sum(count for _, count in lives) / 2, 0.0
        for life, count in lives:
            total += count
            if total >= half:
                return life
        return None


def replay(record, visit):
    """Calls visit(event, live) for each event, in order; `live` has the sampled blocks in use after it, by block."""
    live = {}
    for event in record.events:
        time, block, alloc = event
        gone = None if alloc else live.pop(block, None)
        if alloc:
            live[block] = alloc
        visit(time, block, alloc, gone, live)
    return live


def count_samples(record):
    """({stack: Tally}, {class: Tally}, the time of the peak of the sampled bytes in use)."""
    classes = {size: number for number, (size, _) in record.classes.items() if size}  # others are large, class 0
    by_stack, by_class = collections.defaultdict(Tally), collections.defaultdict(Tally)
    now, peak, peak_time = [0.0], [0.0], [0.0]

    def visit(time, block, alloc, gone, live):
        one = alloc or gone
        if not one:
            return
        for tally in (by_stack[one.stack], by_class[classes.get(one.usable, 0)]):
            if alloc:
                tally.count += one.count
                tally.bytes += one.count * one.size
                tally.waste += one.count * (one.usable - one.size)
            else:
                life = max(0.0, time - one.time)
                tally.freed += one.count
                tally.short += one.count if life < SHORT else 0
                tally.lives.append((life, one.count))
        now[0] += one.count * one.size * (1 if alloc else -1)
        if now[0] > peak[0]:
            peak[0], peak_time[0] = now[0], time

    for alloc in replay(record, visit).values():
        for tally in (by_stack[alloc.stack], by_class[classes.get(alloc.usable, 0)]):
            tally.live_count += alloc.count
            tally.live_bytes += alloc.count * alloc.size
    add_peak(record, peak[0], by_stack, by_class, classes)
    return by_stack, by_class, peak_time[0]


def add_peak(record, peak, by_stack, by_class, classes):
    """Adds the blocks that are live when the sampled bytes in use are the most, `peak`."""
    now, live = 0.0, {}
    for time, block, alloc in record.events:
        one = alloc or live.pop(block, None)
        if not one:
            continue
        if alloc:
            live[block] = alloc
        now += one.count * one.size * (1 if alloc else -1)
        if now >= peak:
            break
    for alloc in live.values():
        for tally in (by_stack[alloc.stack], by_class[classes.get(alloc.usable, 0)]):
            tally.peak_count += alloc.count
            tally.peak_bytes += alloc.count * alloc.size


class Names:
    """The frames of all processes, each once."""

    def __init__(self):
        self.frames, self.numbers = [], {}

    def number(self, frame):
        if frame not in self.numbers:
            self.numbers[frame] = len(self.frames)
            self.frames.append({"name": frame.name, "file": frame.file, "line": frame.line, "module": frame.module})
        return self.numbers[frame]


def is_nameless(frame):
    return frame.name.startswith(frame.module + "+0x")


def find_hubs(chains):
    """The functions without a name that many call: of a stripped program these are what xmalloc would be with one."""
    callers = collections.defaultdict(set)
    for chain in chains:
        for frame, caller in zip(chain[:HUB_DEEPEST], chain[1:]):
            if is_nameless(frame):
                callers[frame.name].add(caller.name)
    return {name for name, known in callers.items() if len(known) >= HUB_CALLERS}


def site_of(chain, hubs):
    """The place of the site in a stack: behind the last of the innermost functions that only hand on."""
    site = 0
    for place, frame in enumerate(chain[:-1]):
        if is_wrapper(frame.name) or (frame.name in hubs and place < HUB_DEEPEST):
            site = place + 1
        elif not is_nameless(frame) or place >= HUB_DEEPEST:
            break
    return site


def name_stacks(record, symbols, names):
    """{stack: (frames, the innermost first; the place among them of the site)}, as numbers of `names`."""
    addresses = {address for stack in record.stacks.values() for address in stack}
    frames = symbols.resolve(record.maps, addresses)
    chains = {number: [frame for address in stack for frame in frames[address]] for number, stack in record.stacks.items()}
    hubs = find_hubs(chains.values())
    return {number: ([names.number(frame) for frame in chain], site_of(chain, hubs)) for number, chain in chains.items()}


def row_of(tally):
    """A tally as the page has it."""
    return {
        "bytes": round(tally.bytes), "count": round(tally.count), "live_bytes": round(tally.live_bytes),
        "live_count": round(tally.live_count), "peak_bytes": round(tally.peak_bytes), "peak_count": round(tally.peak_count),
        "freed": round(tally.freed), "short": round(tally.short), "life": tally.median_life(), "waste": round(tally.waste),
    }


def site_key(frames, chain, site):
    """What makes two stacks one site: the function, not the line in it."""
    frame = frames[chain[site]] if chain else {"name": "?", "module": "?"}
    return frame["name"], frame["module"]


def by_site(by_stack, named, frames):
    """{site: (Tally, {frame: bytes})}."""
    sites = collections.defaultdict(lambda: (Tally(), collections.Counter()))
    for stack, tally in by_stack.items():
        chain, site = named.get(stack, ([], 0))
        total, places = sites[site_key(frames, chain, site)]
        total.add(tally)
        if chain:
            places[chain[site]] += tally.bytes
    return sites


def times_of(record):
    """The ticks, thinned so that each peak stays."""
    ticks = record.ticks
    step = max(1, -(-len(ticks) // POINTS))
    kept = []
    for at in range(0, len(ticks), step):
        group = ticks[at : at + step]
        kept.append(max(group, key=lambda tick: tick.in_use))
    if ticks and kept[-1] is not ticks[-1]:
        kept.append(ticks[-1])
    return [[round(t.time, 6), t.in_use, t.span, t.idle, t.committed, t.reserved, t.mallocs, t.frees] for t in kept]


def layers_of(record, named, frames, sites):
    """Bytes in use over time of the sites that had most at the peak, and of the others: {names, times, bytes by site}."""
    top = sorted(sites, key=lambda key: -sites[key][0].peak_bytes)[:LAYERS]
    top = [key for key in top if sites[key][0].peak_bytes > 0]
    index = {}
    for stack in record.stacks:
        key = site_key(frames, *named[stack])
        index[stack] = top.index(key) if key in top else len(top)
    end = record.seconds or 1e-9
    borders = [end * (i + 1) / POINTS for i in range(POINTS)]
    now, rows, at, live = [0.0] * (len(top) + 1), [], 0, {}
    for time, block, alloc in record.events:
        while at < POINTS and time > borders[at]:
            rows.append([max(0, round(value)) for value in now])
            at += 1
        one = alloc or live.pop(block, None)
        if alloc:
            live[block] = alloc
        if one:
            now[index.get(one.stack, len(top))] += one.count * one.size * (1 if alloc else -1)
    while at < POINTS:
        rows.append([max(0, round(value)) for value in now])
        at += 1
    return {"names": [key[0] for key in top] + ["other"], "times": [round(border, 6) for border in borders], "rows": rows}


def late_tick(record):
    """The place of the last tick at which the program had not freed most of its memory, as programs do at their end."""
    most = max((tick.in_use for tick in record.ticks), default=0)
    return max((i for i, tick in enumerate(record.ticks) if 4 * tick.in_use >= most), default=0)


def classes_of(record, by_class):
    """A row for each class that had a block: exact numbers at the end and when most bytes were in use, and what samples add."""
    last = record.class_ticks[-1] if record.class_ticks else {}
    top = max(range(len(record.ticks)), key=lambda i: record.ticks[i].in_use) if record.ticks else 0
    at_peak = record.class_ticks[top] if record.class_ticks else {}
    late = late_tick(record)
    at_late = record.class_ticks[late] if record.class_ticks else {}
    rows = []
    for number in sorted(set(last) | {number for number in by_class}):
        size, span = record.classes.get(number, (0, 0))
        mallocs, frees, spans = last.get(number, (0, 0, 0))
        peak_mallocs, peak_frees, peak_spans = at_peak.get(number, (0, 0, 0))
        late_mallocs, late_frees, late_spans = at_late.get(number, (0, 0, 0))
        if not mallocs and number not in by_class:
            continue
        tally = by_class.get(number, Tally())
        lives = [0.0] * (len(LIFETIMES) + 1)
        for life, count in tally.lives:
            lives[bisect.bisect_right(LIFETIMES, life)] += count
        # Of a large block the heap counts no bytes by class: the samples do.
        large = not size
        rows.append({
            "size": size, "mallocs": mallocs, "frees": frees, "live": mallocs - frees, "spans": spans,
            "span_bytes": round(tally.live_bytes) if large else spans * span,
            "live_bytes": round(tally.live_bytes) if large else (mallocs - frees) * size,
            "late_live": late_mallocs - late_frees, "late_span_bytes": 0 if large else late_spans * span,
            "peak_live": peak_mallocs - peak_frees,
            "peak_bytes": round(tally.peak_bytes) if large else (peak_mallocs - peak_frees) * size,
            "peak_span_bytes": round(tally.peak_bytes) if large else peak_spans * span,
            "asked": round(tally.bytes), "waste": round(tally.waste), "sampled": round(tally.count),
            "short": round(tally.short), "lives": [round(life) for life in lives] + [round(tally.live_count)],
        })
    return rows


def totals_of(record, by_stack, peak_time):
    last = record.ticks[-1] if record.ticks else None
    top = max(record.ticks, key=lambda tick: tick.in_use) if record.ticks else None
    sampled = {name: round(sum(getattr(tally, name) for tally in by_stack.values()))
               for name in ("bytes", "count", "live_bytes", "peak_bytes", "short", "freed", "waste")}
    exact = {name: getattr(last, name) if last else 0 for name in TICK_NAMES}
    return {**exact, "allocated": sampled["bytes"], "sampled": sampled, "peak": max(top.in_use if top else 0, 0),
            "peak_time": top.time if top else peak_time, "peak_committed": max((t.committed for t in record.ticks), default=0),
            "at_peak": {name: getattr(top, name) if top else 0 for name in TICK_NAMES},
            "late_time": record.ticks[late_tick(record)].time if record.ticks else 0}


def leaks_of(record, named):
    """The leaks, if the heap has looked for some: the largest first."""
    rows = [{"frames": named.get(leak.stack, ([], 0))[0], "site": named.get(leak.stack, ([], 0))[1], "count": leak.count,
             "bytes": leak.bytes, "age": leak.age, "verdict": leak.verdict} for leak in record.leaks]
    return sorted(rows, key=lambda row: -row["bytes"])


def figures(record, symbols, names):
    """The data of one process. `names` gets its frames."""
    named = name_stacks(record, symbols, names)
    by_stack, by_class, peak_time = count_samples(record)
    sites = by_site(by_stack, named, names.frames)
    layers = layers_of(record, named, names.frames, sites)
    site_rows = []
    for (name, module), (tally, places) in sites.items():
        place = places.most_common(1)[0][0] if places else None
        site_rows.append({"name": name, "module": module, "frame": place, **row_of(tally)})
    site_rows.sort(key=lambda row: (-row["bytes"], row["name"]))
    stack_rows = sorted(by_stack.items(), key=lambda item: -max(item[1].bytes, item[1].peak_bytes))
    stack_rows = [{"frames": named.get(stack, ([], 0))[0], "site": named.get(stack, ([], 0))[1], **row_of(tally)}
                  for stack, tally in stack_rows[:STACKS_MOST]]
    merged = {}
    for row in stack_rows:  # stacks that differ in no frame's line
        key = tuple(row["frames"])
        if key in merged:
            for name in ("bytes", "count", "live_bytes", "live_count", "peak_bytes", "peak_count", "freed", "short", "waste"):
                merged[key][name] += row[name]
        else:
            merged[key] = row
    return {
        "pid": record.pid, "parent": record.parent, "forked": record.forked, "command": record.command, "started": record.started,
        "seconds": record.seconds, "ended": record.ended, "stopped": record.stopped, "bad_lines": record.bad_lines,
        "samples": record.samples, "rate": record.rate, "totals": totals_of(record, by_stack, peak_time),
        "times": times_of(record), "layers": layers, "sites": site_rows, "stacks": list(merged.values()),
        "classes": classes_of(record, by_class), "leaks": leaks_of(record, named), "leaks_known": record.leaks_known,
    }
