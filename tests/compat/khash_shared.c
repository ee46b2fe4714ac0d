/* khash_shared.c - a map and a set whose functions khash.c uses from here. */
#ifdef SWISS_COMPAT
#    include <swiss/compat/khash.h>
#else
#    include <htslib/khash.h>
#endif

KHASH_INIT2(shared_map, , kh_cstr_t, int, 1, kh_str_hash_func, kh_str_hash_equal)
KHASH_INIT2(shared_set, , khint64_t, char, 0, kh_int64_hash_func, kh_int64_hash_equal)
