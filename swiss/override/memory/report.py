"""Makes a report of the records in a directory: index.html, summary.txt and data.json; and of two data.json, a comparison."""

import glob
import json
import os
import re
import time

import compare as comparison
import events
import figures
import hints
import summary
import symbols
from run import Failure

RECORD = "record"  # records are RECORD.PID.NUMBER
RUN = "run.json"  # what was run, beside records that are kept
FULL = 12  # processes of which the page has all
FORM = 1  # of data.json


def now():
    return time.time()


def version(library):
    """The version of swiss, from the name of its library: libswiss-malloc.so.ABI.VERSION."""
    return os.path.basename(library).partition(".so.")[2].partition(".")[2] or "of unknown number"


def records_in(folder):
    return sorted(glob.glob(os.path.join(glob.escape(folder), RECORD + ".*")))


def forget(folder):
    """Removes what a run before has left in the directory."""
    for path in [*records_in(folder), os.path.join(folder, RUN)]:
        if os.path.exists(path):
            os.unlink(path)


def peak_of(record):
    return max((tick.in_use for tick in record.ticks), default=0)


def is_running(record):
    return not record.ended and record.pid > 0 and os.path.exists(f"/proc/{record.pid}")


def brief(record):
    """A process of which the page has a line only."""
    last = record.ticks[-1] if record.ticks else None
    return {"pid": record.pid, "parent": record.parent, "command": record.command, "seconds": record.seconds, "ended": record.ended,
            "peak": peak_of(record), "mallocs": last.mallocs if last else 0, "samples": record.samples}


def gather(records, command, status, seconds):
    """The data of a run."""
    records = sorted(records, key=lambda r: (-peak_of(r), -r.samples, r.pid))
    names, known = figures.Names(), symbols.Symbols()
    processes = [figures.figures(record, known, names) for record in records[:FULL]]
    for process in processes:
        process["hints"] = hints.find(process)
    notes = []
    if not records:
        notes.append("No process left a record: a program that is statically linked or set-user-ID cannot be looked at, nor one that ends "
                     "before it has started.")
    running = [str(record.pid) for record in records if is_running(record)]
    if running:
        notes.append(f"Still running when this was written: {', '.join(running[:10])}. `swiss-memory report DIRECTORY` writes it again.")
    for record in records:
        if record.stopped:
            notes.append(f"Process {record.pid} stopped recording: {record.stopped}.")
        if record.bad_lines:
            notes.append(f"{record.bad_lines} lines in the record of process {record.pid} made no sense.")
    return {"kind": "run", "form": FORM, "command": command, "status": status, "seconds": seconds,
            "started": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(records[0].started)) if records else "",
            "lifetimes": figures.LIFETIMES, "processes": processes, "frames": names.frames, "others": [brief(r) for r in records[FULL:]],
            "notes": notes}


def page_of(data, title):
    """The page, as text. In the data no "<" is left that could end its element."""
    here = os.path.dirname(os.path.realpath(__file__))
    parts = {}
    for name in ("page.html", "page.css", "page.js"):
        with open(os.path.join(here, name), encoding="utf-8") as file:
            parts[name] = file.read()
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    title = title.replace("&", "&amp;").replace("<", "&lt;")
    whole = {"TITLE": title, "STYLE": parts["page.css"], "SCRIPT": parts["page.js"], "DATA": text}
    return re.sub(r"@(TITLE|STYLE|SCRIPT|DATA)@", lambda found: whole[found.group(1)], parts["page.html"])


def write_file(path, text):
    """Writes a file so that it is whole or not there."""
    half = path + ".new"
    try:
        with open(half, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        os.replace(half, path)
    except OSError:
        if os.path.exists(half):
            os.unlink(half)
        raise


def write_all(folder, data, title, text):
    if data["kind"] == "run":
        write_file(os.path.join(folder, "data.json"), json.dumps(data, separators=(",", ":"), allow_nan=False))
    write_file(os.path.join(folder, "summary.txt"), text)
    write_file(os.path.join(folder, "index.html"), page_of(data, title))
    return text


def write(folder, command, status, started, keep, seconds=None):
    """Writes the report of a run, and returns its summary. Records that are still needed stay."""
    import shlex

    command = command if isinstance(command, str) else " ".join(shlex.quote(word) for word in command)
    seconds = now() - started if seconds is None else seconds
    paths = records_in(folder)
    records = [record for record in map(events.read, paths) if record]
    data = gather(records, command, status, seconds)
    text = write_all(folder, data, "swiss-memory: " + command, summary.text_of(data, os.path.join(folder, "index.html")))
    if keep or any(map(is_running, records)):
        write_file(os.path.join(folder, RUN), json.dumps({"command": command, "status": status, "seconds": seconds}))
    else:
        forget(folder)
    return text


def again(folder):
    """Writes the report of records that were kept, or whose swiss-memory was ended."""
    if not records_in(folder):
        raise Failure(f"{folder}: no records there")
    try:
        with open(os.path.join(folder, RUN)) as file:
            known = json.load(file)
    except (OSError, ValueError):
        first = min((r for r in map(events.read, records_in(folder)) if r), key=lambda r: (r.started, r.pid), default=None)
        known = {"command": first.command if first else "?", "status": None, "seconds": first.seconds if first else 0}
    try:
        return write(folder, known["command"], known["status"], 0, keep=True, seconds=known["seconds"])
    except OSError as error:
        raise Failure(f"{error.filename or folder}: {error.strerror}")


def read_data(folder):
    path = os.path.join(folder, "data.json") if os.path.isdir(folder) else folder
    try:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        if data["kind"] != "run" or data["form"] != FORM:
            raise ValueError
        return data
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}")
    except (ValueError, KeyError, TypeError):
        raise Failure(f"{path}: not the data of a report of this version")


def compare(first, second, folder):
    """Writes the comparison of two reports, and returns its summary."""
    data = comparison.compare(read_data(first), read_data(second), (first, second))
    try:
        return write_all(folder, data, "swiss-memory: two runs", summary.text_of_comparison(data, os.path.join(folder, "index.html")))
    except OSError as error:
        raise Failure(f"{error.filename or folder}: {error.strerror}")
