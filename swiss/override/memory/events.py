"""Reads what the library has recorded of one process: a file of events, which README.md describes."""

import collections
import shlex

# A sample of a block: `count` blocks of `size` bytes stand behind it, each of which takes `usable` bytes.
Alloc = collections.namedtuple("Alloc", "time stack size usable count")
Tick = collections.namedtuple("Tick", "time mallocs frees in_use span idle committed reserved metadata free longest")
Leak = collections.namedtuple("Leak", "stack count bytes age verdict")
WEIGHT_ONE = 1 << 16
VERDICTS = {"l": "lost", "i": "indirect", "r": "reachable", "?": "unknown"}


class Record:
    """All of one file. Times are seconds since the record began."""

    def __init__(self):
        self.pid = self.parent = self.started = 0
        self.forked = False
        self.command = ""
        self.rate = 0
        self.samples = 0
        self.classes = {}  # number: (block size, bytes of a span)
        self.maps = []  # (start, end, offset, path), those that came later last
        self.stacks = {}  # id: return addresses, the innermost first
        self.events = []  # (time, block, Alloc, or None for a free), in order
        self.live = set()  # blocks
        self.ticks = []
        self.class_ticks = []  # for each tick {class: (mallocs, frees, spans)}, of all classes so far
        self.leaks = []
        self.leaks_known = False
        self.ended = False
        self.stopped = ""  # why no more was recorded, if so
        self.seconds = 0.0
        self.bad_lines = 0


def unescape(text):
    """Turns %XX into the byte. The library writes so all bytes below 33, above 126, and %."""
    parts = text.encode("ascii", "replace").split(b"%")
    out = [parts[0]]
    for part in parts[1:]:
        try:
            out.append(bytes([int(part[:2], 16)]) + part[2:])
        except ValueError:
            out.append(b"%" + part)
    return b"".join(out).decode("utf-8", "replace")


def read_lines(path):
    """The whole lines of a file. A process that was killed leaves zeros at its end, and perhaps half a line."""
    with open(path, "rb") as file:
        text = file.read()
    end = text.find(b"\0")
    if end >= 0:
        text = text[:end]
    return text[: text.rfind(b"\n") + 1].decode("ascii", "replace").splitlines()


def read(path):
    """The Record of a file. None if the file is empty, or no record. Lines that make no sense are counted and left out."""
    lines = read_lines(path)
    if not lines or not lines[0].startswith("swiss-record 1"):
        return None
    record = Record()
    for line in filter(None, lines[1:]):
        try:
            add_line(record, line[0], line[2:])
        except (ValueError, IndexError, KeyError, TypeError, OverflowError):
            record.bad_lines += 1
    return record


def add_line(record, kind, text):
    if kind in "mn":
        if kind == "n":
            record.command = " ".join(shlex.quote(word) for word in unescape(text).rstrip("\0").split("\0"))
        else:
            start, end, offset, path = text.split(" ")
            record.maps.append((int(start, 16), int(end, 16), int(offset, 16), unescape(path)))
        return
    if kind == "x":
        record.stopped = unescape(text)
        return
    words = text.split()
    if kind == "l":
        stack, count, size, age = (int(word, 16) for word in words[:4])
        record.leaks.append(Leak(stack, count, size, age / 1e3, VERDICTS[words[4]]))
        return
    numbers = [int(word, 16) for word in words]
    if kind == "a":
        time, block, stack, size, usable, weight = numbers
        alloc = Alloc(time / 1e6, stack, size, usable, weight / WEIGHT_ONE)
        if block in record.live:  # its free was not seen
            record.events.append((alloc.time, block, None))
        record.live.add(block)
        record.events.append((alloc.time, block, alloc))
        record.samples += 1
        record.seconds = max(record.seconds, alloc.time)
    elif kind == "f":
        time, block = numbers
        if block in record.live:  # else it was allocated before a fork
            record.live.remove(block)
            record.events.append((time / 1e6, block, None))
        record.seconds = max(record.seconds, time / 1e6)
    elif kind == "c":
        number, mallocs, frees, spans = numbers
        record.class_ticks[-1][number] = (mallocs, frees, spans)
    elif kind == "t":
        tick = Tick(numbers[0] / 1e6, *numbers[1:])
        record.ticks.append(tick)
        record.class_ticks.append(dict(record.class_ticks[-1]) if record.class_ticks else {})
        record.seconds = max(record.seconds, tick.time)
    elif kind == "s":
        record.stacks[numbers[0]] = tuple(numbers[1:])
    elif kind == "k":
        record.classes[numbers[0]] = (numbers[1], numbers[2])
    elif kind == "r":
        record.rate = numbers[1]
    elif kind == "p":
        record.pid, record.parent, record.started = numbers[:3]
        record.forked = len(numbers) > 3 and numbers[3] == 1
    elif kind == "L":
        record.leaks_known = True
    elif kind == "e":
        record.ended = True
        record.seconds = max(record.seconds, numbers[0] / 1e6)
