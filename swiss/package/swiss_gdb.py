"""The side of gdb: how it reads memory and types for swiss_debugger.py, its printers and its commands. swiss-gdb.py loads it."""
import functools

import gdb
import gdb.printing

import swiss_debugger as core
from swiss_debugger import Unreadable, Wrong

KINDS = {gdb.TYPE_CODE_INT: "integer", gdb.TYPE_CODE_CHAR: "integer", gdb.TYPE_CODE_BOOL: "integer", gdb.TYPE_CODE_ENUM: "integer",
         gdb.TYPE_CODE_FLT: "float", gdb.TYPE_CODE_PTR: "pointer", gdb.TYPE_CODE_REF: "reference",
         gdb.TYPE_CODE_RVALUE_REF: "reference", gdb.TYPE_CODE_ARRAY: "array", gdb.TYPE_CODE_STRUCT: "struct",
         gdb.TYPE_CODE_UNION: "struct"}


def bare(kind):
    return kind.unqualified().strip_typedefs().unqualified()


class Debugger:
    """What swiss_debugger.py asks of a debugger."""

    @property
    def order(self):
        return "big" if "big" in gdb.execute("show endian", to_string=True) else "little"

    @staticmethod
    def read(address, size):
        try:
            return bytes(gdb.selected_inferior().read_memory(address, size)) if size else b""
        except (gdb.error, OverflowError, MemoryError):
            raise Unreadable(f"memory at {address:#x} cannot be read") from None

    @staticmethod
    def at(address, kind):
        value = gdb.Value(address).cast(kind.pointer()).dereference()
        try:
            value.fetch_lazy()  # here, and not where gdb prints it
        except gdb.MemoryError:
            raise Unreadable(f"memory at {address:#x} cannot be read") from None
        return value

    @staticmethod
    def type_named(name):
        """The type of the file that is looked at, if there are several."""
        try:
            return bare(gdb.lookup_type(name, gdb.selected_frame().block()))
        except (gdb.error, RuntimeError):
            pass
        try:
            return bare(gdb.lookup_type(name))
        except gdb.error:
            return None

    @staticmethod
    def variable(name):
        try:
            value = gdb.parse_and_eval(name)
            bare(value.type).fields()  # without debugging information it is a number
            return value
        except (gdb.error, TypeError):
            return None

    @staticmethod
    def has_symbol(name):
        try:
            gdb.parse_and_eval(f"&{name}")
            return True
        except gdb.error:
            return False

    @staticmethod
    def type_of(value):
        return bare(value.type)

    @staticmethod
    def kind(kind):
        return KINDS.get(kind.code, "other")

    @staticmethod
    def name(kind):
        return kind.tag or kind.name or ""

    @staticmethod
    def size(kind):
        return kind.sizeof

    @staticmethod
    def is_signed(kind):
        return kind.is_signed if hasattr(kind, "is_signed") else int(gdb.Value(-1).cast(kind)) < 0

    @staticmethod
    def target(kind):
        return bare(kind.target())

    @staticmethod
    def members(kind):
        return [field.name for field in kind.fields() if hasattr(field, "bitpos")] if kind.code in (
            gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION) else []

    @staticmethod
    def base(value):
        return value[bare(value.type).fields()[0]]

    @classmethod
    def parts(cls, value):
        for field in bare(value.type).fields():
            if field.is_base_class:
                yield from cls.parts(value[field])
            elif hasattr(field, "bitpos"):
                yield field.name, value[field]

    @staticmethod
    def member_type(kind, name):
        return bare(next(field.type for field in kind.fields() if field.name == name))

    @classmethod
    def nested(cls, kind, name):
        return cls.type_named(f"{bare(kind.fields()[0].type).name}::{name}")

    @staticmethod
    def argument(kind, number):
        try:
            argument = kind.template_argument(number)
            return bare(argument) if isinstance(argument, gdb.Type) else None
        except (gdb.error, RuntimeError):
            return None

    @staticmethod
    def follow(value):
        return value.referenced_value()

    @staticmethod
    def address(value):
        return int(value.address)

    @staticmethod
    def enumerator(kind, name):
        if kind.code != gdb.TYPE_CODE_ENUM:
            return None
        return next((field.enumval for field in kind.fields() if field.name.split("::")[-1] == name.split("::")[-1]), None)

    @staticmethod
    def returned(name):
        function = gdb.lookup_global_symbol(name) or gdb.lookup_static_symbol(name)
        return bare(function.type.target()) if function else None

    @staticmethod
    def evaluate(text):
        try:
            return gdb.parse_and_eval(text)
        except gdb.error as error:
            raise Wrong(str(error)) from None


core.debugger = Debugger()


