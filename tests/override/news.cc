// operator new and delete of every kind, over malloc and its family.
#include <cstdint>
#include <cstdio>
#include <malloc.h>
#include <new>
#include <string>
#include <vector>

struct alignas(256) wide {
    char bytes[300];
};

int main() {
    int wrong = 0;
    std::size_t before = mallinfo2().uordblks;
    std::vector<char *> blocks;
    for (std::size_t size = 1; size < 100000; size = size * 2 + 1) {
        blocks.push_back(new char[size]);
        wrong += malloc_usable_size(blocks.back()) < size;
        wrong += size > 8 && reinterpret_cast<std::uintptr_t>(blocks.back()) % __STDCPP_DEFAULT_NEW_ALIGNMENT__ != 0;
    }
    wrong += mallinfo2().uordblks - before < 100000; // they are malloc's
    for (char *block : blocks)
        delete[] block;
    wide *one = new wide, *many = new wide[10];
    wrong += reinterpret_cast<std::uintptr_t>(one) % 256 != 0 || reinterpret_cast<std::uintptr_t>(many) % 256 != 0;
    delete one;
    delete[] many;
    ::operator delete (::operator new(100), std::size_t{100});
    ::operator delete (::operator new (100, std::align_val_t{4096}), std::size_t{100}, std::align_val_t{4096});
    void *refused = ::operator new(SIZE_MAX / 2 + 1, std::nothrow);
    wrong += refused != nullptr;
    try {
        volatile std::size_t most = SIZE_MAX / 2 + 1;
        ::operator delete(::operator new(most));
        ++wrong;
    } catch (const std::bad_alloc &) {
    }
    std::string text;
    for (int i = 0; i < 100000; ++i)
        text += static_cast<char>('a' + i % 26);
    wrong += text[99999] != 'd';
    std::printf("%d wrong\n", wrong);
    return wrong != 0;
}
