"""Names addresses: function, file and line of each, inlined functions too. Names come from the symbol tables of the modules, or of
their debug files; lines from addr2line, if the module has debug information. A function without a name is called by its module and
where it starts, so that its addresses stay together."""

import bisect
import collections
import lzma
import mmap
import os
import shutil
import struct
import subprocess

Frame = collections.namedtuple("Frame", "name file line module")
TOOL_SECONDS = 120  # more than that no tool may take


class Elf:
    """One ELF file: what of it is loaded where, and its symbols."""

    def __init__(self, data):
        self.data = data
        if data[:4] != b"\x7fELF":
            raise ValueError("not an ELF file")
        self.wide = data[4] == 2
        self.order = "<" if data[5] == 1 else ">"
        head = self.unpack("HHIQQQIHHHHHH" if self.wide else "HHIIIIIHHHHHH", 16)
        segments, sections = head[4], head[5]
        self.loads, self.eh_frame_hdr, self.sections = [], None, {}
        for i in range(head[9]):
            if self.wide:
                kind, _, offset, address, _, size, memory = self.unpack("IIQQQQQ", segments + i * head[8])
            else:
                kind, offset, address, _, size, memory = self.unpack("IIIIII", segments + i * head[8])
            if kind == 1:
                self.loads.append((offset, address, max(size, memory)))
            elif kind == 0x6474E550:
                self.eh_frame_hdr = (offset, address, size)
        form = "IIQQQQIIQQ" if self.wide else "IIIIIIIIII"
        rows = [self.unpack(form, sections + i * head[10]) for i in range(head[11])] if sections else []
        names = rows[head[12]][4] if head[12] < len(rows) else 0
        for row in rows:
            self.sections[self.text(names + row[0])] = row

    def unpack(self, form, offset):
        return struct.unpack_from(self.order + form, self.data, offset)

    def text(self, offset):
        return self.data[offset : self.data.find(b"\0", offset)].decode("utf-8", "replace")

    def body(self, name):
        row = self.sections[name]
        return self.data[row[4] : row[4] + row[5]]

    def address_of(self, offset):
        """The address, as linked, of what lies at an offset in the file."""
        for start, address, size in self.loads:
            if start <= offset < start + size:
                return offset - start + address
        return offset

    def has_lines(self):
        return ".debug_line" in self.sections or ".zdebug_line" in self.sections

    def functions(self):
        """[(start, size, name)] of the functions that have symbols."""
        found = []
        for name in (".symtab", ".dynsym"):
            row = self.sections.get(name)
            if not row or not row[9] or row[1] == 8:  # 8: the file has only the section's header
                continue
            texts = list(self.sections.values())[row[6]][4]
            for at in range(row[4], row[4] + row[5], row[9]):
                if self.wide:
                    text, info, _, where, value, size = self.unpack("IBBHQQ", at)
                else:
                    text, value, size, info, _, where = self.unpack("IIIBBH", at)
                if info & 15 in (2, 10) and where and value:
                    found.append((value, size, self.text(texts + text)))
        if ".gnu_debugdata" in self.sections:
            try:
                found += Elf(lzma.decompress(bytes(self.body(".gnu_debugdata")))).functions()
            except (lzma.LZMAError, ValueError, struct.error):
                pass
        return found

    def starts(self):
        """The addresses where functions start, as the table for exceptions has them: also where all symbols are gone."""
        if not self.eh_frame_hdr:
            return []
        offset, address, _ = self.eh_frame_hdr
        version, _, count_form, table_form = self.data[offset : offset + 4]
        if version != 1 or count_form != 3 or table_form != 0x3B:  # the forms that linkers write
            return []
        (count,) = self.unpack("I", offset + 8)
        table = self.unpack(f"{2 * count}i", offset + 12)
        return sorted((address + start) & 0xFFFFFFFFFFFFFFFF for start in table[::2])

    def debug_file(self, path):
        """The path of the file that has this one's debug information, or None."""
        tried = []
        if ".note.gnu.build-id" in self.sections:
            number = bytes(self.body(".note.gnu.build-id"))[16:].hex()
            tried.append(f"/usr/lib/debug/.build-id/{number[:2]}/{number[2:]}.debug")
        if ".gnu_debuglink" in self.sections:
            name = bytes(self.body(".gnu_debuglink")).split(b"\0")[0].decode("utf-8", "replace")
            folder = os.path.dirname(os.path.realpath(path))
            tried += [f"{folder}/{name}", f"{folder}/.debug/{name}", f"/usr/lib/debug{folder}/{name}"]
        for file in tried:
            if os.path.isfile(file) and not (os.path.exists(path) and os.path.samefile(file, path)):
                return file
        return None


