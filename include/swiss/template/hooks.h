/* hooks.h - refuses functions of a wrong type among the parameters of a template.
 *
 * A compiler only warns about a function that takes another pointer than it is given, and says nothing about void *,
 * for which the address of a key is as good as the key. But a parameter may also name a function-like macro, and nobody
 * has declared that.
 *
 * In C the name is declared here, in a block, as a function of unknown parameters. A function keeps its own type, which
 * is then looked at; a macro is not touched by the declaration. The declared result has to be the function's. The name
 * is that of a function if its call, as text, is the name and the arguments. C23 has no such declarations, and no
 * check.
 *
 * In C++, which refuses other pointers by itself, only void * has to be found: the function is called in a template,
 * with an argument that converts to nothing else. SWISS_CALLED_ becomes a parenthesis when it is too late for a macro
 * to be expanded: then the call is that of a function that is not found.
 */
#ifndef SWISS_MUST_BE_
#    define SWISS_MUST_BE_(hook, signature)                                                                            \
        "swiss: " hook " must be " signature SWISS_AND_CONTEXT_ "), or a macro whose parameters are such pointers"
/* clang-format off */
#    ifdef __cplusplus
#        define SWISS_CALL_(name)                                                                                      \
            std::false_type SWISS_FN_(takes_##name##_)(...);                                                           \
            template <class... A> auto SWISS_FN_(takes_##name##_)(A... a) -> decltype((void)(
#        define SWISS_CALLED_ (a...)), std::true_type())
#        define SWISS_ACCEPTS_(name, ...) decltype((SWISS_FN_(takes_##name##_))(__VA_ARGS__))::value
#    elif defined(__GNUC__) && __STDC_VERSION__ < 202000L
struct swiss_macro_; /* what a macro declared as a function returns */
#        define SWISS_RESULT_(hook, ...)                                                                               \
            __typeof__(__builtin_choose_expr(                                                                          \
                __builtin_strcmp(SWISS_TEXT_(hook(__VA_ARGS__)), SWISS_TEXT_(hook) SWISS_TEXT_((__VA_ARGS__))) == 0,   \
                __extension__({ hook(__VA_ARGS__); }), (struct swiss_macro_ *)0))
#        define SWISS_RETURNS_ (!__builtin_types_compatible_p(result_, void))
#        define SWISS_IS_HOOK_(hook, type) _Generic((hook), type: true, default: false)
#    endif
/* clang-format on */
#endif

#ifdef __cplusplus
extern "C++" {
#    ifdef SWISS_HASH
SWISS_CALL_(hash) SWISS_HASH SWISS_CALLED_;
SWISS_STATIC_ASSERT(!SWISS_ACCEPTS_(hash, swiss_void_pointer_(), uint64_t() SWISS_COMMA_NO_CONTEXT_),
                    SWISS_MUST_BE_("SWISS_HASH", "uint64_t f(const KEY *, uint64_t seed"));
#    endif
#    ifdef SWISS_EQUAL
SWISS_CALL_(equal) SWISS_EQUAL SWISS_CALLED_;
SWISS_STATIC_ASSERT(!SWISS_ACCEPTS_(equal, swiss_void_pointer_(),
                                    static_cast<const SWISS_FN_(key) *>(nullptr) SWISS_COMMA_NO_CONTEXT_) &&
                        !SWISS_ACCEPTS_(equal, static_cast<const SWISS_FN_(key) *>(nullptr),
                                        swiss_void_pointer_() SWISS_COMMA_NO_CONTEXT_),
                    SWISS_MUST_BE_("SWISS_EQUAL", "bool f(const KEY *, const KEY *"));
#    endif
#    ifdef SWISS_KEY_DROP
SWISS_CALL_(key_drop) SWISS_KEY_DROP SWISS_CALLED_;
SWISS_STATIC_ASSERT(!SWISS_ACCEPTS_(key_drop, swiss_void_pointer_() SWISS_COMMA_NO_CONTEXT_),
                    SWISS_MUST_BE_("SWISS_KEY_DROP", "void f(KEY *"));
#    endif
#    ifdef SWISS_VALUE_DROP
SWISS_CALL_(value_drop) SWISS_VALUE_DROP SWISS_CALLED_;
SWISS_STATIC_ASSERT(!SWISS_ACCEPTS_(value_drop, swiss_void_pointer_() SWISS_COMMA_NO_CONTEXT_),
                    SWISS_MUST_BE_("SWISS_VALUE_DROP", "void f(VALUE *"));
#    endif
#    ifdef SWISS_KEY_CLONE
SWISS_CALL_(key_clone) SWISS_KEY_CLONE SWISS_CALLED_;
SWISS_STATIC_ASSERT(!SWISS_ACCEPTS_(key_clone, swiss_void_pointer_(),
                                    static_cast<const SWISS_FN_(key) *>(nullptr) SWISS_COMMA_NO_CONTEXT_) &&
                        !SWISS_ACCEPTS_(key_clone, static_cast<SWISS_FN_(key) *>(nullptr),
                                        swiss_void_pointer_() SWISS_COMMA_NO_CONTEXT_),
                    SWISS_MUST_BE_("SWISS_KEY_CLONE", "bool f(KEY *to, const KEY *from"));
#    endif
#    ifdef SWISS_VALUE_CLONE
SWISS_CALL_(value_clone) SWISS_VALUE_CLONE SWISS_CALLED_;
SWISS_STATIC_ASSERT(!SWISS_ACCEPTS_(value_clone, swiss_void_pointer_(),
                                    static_cast<SWISS_FN_(value) *>(nullptr) SWISS_COMMA_NO_CONTEXT_) &&
                        !SWISS_ACCEPTS_(value_clone, static_cast<SWISS_FN_(value) *>(nullptr),
                                        swiss_void_pointer_() SWISS_COMMA_NO_CONTEXT_),
                    SWISS_MUST_BE_("SWISS_VALUE_CLONE", "bool f(VALUE *to, const VALUE *from"));
#    endif
#    ifdef SWISS_LOOKUP_HASH
SWISS_CALL_(lookup_hash) SWISS_LOOKUP_HASH SWISS_CALLED_;
SWISS_STATIC_ASSERT(!SWISS_ACCEPTS_(lookup_hash, swiss_void_pointer_(), uint64_t() SWISS_COMMA_NO_CONTEXT_),
                    SWISS_MUST_BE_("SWISS_LOOKUP_HASH", "uint64_t f(const LOOKUP *, uint64_t seed"));
#    endif
#    ifdef SWISS_LOOKUP_EQUAL
SWISS_CALL_(lookup_equal) SWISS_LOOKUP_EQUAL SWISS_CALLED_;
SWISS_STATIC_ASSERT(!SWISS_ACCEPTS_(lookup_equal, swiss_void_pointer_(),
                                    static_cast<const SWISS_FN_(lookup) *>(nullptr) SWISS_COMMA_NO_CONTEXT_) &&
                        !SWISS_ACCEPTS_(lookup_equal, static_cast<const SWISS_FN_(key) *>(nullptr),
                                        swiss_void_pointer_() SWISS_COMMA_NO_CONTEXT_),
                    SWISS_MUST_BE_("SWISS_LOOKUP_EQUAL", "bool f(const KEY *, const LOOKUP *"));
#    endif
#    ifdef SWISS_LOOKUP_MAKE
SWISS_CALL_(lookup_make) SWISS_LOOKUP_MAKE SWISS_CALLED_;
SWISS_STATIC_ASSERT(!SWISS_ACCEPTS_(lookup_make, swiss_void_pointer_(),
                                    static_cast<const SWISS_FN_(lookup) *>(nullptr) SWISS_COMMA_NO_CONTEXT_) &&
                        !SWISS_ACCEPTS_(lookup_make, static_cast<SWISS_FN_(key) *>(nullptr),
                                        swiss_void_pointer_() SWISS_COMMA_NO_CONTEXT_),
                    SWISS_MUST_BE_("SWISS_LOOKUP_MAKE", "bool f(KEY *to, const LOOKUP *from"));
#    endif
#    ifdef SWISS_COST
SWISS_CALL_(cost) SWISS_COST SWISS_CALLED_;
SWISS_STATIC_ASSERT(!SWISS_ACCEPTS_(cost, swiss_void_pointer_(), static_cast<const SWISS_FN_(value) *>(nullptr)) &&
                        !SWISS_ACCEPTS_(cost, static_cast<const SWISS_FN_(key) *>(nullptr), swiss_void_pointer_()),
                    SWISS_MUST_BE_("SWISS_COST", "size_t f(const KEY *, const VALUE *"));
#    endif
}
#elif defined(SWISS_IS_HOOK_)
#    pragma GCC diagnostic push
#    pragma GCC diagnostic error "-Wimplicit-function-declaration"
#    pragma GCC diagnostic ignored "-Wincompatible-pointer-types" /* of which the assertions say what to write */
#    pragma GCC diagnostic ignored "-Wint-conversion"
#    ifndef __clang__
#        pragma GCC diagnostic ignored "-Wdiscarded-qualifiers"
#    endif
#    pragma GCC diagnostic ignored "-Wstrict-prototypes"
#    pragma GCC diagnostic ignored "-Wredundant-decls"
#    pragma GCC diagnostic ignored "-Wnested-externs"
#    if defined(__clang_major__) && __clang_major__ >= 15
#        pragma GCC diagnostic ignored "-Wdeprecated-non-prototype"
#    endif
#    ifdef SWISS_HASH
static inline void SWISS_FN_(check_hash_)(const SWISS_FN_(key) * key_, uint64_t seed_) {
    typedef SWISS_RESULT_(SWISS_HASH, key_, seed_ SWISS_COMMA_NO_CONTEXT_) result_;
    result_(SWISS_HASH)();
    (void)key_;
    (void)seed_;
    SWISS_STATIC_ASSERT(
        SWISS_RETURNS_ &&
            (SWISS_IS_HOOK_(SWISS_HASH, result_(*)(const SWISS_FN_(key) *, uint64_t SWISS_COMMA_CONTEXT_)) ||
             SWISS_IS_HOOK_(SWISS_HASH, result_(*)(const SWISS_FN_(key) *, unsigned long long SWISS_COMMA_CONTEXT_))),
        SWISS_MUST_BE_("SWISS_HASH", "uint64_t f(const KEY *, uint64_t seed"));
}
#    endif
#    ifdef SWISS_EQUAL
static inline void SWISS_FN_(check_equal_)(const SWISS_FN_(key) * key_) {
    typedef SWISS_RESULT_(SWISS_EQUAL, key_, key_ SWISS_COMMA_NO_CONTEXT_) result_;
    result_(SWISS_EQUAL)();
    (void)key_;
    SWISS_STATIC_ASSERT(SWISS_RETURNS_ &&
                            SWISS_IS_HOOK_(SWISS_EQUAL, result_(*)(const SWISS_FN_(key) *,
                                                                   const SWISS_FN_(key) * SWISS_COMMA_CONTEXT_)),
                        SWISS_MUST_BE_("SWISS_EQUAL", "bool f(const KEY *, const KEY *"));
}
#    endif
#    ifdef SWISS_KEY_DROP
static inline void SWISS_FN_(check_key_drop_)(SWISS_FN_(key) * to_) {
    typedef SWISS_RESULT_(SWISS_KEY_DROP, to_ SWISS_COMMA_NO_CONTEXT_) result_;
    result_(SWISS_KEY_DROP)();
    (void)to_;
    SWISS_STATIC_ASSERT(SWISS_IS_HOOK_(SWISS_KEY_DROP, result_(*)(SWISS_FN_(key) * SWISS_COMMA_CONTEXT_)) ||
                            SWISS_IS_HOOK_(SWISS_KEY_DROP, result_(*)(const SWISS_FN_(key) * SWISS_COMMA_CONTEXT_)),
                        SWISS_MUST_BE_("SWISS_KEY_DROP", "void f(KEY *"));
}
#    endif
#    ifdef SWISS_VALUE_DROP
static inline void SWISS_FN_(check_value_drop_)(SWISS_FN_(value) * value_) {
    typedef SWISS_RESULT_(SWISS_VALUE_DROP, value_ SWISS_COMMA_NO_CONTEXT_) result_;
    result_(SWISS_VALUE_DROP)();
    (void)value_;
    SWISS_STATIC_ASSERT(SWISS_IS_HOOK_(SWISS_VALUE_DROP, result_(*)(SWISS_FN_(value) * SWISS_COMMA_CONTEXT_)) ||
                            SWISS_IS_HOOK_(SWISS_VALUE_DROP, result_(*)(const SWISS_FN_(value) * SWISS_COMMA_CONTEXT_)),
                        SWISS_MUST_BE_("SWISS_VALUE_DROP", "void f(VALUE *"));
}
#    endif
#    ifdef SWISS_KEY_CLONE
static inline void SWISS_FN_(check_key_clone_)(SWISS_FN_(key) * to_, const SWISS_FN_(key) * key_) {
    typedef SWISS_RESULT_(SWISS_KEY_CLONE, to_, key_ SWISS_COMMA_NO_CONTEXT_) result_;
    result_(SWISS_KEY_CLONE)();
    (void)to_;
    (void)key_;
    SWISS_STATIC_ASSERT(
        SWISS_RETURNS_ &&
            SWISS_IS_HOOK_(SWISS_KEY_CLONE, result_(*)(SWISS_FN_(key) *, const SWISS_FN_(key) * SWISS_COMMA_CONTEXT_)),
        SWISS_MUST_BE_("SWISS_KEY_CLONE", "bool f(KEY *to, const KEY *from"));
}
#    endif
#    ifdef SWISS_VALUE_CLONE
static inline void SWISS_FN_(check_value_clone_)(SWISS_FN_(value) * value_) {
    typedef SWISS_RESULT_(SWISS_VALUE_CLONE, value_, value_ SWISS_COMMA_NO_CONTEXT_) result_;
    result_(SWISS_VALUE_CLONE)();
    (void)value_;
    SWISS_STATIC_ASSERT(
        SWISS_RETURNS_ && SWISS_IS_HOOK_(SWISS_VALUE_CLONE,
                                         result_(*)(SWISS_FN_(value) *, const SWISS_FN_(value) * SWISS_COMMA_CONTEXT_)),
        SWISS_MUST_BE_("SWISS_VALUE_CLONE", "bool f(VALUE *to, const VALUE *from"));
}
#    endif
#    ifdef SWISS_LOOKUP_HASH
static inline void SWISS_FN_(check_lookup_hash_)(const SWISS_FN_(lookup) * lookup_, uint64_t seed_) {
    typedef SWISS_RESULT_(SWISS_LOOKUP_HASH, lookup_, seed_ SWISS_COMMA_NO_CONTEXT_) result_;
    result_(SWISS_LOOKUP_HASH)();
    (void)lookup_;
    (void)seed_;
    SWISS_STATIC_ASSERT(
        SWISS_RETURNS_ &&
            (SWISS_IS_HOOK_(SWISS_LOOKUP_HASH, result_(*)(const SWISS_FN_(lookup) *, uint64_t SWISS_COMMA_CONTEXT_)) ||
             SWISS_IS_HOOK_(SWISS_LOOKUP_HASH,
                            result_(*)(const SWISS_FN_(lookup) *, unsigned long long SWISS_COMMA_CONTEXT_))),
        SWISS_MUST_BE_("SWISS_LOOKUP_HASH", "uint64_t f(const LOOKUP *, uint64_t seed"));
}
#    endif
#    ifdef SWISS_LOOKUP_EQUAL
static inline void SWISS_FN_(check_lookup_equal_)(const SWISS_FN_(key) * key_, const SWISS_FN_(lookup) * lookup_) {
    typedef SWISS_RESULT_(SWISS_LOOKUP_EQUAL, key_, lookup_ SWISS_COMMA_NO_CONTEXT_) result_;
    result_(SWISS_LOOKUP_EQUAL)();
    (void)key_;
    (void)lookup_;
    SWISS_STATIC_ASSERT(SWISS_RETURNS_ && SWISS_IS_HOOK_(SWISS_LOOKUP_EQUAL,
                                                         result_(*)(const SWISS_FN_(key) *,
                                                                    const SWISS_FN_(lookup) * SWISS_COMMA_CONTEXT_)),
                        SWISS_MUST_BE_("SWISS_LOOKUP_EQUAL", "bool f(const KEY *, const LOOKUP *"));
}
#    endif
#    ifdef SWISS_LOOKUP_MAKE
static inline void SWISS_FN_(check_lookup_make_)(SWISS_FN_(key) * to_, const SWISS_FN_(lookup) * lookup_) {
    typedef SWISS_RESULT_(SWISS_LOOKUP_MAKE, to_, lookup_ SWISS_COMMA_NO_CONTEXT_) result_;
    result_(SWISS_LOOKUP_MAKE)();
    (void)to_;
    (void)lookup_;
    SWISS_STATIC_ASSERT(
        SWISS_RETURNS_ && SWISS_IS_HOOK_(SWISS_LOOKUP_MAKE,
                                         result_(*)(SWISS_FN_(key) *, const SWISS_FN_(lookup) * SWISS_COMMA_CONTEXT_)),
        SWISS_MUST_BE_("SWISS_LOOKUP_MAKE", "bool f(KEY *to, const LOOKUP *from"));
}
#    endif
#    ifdef SWISS_COST
static inline void SWISS_FN_(check_cost_)(const SWISS_FN_(key) * key_, const SWISS_FN_(value) * value_) {
    typedef SWISS_RESULT_(SWISS_COST, key_, value_) result_;
    result_(SWISS_COST)();
    (void)key_;
    (void)value_;
    SWISS_STATIC_ASSERT(SWISS_RETURNS_ &&
                            SWISS_IS_HOOK_(SWISS_COST, result_(*)(const SWISS_FN_(key) *, const SWISS_FN_(value) *)),
                        SWISS_MUST_BE_("SWISS_COST", "size_t f(const KEY *, const VALUE *"));
}
#    endif
#    pragma GCC diagnostic pop
#    if defined(__clang__) || __GNUC__ >= 5 /* until SWISS_END_QUIET_: of what macros make of the pointers */
#        pragma GCC diagnostic error "-Wimplicit-function-declaration"
#        pragma GCC diagnostic error "-Wincompatible-pointer-types"
#        pragma GCC diagnostic error "-Wint-conversion"
#    endif
#endif
