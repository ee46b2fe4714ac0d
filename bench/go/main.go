// What go_map.h declares. cgo compares these functions with the declarations there.

package main

// #include "go_map.h"
//
// typedef void go_map_body(void *);
// static inline void go_map_run(go_map_body *body, void *argument) {
//     body(argument);
// }
import "C"

import (
	"runtime"
	"unsafe"
)

// A table of any type, called once for a whole batch.
type batches interface {
	call(operation C.int32_t, keys, inserted unsafe.Pointer, n, zero uint64) uint64
	insertTimed(keys unsafe.Pointer, times []uint64)
	smallLives(keys unsafe.Pointer, sizes []uint8) uint64
}

// Handles are indices here, plus 1.
var (
	tables []batches
	unused []uint64
)

func newBatches(kind C.int32_t, hint C.uint64_t) batches {
	switch kind {
	case C.GO_MAP_U32_U32:
		return newTable[uint32, uint32, uint32](uint64(hint))
	case C.GO_MAP_U64_U64:
		return newTable[uint64, uint64, uint64](uint64(hint))
	case C.GO_MAP_U64_56B:
		return newTable[uint64, bytes56, uint64](uint64(hint))
	case C.GO_MAP_STR_U64:
		return newTable[string, uint64, uint64](uint64(hint))
	}
	panic("go_map: no such type of map")
}

//export go_map_new
func go_map_new(kind C.int32_t, hint C.uint64_t) C.go_map {
	t := newBatches(kind, hint)
	if last := len(unused) - 1; last >= 0 {
		id := unused[last]
		unused = unused[:last]
		tables[id-1] = t
		return C.go_map(id)
	}
	tables = append(tables, t)
	return C.go_map(len(tables))
}

//export go_map_free
func go_map_free(id C.go_map) {
	tables[id-1] = nil
	unused = append(unused, uint64(id))
}

//export go_map_call
func go_map_call(id C.go_map, operation C.int32_t, keys, inserted *C.go_const_void, n, zero C.uint64_t) C.uint64_t {
	return C.uint64_t(tables[id-1].call(operation, unsafe.Pointer(keys), unsafe.Pointer(inserted), uint64(n), uint64(zero)))
}

//export go_map_insert_timed
func go_map_insert_timed(id C.go_map, keys *C.go_const_void, n C.uint64_t, times *C.uint64_t) {
	of := unsafe.Slice((*uint64)(times), n)
	if id == 0 {
		timeClock(of)
	} else {
		tables[id-1].insertTimed(unsafe.Pointer(keys), of)
	}
}

//export go_map_small_lives
func go_map_small_lives(kind C.int32_t, keys *C.go_const_void, sizes *C.go_const_u8, n C.uint64_t) C.uint64_t {
	return C.uint64_t(newBatches(kind, 0).smallLives(unsafe.Pointer(keys), unsafe.Slice((*uint8)(sizes), n)))
}

//export go_map_bytes
func go_map_bytes(kind C.int32_t, keys *C.go_const_void, n C.uint64_t) C.uint64_t {
	before := collectedStats()
	t := newBatches(kind, 0)
	t.call(C.AFAR_INSERT, unsafe.Pointer(keys), nil, uint64(n), 0)
	after := collectedStats()
	runtime.KeepAlive(t)
	return C.uint64_t(after.HeapAlloc - before.HeapAlloc)
}

//export go_map_wordcount
func go_map_wordcount(text *C.go_const_u8, size C.uint64_t, words *C.uint64_t) C.uint64_t {
	distinct, all := wordcount(unsafe.Slice((*byte)(text), size))
	*words = C.uint64_t(all)
	return C.uint64_t(distinct)
}

//export go_map_within
func go_map_within(body *C.go_map_body, argument unsafe.Pointer) {
	C.go_map_run(body, argument)
}

//export go_map_collect
func go_map_collect() {
	runtime.GC()
}

func main() {}
