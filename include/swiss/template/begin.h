/* begin.h - the beginning of a template such as map.h: checks the parameters that map.h describes, defines the macros
 * that the template is written with, and the types that the parameters name. end.h undefines all of it. Neither has an
 * include guard: each template includes both, once per type.
 *
 *     SWISS_FN_(verb)      NAME_verb
 *     SWISS_ENTRY_         NAME_entry
 *     SWISS_LINKAGE_       what a function's declaration and definition begin with; SWISS_LINKAGE_OF_LOOPS_ if it must
 *                          be inlined, which makes an iteration 2 to 3 times as fast
 *     SWISS_BEGIN_FUNCTIONS_, SWISS_END_FUNCTIONS_    around them: functions that C may define have C's linkage. Others
 *                          are also those of the namespace that they are in
 *     SWISS_IS_OF_WORDS_   true if the map is one of words (detail/words.h) in slots of that size
 *     SWISS_COMMA_..._     parameters and arguments that are there only if there is a value
 *     SWISS_HOOK_          a call of a hook, with the context as the last argument if there is one
 *     SWISS_TYPE_          the type for a call of the core that may call hooks
 */
#include "../hash.h"

#ifndef SWISS_NAME
#    error "swiss: #define SWISS_NAME to the name of the type before including a template (map.h, set.h)"
#endif
#define SWISS_PASTE_NOW_(a, b) a##_##b
#define SWISS_PASTE_(a, b) SWISS_PASTE_NOW_(a, b)
#define SWISS_FN_(function) SWISS_PASTE_(SWISS_NAME, function)
#ifdef SWISS_KEY_OWNED_STRING
#    if defined(SWISS_KEY) || defined(SWISS_HASH) || defined(SWISS_EQUAL) || defined(SWISS_KEY_DROP) ||                \
        defined(SWISS_KEY_CLONE) || defined(SWISS_LOOKUP) || defined(SWISS_LOOKUP_HASH) ||                             \
        defined(SWISS_LOOKUP_EQUAL) || defined(SWISS_LOOKUP_MAKE)
#        error "swiss: SWISS_KEY_OWNED_STRING stands for SWISS_KEY and all of its hooks and lookups: leave those out"
#    endif
#    include "owned_string.h"
#endif
#ifndef SWISS_KEY
#    error "swiss: #define SWISS_KEY to the key type before including a template (map.h, set.h)"
#endif
#if defined(SWISS_HASH_AVALANCHES) && !defined(SWISS_HASH)
#    error "swiss: SWISS_HASH_AVALANCHES is a promise about SWISS_HASH: define that too"
#endif
#if defined(SWISS_HASH_KEYED) && defined(SWISS_HASH)
#    error "swiss: SWISS_HASH_KEYED is about the default hash: leave it out, and call swiss_hash_keyed in SWISS_HASH"
#endif
#if !defined(SWISS_VALUE) && (defined(SWISS_VALUE_DROP) || defined(SWISS_VALUE_CLONE))
#    error "swiss: SWISS_VALUE_DROP and SWISS_VALUE_CLONE need SWISS_VALUE"
#endif
#if defined(SWISS_LOOKUP) && !defined(SWISS_LOOKUP_EQUAL)
#    error "swiss: SWISS_LOOKUP needs SWISS_LOOKUP_EQUAL(const KEY *, const LOOKUP *)"
#endif
#if defined(SWISS_LOOKUP) && defined(SWISS_HASH) && !defined(SWISS_LOOKUP_HASH)
#    error "swiss: SWISS_LOOKUP with SWISS_HASH needs SWISS_LOOKUP_HASH(const LOOKUP *, seed), equal to SWISS_HASH"
#endif
#if !defined(SWISS_LOOKUP) && (defined(SWISS_LOOKUP_HASH) || defined(SWISS_LOOKUP_EQUAL) || defined(SWISS_LOOKUP_MAKE))
#    error "swiss: SWISS_LOOKUP_HASH, SWISS_LOOKUP_EQUAL and SWISS_LOOKUP_MAKE need SWISS_LOOKUP"
#endif
#if defined(SWISS_DECLARE) && defined(SWISS_DEFINE)
#    error "swiss: define SWISS_DECLARE in a header or SWISS_DEFINE in a source file, not both"
#endif

#define SWISS_ENTRY_ SWISS_FN_(entry)
#if defined(SWISS_DECLARE) || defined(SWISS_DEFINE)
#    define SWISS_LINKAGE_
#    define SWISS_LINKAGE_OF_LOOPS_
#    define SWISS_BEGIN_FUNCTIONS_ SWISS_BEGIN_C
#    define SWISS_END_FUNCTIONS_ SWISS_END_C
#else
#    define SWISS_LINKAGE_ static inline
#    define SWISS_LINKAGE_OF_LOOPS_ SWISS_ALWAYS_INLINE /* clang does not see that it has to be */
#    define SWISS_BEGIN_FUNCTIONS_ SWISS_BEGIN_QUIET_
#    define SWISS_END_FUNCTIONS_ SWISS_END_QUIET_
#endif
#if (!defined(SWISS_KEY_DROP) || defined(SWISS_KEY_CLONE)) && (!defined(SWISS_VALUE_DROP) || defined(SWISS_VALUE_CLONE))
#    define SWISS_CAN_CLONE_
#endif
#ifdef SWISS_HASH_KEYED
#    define SWISS_IS_KEYED_ true
#else
#    define SWISS_IS_KEYED_ false
#endif
#ifdef SWISS_EQUAL /* which may find a NaN */
#    define SWISS_NAN_APART_ false
#else
#    define SWISS_NAN_APART_ true
#endif
#if defined(SWISS_HASH) || defined(SWISS_HASH_KEYED) || defined(SWISS_EQUAL)
#    define SWISS_IS_OF_WORDS_(slot_size) false
#else
#    define SWISS_IS_OF_WORDS_(slot_size)                                                                              \
        ((int)SWISS_FN_(kind_) >> 4 == SWISS_KIND_SIGNED_ >> 4 && sizeof(SWISS_FN_(key)) == 8 &&                       \
         sizeof(SWISS_ENTRY_) == (slot_size))
