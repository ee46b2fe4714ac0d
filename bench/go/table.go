// The loops over Go's map, one instance for each pair of key and elem types. The compiler makes the same code
// of them as of loops over a map whose type is spelled out: calls of the runtime's fast paths.

package main

// #include "go_map.h"
import "C"

import (
	"runtime"
	"time"
	"unsafe"
)

type number interface{ uint32 | uint64 }

type bytes56 [7]uint64

// An elem begins with its number, of type N. A method of the elem's would be called through a dictionary.
type table[K comparable, V any, N number] struct {
	m map[K]V
}

func newTable[K comparable, V any, N number](hint uint64) *table[K, V, N] {
	if hint == 0 {
		return &table[K, V, N]{make(map[K]V)}
	}
	return &table[K, V, N]{make(map[K]V, hint)}
}

func elemOf[V any, N number](i int) (elem V) {
	*(*N)(unsafe.Pointer(&elem)) = N(i)
	return elem
}

func numberOf[V any, N number](elem V) uint64 {
	return uint64(*(*N)(unsafe.Pointer(&elem)))
}

// Go's view of n keys in C's memory.
func keysAt[K comparable](keys unsafe.Pointer, n uint64) []K {
	return unsafe.Slice((*K)(keys), n)
}

// The batches of afar.h.
func (t *table[K, V, N]) call(operation C.int32_t, keys, inserted unsafe.Pointer, n, zero uint64) (result uint64) {
	m := t.m
	chosen := keysAt[K](keys, n)
	switch operation {
	case C.AFAR_SIZE:
		result = uint64(len(m))
	case C.AFAR_SUM:
		for _, elem := range m {
			result += numberOf[V, N](elem)
		}
	case C.AFAR_INSERT:
		for i, key := range chosen {
			m[key] = elemOf[V, N](i)
		}
	case C.AFAR_FIND:
		for _, key := range chosen {
			result += numberOf[V, N](m[key])
		}
	case C.AFAR_FIND_CHAIN:
		elem := uint64(0)
		for i := range chosen {
			elem = numberOf[V, N](m[chosen[uint64(i)+elem&zero]])
			result += elem
		}
	case C.AFAR_REMOVE:
		before := len(m)
		for _, key := range chosen {
			delete(m, key)
		}
		result = uint64(before - len(m))
	case C.AFAR_CHURN:
		before := len(m)
		in := keysAt[K](inserted, n)
		for i, key := range chosen {
			delete(m, key)
			m[in[i]] = elemOf[V, N](i)
		}
		result = n - uint64(len(m)-before) // each that was not there has left the map larger by one
	}
	return result
}

// The cheapest clock that Go has.
var began = time.Now()

func nanoseconds() uint64 {
	return uint64(time.Since(began))
}

func (t *table[K, V, N]) insertTimed(keys unsafe.Pointer, times []uint64) {
	m := t.m
	before := nanoseconds()
	for i, key := range keysAt[K](keys, uint64(len(times))) {
		m[key] = elemOf[V, N](i)
		now := nanoseconds()
		times[i] = now - before
		before = now
	}
}

func timeClock(times []uint64) {
	before := nanoseconds()
	for i := range times {
		now := nanoseconds()
		times[i] = now - before
		before = now
	}
}

// Of maps of the same types as this one.
func (t *table[K, V, N]) smallLives(keys unsafe.Pointer, sizes []uint8) (sum uint64) {
	for _, size := range sizes {
		chosen := keysAt[K](keys, uint64(size))
		m := make(map[K]V)
		for i, key := range chosen {
			m[key] = elemOf[V, N](i)
		}
		for _, key := range chosen {
			sum += numberOf[V, N](m[key])
		}
		var key K
		keys = unsafe.Add(keys, uintptr(size)*unsafe.Sizeof(key))
	}
	return sum
}

// The memory statistics when all garbage is gone. Collecting twice also frees what was kept for finalizers.
func collectedStats() (stats runtime.MemStats) {
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats
}

// Words are runs of bytes over ' '.
func wordcount(text []byte) (distinct, words uint64) {
	all := *(*string)(unsafe.Pointer(&text)) // no copy: the string shares the bytes
	m := make(map[string]uint64)
	for at := 0; at < len(all); {
		for at < len(all) && all[at] <= ' ' {
			at++
		}
		begin := at
		for at < len(all) && all[at] > ' ' {
			at++
		}
		if begin < at {
			m[all[begin:at]]++
			words++
		}
	}
	return uint64(len(m)), words
}
