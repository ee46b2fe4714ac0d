# What a compiler says first of a mistake in the parameters of a template, or in the use of a map: that line says what is
# wrong, and mostly what to write, and few follow it. Run as
# cmake -DCOMPILER=... -DINCLUDE=... -DWORK=... -P mistakes.cmake
cmake_minimum_required(VERSION 3.16)

execute_process(COMMAND ${COMPILER} --version OUTPUT_VARIABLE version)
execute_process(COMMAND ${COMPILER} -dumpversion OUTPUT_VARIABLE number)
set(is_clang FALSE)
if(version MATCHES clang)
    set(is_clang TRUE)
endif()
get_filename_component(compiler ${COMPILER} NAME)
set(file ${WORK}/mistakes_${compiler}.c)
set(how -fsyntax-only -I)

# mistake(MOST SAYS SOURCE [CLANG]): the first remark of the compiler about SOURCE has SAYS in it, or CLANG if it is clang
# and that is there; and at most MOST of its remarks are errors.
function(mistake most says source)
    if(is_clang AND ARGC GREATER 3)
        set(says "${ARGV3}")
    endif()
    file(WRITE ${file} "#include <stdbool.h>\n#include <stdint.h>\n#include <stdlib.h>\n#include <string.h>\n${source}")
    execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${COMPILER} -std=c11 -Wall ${how} ${INCLUDE} ${file}
                    OUTPUT_VARIABLE output ERROR_VARIABLE output)
    string(REGEX MATCH "[^\n]*(error|warning): [^\n]*" first "${output}")
    string(REGEX MATCHALL "error: " errors "${output}")
    list(LENGTH errors count)
    string(FIND "${first}" "${says}" found)
    if(found EQUAL -1)
        message(SEND_ERROR "Should say first: ${says}\nof:\n${source}\nbut says:\n${output}")
    elseif(count GREATER most)
        message(SEND_ERROR "Should find at most ${most} errors, and not ${count}, in:\n${source}\nbut says:\n${output}")
    endif()
endfunction()

set(name "#define SWISS_NAME words\n")
set(key "#define SWISS_KEY int\n")
set(value "#define SWISS_VALUE int\n")
set(map "#include <swiss/map.h>\n")
set(set "#include <swiss/set.h>\n")
set(cache "#include <swiss/cache.h>\n")
set(point "typedef struct { int x, y; } point;\n${name}#define SWISS_KEY point\n")
set(string "${name}#define SWISS_KEY char *\n")
set(use "size_t use(words *map) { words_clear(map); return words_size(map); }\n")

