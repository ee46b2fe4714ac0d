// Go's sync.Pool, a program as the workers are (../../heap/worker.h): pool NAME SIZE OPERATIONS SEED. The work is that
// of ../../lifetimes/pool.cc.

package main

import (
	"fmt"
	"math/bits"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

type object [8]uint64

var objects = sync.Pool{New: func() any { return new(object) }}

// Buffers by the logarithm of their capacity.
var buffers [64]sync.Pool

func getBuffer(size int) *[]byte {
	tier := bits.Len(uint(size - 1))
	if buffer := buffers[tier].Get(); buffer != nil {
		return buffer.(*[]byte)
	}
	made := make([]byte, 1<<tier)
	return &made
}

func putBuffer(buffer *[]byte) {
	buffers[bits.Len(uint(cap(*buffer)-1))].Put(buffer)
}

func check(mark, wanted uint64) {
	if mark != wanted {
		panic("a block was overwritten")
	}
}

func objectPairs(thread, count uint64) {
	for i := uint64(0); i < count; i++ {
		got := objects.Get().(*object)
		atomic.StoreUint64(&got[0], i+thread)
		check(atomic.LoadUint64(&got[0]), i+thread)
		objects.Put(got)
	}
}

func objectBatches(size uint64) func(thread, count uint64) {
	got := make([]*object, size)
	return func(_, count uint64) {
		for done := uint64(0); done < count; done += size {
			for i := range got {
				got[i] = objects.Get().(*object)
				got[i][0] = uint64(i)
			}
			for i := range got {
				check(got[i][0], uint64(i))
				objects.Put(got[i])
			}
		}
	}
}

func bytePairs(seed uint64, least, more int) func(thread, count uint64) {
	var sizes [256]int
	for i := range sizes {
		seed = seed*6364136223846793005 + 1442695040888963407
		sizes[i] = least + int(seed>>33)%more
	}
	return func(thread, count uint64) {
		for i := uint64(0); i < count; i++ {
			buffer := getBuffer(sizes[i%256])
			(*buffer)[0] = byte(i + thread)
			check(uint64((*buffer)[0]), uint64(byte(i+thread)))
			putBuffer(buffer)
		}
	}
}

// The mean time of the threads, each on a processor of its choice: the harness has put this process on one.
func run(threads, operations uint64, body func(thread, count uint64)) float64 {
	var warm, done sync.WaitGroup
	var sum int64
	count := operations / threads
	runtime.GOMAXPROCS(int(threads))
	warm.Add(int(threads))
	done.Add(int(threads))
	for thread := uint64(0); thread < threads; thread++ {
		go func(thread uint64) {
			runtime.LockOSThread()
			all := ^uint64(0)
			syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(all), uintptr(unsafe.Pointer(&all)))
			body(thread, count/8)
			warm.Done()
			warm.Wait()
			start := time.Now()
			body(thread, count)
			atomic.AddInt64(&sum, int64(time.Since(start)))
			done.Done()
		}(thread)
	}
	done.Wait()
	return float64(sum) / float64(threads*count)
}

func main() {
	var numbers [3]uint64
	for i := range numbers {
		numbers[i], _ = strconv.ParseUint(os.Args[2+i], 10, 64)
	}
	size, operations, seed := numbers[0], numbers[1], numbers[2]
	var time float64
	switch strings.TrimSuffix(os.Args[1], "/go") {
	case "pool/objects/pair":
		time = run(size, operations, objectPairs)
	case "pool/objects/batch":
		time = run(1, operations, objectBatches(size))
	case "pool/bytes/pair":
		time = run(size, operations, bytePairs(seed, 1100, 900))
	case "pool/bytes/mixed":
		time = run(size, operations, bytePairs(seed, 100, 3996))
	default:
		panic("no such operation")
	}
	fmt.Println("time", time)
}
