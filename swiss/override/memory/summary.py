"""The text of a report: one screen."""

from text import columns, cut, of_bytes, of_count, of_part, of_time
import textwrap

TOP = 10


def one_line(text, width):
    return cut(" ".join(text.split()), width)


def title(process):
    end = "" if process["ended"] else ", no end recorded"
    return f"{one_line(process['command'] or '?', 90)}  (process {process['pid']}, {of_time(process['seconds'])}{end})"


def lines_of_totals(process):
    totals = process["totals"]
    seconds = max(process["seconds"], 1e-6)
    yield (f"peak {of_bytes(totals['peak'])} in use after {of_time(totals['peak_time'])} · at the end {of_bytes(totals['in_use'])} in use, "
           f"{of_bytes(totals['committed'])} committed, {of_bytes(totals['idle'])} idle")
    yield (f"{of_count(totals['mallocs'])} allocations ({of_count(totals['mallocs'] / seconds)}/s), about {of_bytes(totals['allocated'])}; "
           f"{of_part(1 - totals['in_use'] / totals['span'] if totals['span'] else 0, 1)} of the pages in spans wasted at the end")
    yield f"{of_count(process['samples'])} samples, one per {of_bytes(process['rate'])} at the end"


def sites(process):
    """One table: the sites that are among the first by any of the three orders."""
    rows = process["sites"]
    ranks = {}
    for key in ("peak_bytes", "bytes", "count"):
        for rank, row in enumerate(sorted(rows, key=lambda row: -row[key])[:TOP]):
            if row[key]:
                ranks[id(row)] = min(ranks.get(id(row), TOP), rank)
    kept = sorted((row for row in rows if id(row) in ranks), key=lambda row: (ranks[id(row)], -row["bytes"]))[:TOP]
    total = process["totals"]["sampled"]
    return columns([[of_bytes(r["peak_bytes"]), of_part(r["peak_bytes"], total["peak_bytes"]), of_bytes(r["live_bytes"]), of_bytes(r["bytes"]),
                     of_part(r["bytes"], total["bytes"]), of_count(r["count"]), of_time(r["life"]), r["name"]]
                    for r in sorted(kept, key=lambda row: (-row["peak_bytes"], -row["bytes"]))],
                   ["at peak", "", "at end", "allocated", "", "number", "lifetime", "function (estimates from samples)"])


def leaks(process, frames):
    rows = [leak for leak in process["leaks"] if leak["verdict"] != "reachable"]
    if not process["leaks_known"]:
        return ["Leaks: not looked for, because no end was recorded." if not process["ended"] else "Leaks: not looked for."]
    if not rows:
        return ["Leaks: none found among the blocks that were sampled." if process["rate"] > 1 else "Leaks: none found."]
    found = [f"Leaks: {of_count(sum(r['count'] for r in rows))} blocks, {of_bytes(sum(r['bytes'] for r in rows))}"]
    for row in rows[:TOP]:
        chain = " < ".join(frames[number]["name"] for number in row["frames"][row["site"] : row["site"] + 3])
        found.append(f"  {of_bytes(row['bytes']):>10}  {of_count(row['count']):>8}  {row['verdict']:<11}  {chain}")
    return found


def text_of(data, place):
    """The summary of a run; `place` is where the page is."""
    lines = ["swiss-memory: " + one_line(data["command"], 100)]
    if not data["processes"]:
        return "\n".join(lines + ["nothing was recorded", *data["notes"]]) + "\n"
    process = data["processes"][0]
    lines += [title(process), *lines_of_totals(process), "", *sites(process), "", *leaks(process, data["frames"])]
    if process["hints"]:
        lines += ["", "Hints"]
        for hint in process["hints"]:
            lines += textwrap.wrap(f"{hint['title']}: {hint['text']}", 110, initial_indent="  - ", subsequent_indent="    ")
    others = data["processes"][1:]
    if others:
        lines += ["", f"{len(data['others']) + len(others)} other processes; the largest: {title(others[0])}, {of_bytes(others[0]['totals']['peak'])} at its peak"]
    return "\n".join([*lines, *data["notes"], "", f"The page: {place}"]) + "\n"


def text_of_comparison(data, place):
    """The summary of a comparison."""
    lines = [f"A: {one_line(data['a']['title'], 110)}", f"B: {one_line(data['b']['title'], 110)}", ""]
    width = max(len(row["name"]) for row in data["totals"])
    for row in data["totals"]:
        show = {"bytes": of_bytes, "count": of_count, "time": of_time}[row["unit"]]
        change = ("new" if row["b"] else "-") if not row["a"] else f"{100 * (row['b'] / row['a'] - 1):+.1f}%" if row["b"] < 10 * row["a"] else f"x {of_count(row['b'] / row['a'])}"
        lines.append(f"  {row['name']:<{width}}  {show(row['a']):>10}  {show(row['b']):>10}  {change:>8}")
    rows = [row for row in data["sites"] if row["bytes"] or row["peak_bytes"]][:TOP]
    lines += ["", *columns([[of_bytes(r["peak_bytes"]), of_bytes(r["live_bytes"]), of_bytes(r["bytes"]), of_count(r["count"]), r["name"]] for r in rows],
                           ["at peak", "at end", "allocated", "number", "function (B less A, estimates)"])]
    return "\n".join([*lines, "", f"The page: {place}"]) + "\n"