# The name.
mistake(1 "#define SWISS_NAME to the name of the type" "${key}${map}")
mistake(1 "#define SWISS_NAME to the name of the type" "${key}${value}${cache}")
foreach(wrong 3d \"words\" "" my-words "words *" "struct words")
    set(clang "SWISS_NAME must be one identifier")
    if(wrong STREQUAL "")
        set(clang "too few arguments")
    elseif(NOT wrong MATCHES "^3d$|^\"")
        set(clang "missing ')' after")
    endif()
    mistake(9 "SWISS_NAME must be one identifier" "#define SWISS_NAME ${wrong}\n${key}${map}" "${clang}")
endforeach()
mistake(68 "before 'int'" "#define SWISS_NAME int\n${key}${map}" "SWISS_NAME must be one identifier")
mistake(48 "'words' redeclared as different kind of symbol" "int words(void);\n${name}${key}${map}"
        "redefinition of 'words' as different kind of symbol")
foreach(named map key value entry hash from options table cache shard result)
    foreach(template "${map}" "${cache}")
        mistake(0 "" "#define SWISS_NAME ${named}\n${key}${value}${template}")
    endforeach()
endforeach()

# One name twice. A system's header does not stop clang.
if(is_clang OR NOT number VERSION_LESS 12)
    set(many 1)
    foreach(how "-fsyntax-only;-I" "-fsyntax-only;-isystem")
        foreach(first "${key}${value}${map}" "${key}${value}${cache}")
            foreach(second "${key}${set}" "${key}${value}${cache}")
                mistake(${many} "swiss: words is another type already: give this one another name, or its header an include guard"
                        "${name}${first}${name}${second}${use}"
                        "swiss: words is another type already: give this one another SWISS_NAME, or its header an include guard")
            endforeach()
        endforeach()
        if(is_clang)
            set(many 21)
        endif()
    endforeach()
    set(how -fsyntax-only -I)
    mistake(3 "swiss: words is another type already"
            "${name}${key}${map}#define SWISS_NAME others\n${key}${map}${name}${key}${map}#define SWISS_NAME others\n${key}${map}")
    set(declare "${name}${key}#define SWISS_DECLARE\n${map}")
    set(define "${name}${key}#define SWISS_DEFINE\n${map}")
    mistake(1 "swiss: words is another type already" "${declare}${declare}${use}")
    mistake(1 "swiss: words is another type already" "${declare}${name}${key}${map}${use}")
    mistake(1 "swiss: words is another type already" "${declare}${define}${define}${use}")
    mistake(0 "" "${declare}${define}#define SWISS_NAME words_2\n${key}${map}#define SWISS_NAME word\n${key}${map}${use}")
endif()

# Types.
mistake(1 "#define SWISS_KEY to the key type" "${name}${map}${use}")
set(before "typedef char array[16];\ntypedef void function(void);\nstruct incomplete;\ntypedef const int constant;\n")
foreach(what KEY VALUE CONTEXT LOOKUP)
    set(others "")
    if(NOT what STREQUAL KEY)
        set(others "${key}")
    endif()
    if(what STREQUAL LOOKUP)
        string(APPEND others "#define SWISS_LOOKUP_EQUAL(a, b) true\n#define SWISS_LOOKUP_HASH(a, seed) (seed)\n")
    endif()
    foreach(wrong "char[16]" array void "void(void)" function "volatile int" constant "char *const")
        if(NOT what STREQUAL LOOKUP OR wrong MATCHES "16|array|^void$")
            foreach(template "${map}" "${value}${cache}")
                if(template STREQUAL map OR NOT what MATCHES "VALUE|CONTEXT")
                    mistake(1 "swiss: SWISS_${what} must be a plain type: put an array into a struct"
                            "${before}${name}${others}#define SWISS_${what} ${wrong}\n${template}${use}")
                endif()
            endforeach()
        endif()
    endforeach()
    mistake(3 "incomplete typedef 'words_given_" "${before}${name}${others}#define SWISS_${what} struct incomplete\n${map}${use}"
            "where a complete type is required")
    mistake(1 "unknown type name 'stranger'" "${before}${name}${others}#define SWISS_${what} stranger\n${map}${use}"
            "use of undeclared identifier 'stranger'")
    mistake(1 "type defaults to 'int'" "${before}${name}${others}#define SWISS_${what}\n${map}${use}" "expected expression")
    mistake(2 "type defaults to 'int'" "${before}${name}${others}#define SWISS_${what} \"text\"\n${map}${use}" "must be a plain type")
    foreach(right "int (*)(void)" "int (*)[4]" "_Atomic int" "struct { int x, y; }" "enum { ONE, TWO }")
        set(hooks "")
        if(what STREQUAL KEY AND right MATCHES "^(_A|struct)")
            set(hooks "#define SWISS_HASH(k, seed) (seed)\n#define SWISS_EQUAL(a, b) true\n")
        endif()
        mistake(0 "" "${before}${name}${others}${hooks}#define SWISS_${what} ${right}\n${map}${use}")
    endforeach()
endforeach()

set(needs "swiss: this key type needs SWISS_HASH(const KEY *, seed) and SWISS_EQUAL(const KEY *, const KEY *)")
mistake(1 "${needs}" "${point}${map}${use}")
mistake(1 "${needs}" "${point}#define SWISS_HASH(p, seed) ((uint64_t)(p)->x + (seed))\n${map}${use}")
mistake(1 "${needs}" "${point}#define SWISS_EQUAL(a, b) ((a)->x == (b)->x)\n${map}${use}")
mistake(1 "${needs}" "${point}#define SWISS_HASH_KEYED\n${value}${cache}${use}")
mistake(1 "swiss: for the characters at this pointer" "${name}#define SWISS_KEY unsigned char *\n${map}${use}")

# Parameters that are none, or another template's, or contradict each other.
foreach(wrong VAL VALEU VALUE_TYPE KEY_TYPE TYPE)
    mistake(1 "there is no such parameter: the types are SWISS_KEY and SWISS_VALUE" "${name}${key}#define SWISS_${wrong} int\n${map}${use}")
endforeach()
foreach(wrong EQ EQUALS CMP COMPARE HAS HASH_FN KEY_HASH KEY_EQUAL)
    mistake(1 "there is no such parameter: the functions of keys are SWISS_HASH and SWISS_EQUAL"
            "${name}${key}#define SWISS_${wrong} f\n${map}${use}")
endforeach()
foreach(wrong FREE KEY_FREE VALUE_FREE DROP COPY KEY_COPY VALUE_COPY CLONE)
    mistake(1 "there is no such parameter: keys have SWISS_KEY_DROP and SWISS_KEY_CLONE" "${name}${key}#define SWISS_${wrong} free\n${map}${use}")
endforeach()
foreach(wrong ALLOCATOR MALLOC MAX_LOAD)
    mistake(1 "there is no such parameter: the allocator is one of the options" "${name}${key}#define SWISS_${wrong} f\n${map}${use}")
endforeach()
foreach(wrong COST TIMES WEAK THREADS)
    mistake(1 "a map has no SWISS_COST, SWISS_TIMES, SWISS_WEAK or SWISS_THREADS: include <swiss/cache.h>"
            "${name}${key}${value}#define SWISS_${wrong}\n${map}${use}")
    mistake(1 "a map has no SWISS_COST" "${name}${key}#define SWISS_${wrong}\n${set}#define SWISS_NAME other\n${key}${map}${use}")
endforeach()
mistake(1 "a set has no SWISS_VALUE: include <swiss/map.h>" "${name}${key}${value}${set}${use}")
mistake(1 "a cache needs a SWISS_VALUE" "${name}${key}${cache}${use}")
mistake(1 "a cache has no SWISS_CONTEXT" "${name}${key}${value}#define SWISS_CONTEXT int\n${cache}${use}")
mistake(1 "a cache has no SWISS_BOUNDED" "${name}${key}${value}#define SWISS_BOUNDED\n${cache}${use}")
mistake(1 "SWISS_WEAK has a SWISS_VALUE_DROP" "${name}${key}#define SWISS_VALUE int *\n#define SWISS_VALUE_DROP f\n#define SWISS_WEAK\n${cache}${use}")
mistake(2 "SWISS_WEAK with SWISS_KEY_DROP needs SWISS_KEY_CLONE"
        "void drop(int *);\n${name}${key}#define SWISS_VALUE int *\n#define SWISS_KEY_DROP drop\n#define SWISS_WEAK\n${cache}${use}")
mistake(1 "SWISS_THREADS hands out copies of values"
        "void drop(int *);\n${name}${key}${value}#define SWISS_VALUE_DROP drop\n#define SWISS_THREADS\n${cache}${use}")
mistake(1 "SWISS_VALUE_DROP and SWISS_VALUE_CLONE need SWISS_VALUE" "${name}${key}#define SWISS_VALUE_DROP f\n${map}${use}")
mistake(1 "SWISS_HASH_AVALANCHES is a promise about SWISS_HASH" "${name}${key}#define SWISS_HASH_AVALANCHES\n${map}${use}")
mistake(1 "SWISS_HASH_KEYED is about the default hash"
        "${name}${key}#define SWISS_HASH_KEYED\n#define SWISS_HASH(k, seed) (seed)\n${map}${use}")
mistake(1 "SWISS_KEY_OWNED_STRING stands for SWISS_KEY" "${name}${key}#define SWISS_KEY_OWNED_STRING\n#define SWISS_HASH f\n${map}${use}")
mistake(1 "SWISS_LOOKUP needs SWISS_LOOKUP_EQUAL" "${name}${key}#define SWISS_LOOKUP long\n${map}${use}")
mistake(1 "SWISS_LOOKUP with SWISS_HASH needs SWISS_LOOKUP_HASH" "${name}${key}#define SWISS_HASH(k, seed) (seed)
#define SWISS_LOOKUP long\n#define SWISS_LOOKUP_EQUAL(a, b) (*(a) == *(b))\n${map}${use}")
mistake(1 "need SWISS_LOOKUP" "${name}${key}#define SWISS_LOOKUP_MAKE f\n${map}${use}")
mistake(1 "SWISS_DECLARE in a header or SWISS_DEFINE in a source file, not both"
        "${name}${key}#define SWISS_DECLARE\n#define SWISS_DEFINE\n${map}${use}")
mistake(1 "SWISS_DEFINE defines what a header with SWISS_DECLARE declares: include that header before"
        "${name}${key}#define SWISS_DEFINE\n${map}${use}")
mistake(40 "SWISS_DEFINE needs the same parameters as the header with SWISS_DECLARE"
        "${name}${key}${value}#define SWISS_DECLARE\n${map}${name}${key}#define SWISS_DEFINE\n${map}")

# Functions.
foreach(wrong "HASH;uint64_t f(int, uint64_t);uint64_t f(const KEY *, uint64_t seed)"
        "HASH;void f(const int *, uint64_t);uint64_t f(const KEY *, uint64_t seed)"
        "HASH;uint64_t f(int *, uint64_t);uint64_t f(const KEY *, uint64_t seed)"
        "EQUAL;bool f(int, int);bool f(const KEY *, const KEY *)" "EQUAL;void f(const int *, const int *);bool f(const KEY *, const KEY *)"
        "KEY_DROP;void f(int);void f(KEY *)" "KEY_DROP;void f(char **);void f(KEY *)" "VALUE_DROP;void f(int);void f(VALUE *)"
        "KEY_CLONE;void f(int *, const int *);bool f(KEY *to, const KEY *from)" "COST;size_t f(int, int);size_t f(const KEY *, const VALUE *)"
        "COST;size_t f(const void *, const void *);size_t f(const KEY *, const VALUE *)")
    list(GET wrong 0 what)
    list(GET wrong 1 f)
    list(GET wrong 2 says)
    set(drop "")
    if(what STREQUAL KEY_CLONE)
        set(drop "#define SWISS_KEY_DROP(k) ((void)(k))\n")
    endif()
    foreach(template "${map}" "${cache}")
        if(template STREQUAL cache OR NOT what STREQUAL COST)
            mistake(4 "swiss: SWISS_${what} must be ${says}" "${f};\n${drop}${name}${key}${value}#define SWISS_${what} f\n${template}${use}")
        endif()
    endforeach()
endforeach()
mistake(1 "swiss: SWISS_KEY_DROP must be void f(KEY *)" "${string}#define SWISS_KEY_DROP free\n${map}${use}")
mistake(3 "swiss: SWISS_EQUAL must be bool f(const KEY *, const KEY *)" "${string}#define SWISS_EQUAL strcmp\n${map}${use}")
mistake(3 "function 'my_hash'" "${name}${key}#define SWISS_HASH my_hash\n${map}${use}")
mistake(5 "passed 2 arguments, but takes just 1" "${name}${key}#define SWISS_HASH(k) (*(k))\n${map}${use}"
        "too many arguments provided to function-like macro")

# The use of a map that is right. Of results that are ignored a compiler speaks later than of the rest.
set(how -c -o ${file}.o -I)
set(maps "${point}#define SWISS_HASH(p, seed) ((uint64_t)(p)->x + (seed))\n#define SWISS_EQUAL(a, b) ((a)->x == (b)->x)\n${set}
#define SWISS_NAME ages\n#define SWISS_KEY const char *\n${value}${map}#define SWISS_NAME ids\n${key}${set}")
mistake(1 "argument 2 of 'ids_contains' makes integer from pointer" "${maps}bool f(ids *m) { return ids_contains(m, \"7\"); }"
        "to parameter of type 'ids_key' (aka 'int')")
mistake(1 "argument 2 of 'ids_contains' makes integer from pointer" "${maps}bool f(ids *m, int n) { return ids_contains(m, &n); }"
        "to parameter of type 'ids_key' (aka 'int'); remove &")
mistake(1 "incompatible type for argument 1 of 'ages_free'" "${maps}void f(ages m) { ages_free(m); }" "take the address with &")
mistake(1 "incompatible type for argument 1 of 'ages_next'"
        "${maps}ages_entry *f(ages *m) { ages_iter i = ages_iterate(m); return ages_next(i); }" "take the address with &")
mistake(1 "expected expression before '{'" "${maps}bool f(words *m) { return words_contains(m, {1, 2}); }" "expected expression")
mistake(0 "argument 1 of 'ages_put' discards 'const' qualifier" "${maps}void f(const ages *m) { ages_put(m, \"a\", 1); }"
        "passing 'const ages *' (aka 'const struct ages *') to parameter of type 'ages *'")
mistake(0 "argument 1 of 'ids_contains' from incompatible pointer type" "${maps}bool f(ages *m) { return ids_contains(m, 1); }"
        "passing 'ages *' (aka 'struct ages *') to parameter of type 'const ids *'")
mistake(1 "too few arguments to function 'ages_put'" "${maps}void f(ages *m) { ages_put(m, \"a\"); }"
        "too few arguments to function call, expected 3, have 2")
mistake(1 "returning 'ages_value *' {aka 'int *'}" "${maps}int f(ages *m) { return ages_get(m, \"a\"); }" "dereference with *")
mistake(1 "used struct type value where scalar is required" "${maps}void f(ages *m) { if (ages_insert(m, \"a\", 1)) abort(); }"
        "statement requires expression of scalar type ('ages_result'")
mistake(1 "'ids_get'" "${maps}void *f(ids *m) { return (void *)(intptr_t)ids_get(m, 1); }")
mistake(1 "did you mean to use '->'?" "${maps}int f(ages *m) { return ages_find(m, \"a\").value; }")
mistake(1 "argument 2 of 'ages_retain' from incompatible pointer type"
        "${maps}static bool keep(ages_entry *e) { return e->value; }\nvoid f(ages *m) { ages_retain(m, keep, NULL); }"
        "to parameter of type 'bool (*)(ages_entry *, void *)'")
foreach(call "ages_clone(a, b)" "ages_merge(a, b)" "ages_move(a)")
    string(REGEX REPLACE "\\(.*" "" function "${call}")
    mistake(0 "ignoring return value of '${function}'" "${maps}void f(ages *a, ages *b) { (void)b, ${call}; }"
            "ignoring return value of function")
endforeach()
