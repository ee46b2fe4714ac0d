# What the compiler says to a program that gives map.h too little or contradictory parameters: one line that says what
# to write. Run as cmake -DCOMPILER=... -DINCLUDE=... -DWORK=... -P map_errors.cmake
cmake_minimum_required(VERSION 3.16)

set(how -fsyntax-only)

# expect(MESSAGE SOURCE [FLAG...]): SOURCE does not compile, and the compiler's output contains MESSAGE. "" means: it
# compiles.
function(expect message source)
    file(WRITE ${WORK}/map_errors.c "#include <stdbool.h>\n#include <stdint.h>\n${source}")
    if(NOT ARGN)
        set(ARGN -std=c11)
    endif()
    execute_process(COMMAND ${COMPILER} ${ARGN} ${how} -I${INCLUDE} ${WORK}/map_errors.c
                    RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
    string(FIND "${output}" "${message}" found)
    if(message STREQUAL "")
        if(failed)
            message(SEND_ERROR "Should compile:\n${source}\nbut:\n${output}")
        endif()
    elseif(NOT failed OR found EQUAL -1)
        message(SEND_ERROR "Should say: ${message}\nof:\n${source}\nbut says:\n${output}")
    endif()
    set(output "${output}" PARENT_SCOPE)
endfunction()

set(name "#define SWISS_NAME m\n")
set(key "#define SWISS_KEY int\n")
set(value "#define SWISS_VALUE int\n")
set(include "#include <swiss/map.h>\n")
set(point "typedef struct { int x, y; } point;\n#define SWISS_KEY point\n")
set(hash "#define SWISS_HASH(k, seed) ((uint64_t)*(const int *)(k) + (seed))\n")
set(equal "#define SWISS_EQUAL(a, b) ((a)->x == (b)->x)\n")
set(lookup "#define SWISS_LOOKUP const char *\n")
set(lookup_equal "#define SWISS_LOOKUP_EQUAL(a, b) (*(a) == **(b))\n")
set(lookup_hash "#define SWISS_LOOKUP_HASH(k, seed) ((uint64_t)**(k) + (seed))\n")
set(drop "static void drop(int *n) { (void)n; }\n")

expect("" "${name}${key}${include}")
expect("" "${name}${key}${value}${include}")
expect("#define SWISS_NAME to the name of the type before including a template (map.h, set.h)" "${key}${include}")
expect("#define SWISS_KEY to the key type before including a template (map.h, set.h)" "${name}${include}")
expect("a set has no SWISS_VALUE: include <swiss/map.h>" "${name}${key}${value}#include <swiss/set.h>\n")

foreach(given "" "${hash}" "${equal}")
    expect("this key type needs SWISS_HASH(const KEY *, seed) and SWISS_EQUAL(const KEY *, const KEY *)"
           "${name}${point}${given}${include}")
endforeach()
expect("" "${name}${point}${hash}${equal}${include}")
expect("this key type needs SWISS_HASH" "${name}#define SWISS_KEY long double\n${include}")
expect("this key type needs SWISS_HASH" "${name}#define SWISS_KEY float _Complex\n${include}")
expect("SWISS_HASH_AVALANCHES is a promise about SWISS_HASH: define that too"
       "${name}${key}#define SWISS_HASH_AVALANCHES\n${include}")

# A string or an address? In C the wide characters are integers.
foreach(characters "unsigned char" "signed char" wchar_t char16_t char32_t)
    foreach(const "" "const ")
        expect("define SWISS_HASH and SWISS_EQUAL; for the address make SWISS_KEY const void *"
               "#include <uchar.h>\n#include <wchar.h>\n${name}#define SWISS_KEY ${const}${characters} *\n${include}")
    endforeach()
    expect("" "#include <uchar.h>\n#include <wchar.h>\n${name}#define SWISS_KEY const ${characters} *
#define SWISS_HASH(k, seed) ((uint64_t)**(k) + (seed))\n#define SWISS_EQUAL(a, b) (**(a) == **(b))\n${include}")
endforeach()
expect("" "${name}#define SWISS_KEY const void *\n${include}")

expect("" "${name}${key}#define SWISS_HASH_KEYED\n${include}")
expect("SWISS_HASH_KEYED is about the default hash: leave it out, and call swiss_hash_keyed in SWISS_HASH"
       "${name}${key}${hash}#define SWISS_HASH_KEYED\n${include}")
expect("this key type needs SWISS_HASH" "${name}${point}${equal}#define SWISS_HASH_KEYED\n${include}")

expect("SWISS_VALUE_DROP and SWISS_VALUE_CLONE need SWISS_VALUE"
       "${drop}${name}${key}#define SWISS_VALUE_DROP drop\n${include}")

expect("SWISS_LOOKUP needs SWISS_LOOKUP_EQUAL(const KEY *, const LOOKUP *)" "${name}${key}${lookup}${include}")
expect("SWISS_LOOKUP with SWISS_HASH needs SWISS_LOOKUP_HASH(const LOOKUP *, seed), equal to SWISS_HASH"
       "${name}${key}${hash}${lookup}${lookup_equal}${include}")
expect("this lookup type needs SWISS_LOOKUP_HASH(const LOOKUP *, seed)"
       "${name}${key}typedef struct { int x; } box;\n#define SWISS_LOOKUP box\n#define SWISS_LOOKUP_EQUAL(a, b) (*(a) == (b)->x)\n${include}")
# A lookup type whose default hash is not always that of the key.
set(differ "SWISS_LOOKUP_HASH(const LOOKUP *, seed), equal to the hash of the key")
foreach(types "unsigned/int" "int/unsigned" "unsigned/short" "double/int" "uint64_t/double" "int64_t/swiss_slice"
        "const void */const char *")
    string(REPLACE "/" ";" types ${types})
    list(GET types 0 of_key)
    list(GET types 1 of_lookup)
    set(source "#include <swiss/hash.h>\n${name}#define SWISS_KEY ${of_key}\n#define SWISS_LOOKUP ${of_lookup}
#define SWISS_LOOKUP_EQUAL(a, b) ((void)(a), (void)(b), true)\n")
    expect("${differ}" "${source}${include}")
    expect("${differ}" "${source}#define SWISS_HASH_KEYED\n${include}")
    expect("" "${source}#define SWISS_LOOKUP_HASH(k, seed) ((void)(k), (seed))\n${include}")
endforeach()
foreach(types "int64_t/int" "uint64_t/int" "int/int64_t" "uint8_t/int" "bool/int" "double/float" "const char */char *"
        "const void */uintptr_t")
    string(REPLACE "/" ";" types ${types})
    list(GET types 0 of_key)
    list(GET types 1 of_lookup)
    expect("" "${name}#define SWISS_KEY ${of_key}\n#define SWISS_LOOKUP ${of_lookup}
#define SWISS_LOOKUP_EQUAL(a, b) ((void)(a), (void)(b), true)\n${include}")
endforeach()

foreach(given "${lookup_hash}" "${lookup_equal}" "#define SWISS_LOOKUP_MAKE make\n")
    expect("SWISS_LOOKUP_HASH, SWISS_LOOKUP_EQUAL and SWISS_LOOKUP_MAKE need SWISS_LOOKUP" "${name}${key}${given}${include}")
endforeach()
expect("" "${name}${key}${hash}${lookup}${lookup_equal}${lookup_hash}${include}")

expect("define SWISS_DECLARE in a header or SWISS_DEFINE in a source file, not both"
       "${name}${key}#define SWISS_DECLARE\n#define SWISS_DEFINE\n${include}")
expect("define only one of SWISS_GROUP_SSE2, SWISS_GROUP_NEON and SWISS_GROUP_PORTABLE"
       "#define SWISS_GROUP_SSE2\n#define SWISS_GROUP_PORTABLE\n${name}${key}${include}")

# Ready-made keys come with all of their hooks.
set(owned "#define SWISS_KEY_OWNED_STRING\n")
expect("" "${name}${owned}${include}")
expect("" "${name}${owned}#define SWISS_HASH_KEYED\n#define SWISS_CONTEXT int\n${value}${include}")
foreach(given "${key}" "${hash}" "${equal}" "#define SWISS_KEY_DROP(k) ((void)(k))\n" "#define SWISS_KEY_CLONE(a, b) true\n"
        "${lookup}" "${lookup_hash}" "${lookup_equal}" "#define SWISS_LOOKUP_MAKE make\n")
    expect("SWISS_KEY_OWNED_STRING stands for SWISS_KEY and all of its hooks and lookups: leave those out"
           "${name}${owned}${given}${include}")
endforeach()

# A map whose entries cannot be cloned has no clone, so that the mistake is seen when linking or before.
expect("m_clone" "${drop}${name}${key}#define SWISS_KEY_DROP drop\n${include}
bool (*clone)(m *, const m *) = m_clone;\n")

# Hooks that are functions take the pointers that they are given, also where the compiler alone would convert them in
# silence or with a warning; in C++ too. Function-like macros, by themselves or by a name, are taken as they are.
set(strict -Wall -Wextra -Wpedantic -Wshadow -Werror)
set(languages c)
file(WRITE ${WORK}/map_errors.c "#include <type_traits>\n")
execute_process(COMMAND ${COMPILER} -x c++ -std=c++17 -fsyntax-only ${WORK}/map_errors.c RESULT_VARIABLE failed ERROR_QUIET)
if(NOT failed)
    list(APPEND languages c++)
endif()
set(includes "#include <stdbool.h>\n#include <stdint.h>\n#include <stdlib.h>\n#include <string.h>\n#include <swiss/hash.h>\n")

# expect_hooks(MESSAGE SOURCE): the same in each language, with many warnings.
function(expect_hooks message source)
    expect("${message}" "${includes}${source}" -std=c11 -fsyntax-only ${strict} -Wstrict-prototypes
           -Wredundant-decls -Wnested-externs)
    if("c++" IN_LIST languages)
        expect("${message}" "${includes}${source}" -x c++ -std=c++17 -fsyntax-only ${strict})
    endif()
endfunction()

# hook(NAME MACRO GOOD BAD SAYS): NAME may be a macro with the parameters and the body MACRO, or a function with one of
# the signatures GOOD, but not one of those BAD, of which the compiler says SAYS. In a map of char * to double. The good
# ones are collected.
set(good_maps "")
set(count 0)
function(hook name macro good bad says)
    set(map "#define SWISS_KEY char *\n#define SWISS_VALUE double\n")
    if(name MATCHES LOOKUP)
        string(APPEND map "#define SWISS_LOOKUP swiss_slice\n")
        if(NOT name STREQUAL SWISS_LOOKUP_EQUAL)
            string(APPEND map "#define SWISS_LOOKUP_EQUAL(a, b) (strncmp(*(a), (b)->data, (b)->size) == 0)\n")
        endif()
    endif()
    if(name MATCHES CLONE)
        string(REPLACE CLONE DROP drop ${name})
        string(APPEND map "#define ${drop}(owned) ((void)(owned))\n")
    endif()
    foreach(signature ${good})
        math(EXPR count "${count} + 1")
        string(REPLACE "f(" "f${count}(" signature "${signature}")
        string(APPEND good_maps "${signature};\n${map}#define SWISS_NAME m${count}\n#define ${name} f${count}\n${include}")
    endforeach()
    math(EXPR count "${count} + 2")
    math(EXPR before "${count} - 1")
    string(APPEND good_maps "${map}#define SWISS_NAME m${before}\n#define ${name}${macro}\n${include}"
           "#define MACRO${count}${macro}\n${map}#define SWISS_NAME m${count}\n#define ${name} MACRO${count}\n${include}")
    foreach(signature ${bad})
        expect_hooks("${says}" "${signature};\n#define SWISS_NAME m\n${map}#define ${name} f\n${include}")
    endforeach()
    set(good_maps "${good_maps}" PARENT_SCOPE)
    set(count ${count} PARENT_SCOPE)
endfunction()

hook(SWISS_HASH "(key, seed) (strlen(*(key)) ^ (seed))"
     "uint64_t f(char *const *key, uint64_t seed);unsigned long long f(char *const *, unsigned long long)"
     "uint64_t f(const void *, uint64_t)" "SWISS_HASH must be uint64_t f(const KEY *, uint64_t seed)")
hook(SWISS_EQUAL "(a, b) (strcmp(*(a), *(b)) == 0)"
     "bool f(char *const *, char *const *);int f(char *const *, char *const *)"
     "bool f(const void *, const void *);bool f(char *const *, const void *);bool f(const void *, char *const *)"
     "SWISS_EQUAL must be bool f(const KEY *, const KEY *)")
hook(SWISS_KEY_DROP "(key) do { free(*(key)); } while (0)" "void f(char **);void f(char *const *);int f(char **)"
     "void f(void *);void f(const void *)" "SWISS_KEY_DROP must be void f(KEY *)")
hook(SWISS_VALUE_DROP "(value) (*(value) = 0)" "void f(double *);void f(const double *)" "void f(void *)"
     "SWISS_VALUE_DROP must be void f(VALUE *)")
hook(SWISS_KEY_CLONE "(to, from) ((*(to) = (char *)malloc(strlen(*(from)) + 1)) != NULL)"
     "bool f(char **, char *const *);int f(char **, char *const *)"
     "bool f(void *, const void *);bool f(char **, const void *);bool f(void *, char *const *)"
     "SWISS_KEY_CLONE must be bool f(KEY *to, const KEY *from)")
hook(SWISS_VALUE_CLONE "(to, from) (*(to) = *(from), true)" "bool f(double *, const double *)"
     "bool f(void *, const double *);bool f(double *, const void *)"
     "SWISS_VALUE_CLONE must be bool f(VALUE *to, const VALUE *from)")
hook(SWISS_LOOKUP_HASH "(slice, seed) swiss_hash_bytes((slice)->data, (slice)->size, seed)"
     "uint64_t f(const swiss_slice *, uint64_t);unsigned long long f(const swiss_slice *, unsigned long long)"
     "uint64_t f(const void *, uint64_t)" "SWISS_LOOKUP_HASH must be uint64_t f(const LOOKUP *, uint64_t seed)")
hook(SWISS_LOOKUP_EQUAL "(key, slice) (strncmp(*(key), (slice)->data, (slice)->size) == 0)"
     "bool f(char *const *, const swiss_slice *);int f(char *const *, const swiss_slice *)"
     "bool f(const void *, const swiss_slice *);bool f(char *const *, const void *)"
     "SWISS_LOOKUP_EQUAL must be bool f(const KEY *, const LOOKUP *)")
hook(SWISS_LOOKUP_MAKE "(to, from) ((*(to) = (char *)malloc((from)->size + 1)) != NULL)"
     "bool f(char **, const swiss_slice *)" "bool f(void *, const swiss_slice *);bool f(char **, const void *)"
     "SWISS_LOOKUP_MAKE must be bool f(KEY *to, const LOOKUP *from)")
expect_hooks("" "${good_maps}")
expect_hooks("SWISS_KEY_DROP must be void f(KEY *)" "${name}#define SWISS_KEY char *\n#define SWISS_KEY_DROP free\n${include}")

# With a context each takes it last.
set(with_context "#define SWISS_NAME m\n#define SWISS_KEY int\n#define SWISS_CONTEXT const char *\n")
foreach(good "SWISS_HASH/uint64_t f(const int *, uint64_t, const char *)" "SWISS_EQUAL/bool f(const int *, const int *, const char *)"
        "SWISS_KEY_DROP/void f(int *, const char *)" "SWISS_KEY_CLONE/bool f(int *, const int *, const char *)")
    string(REPLACE "/" ";" good ${good})
    list(GET good 0 hook)
    list(GET good 1 signature)
    expect_hooks("" "${signature};\n${with_context}#define ${hook} f\n${include}")
    string(REPLACE ", const char *)" ")" bad "${signature}")
    expect_hooks("too many arguments to function" "${bad};\n${with_context}#define ${hook} f\n${include}")
    string(REPLACE "int *" "void *" bad "${signature}")
    expect_hooks("${hook} must be " "${bad};\n${with_context}#define ${hook} f\n${include}")
endforeach()
expect_hooks("SWISS_HASH must be uint64_t f(const KEY *, uint64_t seed, CONTEXT)"
             "uint64_t f(const void *, uint64_t, const char *);\n${with_context}#define SWISS_HASH f\n${include}")
expect("SWISS_HASH must be" "uint64_t f(const int *, uint64_t, int *);\n${with_context}#define SWISS_HASH f\n${include}")

# What C++ refuses by itself C refuses too, whatever the warnings.
foreach(bad "SWISS_HASH must be;SWISS_HASH f;uint64_t f(const char *, uint64_t)" "SWISS_EQUAL must be;SWISS_EQUAL strcmp"
        "SWISS_EQUAL must be;SWISS_EQUAL f;bool f(char **, char **)" "SWISS_KEY_DROP must be;SWISS_KEY_DROP f;void f(char *)"
        "incompatible;SWISS_KEY_DROP(key) f(key);void f(char *)" "incompatible;SWISS_EQUAL(a, b) (strcmp(a, b) == 0)"
        "incompatible;SWISS_LOOKUP_MAKE(to, from) f(to, from);bool f(char *, const char *)")
    list(GET bad 0 message)
    list(GET bad 1 define)
    list(APPEND bad "")
    list(GET bad 2 declaration)
    set(lookups "")
    if(define MATCHES LOOKUP)
        set(lookups "#define SWISS_LOOKUP int\n#define SWISS_LOOKUP_HASH(a, b) ((uint64_t)*(a) + (b))\n"
                   "#define SWISS_LOOKUP_EQUAL(a, b) (**(a) == *(b))\n")
        string(JOIN "" lookups ${lookups})
    endif()
    expect("${message}" "#include <string.h>\n${declaration};\n${name}#define SWISS_KEY char *\n${lookups}#define ${define}
${include}" -std=c11)
endforeach()

# What loses data, or leaks, when its result is ignored: each line is remarked on.
set(calls "m_clone(a, b)" "m_merge(a, b)" "m_move(a)" "swiss_table_clone(&a->table, &b->table, 0)"
          "swiss_table_merge(&a->table, &b->table, 0)" "swiss_table_move(&a->table)" "swiss_heap_create()"
          "swiss_heap_alloc(0, 1)" "swiss_heap_alloc_zeroed(0, 1, 1)" "swiss_heap_alloc_aligned(0, 1, 1)"
          "swiss_heap_resize(0, a, 1)" "swiss_heap_resize_aligned(0, a, 1, 1)")
set(how -c -o ${WORK}/map_errors.o) # gcc finds these later
list(JOIN calls "$<SEMICOLON>\n" statements)
string(REPLACE "$<SEMICOLON>" ";" statements "${statements};\n")
expect("unused-result" "#pragma GCC diagnostic error \"-Wunused-result\"\n${name}${key}${include}#include <swiss/heap.h>
void use(m *a, m *b);
void use(m *a, m *b) {\n${statements}}\n")
foreach(call ${calls})
    string(FIND "${output}" "${call};" found)
    if(found EQUAL -1)
        message(SEND_ERROR "Should be remarked on when its result is ignored: ${call}\n${output}")
    endif()
endforeach()
set(how -fsyntax-only)

# Sets lack what is about values, and nothing else.
set(by_lookup "${lookup}${lookup_equal}${lookup_hash}#define SWISS_LOOKUP_MAKE(k, from) ((*(k) = **(from)), true)\n")
expect("" "${name}${key}${hash}${by_lookup}#include <swiss/set.h>\n")
foreach(function get get_or_insert get_hashed get_or_insert_hashed get_ptr get_as get_or_insert_as get_hashed_as
        get_or_insert_hashed_as replace_as replace_hashed_as)
    expect("m_${function}" "${name}${key}${hash}${by_lookup}#include <swiss/set.h>\nvoid *address = (void *)&m_${function};\n")
    expect("" "${name}${key}${hash}${by_lookup}${value}${include}void *f(void) { return (void *)(intptr_t)&m_${function}; }\n")
endforeach()

# The headers for programs of other maps stand in the place of the originals, not beside them.
expect("khash.h is included already" "#define AC_VERSION_KHASH_H \"0.2.8\"\n#include <swiss/compat/khash.h>\n")
expect("uthash.h is included already" "#define UTHASH_H\n#include <swiss/compat/uthash.h>\n")
expect("" "#include <swiss/compat/khash.h>\n#include <swiss/compat/uthash.h>\n")

# Parameters do not outlive the header.
expect("" "${name}${owned}#define SWISS_CONTEXT int\n${include}
#if defined(SWISS_KEY_OWNED_STRING) || defined(SWISS_KEY_DROP) || defined(SWISS_LOOKUP) || defined(SWISS_CONTEXT) || \\
    defined(SWISS_HOOK_) || defined(SWISS_TYPE_) || defined(SWISS_HOOK_TYPE_) || defined(SWISS_OF_ONE_)
#error parameters left
#endif\n")
expect("" "${name}${key}#define SWISS_BOUNDED\n${include}
#if defined(SWISS_BOUNDED)
#    error
#endif
")
expect("" "${name}${key}#define SWISS_HASH_KEYED\n${include}
#if defined(SWISS_HASH_KEYED) || defined(SWISS_IS_KEYED_) || defined(SWISS_NAN_APART_)
#error parameters left
#endif\n")
expect("" "${name}${key}${hash}${lookup}${lookup_equal}${lookup_hash}#define SWISS_HASH_AVALANCHES\n${value}${include}
#if defined(SWISS_NAME) || defined(SWISS_KEY) || defined(SWISS_VALUE) || defined(SWISS_HASH) || defined(SWISS_LOOKUP) || \\
    defined(SWISS_LOOKUP_HASH) || defined(SWISS_LOOKUP_EQUAL) || defined(SWISS_HASH_AVALANCHES) || defined(SWISS_FN_)
#error parameters left
#endif\n")

# cache.h, by its own parameters.
set(cache "#include <swiss/cache.h>\n")
expect("" "${name}${key}${value}${cache}")
expect("a cache needs a SWISS_VALUE" "${name}${key}${cache}")
expect("#define SWISS_NAME to the name of the type" "${key}${value}${cache}")
expect("a cache has no SWISS_CONTEXT" "${name}${key}${value}#define SWISS_CONTEXT int\n${cache}")
expect("a cache has no SWISS_BOUNDED" "${name}${key}${value}#define SWISS_BOUNDED\n${cache}")
expect("SWISS_THREADS hands out copies of values: SWISS_VALUE_DROP needs SWISS_VALUE_CLONE"
       "${drop}${name}${key}${value}#define SWISS_VALUE_DROP drop\n#define SWISS_THREADS\n${cache}")
expect("SWISS_WEAK has a SWISS_VALUE_DROP and a SWISS_VALUE_CLONE of its own: leave yours out"
       "${drop}${name}${key}#define SWISS_VALUE int *\n#define SWISS_VALUE_DROP drop\n#define SWISS_WEAK\n${cache}")
expect("SWISS_WEAK with SWISS_KEY_DROP needs SWISS_KEY_CLONE"
       "${drop}${name}${key}#define SWISS_VALUE int *\n#define SWISS_KEY_DROP drop\n#define SWISS_WEAK\n${cache}")
expect("SWISS_WEAK needs a SWISS_VALUE that is a pointer to a counted object"
       "${name}${key}#define SWISS_VALUE char\n#define SWISS_WEAK\n${cache}")
expect("SWISS_VALUE_DROP must be void f(VALUE *)"
       "#include <stdlib.h>\n${name}${key}#define SWISS_VALUE void *\n#define SWISS_VALUE_DROP free\n${cache}")