def open_elf(path):
    """The Elf of a file, or None if it is gone or is none."""
    try:
        with open(path, "rb") as file:
            return Elf(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError, struct.error, IndexError):
        return None


class Module:
    """A file that a process has mapped, and the names in it."""

    def __init__(self, path):
        self.path = path
        self.short = os.path.basename(path.removesuffix(" (deleted)")) or "?"
        self.elf = open_elf(path) if path.startswith("/") else None
        self.lines_in = None  # the file to ask for lines
        self.functions, self.starts = [], []
        if not self.elf:
            return
        debug = self.elf.debug_file(path)
        debug_elf = open_elf(debug) if debug else None
        try:
            functions = self.elf.functions() + (debug_elf.functions() if debug_elf else [])
            self.starts = self.elf.starts()
        except (struct.error, IndexError):
            functions = []
        # Of several names at an address the one that programs see: without leading underscores, the shorter.
        self.functions = sorted(set(functions), key=lambda f: (f[0], not f[1], f[2].startswith("_"), len(f[2]), f[2]))
        self.addresses = [function[0] for function in self.functions]
        if self.elf.has_lines():
            self.lines_in = path
        elif debug_elf and debug_elf.has_lines():
            self.lines_in = debug

    def name(self, address):
        """The name of the function that an address is in."""
        if self.functions:
            at = bisect.bisect_right(self.addresses, address) - 1
            at = bisect.bisect_left(self.addresses, self.addresses[at]) if at >= 0 else -1
            if at >= 0:
                start, size, name = self.functions[at]
                if address < start + size or (not size and address - start < 4096):
                    return name
        at = bisect.bisect_right(self.starts, address) - 1
        start = self.starts[at] if at >= 0 else address
        return f"{self.short}+{start:#x}"


def run_tool(command, text):
    """What a tool answers to the text, as lines; none if the tool is not there or fails."""
    if not shutil.which(command[0]):
        return []
    try:
        done = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=TOOL_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return []
    return done.stdout.decode("utf-8", "replace").splitlines()


def ask_lines(module, addresses):
    """{address: [(function, file, line)]} from addr2line, the innermost inlined function first."""
    answer = run_tool(["addr2line", "-a", "-f", "-i", "-e", module.lines_in], "".join(f"{address:#x}\n" for address in addresses))
    found, at = {}, None
    for line in answer:
        if line.startswith("0x") and " " not in line and ":" not in line:
            at, name = int(line, 16), None
            found[at] = []
        elif at is not None and name is None:
            name = line
        elif at is not None:
            file, _, number = line.partition(" (")[0].rpartition(":")
            found[at].append((name, "" if file.startswith("??") else file, int(number) if number.isdigit() else 0))
            name = None
    return found


def demangle(names):
    """{name: what a programmer has written} of names of C++ and Rust."""
    mangled = sorted(name for name in names if name.startswith(("_Z", "_R", "__Z")) and "\n" not in name)
    answer = run_tool(["c++filt"], "\n".join(mangled) + "\n") if mangled else []
    return dict(zip(mangled, answer)) if len(answer) == len(mangled) else {}


class Symbols:
    """Names for the addresses of several processes; each module is looked at once."""

    def __init__(self):
        self.modules = {}

    def module(self, path):
        if path not in self.modules:
            self.modules[path] = Module(path)
        return self.modules[path]

    def resolve(self, maps, addresses):
        """{return address: [Frame], the innermost first}. An address belongs to the call before it."""
        rows = sorted(enumerate(maps), key=lambda row: (row[1][0], row[0]))
        starts = [row[1][0] for row in rows]
        wanted = collections.defaultdict(dict)  # module: {address as linked: return addresses}
        frames = {}
        for address in addresses:
            at = bisect.bisect_right(starts, address - 1) - 1
            start, end, offset, path = rows[at][1] if at >= 0 else (0, 0, 0, "")
            if address - 1 >= end:
                frames[address] = [Frame(f"{address:#x}", "", 0, "?")]
                continue
            module = self.module(path)
            linked = address - 1 - start + offset
            linked = module.elf.address_of(linked) if module.elf else linked
            wanted[module].setdefault(linked, []).append(address)
        for module, places in wanted.items():
            lines = ask_lines(module, sorted(places)) if module.lines_in else {}
            for linked, returns in places.items():
                chain = [Frame(name if name != "??" else module.name(linked), file, line, module.short)
                         for name, file, line in lines.get(linked, [])] or [Frame(module.name(linked), "", 0, module.short)]
                for address in returns:
                    frames[address] = chain
        clear = demangle({frame.name for chain in frames.values() for frame in chain})
        return {address: [frame._replace(name=clear.get(frame.name, frame.name).removeprefix("__GI_")) for frame in chain]
                for address, chain in frames.items()}
