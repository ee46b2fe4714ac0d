"""swiss in gdb: printers for maps, sets, tables, arenas, references and pools, and the command `swiss`.

    (gdb) print words                  the entries of a map or set, for any SWISS_NAME
    (gdb) print arena                  an arena: its bytes, chunks, children
    (gdb) print in_cache               a weak reference: the object, or that it is dead
    (gdb) swiss find words "to"        looks a key up
    (gdb) swiss stats words            slots, load, and the lengths of probes
    (gdb) swiss heap                   the size classes of the default heap

Everything is read from memory: nothing is called in the program, so that all of it works on a core file, too. It needs the
debugging information of the program, and `swiss heap` that of the library. What is not initialised, or was overwritten, is said to be
so.

gdb finds this file by itself where it is installed; else: source swiss-gdb.py.
"""
import gdb
import gdb.printing

GROUP = 16
MOST_SLOTS = 1 << 48


class Wrong(Exception):
    """A table that is not in order."""


def bare(value_type):
    return value_type.unqualified().strip_typedefs()


def fields_of(value_type):
    try:
        return [field.name for field in bare(value_type).fields()]
    except TypeError:
        return []


def lookup_type(name):
    try:
        return gdb.lookup_type(name)
    except gdb.error:
        return None


def read(address, size):
    try:
        return bytes(gdb.selected_inferior().read_memory(address, size)) if size else b""
    except gdb.MemoryError:
        raise Wrong(f"memory at {address:#x} cannot be read")


class Table:
    """The slots of a swiss_table."""

    def __init__(self, table):
        self.control_address = int(table["control"])
        self.slots = int(table["slots"])
        self.overflow = int(table["overflow"])
        self.mask = int(table["mask"])
        self.size = int(table["size"])
        self.small = int(table["capacity_small"])
        self.seed = int(table["seed"])
        if int(table["freed"]) not in (0, 1) or self.small not in (0, 4, 8):
            raise Wrong("not initialised, or overwritten")
        if int(table["freed"]):
            raise Wrong("freed")
        if not self.control_address:
            if self.size or self.mask:
                raise Wrong("not initialised, or overwritten: entries without memory")
            self.capacity, self.control = 0, b""
            return
        groups = self.mask // GROUP + 1
        if self.mask % GROUP or groups & (groups - 1) or groups * GROUP > MOST_SLOTS:
            raise Wrong("not initialised, or overwritten: no such number of slots")
        self.capacity = self.small or groups * GROUP
        self.control = read(self.control_address, self.capacity)
        if self.size != self.capacity - self.control.count(0):
            raise Wrong(f"overwritten: {self.size} entries, but {self.capacity - self.control.count(0)} control bytes")

    def full(self):
        return (index for index, byte in enumerate(self.control) if byte)

    def entries(self, entry_type):
        """Each slot in use, as a value."""
        pointer = entry_type.pointer()
        for index in self.full():
            yield gdb.Value(self.slots + index * entry_type.sizeof).cast(pointer).dereference()


def entry_type_of(value_type):
    """The type NAME_entry of a map NAME; None if this is no map."""
    fields = fields_of(value_type)
    if not fields or fields[0] != "table" or len(fields) > 2:
        return None
    kind = bare(value_type)
    if bare(kind.fields()[0].type).tag != "swiss_table":
        return None
    return lookup_type(f"{kind.tag or kind.name}_entry")


class MapPrinter:
    def __init__(self, value, entry_type):
        self.value, self.entry_type = value, entry_type
        self.is_set = "value" not in fields_of(entry_type)
        try:
            self.table, self.wrong = Table(value["table"]), None
        except Wrong as wrong:
            self.table, self.wrong = None, str(wrong)

    def to_string(self):
        kind = "set" if self.is_set else "map"
        if self.wrong:
            return f"swiss {kind}: {self.wrong}"
        return f"swiss {kind} of {self.table.size} in {self.table.capacity} slots"

    def display_hint(self):
        return "array" if self.is_set else "map"

    def children(self):
        if self.wrong:
            return
        for number, entry in enumerate(self.table.entries(self.entry_type)):
            try:
                if self.is_set:
                    yield f"[{number}]", entry["key"]
                else:
                    yield f"key {number}", entry["key"]
                    yield f"value {number}", entry["value"]
            except gdb.MemoryError:
                return


class TablePrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        try:
            table = Table(self.value)
        except Wrong as wrong:
            return f"swiss table: {wrong}"
        return f"swiss table of {table.size} in {table.capacity} slots, seed {table.seed:#x}"


class ArenaPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        value = self.value
        used = (int(value["used_"]) + int(value["next_"])) & (2 ** (8 * value["used_"].type.sizeof) - 1)
        used += int(value["big_used_"])
        text = f"swiss arena: {used} bytes used, {int(value['reserved_'])} reserved"
        for member, what in (("big_", "oversize blocks"), ("children_", "children"), ("cleanups_", "cleanups")):
            count = self.count(value[member])
            if count:
                text += f", {count} {what}"
        return text

    @staticmethod
    def count(link):
        count = 0
        while int(link) and count < 100000:
            count += 1
            link = link["next_"]
        return count


class WeakPrinter:
    """swiss_weak, NAME_weak, and swiss_arena_weak, which refers to a place that holds the address."""

    def __init__(self, value, name):
        self.name = name
        while not fields_of(value.type)[0].startswith("object_"):
            value = value[fields_of(value.type)[0]]
        self.object = value["object_"]
        self.pointer = self.object.type
        upgrade = gdb.lookup_global_symbol(f"{name[:-5]}_upgrade") or gdb.lookup_static_symbol(f"{name[:-5]}_upgrade")
        if upgrade:
            self.pointer = upgrade.type.target()

    def count(self):
        """The strong references: the count is one less, and that of a dead object lies beyond 0xC0000000."""
        block = lookup_type("swiss_ref_block_").pointer()
        count = int((self.object.cast(block) - 1).dereference()["strong"])
        return 0 if count >= 0xC0000000 else count + 1

    def to_string(self):
        if not int(self.object):
            return "weak reference to nothing"
        try:
            strong = self.count()
        except (gdb.MemoryError, AttributeError):
            return f"weak reference that cannot be read, {int(self.object):#x}"
        if not strong:
            return "weak reference, dead"
        if self.name == "swiss_arena_weak":
            return f"weak reference to {int(self.object.cast(self.object.type.pointer()).dereference()):#x} in an arena"
        return f"weak reference to {int(self.object):#x}, {strong} strong"

    def children(self):
        try:
            if int(self.object) and self.pointer.code == gdb.TYPE_CODE_PTR and self.count() \
                    and self.pointer.target().code != gdb.TYPE_CODE_VOID:
                yield "object", self.object.cast(self.pointer).dereference()
        except (gdb.MemoryError, AttributeError):
            return


class Printers(gdb.printing.PrettyPrinter):
    def __init__(self):
        super().__init__("swiss", [])

    def __call__(self, value):
        kind = bare(value.type)
        name = kind.tag or ""
        if name == "swiss_table":
            return TablePrinter(value)
        if name == "swiss_arena":
            return ArenaPrinter(value)
        if name in ("swiss_weak", "swiss_arena_weak") or (
                name.endswith("_weak") and fields_of(kind) == ["untyped"]):
            return WeakPrinter(value, name)
        entry_type = entry_type_of(kind)
        return MapPrinter(value, entry_type) if entry_type else None


def the_map(text):
    value = gdb.parse_and_eval(text)
    while bare(value.type).code in (gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_REF):
        value = value.referenced_value()
    entry_type = entry_type_of(value.type)
    if not entry_type:
        raise gdb.GdbError(f"{text} is no swiss map or set")
    try:
        return Table(value["table"]), entry_type
    except Wrong as wrong:
        raise gdb.GdbError(f"{text}: {wrong}")


def text_of(value):
    """The bytes of a string or of a slice; None if it is neither."""
    kind = bare(value.type)
    if kind.code == gdb.TYPE_CODE_ARRAY and bare(kind.target()).sizeof == 1:
        return value.string(errors="surrogateescape")
    if kind.code == gdb.TYPE_CODE_PTR and bare(kind.target()).code == gdb.TYPE_CODE_INT and bare(kind.target()).sizeof == 1:
        return value.string(errors="surrogateescape")
    if kind.tag == "swiss_slice":
        return read(int(value["data"]), int(value["size"])).decode(errors="surrogateescape")
    return None


def equal(stored, sought):
    """Compares as the default equality does: texts by their characters, numbers by value, structs by their members."""
    text = text_of(sought)
    if text is not None:
        return text_of(stored) == text
    kind = bare(stored.type)
    if kind.code == gdb.TYPE_CODE_STRUCT:
        return bare(sought.type) == kind and all(equal(stored[name], sought[name]) for name in fields_of(kind))
    if kind.code == gdb.TYPE_CODE_ARRAY:
        low, high = kind.range()
        return all(equal(stored[i], sought[i]) for i in range(low, high + 1))
    if kind.code == gdb.TYPE_CODE_FLT:
        return float(stored) == float(sought)
    return int(stored) == int(sought)


