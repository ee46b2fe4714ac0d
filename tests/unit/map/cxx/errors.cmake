# What the compiler says to a program that gives map.hpp types which it cannot have: the first error says what to write.
# Run as cmake -DCOMPILER=... -DINCLUDE=... -DWORK=... -P errors.cmake
cmake_minimum_required(VERSION 3.16)

# expect(MESSAGE SOURCE): SOURCE does not compile, and MESSAGE is in the first error. "" means: it compiles.
function(expect message source)
    file(WRITE ${WORK}/map_cxx_errors.cc "#include <swiss/map.hpp>\n${source}")
    execute_process(COMMAND ${COMPILER} -std=c++17 -fsyntax-only -I${INCLUDE} ${WORK}/map_cxx_errors.cc
                    RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
    string(REGEX MATCH "error: [^\n]*" first "${output}")
    string(FIND "${first}" "swiss: ${message}" found)
    if(message STREQUAL "")
        if(failed)
            message(SEND_ERROR "Should compile:\n${source}\nbut:\n${output}")
        endif()
    elseif(NOT failed OR found EQUAL -1)
        message(SEND_ERROR "Should say first: ${message}\nof:\n${source}\nbut says:\n${output}")
    endif()
    string(REGEX MATCHALL "error: " errors "${output}")
    list(LENGTH errors count)
    set(count ${count} PARENT_SCOPE)
endfunction()

# only(MESSAGE SOURCE): the same, and it is the only error.
function(only message source)
    expect("${message}" "${source}")
    if(NOT count EQUAL 1)
        message(SEND_ERROR "Should be one error, not ${count}:\n${source}")
    endif()
endfunction()

set(point "struct point { int x; };\n")
set(hash "template <> struct swiss::hash<point> {
    std::uint64_t operator()(const point &p, std::uint64_t seed) const noexcept { return swiss_hash_u64(p.x, seed); }
};\n")
set(equal "bool operator==(const point &a, const point &b) { return a.x == b.x; }\n")
set(use "int main() { swiss::map<point, int> map; map[{1}] = 2; return map.contains({1}) + map.erase({1}); }\n")
expect("" "${point}${hash}${equal}${use}")
only("this key has no hash: specialise swiss::hash or std::hash for it, or give the map one" "${point}${equal}${use}")
only("this key has no operator==: write one, or give the map a comparison" "${point}${hash}${use}")

set(of_int "int main() { swiss::map<int, int, H, E> map; map[1] = 2; return map.contains(1) + map.erase(1); }\n")
set(h "struct H { std::size_t operator()(int) const { return 1; } };\n")
set(e "struct E { bool operator()(int, int) const { return true; } };\n")
expect("" "${h}${e}${of_int}")
foreach(wrong "std::size_t operator()(int) { return 1; }" "std::size_t operator()(int &) const { return 1; }"
        "void operator()(int) const {}" "std::size_t operator()(const char *) const { return 1; }")
    only("the hash needs std::size_t operator()(const KEY &) const" "struct H { ${wrong} };\n${e}${of_int}")
endforeach()
foreach(wrong "bool operator()(int, int) { return true; }" "bool operator()(int) const { return true; }"
        "void operator()(int, int) const {}" "bool operator()(int &, int &) const { return true; }")
    only("the comparison needs bool operator()(const KEY &, const KEY &) const" "struct E { ${wrong} };\n${h}${of_int}")
endforeach()

set(stays "struct stays { stays() {} stays(stays &&) = delete; };\n")
set(moves "keys and values move when the table grows: write a move constructor, or keep a std::unique_ptr to what cannot move")
only("${moves}" "${stays}int main() { swiss::map<int, stays> map; map.try_emplace(1); }\n")
only("${moves}" "#include <mutex>\nint main() { swiss::map<int, std::mutex> map; map[1].lock(); }\n")
expect("" "${stays}template <> struct swiss::is_trivially_relocatable<stays> : std::true_type {};
int main() { swiss::map<int, stays> map; map.try_emplace(1); }\n")
expect("" "#include <mutex>\nint main() { swiss::map<int, std::unique_ptr<std::mutex>> map; map.try_emplace(1); }\n")

expect("a key type is neither volatile nor a reference" "int main() { swiss::set<int &> set; }\n")
expect("a key type is neither volatile nor a reference" "int main() { swiss::map<volatile int, int> map; }\n")
only("keyed_hash is for numbers, pointers and strings: call swiss_hash_keyed in a hash of your own"
     "${point}${equal}int main() { swiss::set<point, swiss::keyed_hash<point>> set; set.insert({1}); }\n")
