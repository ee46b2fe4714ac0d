/* parameters.h - looks at the parameters of a template: a part of begin.h. Each mistake is one line that says what to
 * write. What is missing, or contradicts something, is then put right, so that the compiler has nothing to add. What is
 * wrong with types begin.h says, and with functions hooks.h.
 */

/* The name. gcc looks at its text; and where #if has no value the parts of the name are none of identifiers. */
#ifndef SWISS_NAME
#    error "swiss: #define SWISS_NAME to the name of the type before including a template (map.h, set.h)"
#    define SWISS_NAME swiss_nameless_
#endif
#ifdef __clang__
#    define SWISS_IS_NAME_(name) __is_identifier(name)
#else
#    define SWISS_IS_NAME_(name) 1 || SWISS_PASTE_(swiss_no, name) || SWISS_PASTE_(name, is)
#    define swiss_no_ )
#    if defined(__GNUC__) && !defined(__cplusplus)
SWISS_STATIC_ASSERT(__builtin_choose_expr(__builtin_strcspn(SWISS_TEXT_(SWISS_NAME), "0123456789") != 0 &&
                                              __builtin_strcspn(SWISS_TEXT_(SWISS_NAME),
                                                                " !\"#%&'()*+,-./:;<=>?@[\\]^`{|}~") ==
                                                  sizeof SWISS_TEXT_(SWISS_NAME) - 1,
                                          true, false),
                    "swiss: SWISS_NAME must be one identifier, which is no macro and no word of C");
#    endif
#endif
#if SWISS_IS_NAME_(SWISS_NAME)
#else
#    ifdef __clang__
#        error "swiss: SWISS_NAME must be one identifier, which is no macro and no word of C"
#    endif
#    undef SWISS_NAME
#    define SWISS_NAME swiss_nameless_
#endif
#undef SWISS_IS_NAME_
#undef swiss_no_

/* What there is not, and what another template has. */
#if defined(SWISS_VALUE_TYPE) || defined(SWISS_VAL) || defined(SWISS_VALEU) || defined(SWISS_KEY_TYPE) ||              \
    defined(SWISS_TYPE)
#    error "swiss: there is no such parameter: the types are SWISS_KEY and SWISS_VALUE"
#endif
#if defined(SWISS_EQ) || defined(SWISS_EQUALS) || defined(SWISS_COMPARE) || defined(SWISS_CMP) ||                      \
    defined(SWISS_HASH_FN) || defined(SWISS_HAS) || defined(SWISS_KEY_HASH) || defined(SWISS_KEY_EQUAL)
#    error "swiss: there is no such parameter: the functions of keys are SWISS_HASH and SWISS_EQUAL"
#endif
#if defined(SWISS_FREE) || defined(SWISS_KEY_FREE) || defined(SWISS_VALUE_FREE) || defined(SWISS_DROP) ||              \
    defined(SWISS_COPY) || defined(SWISS_KEY_COPY) || defined(SWISS_VALUE_COPY) || defined(SWISS_CLONE)
#    error "swiss: there is no such parameter: keys have SWISS_KEY_DROP and SWISS_KEY_CLONE, and values likewise"
#endif
#if defined(SWISS_ALLOCATOR) || defined(SWISS_MALLOC) || defined(SWISS_MAX_LOAD)
#    error "swiss: there is no such parameter: the allocator is one of the options of NAME_init, and the load is fixed"
#endif
#ifdef SWISS_IS_CACHE_
#    ifndef SWISS_VALUE
#        error "swiss: a cache needs a SWISS_VALUE"
#        define SWISS_VALUE int
#    endif
#    ifdef SWISS_CONTEXT
#        error "swiss: a cache has no SWISS_CONTEXT"
#        undef SWISS_CONTEXT
#    endif
#    ifdef SWISS_BOUNDED
#        error "swiss: a cache has no SWISS_BOUNDED: it does not grow beyond its capacity"
#        undef SWISS_BOUNDED
#    endif
#else
#    if defined(SWISS_COST) || defined(SWISS_TIMES) || defined(SWISS_WEAK) || defined(SWISS_THREADS)
#        error "swiss: a map has no SWISS_COST, SWISS_TIMES, SWISS_WEAK or SWISS_THREADS: include <swiss/cache.h>"
#        undef SWISS_COST
#        undef SWISS_TIMES
#        undef SWISS_WEAK
#        undef SWISS_THREADS
#    endif
#endif

/* What is missing, or contradicts something. */
#ifdef SWISS_KEY_OWNED_STRING
#    if defined(SWISS_KEY) || defined(SWISS_HASH) || defined(SWISS_EQUAL) || defined(SWISS_KEY_DROP) ||                \
        defined(SWISS_KEY_CLONE) || defined(SWISS_LOOKUP) || defined(SWISS_LOOKUP_HASH) ||                             \
        defined(SWISS_LOOKUP_EQUAL) || defined(SWISS_LOOKUP_MAKE)
