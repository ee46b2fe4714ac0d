"""Hints: what the figures of a process suggest, each with its figures. A hint is kind, title, text, weight (0 to 1: how much of the
process it is about), and the frames of the sites that it names."""

from text import of_bytes, of_count, of_part, of_time

FEW_SAMPLES = 50  # with fewer, figures by site are rough
SMALL = 1024  # bytes: blocks of an arena or a pool of objects
LARGE = 32 << 10
PART = 0.2  # of all, before a hint is given


def hint(kind, title, text, weight, sites=()):
    return {"kind": kind, "title": title, "text": text, "weight": min(1.0, weight), "sites": [site["name"] for site in sites]}


def name_sites(sites):
    return " and ".join(site["name"] for site in sites)


def short_blocks(process):
    """Many small blocks that live for less than a millisecond: an arena or a pool."""
    mallocs = process["totals"]["mallocs"]
    rows = [row for row in process["classes"] if row["size"] and row["size"] <= SMALL and row["sampled"] and mallocs]
    rows = [row for row in rows if row["short"] >= 0.8 * row["sampled"]]
    total = sum(row["mallocs"] for row in rows)
    if not rows or total < PART * mallocs:
        return []
    most = max(rows, key=lambda row: row["mallocs"])
    short = sum(row["short"] for row in rows) / sum(row["sampled"] for row in rows)
    sites = sorted((s for s in process["sites"] if s["short"] > 0.8 * s["count"]), key=lambda s: -s["short"])[:2]
    what = (f"{most['size']}-byte blocks" if most["mallocs"] >= 0.8 * total
            else f"blocks of up to {max(row['size'] for row in rows)} bytes, most of them of {most['size']}")
    where = f" Most come from {name_sites(sites)}." if sites else ""
    return [hint("short", "Small blocks that live for a moment",
                 f"{of_part(total, mallocs)} of the {of_count(mallocs)} allocations are {what}, and {of_part(short, 1)} of these live "
                 f"less than 1 ms: an arena that is reset, or a pool of objects, would take them off the heap.{where}",
                 total / mallocs, sites)]


def large_blocks(process):
    """Large blocks that come and go: use one buffer again."""
    total = process["totals"]["allocated"]
    rows = [s for s in process["sites"] if s["count"] >= 8 and s["bytes"] / s["count"] >= LARGE and s["short"] >= 0.5 * s["count"]]
    size = sum(s["bytes"] for s in rows)
    if not rows or size < PART * total:
        return []
    rows.sort(key=lambda s: -s["bytes"])
    most = rows[0]
    return [hint("buffer", "Large buffers that are made again and again",
                 f"{of_part(size, total)} of the bytes allocated are large blocks of which most live less than 1 ms. {most['name']} alone "
                 f"allocates {of_count(most['count'])} of {of_bytes(most['bytes'] / most['count'])} on average: keep one buffer, or a "
                 "byte pool, and use it again; if it is one that grows, reserve its size at once.", size / total, rows[:2])]


def one_site(process):
    """One site that has most of the peak."""
    total = process["totals"]["sampled"]["peak_bytes"]
    site = max(process["sites"], key=lambda s: s["peak_bytes"], default=None)
    if not site or not total or site["peak_bytes"] < 0.4 * total or process["samples"] < FEW_SAMPLES:
        return []
    each = site["peak_bytes"] / max(1, site["peak_count"])
    return [hint("site", "One function holds most of the memory",
                 f"{site['name']} holds {of_part(site['peak_bytes'], total)} of the memory at its peak: {of_bytes(site['peak_bytes'])} in "
                 f"{of_count(site['peak_count'])} blocks of {of_bytes(each)} on average.", site["peak_bytes"] / total, [site])]


def sparse_classes(process):
    """Spans with few live blocks: fragmentation within classes. Looked at before the program frees all at its end."""
    span = sum(row["late_span_bytes"] for row in process["classes"])
    rows = [(row["late_span_bytes"] - row["late_live"] * row["size"], row) for row in process["classes"]
            if row["size"] and row["late_span_bytes"] > 256 << 10 and row["late_live"] * row["size"] < 0.5 * row["late_span_bytes"]]
    lost = sum(free for free, _ in rows)
    if not rows or lost < PART * span or lost < 1 << 20:
        return []
    _, most = max(rows, key=lambda row: row[0])
    used = most["late_live"] * most["size"]
    return [hint("sparse", "Pages kept by few blocks",
                 f"After {of_time(process['totals']['late_time'])}, {of_bytes(lost)} ({of_part(lost, span)} of all pages in spans) were free "
                 f"slots that only blocks of the same size can use. Worst: {most['size']} bytes, where {of_count(most['late_live'])} live blocks "
                 f"kept {of_bytes(most['late_span_bytes'])} ({of_part(used, most['late_span_bytes'])} used). Blocks that die together belong in "
                 "an arena.", lost / span)]


