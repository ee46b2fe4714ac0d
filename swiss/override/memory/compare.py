"""Two runs, compared: what B has more than A."""

import collections

VALUES = ("bytes", "count", "live_bytes", "live_count", "peak_bytes", "peak_count", "waste")


def total_of(run, name):
    """A number of a whole run: the sum over its processes; of a peak, that of the largest process."""
    values = [process["totals"][name] for process in run["processes"]]
    return max(values, default=0) if name.startswith("peak") else sum(values)


def sites_of(run):
    """{(function, module): values}, over all processes of a run."""
    sites = collections.defaultdict(collections.Counter)
    for process in run["processes"]:
        for row in process["sites"]:
            for name in VALUES:
                sites[row["name"], row["module"]][name] += row[name]
    return sites


def classes_of(run):
    classes = collections.defaultdict(collections.Counter)
    for process in run["processes"]:
        for row in process["classes"]:
            for name in ("mallocs", "live", "live_bytes", "span_bytes", "peak_bytes"):
                classes[row["size"]][name] += row[name]
    return classes


def stacks_of(run):
    """{names of the frames, the outermost first: values}."""
    stacks = collections.defaultdict(collections.Counter)
    for process in run["processes"]:
        for row in process["stacks"]:
            key = tuple(run["frames"][number]["name"] for number in reversed(row["frames"]))
            for name in VALUES:
                stacks[key][name] += row[name]
    return stacks


def leaks_of(run):
    sums = collections.Counter()
    for process in run["processes"]:
        for leak in process["leaks"]:
            if leak["verdict"] != "reachable":
                sums["bytes"] += leak["bytes"]
                sums["count"] += leak["count"]
    return sums


def side(run, folder):
    largest = run["processes"][0] if run["processes"] else None
    return {"title": run["command"], "folder": folder, "seconds": run["seconds"],
            "times": largest["times"] if largest else [], "hints": largest["hints"] if largest else []}


def compare(a, b, folders):
    """The data of a comparison of two runs."""
    totals = [{"name": title, "unit": unit, "a": total_of(a, name), "b": total_of(b, name)} for title, unit, name in (
        ("peak in use", "bytes", "peak"), ("peak committed", "bytes", "peak_committed"), ("in use at the end", "bytes", "in_use"),
        ("pages in spans at the end", "bytes", "span"), ("idle at the end", "bytes", "idle"), ("allocated (estimate)", "bytes", "allocated"),
        ("allocations", "count", "mallocs"))]
    lost = leaks_of(a), leaks_of(b)
    totals.append({"name": "leaked", "unit": "bytes", "a": lost[0]["bytes"], "b": lost[1]["bytes"]})
    totals.append({"name": "time", "unit": "time", "a": a["seconds"], "b": b["seconds"]})

    sites, rows = (sites_of(a), sites_of(b)), []
    for key in {**sites[0], **sites[1]}:
        one, two = sites[0][key], sites[1][key]
        rows.append({"name": key[0], "module": key[1], "a": dict(one), "b": dict(two), **{name: two[name] - one[name] for name in VALUES}})
    rows.sort(key=lambda row: (-max(abs(row["peak_bytes"]), abs(row["bytes"])), row["name"]))

    classes, class_rows = (classes_of(a), classes_of(b)), []
    for size in sorted({**classes[0], **classes[1]}):
        class_rows.append({"size": size, "a": dict(classes[0][size]), "b": dict(classes[1][size])})

    stacks, numbers, stack_rows = (stacks_of(a), stacks_of(b)), {}, []
    for key in {**stacks[0], **stacks[1]}:
        frames = [numbers.setdefault(name, len(numbers)) for name in reversed(key)]
        stack_rows.append({"frames": frames, "a": dict(stacks[0][key]), "b": dict(stacks[1][key])})
    frames = [{"name": name, "file": "", "line": 0, "module": ""} for name in numbers]
    return {"kind": "comparison", "a": side(a, folders[0]), "b": side(b, folders[1]), "totals": totals, "sites": rows,
            "classes": class_rows, "stacks": stack_rows, "frames": frames}
