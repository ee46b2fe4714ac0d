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
 *     SWISS_EQUALS_BITS_   true if keys that are equal are the same bytes
 *     SWISS_COMMA_..._     parameters and arguments that are there only if there is a value
 *     SWISS_HOOK_          a call of a hook, with the context as the last argument if there is one
 *     SWISS_TYPE_          the type for a call of the core that may call hooks
 */
#include "../hash.h"

#define SWISS_PASTE_NOW_(a, b) a##_##b
#define SWISS_PASTE_(a, b) SWISS_PASTE_NOW_(a, b)
#define SWISS_FN_(function) SWISS_PASTE_(SWISS_NAME, function)
#define SWISS_TEXT_OF_(...) #__VA_ARGS__
#define SWISS_TEXT_(...) SWISS_TEXT_OF_(__VA_ARGS__)
#include "parameters.h"
#ifdef SWISS_KEY_OWNED_STRING
#    include "owned_string.h"
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
#    define SWISS_EQUALS_BITS_ false
#else
#    define SWISS_NAN_APART_ true
#    define SWISS_EQUALS_BITS_ ((int)SWISS_FN_(kind_) >> 4 == SWISS_KIND_SIGNED_ >> 4)
#endif
#if defined(SWISS_HASH) || defined(SWISS_HASH_KEYED) || defined(SWISS_EQUAL) || defined(SWISS_BOUNDED)
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

/* SWISS_TYPEDEF_(PARAMETER, what, CONST): defines NAME_what, the type that a parameter names. One that cannot be
 * assigned, an array, say, is refused, and what follows makes do with an int. An enumerator is 2 for a type that can be
 * and 1 for one that cannot. CONST is const if the type may be. C++ knows no arrays here but those that have a name. */
#define SWISS_MUST_BE_PLAIN_(parameter)                                                                                \
    "swiss: " parameter " must be a plain type: put an array into a struct, take a pointer to a function, leave "      \
    "const, volatile and restrict out"
#if defined(__GNUC__) && !defined(__cplusplus)
#    define SWISS_DECAYED_(type)                                                                                       \
        __typeof__(__builtin_choose_expr(__builtin_types_compatible_p(type, void), 0, ((void)0, *(type *)0)))
#    ifdef __clang__
#        define SWISS_A_TYPE_
#    else
#        define SWISS_A_TYPE_ __attribute__(()) /* and no expression */
#    endif
#    define SWISS_TYPEDEF_(parameter, what, const_)                                                                    \
        typedef __typeof__(SWISS_A_TYPE_ parameter) SWISS_FN_(given_##what##_);                                        \
        typedef SWISS_DECAYED_(SWISS_FN_(given_##what##_)) SWISS_FN_(decayed_##what##_);                               \
        enum {                                                                                                         \
            SWISS_FN_(is_##what##_) = 1 + (__builtin_types_compatible_p(const_ SWISS_FN_(given_##what##_) *,           \
                                                                        const_ SWISS_FN_(decayed_##what##_) *) ||      \
                                           __builtin_types_compatible_p(SWISS_FN_(given_##what##_) *,                  \
                                                                        _Atomic(SWISS_FN_(decayed_##what##_)) *))      \
        };                                                                                                             \
        SWISS_STATIC_ASSERT((int)SWISS_FN_(is_##what##_) != 1, SWISS_MUST_BE_PLAIN_(#parameter));                      \
        typedef __typeof__(__builtin_choose_expr((int)SWISS_FN_(is_##what##_) == 2, *(SWISS_FN_(given_##what##_) *)0,  \
                                                 0))                                                                   \
        SWISS_FN_(what)
#elif defined(__cplusplus)
#    define SWISS_TYPEDEF_(parameter, what, const_)                                                                    \
        typedef parameter SWISS_FN_(given_##what##_);                                                                  \
        enum {                                                                                                         \
            SWISS_FN_(is_##what##_) =                                                                                  \
                std::is_copy_constructible<SWISS_FN_(given_##what##_)>::value &&                                       \
                (sizeof(#const_) > 1 || std::is_copy_assignable<SWISS_FN_(given_##what##_)>::value)                    \
        };                                                                                                             \
        SWISS_STATIC_ASSERT(SWISS_FN_(is_##what##_) != 0, SWISS_MUST_BE_PLAIN_(#parameter));                           \
        typedef std::conditional<SWISS_FN_(is_##what##_) != 0, SWISS_FN_(given_##what##_), int>::type SWISS_FN_(what)
#else
#    define SWISS_TYPEDEF_(parameter, what, const_) typedef parameter SWISS_FN_(what)
#endif

#ifndef SWISS_DEFINE /* there the header with SWISS_DECLARE has defined them */
#    if !defined(__cplusplus) && (defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 5))
#        pragma GCC diagnostic error "-Wimplicit-int"       /* of a parameter that is empty */
#        pragma GCC diagnostic error "-Wignored-attributes" /* clang drops them in __typeof__: they need a typedef */
#    endif
SWISS_TYPEDEF_(SWISS_KEY, key, );
#    ifdef SWISS_CONTEXT
SWISS_TYPEDEF_(SWISS_CONTEXT, context, );
#    endif
#    ifdef SWISS_VALUE
SWISS_TYPEDEF_(SWISS_VALUE, value, );
#    endif
#    ifdef SWISS_LOOKUP
SWISS_TYPEDEF_(SWISS_LOOKUP, lookup, const);
#    endif

#    if !defined(SWISS_HASH) || !defined(SWISS_EQUAL)
enum {
    SWISS_FN_(kind_) = SWISS_KIND_OF_(SWISS_FN_(key)),
    SWISS_FN_(is_of_characters_) = (int)SWISS_FN_(kind_) == SWISS_KIND_CHARACTERS_,
    SWISS_FN_(has_no_default_) =
        !SWISS_FN_(is_of_characters_) && !SWISS_KIND_HAS_DEFAULT_((int)SWISS_FN_(kind_), SWISS_FN_(key))
};
SWISS_STATIC_ASSERT(
    !SWISS_FN_(is_of_characters_),
    "swiss: for the characters at this pointer (here char16_t, char32_t and wchar_t may be integers) define "
    "SWISS_HASH and SWISS_EQUAL; for the address make SWISS_KEY const void *");
SWISS_STATIC_ASSERT(
    !SWISS_FN_(has_no_default_),
    "swiss: this key type needs SWISS_HASH(const KEY *, seed) and SWISS_EQUAL(const KEY *, const KEY *)");
#    endif
#    if defined(SWISS_LOOKUP) && !defined(SWISS_LOOKUP_HASH)
SWISS_STATIC_ASSERT(swiss_has_default(SWISS_FN_(lookup)),
                    "swiss: this lookup type needs SWISS_LOOKUP_HASH(const LOOKUP *, seed)");
SWISS_STATIC_ASSERT(!swiss_has_default(SWISS_FN_(lookup)) || swiss_hashed_alike(SWISS_FN_(key), SWISS_FN_(lookup)),
                    "swiss: not all equal values of this key and this lookup type have one hash: it needs "
                    "SWISS_LOOKUP_HASH(const LOOKUP *, seed), equal to the hash of the key");
#    endif
#elif !defined(SWISS_VALUE)
SWISS_STATIC_ASSERT(sizeof(SWISS_ENTRY_) == sizeof(SWISS_FN_(key)),
                    "swiss: SWISS_DEFINE needs the same parameters as the header with SWISS_DECLARE, also SWISS_VALUE");
#endif

SWISS_END_QUIET_