#        error "swiss: SWISS_KEY_OWNED_STRING stands for SWISS_KEY and all of its hooks and lookups: leave those out"
#        undef SWISS_KEY
#        undef SWISS_HASH
#        undef SWISS_EQUAL
#        undef SWISS_KEY_DROP
#        undef SWISS_KEY_CLONE
#        undef SWISS_LOOKUP
#        undef SWISS_LOOKUP_HASH
#        undef SWISS_LOOKUP_EQUAL
#        undef SWISS_LOOKUP_MAKE
#    endif
#elif !defined(SWISS_KEY)
#    error "swiss: #define SWISS_KEY to the key type before including a template (map.h, set.h)"
#    define SWISS_KEY int
#endif
#if defined(SWISS_HASH_AVALANCHES) && !defined(SWISS_HASH)
#    error "swiss: SWISS_HASH_AVALANCHES is a promise about SWISS_HASH: define that too"
#endif
#if defined(SWISS_HASH_KEYED) && defined(SWISS_HASH)
#    error "swiss: SWISS_HASH_KEYED is about the default hash: leave it out, and call swiss_hash_keyed in SWISS_HASH"
#    undef SWISS_HASH_KEYED
#endif
#if !defined(SWISS_VALUE) && (defined(SWISS_VALUE_DROP) || defined(SWISS_VALUE_CLONE))
#    error "swiss: SWISS_VALUE_DROP and SWISS_VALUE_CLONE need SWISS_VALUE"
#    undef SWISS_VALUE_DROP
#    undef SWISS_VALUE_CLONE
#endif
#if defined(SWISS_LOOKUP) && !defined(SWISS_LOOKUP_EQUAL)
#    error "swiss: SWISS_LOOKUP needs SWISS_LOOKUP_EQUAL(const KEY *, const LOOKUP *)"
#    undef SWISS_LOOKUP
#    undef SWISS_LOOKUP_HASH
#    undef SWISS_LOOKUP_MAKE
#elif defined(SWISS_LOOKUP) && defined(SWISS_HASH) && !defined(SWISS_LOOKUP_HASH)
#    error "swiss: SWISS_LOOKUP with SWISS_HASH needs SWISS_LOOKUP_HASH(const LOOKUP *, seed), equal to SWISS_HASH"
#    undef SWISS_LOOKUP
#    undef SWISS_LOOKUP_EQUAL
#    undef SWISS_LOOKUP_MAKE
#elif !defined(SWISS_LOOKUP) &&                                                                                        \
    (defined(SWISS_LOOKUP_HASH) || defined(SWISS_LOOKUP_EQUAL) || defined(SWISS_LOOKUP_MAKE))
#    error "swiss: SWISS_LOOKUP_HASH, SWISS_LOOKUP_EQUAL and SWISS_LOOKUP_MAKE need SWISS_LOOKUP"
#    undef SWISS_LOOKUP_HASH
#    undef SWISS_LOOKUP_EQUAL
#    undef SWISS_LOOKUP_MAKE
#endif
#if defined(SWISS_DECLARE) && defined(SWISS_DEFINE)
#    error "swiss: define SWISS_DECLARE in a header or SWISS_DEFINE in a source file, not both"
#    undef SWISS_DECLARE
#    undef SWISS_DEFINE
#elif defined(SWISS_DEFINE) && !defined(SWISS_DECLARED_)
#    error "swiss: SWISS_DEFINE defines what a header with SWISS_DECLARE declares: include that header before"
#    undef SWISS_DEFINE
#elif defined(SWISS_DECLARE) && !defined(SWISS_DECLARED_)
#    define SWISS_DECLARED_
#endif

/* A name stands for one type. gcc, for which this is a part of reading C, knows a name that it has had by an attribute
 * that it was told to ignore, and the second type gets another name. clang and C++ know it by structures that nobody
 * defines: the first use of a marked one is an error; before it clang, unless this is a system's header, stops. */
#ifdef SWISS_DEFINE
#    define SWISS_MARK_(which) SWISS_FN_(defined_##which)
#else
#    define SWISS_MARK_(which) SWISS_FN_(which)
#endif
#if defined(__clang__) || (defined(__cplusplus) && __GNUC__ >= 12)
#    define SWISS_TAKEN_                                                                                               \
        "swiss: " SWISS_TEXT_(SWISS_NAME) " is another type already: give this one another SWISS_NAME, or its header " \
                                          "an include guard"
SWISS_BEGIN_QUIET_
#    ifdef __clang__
#        pragma GCC diagnostic fatal "-Wdeprecated-declarations"
struct SWISS_MARK_(stop_);
SWISS_STATIC_ASSERT(sizeof(struct SWISS_MARK_(stop_) *) != 0, "");
struct __attribute__((deprecated(SWISS_TAKEN_))) SWISS_MARK_(stop_);
#    endif
struct SWISS_MARK_(once_);
SWISS_STATIC_ASSERT(sizeof(struct SWISS_MARK_(once_) *) != 0, "");
struct __attribute__((unavailable(SWISS_TAKEN_))) SWISS_MARK_(once_);
SWISS_END_QUIET_
#    undef SWISS_TAKEN_
#elif defined(__GNUC__) && __GNUC__ >= 12
/* clang-format off */
#    define SWISS_DO_(...) _Pragma(#__VA_ARGS__)
#    define SWISS_IGNORE_ATTRIBUTE_(text) SWISS_DO_(GCC diagnostic ignored_attributes text)
#    define SWISS_ERROR_(text) SWISS_DO_(GCC error text)
#    if !__has_attribute(SWISS_MARK_(once_))
SWISS_IGNORE_ATTRIBUTE_(SWISS_TEXT_(gnu::SWISS_MARK_(once_)))
#    elif defined(SWISS_AGAIN_)
#        define SWISS_STOP_ "(the end: one more type is there already)"
#        include SWISS_STOP_
#    else
SWISS_ERROR_(SWISS_TEXT_(swiss: SWISS_NAME is another type already: give this one another name,
                         or its header an include guard))
#        define SWISS_AGAIN_
#        undef SWISS_DEFINE
#        undef SWISS_NAME
#        define SWISS_NAME swiss_again_
#    endif
/* clang-format on */
#    undef SWISS_DO_
#    undef SWISS_IGNORE_ATTRIBUTE_
#    undef SWISS_ERROR_
#endif
#undef SWISS_MARK_
