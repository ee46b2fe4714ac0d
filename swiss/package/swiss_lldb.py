"""swiss in lldb 17 or later: what swiss-gdb.py has for gdb.

    (lldb) command script import /usr/share/swiss/swiss_lldb.py          or in ~/.lldbinit
    (lldb) v words                     the entries of a map, set or cache, for any SWISS_NAME, and of swiss::map and set
    (lldb) swiss find words "to"
    (lldb) swiss stats words
    (lldb) swiss heap
    (lldb) swiss block 0x7ffff4002000

Nothing is called in the program, so that all of it works on a core file, too.
"""
import itertools
import os
import re
import sys

import lldb

sys.modules.pop("swiss_debugger", None)  # that of another version
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import swiss_debugger as core
from swiss_debugger import Unreadable, Wrong
del sys.path[0]

MOST_CHILDREN = 10000
MOST_SHOWN = 256  # of them, unless lldb is told another number


class Value:
    """An SBValue that is read as gdb's values are."""

    def __init__(self, value):
        self.value = value.GetNonSyntheticValue()

    def __getitem__(self, index):
        if isinstance(index, str):
            return checked(self.value.GetChildMemberWithName(index), index)
        kind = self.value.GetType().GetCanonicalType()
        if kind.IsPointerType():
            target = kind.GetPointeeType()
            return core.debugger.at(int(self) + index * target.GetByteSize(), target)
        child = self.value.GetChildAtIndex(index)
        if child.GetError().Fail() and self.value.GetLoadAddress() != lldb.LLDB_INVALID_ADDRESS:
            target = kind.GetArrayElementType()
            return core.debugger.at(self.value.GetLoadAddress() + index * target.GetByteSize(), target)
        return checked(child, f"[{index}]")

    def __int__(self):
        error = lldb.SBError()
        kind = core.debugger.type_of(self)
        if core.debugger.kind(kind) == "integer" and core.debugger.is_signed(kind):
            number = self.value.GetValueAsSigned(error)
        else:
            number = self.value.GetValueAsUnsigned(error)
        if error.Fail():
            raise wrong_with(self.value, error)
        return number

    def __float__(self):
        error = lldb.SBError()
        data = self.value.GetData()
        number = data.GetDouble(error, 0) if data.GetByteSize() == 8 else data.GetFloat(error, 0)
        if error.Fail():
            raise wrong_with(self.value, error)
        return number


def wrong_with(value, error):
    text = (error.GetCString() or "").splitlines()
    if value.GetLoadAddress() != lldb.LLDB_INVALID_ADDRESS and not (text and "optimized out" in text[0]):
        return Unreadable(f"memory at {value.GetLoadAddress():#x} cannot be read")
    return Wrong("optimised out" if text and "optimized out" in text[0] else text[0] if text else "cannot be read")


def checked(value, name):
    if not value.IsValid():
        raise Wrong(f"there is no {name}")
    if value.GetError().Fail():
        raise wrong_with(value, value.GetError())
    return Value(value)


