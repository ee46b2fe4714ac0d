// The loops over Go's map, one instance for each pair of key and elem types. The compiler makes the same code
// of them as of loops over a map whose type is spelled out: calls of the runtime's fast paths.

package main

import (
	"runtime"
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

func (t *table[K, V, N]) count() uint64 {
	return uint64(len(t.m))
}

func (t *table[K, V, N]) insert(keys unsafe.Pointer, n uint64) {
	m := t.m
	for i, key := range keysAt[K](keys, n) {
		m[key] = elemOf[V, N](i)
	}
}

func (t *table[K, V, N]) find(keys unsafe.Pointer, n uint64) (sum uint64) {
	m := t.m
	for _, key := range keysAt[K](keys, n) {
		sum += numberOf[V, N](m[key])
	}
	return sum
}

func (t *table[K, V, N]) findDep(keys unsafe.Pointer, n, zero uint64) (sum uint64) {
	m := t.m
	stream := keysAt[K](keys, n)
	elem := uint64(0)
	for i := range stream {
		elem = numberOf[V, N](m[stream[uint64(i)+elem&zero]])
		sum += elem
	}
	return sum
}

func (t *table[K, V, N]) remove(keys unsafe.Pointer, n uint64) {
	m := t.m
	for _, key := range keysAt[K](keys, n) {
		delete(m, key)
	}
}

func (t *table[K, V, N]) churn(removed, inserted unsafe.Pointer, n uint64) {
	m := t.m
	in := keysAt[K](inserted, n)
	for i, key := range keysAt[K](removed, n) {
		delete(m, key)
		m[in[i]] = elemOf[V, N](i)
	}
}

func (t *table[K, V, N]) iterate() (sum uint64) {
	for _, elem := range t.m {
		sum += numberOf[V, N](elem)
	}
	return sum
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
