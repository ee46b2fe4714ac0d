// map_uthash.cc - uthash: entries that are nodes of the user's own, with the table's links in them.
#include "adapter.h"
#include "memory.h"
#include "suites.h"

#include <cstdlib>

namespace {

// uthash asks for its memory through macros, and whether it is counted is known only at run time.
bool counting = false;

void *allocate(size_t size) {
    if (counting)
        bench::count_in(size);
    return std::malloc(size);
}

void release(void *block, size_t size) {
    if (counting)
        bench::count_out(size);
    std::free(block);
}

} // namespace

#define uthash_malloc(size) allocate(size)
#define uthash_free(block, size) release(block, size)
#include <uthash.h>
#define TEXT_OF_(macro) #macro
#define TEXT_OF(macro) TEXT_OF_(macro)
#define UTHASH_VERSION_TEXT TEXT_OF(UTHASH_VERSION)

namespace bench {

namespace {

template <class Types> struct Node {
    typename Types::Key key;
    typename Types::Value value;
    UT_hash_handle hh;
};

// Where a key's bytes are, and how many.
template <class Key> const void *bytes_of(const Key &key) {
    return &key;
}
const void *bytes_of(const swiss_slice &key) {
    return key.data;
}
template <class Key> unsigned size_of(const Key &key) {
    return sizeof key;
}
unsigned size_of(const swiss_slice &key) {
    return static_cast<unsigned>(key.size);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion" // uthash's own, expanded here
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wold-style-cast"

template <class Types> struct Hash {
    static unsigned of(const typename Types::Key &key) {
        unsigned hash;
        HASH_VALUE(bytes_of(key), size_of(key), hash);
        return hash;
    }
};
template <class Types> struct Hash<WithCommonHash<Types>> {
    static unsigned of(typename Types::Key key) {
        return static_cast<unsigned>(common_hash(key));
    }
};

// Hashes once where it looks and then adds, as its ..._BYHASHVALUE macros allow.
template <class Types, class Memory> class UthashMap : public Loops<UthashMap<Types, Memory>, Types> {
  public:
    using Key = typename Types::Key;
    using Value = typename Types::Value;
    static constexpr bool reserves = false;

    UthashMap() {
        counting = Memory::counted;
    }
    ~UthashMap() {
        Node<Types> *node = head_;
        HASH_CLEAR(hh, head_); // only the table: the links between the nodes stay
        while (node) {
            Node<Types> *const next = static_cast<Node<Types> *>(node->hh.next);
            release(node, sizeof *node);
            node = next;
        }
        counting = false;
    }

    void insert(Key key, const Value &value) {
        const unsigned hash = Hash<Types>::of(key);
        if (!find(key, hash))
            add(key, value, hash);
    }
    const Value *find(Key key) const {
        const Node<Types> *const node = find(key, Hash<Types>::of(key));
        return node ? &node->value : nullptr;
    }
    void put(Key key, const Value &value) {
        const unsigned hash = Hash<Types>::of(key);
        if (Node<Types> *const node = find(key, hash))
            node->value = value;
        else
            add(key, value, hash);
    }
    bool remove(Key key) {
        Node<Types> *const node = find(key, Hash<Types>::of(key));
        if (!node)
            return false;
        HASH_DELETE(hh, head_, node);
        release(node, sizeof *node);
        return true;
    }
    void count(Key key) {
        const unsigned hash = Hash<Types>::of(key);
        if (Node<Types> *const node = find(key, hash))
            ++node->value;
        else
            add(key, 1, hash);
    }
    uint64_t sum() const {
        uint64_t sum = 0;
        for (const Node<Types> *node = head_; node; node = static_cast<const Node<Types> *>(node->hh.next))
            sum += Types::number(node->value);
        return sum;
    }
    size_t size() const {
        return HASH_COUNT(head_);
    }

  private:
    Node<Types> *find(const Key &key, unsigned hash) const {
        Node<Types> *found;
        HASH_FIND_BYHASHVALUE(hh, head_, bytes_of(key), size_of(key), hash, found);
        return found;
    }
    void add(const Key &key, const Value &value, unsigned hash) {
        Node<Types> *const node = static_cast<Node<Types> *>(allocate(sizeof *node));
        if (!node)
            return;
        node->key = key;
        node->value = value;
        HASH_ADD_KEYPTR_BYHASHVALUE(hh, head_, bytes_of(node->key), size_of(node->key), hash, node);
    }

    Node<Types> *head_ = nullptr;
};

#pragma GCC diagnostic pop

} // namespace

void add_uthash(Plan &plan) {
    add_map_of_any_hash<UthashMap>(
        plan, {"uthash", "uthash " UTHASH_VERSION_TEXT, "its default, R. Jenkins's", "malloc, a node per entry"});
}

} // namespace bench
