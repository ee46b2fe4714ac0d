"""What the memory of a program says about swiss: the part that swiss_gdb.py and swiss_lldb.py have in common.

It reads, and calls nothing in the program: so all of it works on a core file, too. What it needs of a debugger is an object
`debugger` with these functions. A value is gdb's or lldb's; both are read as value["member"], value[3] and int(value).

    read(address, size)        bytes; raises Wrong if they cannot be had
    at(address, type)          the value of a type at an address
    type_named(name)           a type, or None
    variable(name)             a variable of the program or of the library, or None
    has_symbol(name)           True if there is such a name at all, even without debugging information
    type_of(value)             its type, without typedefs, const and volatile; so are all types below
    kind(type)                 "integer", "float", "pointer", "reference", "array", "struct" or "other"
    name(type), size(type)     of structs without `struct`; in bytes
    is_signed(type)            of an integer
    target(type)               of a pointer, a reference or an array
    members(type)              the names of the members of a struct, base classes first
    base(value)                the value as its first base class
    parts(value)               the members of a struct as (name, value), those of base classes among them
    member_type(type, name)    the type of a member
    nested(type, name)         a type that is declared in the first base class of a struct, or None
    argument(type, number)     the type that is an argument of a template
    follow(value)              what a pointer or a reference leads to
    address(value)             an int
    enumerator(type, name)     the number of an enumerator of the type, or None
    returned(name)             the type that a function returns, or None
    evaluate(text)             the value of an expression
    order                      "little" or "big"
"""
import re

GROUP, BLOCK = 16, 16 * 128
MOST_SLOTS = 1 << 48
WHOLE = 1 << 24  # slots up to which all control bytes are looked at before anything is shown
PIECE = 1 << 16  # bytes read at a time
MOST_TEXT = 1 << 20
MOST_LINKS = 10000
MOST_STEPS = 10000
MASK = (1 << 64) - 1
GARBAGE = "not initialised, or overwritten"

debugger = None  # set by the side of the debugger


class Wrong(Exception):
    """What cannot be read, or is not in order: one line for the user."""


# Tables ---------------------------------------------------------------------------------------------------------------