class Debugger:
    """What swiss_debugger.py asks of a debugger."""

    owner = None  # the SBDebugger

    def the_target(self):
        return self.owner.GetSelectedTarget()

    def frame(self):
        return self.the_target().GetProcess().GetSelectedThread().GetSelectedFrame()

    @property
    def order(self):
        return "big" if self.the_target().GetByteOrder() == lldb.eByteOrderBig else "little"

    def read(self, address, size):
        if not size:
            return b""
        process, error = self.the_target().GetProcess(), lldb.SBError()
        if not process.IsValid():
            raise Wrong("the program does not run")
        try:
            data = process.ReadMemory(address, size, error)
            if error.Fail() or data is None or len(data) != size:  # constants may be in the program's file only
                error = lldb.SBError()
                data = self.the_target().ReadMemory(lldb.SBAddress(address, self.the_target()), size, error)
        except (OverflowError, MemoryError):
            data = None
        if error.Fail() or data is None or len(data) != size:
            raise Unreadable(f"memory at {address:#x} cannot be read")
        return data

    def at(self, address, kind):
        target = self.the_target()
        if address >> 64:
            raise Unreadable(f"memory at {address:#x} cannot be read")
        value = target.CreateValueFromAddress("entry", lldb.SBAddress(address, target), kind)
        if value.GetError().Fail() or (kind.GetByteSize() and not value.GetData().GetByteSize()):
            data, error = lldb.SBData(), lldb.SBError()
            data.SetDataWithOwnership(error, self.read(address, kind.GetByteSize()), target.GetByteOrder(),
                                      target.GetAddressByteSize())
            value = target.CreateValueFromData("entry", data, kind)
        return Value(value)

    def type_named(self, name):
        kind = self.the_target().FindFirstType(name)
        return kind.GetCanonicalType() if kind.IsValid() else None

    def variable(self, name):
        value = self.the_target().FindFirstGlobalVariable(name)
        return Value(value) if value.IsValid() and value.GetType().GetByteSize() else None

    def has_symbol(self, name):
        return self.the_target().FindSymbols(name).GetSize() > 0

    @staticmethod
    def type_of(value):
        return value.value.GetType().GetCanonicalType().GetUnqualifiedType()

    @staticmethod
    def kind(kind):
        if kind.IsPointerType():
            return "pointer"
        if kind.IsReferenceType():
            return "reference"
        form = kind.GetTypeClass()
        if form == lldb.eTypeClassArray:
            return "array"
        if form in (lldb.eTypeClassStruct, lldb.eTypeClassClass, lldb.eTypeClassUnion):
            return "struct"
        if form == lldb.eTypeClassEnumeration:
            return "integer"
        if form == lldb.eTypeClassBuiltin:
            flags = kind.GetTypeFlags()
            return "float" if flags & lldb.eTypeIsFloat else "integer" if flags & lldb.eTypeIsScalar else "other"
        return "other"

    @staticmethod
    def name(kind):
        return (kind.GetName() or "").removeprefix("struct ")

    @staticmethod
    def size(kind):
        return kind.GetByteSize()

    @staticmethod
    def is_signed(kind):
        if kind.GetTypeClass() == lldb.eTypeClassEnumeration:
            kind = kind.GetEnumerationIntegerType()
        return bool(kind.GetTypeFlags() & lldb.eTypeIsSigned)

    @staticmethod
    def target(kind):
        if kind.IsPointerType():
            target = kind.GetPointeeType()
        elif kind.IsReferenceType():
            target = kind.GetDereferencedType()
        else:
            target = kind.GetArrayElementType()
        return target.GetCanonicalType().GetUnqualifiedType()

    @staticmethod
    def members(kind):
        bases = [kind.GetDirectBaseClassAtIndex(i).GetName() for i in range(kind.GetNumberOfDirectBaseClasses())]
        return bases + [kind.GetFieldAtIndex(i).GetName() for i in range(kind.GetNumberOfFields())]

    @staticmethod
    def base(value):
        return checked(value.value.GetChildAtIndex(0), "base class")

    @classmethod
    def parts(cls, value):
        kind = cls.type_of(value)
        bases = [kind.GetDirectBaseClassAtIndex(i).GetName() for i in range(kind.GetNumberOfDirectBaseClasses())]
        for i in range(value.value.GetNumChildren()):
            part = checked(value.value.GetChildAtIndex(i), f"[{i}]")
            if part.value.GetName() in bases:
                yield from cls.parts(part)
            else:
                yield part.value.GetName(), part

    @staticmethod
    def member_type(kind, name):
        fields = (kind.GetFieldAtIndex(i) for i in range(kind.GetNumberOfFields()))
        return next(field.GetType().GetCanonicalType() for field in fields if field.GetName() == name)

    @staticmethod
    def nested(kind, name):
        found = kind.GetDirectBaseClassAtIndex(0).GetType().FindDirectNestedType(name)
        return found.GetCanonicalType() if found.IsValid() else None

    @staticmethod
    def argument(kind, number):
        argument = kind.GetTemplateArgumentType(number)
        return argument.GetCanonicalType() if argument.IsValid() else None

    @staticmethod
    def follow(value):
        return checked(value.value.Dereference(), "object")

    @staticmethod
    def address(value):
        return value.value.GetLoadAddress()

    @staticmethod
    def enumerator(kind, name):
        members = kind.GetEnumMembers()
        found = (members.GetTypeEnumMemberAtIndex(i) for i in range(members.GetSize()))
        return next((each.GetValueAsSigned() for each in found if each.GetName() == name.split("::")[-1]), None)

    def returned(self, name):
        functions = self.the_target().FindFunctions(name)
        kind = functions[0].GetFunction().GetType().GetFunctionReturnType() if functions.GetSize() else lldb.SBType()
        return kind.GetCanonicalType() if kind.IsValid() else None

    def evaluate(self, text):
        """A variable or a path of members is read; other expressions are interpreted, and may not run in the program."""
        frame = self.frame()
        value = frame.GetValueForVariablePath(text) if frame.IsValid() else lldb.SBValue()
        if "not available" in (value.GetError().GetCString() or ""):
            raise Wrong(f"{text}: optimised out")
        if not value.IsValid() or value.GetError().Fail():
            named = self.the_target().FindFirstGlobalVariable(text)
            if named.IsValid():
                value = named
        if not value.IsValid() or value.GetError().Fail():
            options = lldb.SBExpressionOptions()
            options.SetAllowJIT(False)
            options.SetSuppressPersistentResult(True)
            value = frame.EvaluateExpression(text, options) if frame.IsValid() else \
                self.the_target().EvaluateExpression(text, options)
        if not value.IsValid() or value.GetError().Fail():
            told = value.GetError().GetCString() or f"{text} cannot be evaluated"
            raise Wrong(re.sub(r"^(error: |<.*?>:|\d+:\d+: )+", "", told).splitlines()[0])
        return Value(value)