def rounding(process):
    """Sizes just above a class."""
    asked = process["totals"]["allocated"]
    rows = [row for row in process["classes"] if row["asked"]]
    waste = sum(row["waste"] for row in rows)
    if process["samples"] < FEW_SAMPLES or waste < 0.15 * (asked + waste):
        return []
    most = max(rows, key=lambda row: row["waste"])
    size = f"{most['size']} bytes" if most["size"] else "large blocks"
    mean = most["asked"] / max(1, most["sampled"])
    return [hint("rounding", "Sizes that the size classes round up a lot",
                 f"{of_part(waste, asked + waste)} of what blocks take is rounding. Most of it is in the class of {size}: those who ask "
                 f"want {of_bytes(mean)} on average, so {of_part(most['waste'], most['asked'] + most['waste'])} of each is lost. A smaller "
                 "structure, or a buffer of exactly the class's size, would cost nothing more.", waste / (asked + waste))]


def given_back(process):
    """Free pages that had memory for much of the time."""
    times = process["times"]
    if len(times) < 8 or process["seconds"] <= 0:
        return []
    parts = [(after[0] - before[0], before[3], before[4]) for before, after in zip(times, times[1:])]
    seconds = sum(part[0] for part in parts) or 1
    idle, committed = (sum(part[0] * part[i] for part in parts) / seconds for i in (1, 2))
    if idle < 4 << 20 or idle < PART * committed:
        return []
    return [hint("idle", "Memory that could be given back",
                 f"In the mean {of_bytes(idle)} of {of_bytes(committed)} committed ({of_part(idle, committed)}) were free pages that the heap "
                 "kept for reuse. SWISS_SCAVENGE=100 gives them back sooner than after a second, SWISS_SOFT_LIMIT keeps the heap from "
                 "holding them, and malloc_trim(0) gives all back at once.", idle / committed)]


def peak(process):
    """A peak far above what was in use otherwise."""
    totals, times = process["totals"], process["times"]
    if len(times) < 8 or totals["peak"] < 4 << 20:
        return []
    values = sorted(row[1] for row in times)
    usual = values[len(values) // 2]
    if totals["peak"] < 3 * max(usual, 1 << 16):
        return []
    sites = sorted(process["sites"], key=lambda s: -s["peak_bytes"])[:2]
    where = f" {name_sites(sites)} had most of it." if sites and sites[0]["peak_bytes"] else ""
    return [hint("peak", "A short peak decides how much memory is needed",
                 f"{of_bytes(totals['peak'])} were in use at the peak, after {of_time(totals['peak_time'])}, but half of the time "
                 f"{of_bytes(usual)} or less.{where}", 1 - usual / totals["peak"], sites)]


def growth(process):
    """Memory that grows to the end: the mean of each quarter is above the one before."""
    times = process["times"]
    if len(times) < 16 or process["seconds"] <= 0:
        return []
    end = times[-1][0]
    quarters = [[row[1] for row in times if end * q / 4 <= row[0] <= end * (q + 1) / 4] for q in range(4)]
    if not all(quarters):
        return []
    means = [sum(values) / len(values) for values in quarters]
    grown = means[3] - means[1]
    if not all(a < b for a, b in zip(means, means[1:])) or grown < 1 << 20 or grown < 0.25 * means[3]:
        return []
    if process["totals"]["in_use"] < 0.5 * means[3]:  # it was freed in the end
        return []
    sites = sorted(process["sites"], key=lambda s: -s["live_bytes"])[:1]
    where = f" {sites[0]['name']} holds {of_bytes(sites[0]['live_bytes'])} at the end." if sites and sites[0]["live_bytes"] else ""
    return [hint("growth", "Memory grew all the time",
                 f"In use grew from {of_bytes(means[0])} in the first quarter of the run to {of_bytes(means[3])} in the last, by "
                 f"{of_bytes(grown / (end / 2))} a second in the second half.{where} A cache without a limit, or a leak?",
                 grown / means[3], sites)]


def leaks(process):
    lost = [leak for leak in process["leaks"] if leak["verdict"] in ("lost", "indirect")]
    size, count = sum(leak["bytes"] for leak in lost), sum(leak["count"] for leak in lost)
    if not lost:
        return []
    return [hint("leak", "Leaks", f"{of_count(count)} blocks, {of_bytes(size)}, are in use at the end and nothing points to them any more: "
                 "nobody can free them. See the table of leaks for where they were allocated.",
                 size / max(1, process["totals"]["in_use"]))]


def quality(process):
    """What one must know about the figures themselves."""
    found = []
    if process["totals"]["mallocs"] and process["samples"] < FEW_SAMPLES:
        found.append(hint("samples", "Few samples", f"Figures by site rest on {process['samples']} samples and are rough: one byte in "
                          f"{of_bytes(process['rate'])} was sampled. Sample more with --every.", 0))
    name = process["command"].split(" ")[0].rpartition("/")[2]
    small = sum(row["mallocs"] for row in process["classes"] if 0 < row["size"] <= 512)
    if name.startswith("python") and small < 0.9 * process["totals"]["mallocs"]:
        found.append(hint("python", "Python has an allocator of its own", "Blocks of up to 512 bytes come from Python's own arenas, which are "
                          "mapped, not allocated, and are not counted here. PYTHONMALLOC=malloc lets the heap have them, and this page see "
                          "them.", 0))
    return found


ALL = (leaks, growth, short_blocks, large_blocks, peak, one_site, sparse_classes, rounding, given_back)


def find(process):
    """The hints for a process: the weightiest first, what is about the figures last."""
    return sorted((h for rule in ALL for h in rule(process)), key=lambda h: (h["kind"] != "leak", -h["weight"])) + quality(process)