def reason(error):
    """Why something cannot be read: one line."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text.replace("value has been optimized out", "optimised out")


def line(what):
    """Of a function that returns a line: what goes wrong is one, too."""
    def decorate(function):
        @functools.wraps(function)
        def tell(self):
            try:
                return function(self)
            except Exception as error:  # also what memory that was overwritten makes of a number
                return f"{what(self)}: {reason(error)}"
        return tell
    return decorate


def until_wrong(function):
    """Of a generator of children: ends it where memory is not in order."""
    @functools.wraps(function)
    def children(self):
        try:
            yield from function(self)
        except Exception as error:
            yield "wrong", reason(error)
    return children


class Container:
    """A map, a set or a cache."""

    def __init__(self, container):
        self.container = container
        self.what = container.what.split()[-1]
        self.right = False  # until to_string has looked

    @line(lambda self: f"swiss {self.what}")
    def to_string(self):
        title = self.container.title()
        self.right = True
        return title

    def display_hint(self):
        return {"map": "map", "set": "array"}.get(self.what)

    def children(self):
        self.to_string()
        return self.each() if self.right else iter(())

    def each(self):
        map_ = self.what == "map"
        try:
            for number, slot in enumerate(self.container.slots()):
                if map_:
                    first, second = ("first", "second") if self.container.what == "C++ map" else ("key", "value")
                    key, value = slot[first], slot[second]
                    yield f"key {number}", key
                    yield f"value {number}", value
                elif self.what == "set":
                    yield f"[{number}]", self.container.key_of(slot)
                else:
                    yield f"[{number}]", slot
        except Exception as error:
            yield "wrong", reason(error)
            if map_:
                yield "wrong", "..."


class CacheSlot:
    """An entry of a cache, and what the cache knows of it."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        return None

    @until_wrong
    def children(self):
        yield "key", self.value["entry"]["key"]
        yield "value", self.value["entry"]["value"]
        yield from core.cache_slot_parts(self.value)


class Titled:
    """All else that is told in one line."""

    def __init__(self, value, title):
        self.value, self.title = value, title

    @line(lambda self: core.debugger.name(bare(self.value.type)).replace("_", " "))
    def to_string(self):
        return self.title(self.value)


class Weak(Titled):
    """A weak reference, with its object."""

    @until_wrong
    def children(self):
        child = core.weak_child(self.value)
        if child is not None:
            yield "object", child


class Printers(gdb.printing.PrettyPrinter):
    def __init__(self):
        super().__init__("swiss", [])

    def __call__(self, value):
        try:
            kind = bare(value.type)
            if kind.code not in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
                return None
            title = core.title_function(kind)
            if title:
                return (Weak if title is core.weak_title else Titled)(value, title)
            if core.is_cache_slot(kind):
                return CacheSlot(value)
            container = core.container_of(value)
            return Container(container) if container else None
        except (gdb.error, RuntimeError):
            return None


class Swiss(gdb.Command):
    """Commands for swiss: find, stats, heap, block."""

    def __init__(self):
        super().__init__("swiss", gdb.COMMAND_DATA, prefix=True)


class Command(gdb.Command):
    """A command whose errors are one line each."""

    def __init__(self):
        super().__init__(f"swiss {type(self).__name__.lower()}", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, text, from_tty):
        try:
            self.run(text)
        except gdb.GdbError:
            raise
        except Exception as error:
            raise gdb.GdbError(reason(error)) from None


class Find(Command):
    """swiss find MAP KEY: prints the entry of a key in a map, a set or a cache. The key is a literal, {the members of a struct}, or
an expression. If the keys have the default hash it is looked up as the program does; else it looks at each entry, and compares
strings, numbers and members, whatever SWISS_EQUAL says. It calls nothing in the program."""

    def run(self, text):
        _, found = core.command_find(text)
        if found.slot is None:
            print("not found" + (f" ({found.remark})" if found.remark else ""))
            return
        print(found.slot.format_string())
        if found.remark:
            print(f"({found.remark})")


class Stats(Command):
    """swiss stats MAP: the size of a map, set or cache, its load, and what has gone past its groups."""

    def run(self, text):
        print("\n".join(core.command_stats(text)))


class Heap(Command):
    """swiss heap [HEAP]: the size classes of the default heap, or of one of the program's own: blocks allocated, freed, live, and
their bytes."""

    def run(self, text):
        print("\n".join(core.command_heap(text)))


class Block(Command):
    """swiss block ADDRESS: the block of the heap that an address is in: its size and class, live or free, and of which heap."""

    def run(self, text):
        print("\n".join(core.command_block(text)))


gdb.printing.register_pretty_printer(gdb.current_objfile(), Printers(), replace=True)
for command in (Swiss, Find, Stats, Heap, Block):
    command()