core.debugger = Debugger()


def reason(error):
    return str(error).splitlines()[0] if str(error) else type(error).__name__


# What is shown of values ----------------------------------------------------------------------------------------------


def bare(kind):
    return kind.GetCanonicalType().GetUnqualifiedType()


def is_struct(kind):
    return core.debugger.kind(bare(kind)) == "struct"


def struct_of(value):
    """The struct that is shown; lldb also shows so what a pointer or a reference leads to."""
    value = Value(value)
    kind = core.debugger.type_of(value)
    return core.debugger.follow(value) if core.debugger.kind(kind) in ("pointer", "reference") else value


def is_container(kind, _):
    try:
        return is_struct(kind) and core.container_kind(bare(kind)) is not None
    except Exception:
        return False


def is_slot(kind, _):
    return is_struct(kind) and core.is_cache_slot(bare(kind))


def is_titled(kind, _):
    return is_struct(kind) and core.title_function(bare(kind)) is not None


def container_summary(value, _):
    title = what = ""
    try:
        container = core.container_of(struct_of(value))
        what = container.what.split()[-1]
        title = container.title()
        for _ in itertools.islice(container.slots(), MOST_SHOWN):
            pass
        return title
    except Exception as error:  # also what memory that was overwritten makes of a number
        return f"{title or f'swiss {what}'.strip()}: {reason(error)}"


def titled_summary(value, _):
    name = "swiss"
    try:
        value = struct_of(value)
        kind = core.debugger.type_of(value)
        name = core.debugger.name(kind).replace("_", " ")
        return core.title_function(kind)(value)
    except Exception as error:
        return f"{name}: {reason(error)}"


class Children:
    """The children of a value, made when they are asked for."""

    def __init__(self, value, _):
        self.value, self.children, self.rest = value, [], iter(())

    def update(self):
        self.children, self.rest = [], self.made()
        return False

    def num_children(self, most=MOST_CHILDREN):
        most = min(most, MOST_CHILDREN)
        try:
            while len(self.children) < most:
                self.children.append(next(self.rest))
        except Exception:  # the summary says what is wrong
            self.rest = iter(())
        return min(len(self.children), most)

    def has_children(self):
        return True

    def get_child_index(self, name):
        self.num_children()
        return next((i for i, (own, _) in enumerate(self.children) if own == name), -1)

    def get_child_at_index(self, index):
        if not 0 <= index < self.num_children(index + 1):
            return None
        name, value = self.children[index]
        if isinstance(value, int):
            target = self.value.GetTarget()
            data = lldb.SBData.CreateDataFromUInt64Array(target.GetByteOrder(), target.GetAddressByteSize(), [value])
            return self.value.CreateValueFromData(name, data, target.GetBasicType(lldb.eBasicTypeUnsignedLongLong))
        value = value.value
        return self.value.CreateValueFromAddress(name, value.GetLoadAddress(), value.GetType())