class Table:
    """The slots of a swiss_table. Raises Wrong if it is not in order."""

    def __init__(self, table):
        self.new, self.boundary = None, 0
        self.control_address, self.slots, self.overflow = (int(table[name]) for name in ("control", "slots", "overflow"))
        self.mask, self.size, self.seed = (int(table[name]) for name in ("mask", "size", "seed"))
        small, freed = int(table["capacity_small"]), int(table["freed"])
        if freed not in (0, 1) or small not in (0, 4, 8):
            raise Wrong(GARBAGE)
        if freed:
            raise Wrong("freed")
        self.capacity, self.groups, self.control = 0, 0, b""
        if not self.control_address:
            if self.size or self.mask:
                raise Wrong(f"{GARBAGE}: entries without memory")
            return
        self.groups = self.mask // GROUP + 1
        if self.mask % GROUP or self.groups & (self.groups - 1) or self.groups * GROUP > MOST_SLOTS:
            raise Wrong(f"{GARBAGE}: no such number of slots")
        self.capacity = small or self.groups * GROUP
        if self.size > self.capacity or int(table["growth_left"]) > self.capacity - self.size:
            raise Wrong(f"{GARBAGE}: more entries than slots")
        if not self.slots:
            raise Wrong(f"{GARBAGE}: no slots")
        self.find_growth(debugger.type_of(table))
        if self.capacity <= WHOLE:
            self.control = debugger.read(self.control_address, self.capacity)
            if not self.new and self.size != self.capacity - self.control.count(0):
                raise Wrong(f"overwritten: {self.size} entries, but {self.capacity - self.control.count(0)} control bytes")
        else:
            debugger.read(self.control_address + self.capacity - 1, 1)

    def find_growth(self, kind):
        """Sets `new` to the new view, if the table grows bit by bit (swiss/bounded.c): it then has no entry in its first group,
        which all have gone past, and behind the overflow bytes and the place of pop there is a pointer to the growth."""
        if self.capacity < BLOCK or debugger.read(self.overflow, 1) != b"\xff" or any(debugger.read(self.control_address, GROUP)):
            return
        word = debugger.size(debugger.type_of(debugger.at(self.slots, kind)["mask"]))
        number = lambda address: int.from_bytes(debugger.read(address, word), debugger.order)
        try:
            growth = number(self.overflow + 3 * self.groups + word + 8)
            to = debugger.at(growth, kind)
            if int(to["seed"]) != self.seed or int(to["mask"]) != 2 * self.mask + GROUP or int(to["size"]) > self.size:
                return
            half, boundary = (number(growth + debugger.size(kind) + place * word) for place in (3, 4))
        except Wrong:
            return
        if half == self.capacity and boundary <= half and boundary % GROUP == 0:
            self.new, self.boundary = to, boundary

    def numbers(self, control, start, first):
        for index, byte in enumerate(control):
            if byte:
                yield first + start + index

    def full(self):
        """The numbers of the slots in use; of the new view of a table that grows from twice the capacity on."""
        for half in (0, self.capacity) if self.new else ():
            for start in range(half, half + self.boundary, PIECE):
                size = min(PIECE, half + self.boundary - start)
                yield from self.numbers(debugger.read(int(self.new["control"]) + start, size), start, 2 * self.capacity)
        for start in range(0, self.capacity, PIECE):
            size = min(PIECE, self.capacity - start)
            control = self.control[start:start + size] if self.control else debugger.read(self.control_address + start, size)
            yield from self.numbers(control, start, 0)

    def is_full(self, index):
        if self.new and 0 <= index - 2 * self.capacity < 2 * self.capacity:
            return bool(debugger.read(int(self.new["control"]) + index - 2 * self.capacity, 1)[0])
        if index >= self.capacity:
            return False
        return bool(self.control[index] if self.control else debugger.read(self.control_address + index, 1)[0])

    def slot(self, index, slot_type):
        if self.new and index >= 2 * self.capacity:
            return debugger.at(int(self.new["slots"]) + (index - 2 * self.capacity) * debugger.size(slot_type), slot_type)
        return debugger.at(self.slots + index * debugger.size(slot_type), slot_type)

    def on_the_way(self, hash_):
        """The numbers of the slots that a search for a key of this hash compares with it."""
        h2 = hash_ >> 56 or 1
        position = home = (hash_ >> 24) & self.mask
        step, stride = 0, (hash_ >> 56) * 2 + 1
        while True:
            lanes = min(GROUP, self.capacity)
            control, overflow, at, number = self.control_address, self.overflow, position, 0
            if self.new and position < self.boundary:
                control, overflow, number = int(self.new["control"]), int(self.new["overflow"]), 2 * self.capacity
                at |= (hash_ >> 24) & self.capacity
            yield from (number + at + lane for lane, byte in enumerate(debugger.read(control + at, lanes)) if byte == h2)
            step += GROUP
            if step > MOST_STEPS * GROUP:
                raise Wrong("overwritten: a search that has no end")
            if step > self.mask or not debugger.read(overflow + at // GROUP, 1)[0] >> (hash_ >> 61) & 1:
                return
            position = (home ^ (step * stride & BLOCK - 1 | step & ~(BLOCK - 1))) & self.mask


def own_name(kind):
    """The name of a type of swiss, without the SWISS_PREFIX that the library may have."""
    name = debugger.name(kind)
    prefix = re.match(r"(\w+?)swiss_", name)
    return name[prefix.end(1):] if prefix and debugger.has_symbol(f"{prefix[1]}swiss_version") else name


class Container:
    """A map, a set, a cache: tables with one type of slots. container_of makes it."""

    def __init__(self, value, what, slot_type, key):
        self.value, self.what, self.slot_type, self.key_of = value, what, slot_type, key
        self.cache = what == "cache"

    def shards(self):
        """The shards of a cache."""
        first = self.value["shards_"][0]
        if "many_" not in debugger.members(debugger.type_of(self.value)):
            return [first]
        many, count = int(self.value["many_"]), int(self.value["count_"])
        if not many:
            return [first]
        if count & (count - 1) or not 0 < count <= 1024:
            raise Wrong(f"{GARBAGE}: {count} shards")
        shard = debugger.type_of(first)
        return [debugger.at(many + i * debugger.size(shard), shard) for i in range(count)]

    def tables(self):
        if self.cache:
            return [Table(shard["table"]) for shard in self.shards()]
        if self.what.startswith("C++"):
            return [Table(debugger.base(self.value)["table_of_"])]
        return [Table(self.value["table"])]

    def title(self):
        """One line about it. Raises Wrong."""
        if self.cache:
            return cache_title(self)
        (table,) = self.tables()
        return f"swiss {self.what.split()[-1]} of {table.size} in {table.capacity} slots"

    def slots(self):
        """The slots in use; of a cache from the newest to the oldest. Raises Wrong on the way."""
        if self.cache:
            for shard in self.shards():
                yield from cache_slots(shard, self.slot_type)
        else:
            for table in self.tables():
                yield from (table.slot(index, self.slot_type) for index in table.full())


def container_kind(kind):
    """What Container takes for values of a type, or None: "map", its slot type, and a function that returns the key of a slot."""
    if debugger.kind(kind) != "struct":
        return None
    name, members = debugger.name(kind), debugger.members(kind)
    cxx = re.match(r"(?:\w+::)*(map|set)<", name)
    if cxx and members and "::detail_::table_<" in members[0]:
        of_map = cxx[1] == "map"
        entry = debugger.nested(kind, "value_")
        if not entry:
            allocator = debugger.argument(kind, 4 if of_map else 3)
            entry = debugger.argument(allocator, 0) if allocator else None
        return entry and ("C++ " + cxx[1], entry, (lambda slot: slot["first"]) if of_map else lambda slot: slot)
    if not members or len(members) > 3:
        return None
    if members[0] == "table" and own_name(debugger.member_type(kind, "table")) == "swiss_table":
        entry = debugger.type_named(f"{name}_entry")
        if not entry:
            return None
        return "map" if "value" in debugger.members(entry) else "set", entry, lambda slot: slot["key"]
    if members[0] == "shards_":
        slot_type = debugger.type_named(f"{name}_slot_")
        return slot_type and ("cache", slot_type, lambda slot: slot["entry"]["key"])
    return None


def container_of(value):
    """The container that a value is, or None."""
    kind = container_kind(debugger.type_of(value))
    return Container(value, *kind) if kind else None


# Caches ---------------------------------------------------------------------------------------------------------------

SMALL, MAIN, WEAK, PINNED = range(4)
INDEX = 0x3FFFFFFF


def cache_title(cache):
    shards = cache.shards()
    for shard in shards:
        Table(shard["table"])
    sum_of = lambda what, kinds: sum(int(shard["lists"][kind][what]) for shard in shards for kind in kinds)
    policy = int(shards[0]["policy"])
    if policy not in (0, 1):
        raise Wrong(f"{GARBAGE}: no such policy")
    capacity = sum(int(shard["capacity"]) for shard in shards)
    entries, cost = sum_of("count", (SMALL, MAIN, PINNED)), sum_of("cost", (SMALL, MAIN, PINNED))
    if entries + sum_of("count", (WEAK,)) != sum(int(shard["table"]["size"]) for shard in shards):
        raise Wrong("overwritten: not every entry is in a list")
    text = f"swiss cache of {entries} of {capacity}"
    if "cost" in debugger.members(cache.slot_type):
        text = f"swiss cache of {entries}, cost {cost} of {capacity}"
    text += ", LRU" if policy else ", S3-FIFO"
    for count, what in ((sum_of("count", (PINNED,)), "pinned"), (sum_of("count", (WEAK,)), "weak")):
        if count:
            text += f", {count} {what}"
    return text + (f", {len(shards)} shards" if len(shards) > 1 else "")


def cache_slots(shard, slot_type):
    """The slots of a shard in the order of NAME_iterate."""
    table = Table(shard["table"])
    for kind in (MAIN, SMALL):
        index = int(shard["lists"][kind]["newest"])
        for _ in range(int(shard["lists"][kind]["count"])):
            if not table.is_full(index):
                raise Wrong("overwritten: a link leads to a slot without an entry")
            slot = table.slot(index, slot_type)
            if int(slot["node"]["newer"]) >> 30 != kind:
                raise Wrong("overwritten: a list holds an entry of another")
            yield slot
            index = int(slot["node"]["older"]) & INDEX
    if int(shard["lists"][PINNED]["count"]):
        for index in table.full():
            slot = table.slot(index, slot_type)
            if int(slot["node"]["newer"]) >> 30 == PINNED:
                yield slot


def is_cache_slot(kind):
    return debugger.members(kind)[:2] == ["entry", "node"] and debugger.name(kind).endswith("_slot_")


def cache_slot_parts(slot):
    """What there is to say of a slot beside its key and value: names and numbers."""
    members = debugger.members(debugger.type_of(slot))
    if "cost" in members:
        yield "cost", int(slot["cost"])
    if "times" in members and int(slot["times"]["expires"]) != MASK:
        yield "expires", int(slot["times"]["expires"])
    if int(slot["node"]["newer"]) >> 30 == PINNED:
        yield "pinned", int(slot["node"]["older"]) & INDEX


# Keys -----------------------------------------------------------------------------------------------------------------


def text_at(address):
    """The bytes of a string."""
    text = b""
    while len(text) < MOST_TEXT:
        size = 256 - (address + len(text)) % 256  # up to where a page may end
        piece = debugger.read(address + len(text), size)
        end = piece.find(0)
        if end >= 0:
            return text + piece[:end]
        text += piece
    raise Wrong(f"the string at {address:#x} has no end")


def slice_bytes(value):
    size = int(value["size"])
    if size > MOST_TEXT:
        raise Wrong(f"a slice of {size} bytes")
    return debugger.read(int(value["data"]), size)


def is_character(kind):
    return debugger.kind(kind) == "integer" and debugger.size(kind) == 1


def plain(value, texts=True):
    """What a key is, apart from the debugger: an int, a float, bytes, or a list of (name, part). With `texts` pointers to
    characters are their strings."""
    kind = debugger.type_of(value)
    form = debugger.kind(kind)
    if form == "reference":
        return plain(debugger.follow(value), texts)
    if form == "integer":
        return int(value)
    if form == "float":
        return float(value)
    if form == "pointer":
        return text_at(int(value)) if texts and int(value) and is_character(debugger.target(kind)) else int(value)
    if form == "array":
        count = debugger.size(kind) // (debugger.size(debugger.target(kind)) or 1)
        parts = [plain(value[i], texts) for i in range(count)]
        if is_character(debugger.target(kind)):
            return bytes(part & 0xFF for part in parts).split(b"\0")[0]
        return [(None, part) for part in parts]
    if form == "struct":
        name = own_name(kind)
        if name == "swiss_slice":
            return slice_bytes(value)
        if re.match(r"std::(__cxx11::)?basic_string<char,", name) and "_M_string_length" in debugger.members(kind):
            if "_M_p" not in debugger.members(debugger.member_type(kind, "_M_dataplus")):
                raise Wrong("the debugging information leaves std::string out: compile with -fstandalone-debug")
            return debugger.read(int(value["_M_dataplus"]["_M_p"]), min(int(value["_M_string_length"]), MOST_TEXT))
        if re.match(r"std::basic_string_view<char,", name) and "_M_str" in debugger.members(kind):
            return debugger.read(int(value["_M_str"]), min(int(value["_M_len"]), MOST_TEXT))
        return [(name, plain(part, texts)) for name, part in debugger.parts(value)]
    raise Wrong(f"keys of the type {debugger.name(kind)} cannot be compared")


def split(text, by=","):
    """Cuts a text at commas that are in no brackets and no quotes."""
    parts, depth, quote, start, i = [], 0, "", 0, 0
    while i < len(text):
        c = text[i]
        if quote:
            i += c == "\\"
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c == by and depth == 0:
            parts.append(text[start:i])
            start = i + 1
        i += 1
    return [part.strip() for part in parts + [text[start:]] if part.strip()]


ESCAPES = {"n": 10, "t": 9, "r": 13, "a": 7, "b": 8, "f": 12, "v": 11, "e": 27}


def unquoted(text):
    """The bytes of a C string literal."""
    def escape(match):
        code = match[1]
        if code[0] in b"x":
            return bytes([int(code[1:], 16) & 0xFF])
        if code[:1].isdigit():
            return bytes([int(code, 8) & 0xFF])
        return bytes([ESCAPES.get(code.decode("latin-1"), code[0])])

    return re.sub(rb"\\(x[0-9a-fA-F]+|[0-7]{1,3}|.)", escape, text[1:-1].encode("utf-8", "surrogateescape"), flags=re.S)


def sought(text):
    """What a user looks for: a literal, {the members of a struct}, or an expression of the debugger's."""
    try:
        return meant(text.strip())
    except ValueError:
        raise Wrong(f"{text} is no number or string of C") from None


def meant(text):
    if re.fullmatch(r'"(?:[^"\\]|\\.)*"', text, re.S):
        return unquoted(text)
    if re.fullmatch(r"'(?:[^'\\]|\\.[0-9a-fA-F]*)'", text):
        return unquoted(text)[0]
    if re.fullmatch(r"[-+]?(0[xX][0-9a-fA-F]+|\d+)[uUlL]*", text):
        digits = text.rstrip("uUlL")
        bare = digits.lstrip("+-")
        return int(digits, 8 if len(bare) > 1 and bare.isdigit() and bare[0] == "0" else 0)
    if text.startswith("{") and text.endswith("}"):
        parts = []
        for part in split(text[1:-1]):
            named = re.match(r"\.?([A-Za-z_]\w*)\s*=(?!=)\s*(.*)", part, re.S)
            parts.append((named[1], sought(named[2])) if named else (None, sought(part)))
        return parts
    return plain(debugger.evaluate(text))


def equal(stored, key):
    """Compares two plain keys: numbers by value, strings by their bytes, structs by those members that are named."""
    if isinstance(stored, list) and isinstance(key, list):
        if any(name for name, _ in key):
            members = dict(stored)
            if any(name and name not in members for name, _ in key):
                raise Wrong(f"the key has no member {next(name for name, _ in key if name not in members)}")
            return all(equal(members[name], part) for name, part in key if name)
        return len(stored) == len(key) and all(equal(a[1], b[1]) for a, b in zip(stored, key))
    if isinstance(stored, (list, bytes)) or isinstance(key, (list, bytes)):
        return type(stored) is type(key) and stored == key
    return stored == key


# Hashes: those of hash.h ------------------------------------------------------------------------------------------------

GOLDEN = 0x9E3779B97F4A7C15


def turn(word):
    return (word << 32 | word >> 32) & MASK


def factor_of(seed):
    return (2 * seed + 1) * GOLDEN & MASK


def hash_u64(key, seed):
    factor = GOLDEN + 2 * seed & MASK
    product = ((key ^ seed) & MASK) * factor
    return (turn(product & MASK) ^ product >> 64) * factor & MASK


def mul_mix(a, b):
    product = a * b
    return turn((product + a) & MASK) ^ ((product >> 64) + b & MASK)


def hash_bytes(data, seed):
    size, factor = len(data), factor_of(seed)
    word = lambda at, width: int.from_bytes(data[at:at + width], debugger.order)
    if size > 16:
        absorb = lambda state, at: mul_mix(word(at, 8) ^ state, word(at + 8, 8) ^ factor)
        at, last, state = 0, size - 16, seed
        if size > 64:
            lanes = [seed] + [seed * m & MASK for m in (0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3)]
            while True:
                lanes = [absorb(lane, at + 16 * i) for i, lane in enumerate(lanes)]
                at += 64
                if last - at <= 48:
                    break
            state = mul_mix(lanes[0] ^ factor, lanes[1]) ^ mul_mix(lanes[2] ^ seed, lanes[3])
        while at < last:
            state = absorb(state, at)
            at += 16
        return (absorb(state, last) + size) * factor & MASK
    first = last = 0
    if size >= 4:
        end, second = size - 4, size // 8 * 4
        first = word(0, 4) << 32 | word(second, 4)
        last = word(end, 4) << 32 | word(end - second, 4)
    elif size:
        first = data[0] << 16 | data[size // 2] << 8 | data[size - 1]
    return (mul_mix(first ^ seed, last ^ factor) + size) * factor & MASK


def siphash(data, key0, key1):
    v = [key0 ^ 0x736F6D6570736575, key1 ^ 0x646F72616E646F6D, key0 ^ 0x6C7967656E657261, key1 ^ 0x7465646279746573]
    rotate = lambda word, bits: (word << bits | word >> 64 - bits) & MASK

    def sip_round():
        v[0] = v[0] + v[1] & MASK
        v[2] = v[2] + v[3] & MASK
        v[1] = rotate(v[1], 13) ^ v[0]
        v[3] = rotate(v[3], 16) ^ v[2]
        v[0] = rotate(v[0], 32) + v[3] & MASK
        v[2] = v[2] + v[1] & MASK
        v[3] = rotate(v[3], 21) ^ v[0]
        v[1] = rotate(v[1], 17) ^ v[2]
        v[2] = rotate(v[2], 32)

    for at in range(0, len(data) // 8 * 8 + 8, 8):
        piece = data[at:at + 8]
        word = int.from_bytes(piece, "little") | ((len(data) & 0xFF) << 56 if len(piece) < 8 else 0)
        v[3] ^= word
        sip_round()
        v[0] ^= word
    v[2] ^= 0xFF
    for _ in range(3):
        sip_round()
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def hash_keyed(data, seed):
    return siphash(data, seed, factor_of(seed))


def double_bits(number):
    import struct
    bits = struct.unpack("<Q", struct.pack("<d", number))[0]
    return 0 if bits << 1 & MASK == 0 else bits


def default_hash(key, keyed, seed):
    """The default hash of a plain key; None if such a key has none."""
    if isinstance(key, float):
        key = double_bits(key)
    if isinstance(key, int):
        key &= MASK
        return hash_keyed(key.to_bytes(8, debugger.order), seed) if keyed else hash_u64(key, seed)
    if isinstance(key, bytes):
        return hash_keyed(key, seed) if keyed else hash_bytes(key, seed)
    return None


# Finding --------------------------------------------------------------------------------------------------------------


def fit(key, kind):
    """A plain key as one of the type of the container's keys: a number that does not fit is cut as C does it."""
    form = debugger.kind(kind)
    if form == "float" and isinstance(key, (int, float)):
        if debugger.size(kind) == 4:
            import struct
            return struct.unpack("<f", struct.pack("<f", key))[0]
        return float(key)
    if form in ("integer", "pointer") and isinstance(key, int):
        bits = 8 * debugger.size(kind)
        key &= (1 << bits) - 1
        return key - (1 << bits) if form == "integer" and debugger.is_signed(kind) and key >> bits - 1 else key
    return key


def is_comparable(key, kind):
    form, name = debugger.kind(kind), own_name(kind)
    if form in ("integer", "float"):
        return isinstance(key, int if form == "integer" else float)
    if form == "pointer":
        return isinstance(key, int) or (isinstance(key, bytes) and is_character(debugger.target(kind)))
    if form == "struct":
        text = name == "swiss_slice" or re.match(r"std::(__cxx11::)?basic_string(_view)?<", name)
        return isinstance(key, bytes if text else list)
    return form == "array"


class Finding:
    """The outcome of a search: the slot or None, and a remark for the user, or None."""

    def __init__(self, slot, remark=None):
        self.slot, self.remark = slot, remark


def find(container, text):
    """Looks a key up. If the keys that are there have the default hash, or the keyed one, by the same way as the program; else by a
    look at all of them."""
    tables = [table for table in container.tables() if table.size]
    slot_of = lambda table, index: table.slot(index, container.slot_type)
    key_of = lambda table, index: container.key_of(slot_of(table, index))
    key_type = None
    for table in tables:
        key_type = debugger.type_of(key_of(table, next(table.full())))
        break
    if key_type is None:
        return Finding(None, "there are no entries")
    key = debugger.enumerator(key_type, text.strip())
    key = fit(sought(text) if key is None else key, key_type)
    if not is_comparable(key, key_type):
        raise Wrong(f"the keys are of the type {debugger.name(key_type) or debugger.kind(key_type)}, which {text} is not")
    if isinstance(key, float) and key != key:
        return Finding(None, "a NaN equals no key")
    texts = not isinstance(key, int)  # else it is an address that is looked for
    for keyed in (False, True):
        if has_hash(tables, key_of, keyed, texts):
            for table in tables:
                for index in table.on_the_way(default_hash(key, keyed, table.seed)):
                    if equal(plain(key_of(table, index), texts), key):
                        return Finding(slot_of(table, index))
            return Finding(None)
    unread = count = 0
    for table in tables:
        for index in table.full():
            count += 1
            try:
                if equal(plain(key_of(table, index), texts), key):
                    return Finding(slot_of(table, index), "by a look at all keys: their hash is not the default one")
            except Unreadable:
                unread += 1
    remark = f"by a look at all keys, {count}: their hash is not the default one, and SWISS_EQUAL may say otherwise"
    return Finding(None, remark + (f"; {unread} cannot be read" if unread else ""))


class Unreadable(Wrong):
    """Memory that is not there."""


def has_hash(tables, key_of, keyed, texts):
    """True if entries lie where this hash says: then all do. A few of them tell."""
    tried = 0
    for table in tables:
        for index in table.full():
            try:
                hash_ = default_hash(plain(key_of(table, index), texts), keyed, table.seed)
            except Unreadable:
                continue
            if hash_ is None or index not in table.on_the_way(hash_):
                return False
            tried += 1
            if tried == 8:
                return True
    return tried > 0


# Other structs -------------------------------------------------------------------------------------------------------------


def links(link):
    """How many there are in a list of an arena; more than MOST_LINKS are as many."""
    count, seen = 0, set()
    while int(link) and count < MOST_LINKS:
        if int(link) in seen:
            raise Wrong("overwritten: a list that has no end")
        seen.add(int(link))
        count += 1
        link = link["next_"]
    return count


def arena_title(value):
    word = (1 << 8 * debugger.size(debugger.type_of(value["used_"]))) - 1
    used = (int(value["used_"]) + int(value["next_"]) & word) + int(value["big_used_"])
    reserved = int(value["reserved_"])
    if used > reserved or int(value["next_"]) > int(value["end_"]):
        raise Wrong(GARBAGE)
    text = f"swiss arena: {used} bytes used, {reserved} reserved"
    for member, what in (("big_", "oversize blocks"), ("children_", "children"), ("cleanups_", "cleanups")):
        count = links(value[member])
        if count:
            text += f", {count} {what}"
    return text


def table_title(value):
    table = Table(value)
    return f"swiss table of {table.size} in {table.capacity} slots, seed {table.seed:#x}"


def pool_title(value):
    whole, slot_type = debugger.type_named("whole_pool"), debugger.type_named("pool_slot")
    if not whole or not slot_type:
        return "swiss pool: the library has no debugging information"
    slots, count = int(value["slots_"]), int(value["count_"])
    if not slots and not count:
        return "swiss pool: none"
    if not 0 < count <= 1 << 20:
        raise Wrong(GARBAGE)
    pointer = debugger.size(debugger.type_of(value["slots_"]))
    addresses = [int.from_bytes(debugger.read(slots + i * pointer, pointer), debugger.order) for i in range(count)]
    gets = puts = idle = made = drops = 0
    for address in dict.fromkeys(addresses):  # those of threads without a slot of their own are all the first
        slot = debugger.at(address, slot_type)
        own = slot["own"]
        first = int(bool(int(own["object_"])))
        gets += int(own["hits_"]) + int(slot["hits"]) + int(slot["misses"])
        puts += int(own["hits_"]) + first + int(slot["puts"])
        idle += int(slot["idle"]) + int(slot["count"]) + first
        made += int(slot["made"])
        drops += int(slot["drops"])
    return f"swiss pool: {idle} idle, {gets} gets, {puts} puts, {made} made, {drops} dropped"


def byte_pool_title(value):
    tiers = {}  # several sizes may have one
    for i in range(8 * debugger.size(debugger.type_of(value["tiers_"][0]["capacity_"]))):
        tier = value["tiers_"][i]
        if int(tier["pool_"]):
            tiers.setdefault(int(tier["pool_"]), tier)
    if not tiers:
        return "swiss byte pool without tiers"
    capacities = [int(tier["capacity_"]) for tier in tiers.values()]
    text = f"swiss byte pool of {len(tiers)} tiers, {capacities[0]} to {capacities[-1]} bytes"
    for tier, capacity in zip(tiers.values(), capacities):
        idle = re.search(r"(\d+) idle", pool_title(debugger.follow(tier["pool_"])))
        if idle and int(idle[1]):
            text += f", {idle[1]} idle of {capacity}"
    return text


def quoted(data, most=200):
    """Bytes as a C string."""
    text = "".join(chr(c) if 32 <= c < 127 and chr(c) not in '"\\' else f"\\{c:03o}" for c in data[:most])
    return f'"{text}"' + ("..." if len(data) > most else "")


def bytes_of(value, limit=1 << 62):
    size, data = int(value["size"]), int(value["data"])
    if size > limit or (size and not data):
        raise Wrong(GARBAGE)
    return debugger.read(data, min(size, 201))


def slice_title(value):
    return quoted(bytes_of(value))


def buffer_title(value):
    size, capacity, consumed = (int(value[name]) for name in ("size", "capacity", "consumed"))
    text = f"swiss buffer of {size} bytes in {capacity}"
    if consumed:
        text += f", {consumed} consumed"
    data = bytes_of(value, capacity)
    return f"{text}: {quoted(data)}" if size else text


def text_title(value):
    data = bytes_of(value)
    text = f"swiss text of {int(value['size'])} bytes"
    if int(value["failed_"]):
        text += ", out of memory meanwhile"
    return f"{text}: {quoted(data)}" if data else text


def weak_object(value):
    """The address of the object of a weak reference, and its strong references."""
    while not debugger.members(debugger.type_of(value))[0].startswith("object_"):
        value = value[debugger.members(debugger.type_of(value))[0]]
    address = int(value["object_"])
    block = debugger.type_named("swiss_ref_block_")
    if not address or not block:
        return address, None
    count = int(debugger.at(address - debugger.size(block), block)["strong"])
    return address, 0 if count >= 0xC0000000 else count + 1  # a count is one less, and dead beyond


def weak_title(value):
    try:
        address, strong = weak_object(value)
    except Unreadable:
        return "weak reference that cannot be read"
    if not address:
        return "weak reference to nothing"
    if strong is None:
        return f"weak reference to {address:#x}"
    if not strong:
        return "weak reference, dead"
    if debugger.name(debugger.type_of(value)) == "swiss_arena_weak":
        pointer = debugger.size(debugger.type_of(value["object_"])) if "object_" in debugger.members(
            debugger.type_of(value)) else debugger.size(debugger.type_named("swiss_arena_weak"))
        return f"weak reference to {int.from_bytes(debugger.read(address, pointer), debugger.order):#x} in an arena"
    return f"weak reference to {address:#x}, {strong} strong"


def weak_child(value):
    """The object of a weak reference, if it is alive and its type is known; else None."""
    address, strong = weak_object(value)
    pointer = debugger.returned(debugger.name(debugger.type_of(value))[:-5] + "_upgrade") if address and strong else None
    if pointer is None or debugger.kind(pointer) != "pointer" or debugger.size(debugger.target(pointer)) <= 1:
        return None  # swiss_weak_upgrade returns a pointer to void
    return debugger.at(address, debugger.target(pointer))


TITLES = {"swiss_table": table_title, "swiss_arena": arena_title, "swiss_pool": pool_title, "swiss_byte_pool": byte_pool_title,
          "swiss_slice": slice_title, "swiss_buffer": buffer_title, "swiss_arena_text": text_title,
          "swiss_weak": weak_title, "swiss_arena_weak": weak_title}


def title_function(kind):
    """What tells of values of a type in one line, or None. Maps, sets and caches are left to container_of."""
    name = own_name(kind)
    if name in TITLES:
        return TITLES[name]
    return weak_title if name.endswith("_weak") and debugger.members(kind) == ["untyped"] else None


# The commands -----------------------------------------------------------------------------------------------------------


def the_container(text):
    value = debugger.evaluate(text)
    for _ in range(4):
        kind = debugger.type_of(value)
        if debugger.kind(kind) not in ("pointer", "reference"):
            break
        value = debugger.follow(value)
    container = container_of(value)
    if not container:
        raise Wrong(f"{text} is no swiss map, set or cache")
    return container


def with_name(text, function, *arguments):
    """Says of what something is wrong, also what the debugger says."""
    try:
        return function(*arguments)
    except Exception as error:
        raise Wrong(f"{text}: {error}") from None


def command_find(text):
    """Returns a container, and what is found in it."""
    arguments = re.match(r"\s*(\S+)\s+(.*\S)", text, re.S)
    if not arguments:
        raise Wrong("write swiss find MAP KEY, as in: swiss find words \"to\"")
    container = the_container(arguments[1])
    return container, with_name(arguments[1], find, container, arguments[2])


def command_stats(text):
    if not text.strip():
        raise Wrong("write swiss stats MAP")
    container = the_container(text.strip())
    tables = with_name(text.strip(), container.tables)
    size, capacity = sum(table.size for table in tables), sum(table.capacity for table in tables)
    groups = sum(table.groups for table in tables if table.groups > 1)
    yield f"entries        {size}"
    yield f"slots          {capacity}"
    yield f"load factor    {size / capacity if capacity else 0:.3f}"
    yield f"bytes of slots {capacity * debugger.size(container.slot_type)}"
    if groups:
        clear = sum(debugger.read(table.overflow, table.groups).count(0) for table in tables if table.groups > 1)
        yield f"groups         {groups}, of which {groups - clear} have overflowed"
    if container.cache:
        yield with_name(text.strip(), container.title)[6:]
        for name in ("hits", "misses"):
            yield f"{name:14} {sum(int(shard[name]) for shard in container.shards())}"
        for name in ("insertions", "replacements", "evictions", "expirations", "removals", "refusals"):
            yield f"{name:14} {sum(int(shard['counts'][name]) for shard in container.shards())}"


def atomic(value):
    """The number in an atomic: gcc's are numbers, some debuggers show clang's as structs."""
    kind = debugger.type_of(value)
    return int(value if debugger.kind(kind) != "struct" else value[debugger.members(kind)[0]])


def main_heap():
    main, sizes = debugger.variable("swiss_heap_main"), debugger.variable("swiss_class_size")
    if main is None or sizes is None:
        if debugger.has_symbol("swiss_heap_main"):
            raise Wrong("the library has no debugging information: build it with -g")
        raise Wrong("the program does not use the heap of swiss, or was stripped")
    return main, sizes


def signed(number):
    return number - (1 << 64) if number >= 1 << 63 else number


def class_count(sizes):
    return debugger.size(debugger.type_of(sizes)) // debugger.size(debugger.type_of(sizes[0]))


def heap_list(main):
    """The heaps of the program's own."""
    heap, heaps = main["heap"]["next"], []
    while int(heap) and len(heaps) < MOST_LINKS:
        heaps.append(heap)
        heap = heap["next"]
    return heaps


def command_heap(text):
    main, sizes = main_heap()
    if text.strip():
        heap = debugger.evaluate(text.strip())
        address = int(heap)
        own = [each for each in heap_list(main) if int(each) == address]
        if not own:
            raise Wrong(f"{text.strip()} is no heap of the program's own")
        yield from heap_rows(sizes, own[0]["share"], lambda i: central_at(own[0]["central"][i]), [])
        return
    caches, cache = [], main["caches"]["all"]
    while int(cache) and len(caches) < MOST_LINKS:
        caches.append(cache)
        cache = cache["next"]
    yield from heap_rows(sizes, main["heap"]["share"], lambda i: main["central"][i], caches)
    heaps = heap_list(main)
    if heaps:
        shown = " ".join(f"{int(heap):#x}" for heap in heaps[:8]) + (" ..." if len(heaps) > 8 else "")
        yield f"{len(heaps)} heaps of the program's own, for swiss heap ADDRESS: {shown}"


def central_at(pointer):
    address = atomic(pointer)
    return debugger.at(address, debugger.type_named("swiss_central")) if address else None


def heap_rows(sizes, share, central_of, caches):
    yield f"{'block size':>12} {'allocated':>14} {'freed':>14} {'live':>12} {'bytes':>14}"
    large, live = atomic(share["large_mallocs"]), int(share["alive"][0])
    for cache in caches:
        for i in range(class_count(sizes), class_count(cache["stacks"])):  # those of large blocks come behind the others
            made, cached = cache_counts(cache, i)
            large += made
            live -= cached
    if large:
        yield f"{'large':>12} {large:>14} {large - live:>14} {live:>12}"
    for i in range(1, class_count(sizes)):
        central = central_of(i)
        if central is None:
            continue
        mallocs, frees = atomic(central["tally"]["mallocs"]), atomic(central["tally"]["frees"])
        for cache in caches:
            made, cached = cache_counts(cache, i)
            mallocs += made
            frees += made + cached - signed(atomic(cache["stacks"][i]["drawn"]))
        if mallocs:
            size = int(sizes[i])
            yield f"{size:>12} {mallocs:>14} {frees:>14} {mallocs - frees:>12} {(mallocs - frees) * size:>14}"


def cache_counts(cache, i):
    """The blocks that a thread has allocated, and those that it has cached: swiss_cache_made, swiss_stack_count."""
    taken = bool(int(cache["taken"]))
    counts = atomic(cache["seen_counts"][i] if taken else cache["stacks"][i]["counts"])
    block = debugger.type_named("swiss_block")
    cached = 0 if taken else (counts & 0xFFFF) * 8 // debugger.size(block)
    made = atomic(cache["made"][i])
    since = (counts >> 32) - (counts >> 17 & 0x3FFF) - made & 0xFFFFFFFF
    return made + (since - (1 << 32) if since >= 1 << 31 else since), cached


PAGE, SEGMENT = 13, 26  # bits


def span_of(address):
    """The address of the span of a page, by the address map; 0: none. Of a large block all pages lead to it."""
    map_ = debugger.variable("swiss_segment_map")
    pointer = debugger.size(debugger.type_of(map_[0])) if map_ is not None else 0
    if not pointer or address >> SEGMENT >= debugger.size(debugger.type_of(map_)) // pointer:
        return 0
    entry = atomic(map_[address >> SEGMENT])
    if not entry & 1:
        return entry
    page = address >> PAGE
    first = page & ~((1 << SEGMENT - PAGE) - 1)
    owners = debugger.read((entry - 1 + 8 * first) & (1 << 8 * pointer) - 1, 8 * (page - first + 1))
    for at in range(len(owners) - 8, -1, -8):
        owner = int.from_bytes(owners[at:at + 8], debugger.order)
        if owner:
            return (owner >> 16) + 1
    return 0


def command_block(text):
    if not text.strip():
        raise Wrong("write swiss block ADDRESS")
    main, _ = main_heap()
    address = int(debugger.evaluate(text.strip()))
    span_type = debugger.type_named("swiss_span")
    where = span_of(address)
    if not where or not span_type:
        raise Wrong(f"{address:#x} is not in the heap of swiss")
    span = debugger.at(where, span_type)
    base, size, size_class = int(span["base"]), int(span["size"]), int(span["size_class"])
    slots = int(span["slots"]) if size_class else 1
    if not size or not base <= address < base + size * slots:
        raise Wrong(f"{address:#x} is in no block: free pages of the heap, or the end of a span")
    number = (address - base) // size
    block = base + number * size
    state = debugger.read(where - 1 - number, 1)[0]
    text = f"{block:#x}: " + ("free" if not state else "live, a sample of the profile" if state == 1 else "live")
    text += f", {size} bytes" + (f", class {size_class}" if size_class else ", large")
    text += f", {owner_of(main, span)}"
    if address != block:
        text += f"; {address:#x} is {address - block} bytes into it"
    if state and debugger.read(block, min(size, 8)) == b"\xdf" * min(size, 8):
        text += "; filled with DF: freed, and in the quarantine of a hardened heap"
    yield text


def owner_of(main, span):
    bin_type = debugger.type_named("swiss_bin")
    owner = atomic(span["bin"])
    share = int(debugger.at(owner, bin_type)["share"]) if owner and bin_type else 0
    for heap in heap_list(main):
        if int(heap) == share:
            return f"heap {share:#x}"
    return "the default heap" if share == debugger.address(main["heap"]) else "a record of the heap's own"
