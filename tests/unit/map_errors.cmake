# What the compiler says to a program that gives map.h too little or contradictory parameters: one line that says what to
# write. Run as cmake -DCOMPILER=... -DINCLUDE=... -DWORK=... -P map_errors.cmake

# expect(MESSAGE SOURCE): SOURCE does not compile, and the compiler's output contains MESSAGE. "" means: it compiles.
function(expect message source)
    file(WRITE ${WORK}/map_errors.c "#include <stdbool.h>\n#include <stdint.h>\n${source}")
    execute_process(COMMAND ${COMPILER} -std=c11 -c -o ${WORK}/map_errors.o -I${INCLUDE} ${WORK}/map_errors.c
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
expect("#define SWISS_NAME to the name of the map type before including <swiss/map.h>" "${key}${include}")
expect("#define SWISS_KEY to the key type before including <swiss/map.h>" "${name}${include}")
expect("a set has no SWISS_VALUE: include <swiss/map.h>" "${name}${key}${value}#include <swiss/set.h>\n")

foreach(given "" "${hash}" "${equal}")
    expect("this key type needs SWISS_HASH(const KEY *, seed) and SWISS_EQUAL(const KEY *, const KEY *)"
           "${name}${point}${given}${include}")
endforeach()
expect("" "${name}${point}${hash}${equal}${include}")
expect("this key type needs SWISS_HASH" "${name}#define SWISS_KEY long double\n${include}")
expect("SWISS_HASH_AVALANCHES is a promise about SWISS_HASH: define that too"
       "${name}${key}#define SWISS_HASH_AVALANCHES\n${include}")

expect("SWISS_VALUE_DROP and SWISS_VALUE_CLONE need SWISS_VALUE"
       "${drop}${name}${key}#define SWISS_VALUE_DROP drop\n${include}")

expect("SWISS_LOOKUP needs SWISS_LOOKUP_EQUAL(const KEY *, const LOOKUP *)" "${name}${key}${lookup}${include}")
expect("SWISS_LOOKUP with SWISS_HASH needs SWISS_LOOKUP_HASH(const LOOKUP *, seed), equal to the hash of the key"
       "${name}${key}${hash}${lookup}${lookup_equal}${include}")
expect("this lookup type needs SWISS_LOOKUP_HASH(const LOOKUP *, seed)"
       "${name}${key}typedef struct { int x; } box;\n#define SWISS_LOOKUP box\n#define SWISS_LOOKUP_EQUAL(a, b) (*(a) == (b)->x)\n${include}")
foreach(given "${lookup_hash}" "${lookup_equal}" "#define SWISS_LOOKUP_MAKE make\n")
    expect("SWISS_LOOKUP_HASH, SWISS_LOOKUP_EQUAL and SWISS_LOOKUP_MAKE need SWISS_LOOKUP" "${name}${key}${given}${include}")
endforeach()
expect("" "${name}${key}${hash}${lookup}${lookup_equal}${lookup_hash}${include}")

expect("define SWISS_DECLARE in a header or SWISS_DEFINE in a source file, not both"
       "${name}${key}#define SWISS_DECLARE\n#define SWISS_DEFINE\n${include}")
expect("define only one of SWISS_GROUP_SSE2, SWISS_GROUP_NEON and SWISS_GROUP_PORTABLE"
       "#define SWISS_GROUP_SSE2\n#define SWISS_GROUP_PORTABLE\n${name}${key}${include}")

# A map whose entries cannot be cloned has no clone, so that the mistake is seen when linking or before.
expect("m_clone" "${drop}${name}${key}#define SWISS_KEY_DROP drop\n${include}
bool (*clone)(m *, const m *) = m_clone;\n")

# What loses data, or leaks, when its result is ignored: each line is remarked on.
set(calls "m_clone(a, b)" "m_merge(a, b)" "m_move(a)" "swiss_table_clone(&a->table, &b->table, 0)"
          "swiss_table_merge(&a->table, &b->table, 0)" "swiss_table_move(&a->table)" "swiss_heap_create()"
          "swiss_heap_alloc(0, 1)" "swiss_heap_alloc_zeroed(0, 1, 1)" "swiss_heap_alloc_aligned(0, 1, 1)"
          "swiss_heap_resize(0, a, 1)" "swiss_heap_resize_aligned(0, a, 1, 1)")
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

# Sets lack what is about values, and nothing else.
set(by_lookup "${lookup}${lookup_equal}${lookup_hash}#define SWISS_LOOKUP_MAKE(k, from) ((*(k) = **(from)), true)\n")
expect("" "${name}${key}${hash}${by_lookup}#include <swiss/set.h>\n")
foreach(function get get_or_insert get_as get_or_insert_as)
    expect("m_${function}" "${name}${key}${hash}${by_lookup}#include <swiss/set.h>\nvoid *address = (void *)&m_${function};\n")
    expect("" "${name}${key}${hash}${by_lookup}${value}${include}void *f(void) { return (void *)(intptr_t)&m_${function}; }\n")
endforeach()

# Parameters do not outlive the header.
expect("" "${name}${key}${hash}${lookup}${lookup_equal}${lookup_hash}#define SWISS_HASH_AVALANCHES\n${value}${include}
#if defined(SWISS_NAME) || defined(SWISS_KEY) || defined(SWISS_VALUE) || defined(SWISS_HASH) || defined(SWISS_LOOKUP) || \\
    defined(SWISS_LOOKUP_HASH) || defined(SWISS_LOOKUP_EQUAL) || defined(SWISS_HASH_AVALANCHES) || defined(SWISS_FN)
#error parameters left
#endif\n")
