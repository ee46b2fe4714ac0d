// The loops over Go's map, one instance for each pair of key and elem types. The compiler makes the same code
// of them as of loops over a map whose type is spelled out: calls of the runtime's fast paths.

package main

import (
	"runtime"
	"unsafe"
)

type number interface{ uint32 | uint64 }

type table[K comparable, V number] struct {
	m map[K]V
}

func newTable[K comparable, V number](hint uint64) *table[K, V] {
	if hint == 0 {
		return &table[K, V]{make(map[K]V)}
	}
	return &table[K, V]{make(map[K]V, hint)}
}

// Go's view of n keys in C's memory.
func keysAt[K comparable](keys unsafe.Pointer, n uint64) []K {
	return unsafe.Slice((*K)(keys), n)
}

func (t *table[K, V]) count() uint64 {
	return uint64(len(t.m))
}

func (t *table[K, V]) insert(keys unsafe.Pointer, n uint64) {
	m := t.m
	for i, key := range keysAt[K](keys, n) {
		m[key] = V(i)
	}
}

func (t *table[K, V]) find(keys unsafe.Pointer, n uint64) (sum uint64) {
	m := t.m
	for _, key := range keysAt[K](keys, n) {
		sum += uint64(m[key])
	}
	return sum
}

func (t *table[K, V]) findDep(keys unsafe.Pointer, n, zero uint64) (sum uint64) {
	m := t.m
	stream := keysAt[K](keys, n)
	elem := uint64(0)
	for i := range stream {
		elem = uint64(m[stream[uint64(i)+elem&zero]])
		sum += elem
	}
	return sum
}

func (t *table[K, V]) contains(keys unsafe.Pointer, n uint64) (found uint64) {
	m := t.m
	for _, key := range keysAt[K](keys, n) {
		if _, ok := m[key]; ok {
			found++
		}
	}
	return found
}

func (t *table[K, V]) remove(keys unsafe.Pointer, n uint64) {
	m := t.m
	for _, key := range keysAt[K](keys, n) {
		delete(m, key)
	}
}

func (t *table[K, V]) churn(removed, inserted unsafe.Pointer, n uint64) {
	m := t.m
	in := keysAt[K](inserted, n)
	for i, key := range keysAt[K](removed, n) {
		delete(m, key)
		m[in[i]] = V(i)
	}
}

func (t *table[K, V]) mixed(keys unsafe.Pointer, operations []uint8) (sum uint64) {
	m := t.m
	for i, key := range keysAt[K](keys, uint64(len(operations))) {
		switch operations[i] {
		case 0:
			sum += uint64(m[key])
		case 1:
			m[key] = V(i)
		default:
			delete(m, key)
		}
	}
	return sum
}

func (t *table[K, V]) iterate() (sum uint64) {
	for _, elem := range t.m {
		sum += uint64(elem)
	}
	return sum
}

// The compiler turns this loop into one call that clears the map.
func (t *table[K, V]) clear() {
	m := t.m
	for key := range m {
		delete(m, key)
	}
}

func smallLife[K comparable, V number](keys unsafe.Pointer, n, size uint64) (sum uint64) {
	stream := keysAt[K](keys, n)
	for uint64(len(stream)) >= size && size > 0 {
		m := make(map[K]V)
		for i, key := range stream[:size] {
			m[key] = V(i)
		}
		for _, key := range stream[:size] {
			sum += uint64(m[key])
		}
		stream = stream[size:]
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