#endif
#ifdef SWISS_VALUE
#    define SWISS_COMMA_VALUE_ , SWISS_FN_(value) value
#    define SWISS_COMMA_VALUES_ , const SWISS_FN_(value) * values
#    define SWISS_COMMA_VALUES_PASSED_ , values
#    define SWISS_COMMA_VALUE_I_ , values[i]
#    define SWISS_COMMA_VALUE_AT_ , const SWISS_FN_(value) * value
#    define SWISS_COMMA_VALUE_PASSED_ , value
#    define SWISS_COMMA_VALUE_ADDRESS_ , &value
#    define SWISS_COMMA_VALUE_I_ADDRESS_ , &values[i]
#else
#    define SWISS_COMMA_VALUE_
#    define SWISS_COMMA_VALUES_
#    define SWISS_COMMA_VALUES_PASSED_
#    define SWISS_COMMA_VALUE_I_
#    define SWISS_COMMA_VALUE_AT_
#    define SWISS_COMMA_VALUE_PASSED_
#    define SWISS_COMMA_VALUE_ADDRESS_
#    define SWISS_COMMA_VALUE_I_ADDRESS_
#endif

/* SWISS_HOOK_(CONTEXT, HOOK, ARGUMENT...) calls a hook. CONTEXT is where the context is: map->context, or
 * SWISS_CONTEXT_IN_(type) in a function that the core calls. SWISS_TYPE_(TABLE) is a pointer to the type of that table,
 * with its context, for the call in whose arguments it stands; what calls no hook takes &SWISS_FN_(type_). Without a
 * context SWISS_HOOK_TYPE_, for the template's own hash functions, is NULL: they do not look at it. */
#ifdef SWISS_CONTEXT
#    define SWISS_HOOK_(context, hook, ...) hook(__VA_ARGS__, context)
#    define SWISS_CONTEXT_IN_(type) (*(const SWISS_FN_(context) *)(type)->context)
#    define SWISS_CONTEXT_OF_(table) (((const struct SWISS_NAME *)(const void *)(table))->context)
#    define SWISS_TYPE_(table) (SWISS_FN_(type_of_))(&SWISS_CONTEXT_OF_(table)).type
#    define SWISS_HOOK_TYPE_(table) SWISS_TYPE_(table)
#    define SWISS_COMMA_CONTEXT_ , SWISS_FN_(context)
#    ifdef __cplusplus
#        define SWISS_COMMA_NO_CONTEXT_ , *static_cast<SWISS_FN_(context) *>(nullptr)
#    else
#        define SWISS_COMMA_NO_CONTEXT_ , *(SWISS_FN_(context) *)0
#    endif
#    define SWISS_AND_CONTEXT_ ", CONTEXT"
#else
#    define SWISS_HOOK_(context, hook, ...) hook(__VA_ARGS__)
#    define SWISS_TYPE_(table) (&SWISS_FN_(type_))
#    define SWISS_HOOK_TYPE_(table) NULL
#    define SWISS_COMMA_CONTEXT_
#    define SWISS_COMMA_NO_CONTEXT_
#    define SWISS_AND_CONTEXT_
#endif

SWISS_BEGIN_QUIET_

#ifndef SWISS_DEFINE /* there the header with SWISS_DECLARE has defined them */
typedef SWISS_KEY SWISS_FN_(key);
#    ifdef SWISS_CONTEXT
typedef SWISS_CONTEXT SWISS_FN_(context);
#    endif
#    ifdef SWISS_VALUE
typedef SWISS_VALUE SWISS_FN_(value);
#    endif
#    ifdef SWISS_LOOKUP
typedef SWISS_LOOKUP SWISS_FN_(lookup);
#    endif

#    if !defined(SWISS_HASH) || !defined(SWISS_EQUAL)
enum { SWISS_FN_(kind_) = SWISS_KIND_OF_(SWISS_FN_(key)) };
SWISS_STATIC_ASSERT(
    (int)SWISS_FN_(kind_) != SWISS_KIND_CHARACTERS_,
    "swiss: for the characters at this pointer (here char16_t, char32_t and wchar_t may be integers) define "
    "SWISS_HASH and SWISS_EQUAL; for the address make SWISS_KEY const void *");
SWISS_STATIC_ASSERT(
    SWISS_KIND_HAS_DEFAULT_((int)SWISS_FN_(kind_), SWISS_FN_(key)) || (int)SWISS_FN_(kind_) == SWISS_KIND_CHARACTERS_,
    "swiss: this key type needs SWISS_HASH(const KEY *, seed) and SWISS_EQUAL(const KEY *, const KEY *)");
#    endif
#    if defined(SWISS_LOOKUP) && !defined(SWISS_LOOKUP_HASH)
SWISS_STATIC_ASSERT(swiss_has_default(SWISS_FN_(lookup)),
                    "swiss: this lookup type needs SWISS_LOOKUP_HASH(const LOOKUP *, seed)");
SWISS_STATIC_ASSERT(!swiss_has_default(SWISS_FN_(lookup)) || swiss_hashed_alike(SWISS_FN_(key), SWISS_FN_(lookup)),
                    "swiss: not all equal values of this key and this lookup type have one hash: it needs "
                    "SWISS_LOOKUP_HASH(const LOOKUP *, seed), equal to the hash of the key");
#    endif
#endif

SWISS_END_QUIET_