class Swiss(gdb.Command):
    """Commands for swiss: find, stats, heap."""

    def __init__(self):
        super().__init__("swiss", gdb.COMMAND_DATA, prefix=True)


class Find(gdb.Command):
    """swiss find MAP KEY: prints the entry of a key. Both are expressions. It looks at each entry, and calls nothing: equality is that
of strings, numbers, and members, whatever SWISS_EQUAL says."""

    def __init__(self):
        super().__init__("swiss find", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, text, from_tty):
        arguments = text.split(None, 1)
        if len(arguments) != 2:
            raise gdb.GdbError("swiss find MAP KEY")
        table, entry_type = the_map(arguments[0])
        key = gdb.parse_and_eval(arguments[1])
        key_type = bare(entry_type).fields()[0].type
        if bare(key_type).code == gdb.TYPE_CODE_INT and bare(key.type).code == gdb.TYPE_CODE_INT:
            key = key.cast(key_type)
        for entry in table.entries(entry_type):
            try:
                found = equal(entry["key"], key)
            except gdb.MemoryError:
                continue
            if found:
                print(entry.format_string())
                return
        print("not found")


class Stats(gdb.Command):
    """swiss stats MAP: the size of a map, its load, and what has gone past its groups."""

    def __init__(self):
        super().__init__("swiss stats", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, text, from_tty):
        table, entry_type = the_map(text)
        groups = table.mask // GROUP + 1 if table.capacity else 0
        print(f"entries        {table.size}")
        print(f"slots          {table.capacity}")
        print(f"load factor    {table.size / table.capacity if table.capacity else 0:.3f}")
        print(f"bytes of slots {table.capacity * entry_type.sizeof}")
        if groups > 1:
            overflow = read(table.overflow, groups)
            print(f"groups         {groups}, of which {groups - overflow.count(0)} have overflowed")


def atomic(value):
    return int(value) if value.type.strip_typedefs().code == gdb.TYPE_CODE_INT else int(value["_Value"])


class Heap(gdb.Command):
    """swiss heap: the size classes of the default heap: blocks allocated, freed, live, and their bytes."""

    def __init__(self):
        super().__init__("swiss heap", gdb.COMMAND_DATA)

    def invoke(self, text, from_tty):
        try:
            main = gdb.parse_and_eval("swiss_heap_main")
            sizes = gdb.parse_and_eval("swiss_class_size")
        except gdb.error:
            raise gdb.GdbError("the library has no debugging information, or the program does not use its heap")
        caches = []
        cache = main["caches"]["all"]
        while int(cache) and len(caches) < 100000:
            caches.append(cache.dereference())
            cache = cache["next"]
        alive = main["heap"]["share"]["alive"]
        large = atomic(main["heap"]["share"]["large_mallocs"])
        print(f"{'block size':>12} {'allocated':>14} {'freed':>14} {'live':>12} {'bytes':>14}")
        if large:
            print(f"{'large':>12} {large:>14} {large - int(alive[0]):>14} {int(alive[0]):>12}")
        low, high = sizes.type.range()
        for i in range(max(low, 1), high + 1):
            tally = main["central"][i]["tally"]
            mallocs, frees = atomic(tally["mallocs"]), atomic(tally["frees"])
            for cache in caches:
                made, cached = self.of_cache(cache, i)
                mallocs += made
                frees += made + cached - self.signed(atomic(cache["stacks"][i]["drawn"]))
            if mallocs:
                live = mallocs - frees
                print(f"{int(sizes[i]):>12} {mallocs:>14} {frees:>14} {live:>12} {live * int(sizes[i]):>14}")

    @staticmethod
    def signed(number):
        return number - 2 ** 64 if number >= 2 ** 63 else number

    @staticmethod
    def of_cache(cache, size_class):
        """The blocks that a thread has allocated, and those that it has cached: swiss_cache_made, swiss_cache_count."""
        taken = bool(cache["taken"])
        counts = atomic(cache["seen_counts"][size_class] if taken else cache["stacks"][size_class]["counts"])
        cached = 0 if taken else (counts & 0xFFFF) // cache["blocks"].type.target().sizeof
        made = atomic(cache["made"][size_class])
        since = ((counts >> 32) - (counts >> 17 & 0x3FFF) - made) & 0xFFFFFFFF
        return made + (since - 2 ** 32 if since >= 2 ** 31 else since), cached


gdb.printing.register_pretty_printer(gdb.current_objfile(), Printers(), replace=True)
Swiss()
Find()
Stats()
Heap()