class ContainerChildren(Children):
    def made(self):
        container = core.container_of(struct_of(self.value))
        container.title()
        for number, slot in enumerate(container.slots()):
            yield f"[{number}]", slot if container.what != "set" else container.key_of(slot)


class SlotChildren(Children):
    def made(self):
        slot = struct_of(self.value)
        yield "key", slot["entry"]["key"]
        yield "value", slot["entry"]["value"]
        yield from core.cache_slot_parts(slot)


class TitledChildren(Children):
    def made(self):
        value = struct_of(self.value)
        if core.title_function(core.debugger.type_of(value)) is core.weak_title:
            child = core.weak_child(value)
            if child is not None:
                yield "object", child

    def has_children(self):
        return self.num_children() > 0


# The commands -----------------------------------------------------------------------------------------------------------


class Command:
    def __init__(self, debugger, _):
        pass

    def get_short_help(self):
        return self.__doc__.splitlines()[0]

    def get_long_help(self):
        return self.__doc__

    def __call__(self, debugger, text, context, result):
        try:
            result.AppendMessage(self.run(text))
        except Exception as error:
            result.SetError(reason(error))


def shown(value):
    stream = lldb.SBStream()
    value.SetPreferSyntheticValue(True)
    value.GetDescription(stream)
    return stream.GetData().strip()


class Find(Command):
    """swiss find MAP KEY: prints the entry of a key in a map, a set or a cache.

The key is a literal, {the members of a struct}, or an expression that needs no code to run. If the keys have the default hash it is
looked up as the program does; else it looks at each entry, and compares strings, numbers and members, whatever SWISS_EQUAL says."""

    def run(self, text):
        _, found = core.command_find(text)
        remark = f"({found.remark})" if found.remark else ""
        return f"not found {remark}".strip() if found.slot is None else f"{shown(found.slot.value)}\n{remark}".strip()


class Stats(Command):
    """swiss stats MAP: the size of a map, set or cache, its load, and what has gone past its groups."""

    def run(self, text):
        return "\n".join(core.command_stats(text))


class Heap(Command):
    """swiss heap [HEAP]: the size classes of the default heap, or of one of the program's own."""

    def run(self, text):
        return "\n".join(core.command_heap(text))


class Block(Command):
    """swiss block ADDRESS: the block of the heap that an address is in: its size and class, live or free, and of which heap."""

    def run(self, text):
        return "\n".join(core.command_block(text))


def __lldb_init_module(debugger, _):
    Debugger.owner = debugger
    if not hasattr(lldb, "eFormatterMatchCallback"):
        print(f"swiss: its summaries need lldb 17 or later; this is {lldb.SBDebugger.GetVersionString().split(chr(10))[0]}")
    else:
        for what in (f"summary add -w swiss -e -F {__name__}.container_summary --recognizer-function {__name__}.is_container",
                     f"synthetic add -w swiss -l {__name__}.ContainerChildren --recognizer-function {__name__}.is_container",
                     f"synthetic add -w swiss -l {__name__}.SlotChildren --recognizer-function {__name__}.is_slot",
                     f"summary add -w swiss -e -F {__name__}.titled_summary --recognizer-function {__name__}.is_titled",
                     f"synthetic add -w swiss -l {__name__}.TitledChildren --recognizer-function {__name__}.is_titled"):
            debugger.HandleCommand(f"type {what}")
        debugger.HandleCommand("type category enable swiss")
    debugger.HandleCommand("command container add -h 'Commands for swiss: find, stats, heap, block.' swiss")
    for command in ("Find", "Stats", "Heap", "Block"):
        debugger.HandleCommand(f"command script add -o -c {__name__}.{command} swiss {command.lower()}")
