// Appends entries to a log of Tessera's POSIX driver and tells how fast: one line of JSON.
//
//	tessera -dir FOLDER -seconds 3 -concurrency 256 -bytes 700 -batch 256 -age 10ms
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

type result struct {
	EntriesPerSecond float64 `json:"entriesPerSecond"`
	P50Ms            float64 `json:"p50Ms"`
	P99Ms            float64 `json:"p99Ms"`
	Entries          int     `json:"entries"`
	// Of all threads, user and system, for each entry.
	CPUMicros float64 `json:"cpuMicros"`
}

func main() {
	dir := flag.String("dir", "", "folder for the log")
	seconds := flag.Float64("seconds", 3, "how long")
	concurrency := flag.Int("concurrency", 256, "appends at a time")
	bytes := flag.Int("bytes", 700, "size of an entry")
	batch := flag.Uint("batch", 256, "entries in a batch at most")
	age := flag.Duration("age", 10*time.Millisecond, "how long a batch waits at most")
	flag.Parse()
	if err := run(*dir, *seconds, *concurrency, *bytes, *batch, *age); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir string, seconds float64, concurrency, bytes int, batch uint, age time.Duration) error {
	ctx := context.Background()
	skey, _, err := note.GenerateKey(rand.Reader, "bench.example/log")
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return err
	}
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		return err
	}
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(250*time.Millisecond).
		WithBatching(batch, age).
		WithPushback(1 << 20)
	appender, shutdown, _, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return err
	}
	measured, err := measure(ctx, appender, seconds, concurrency, bytes)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(measured); err != nil {
		return err
	}
	return shutdown(ctx)
}

// measure appends from as many goroutines as asked for; each waits until its entry is durable and has its index.
func measure(ctx context.Context, appender *tessera.Appender, seconds float64, concurrency, bytes int) (result, error) {
	runtime.GC()
	cpu := cpuTime()
	start := time.Now()
	end := start.Add(time.Duration(seconds * float64(time.Second)))
	var failure atomic.Value
	latencies := make([][]float64, concurrency)
	var group sync.WaitGroup
	for lane := 0; lane < concurrency; lane++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for time.Now().Before(end) {
				entry := make([]byte, bytes)
				if _, err := rand.Read(entry); err != nil {
					failure.Store(err)
					return
				}
				before := time.Now()
				if _, err := appender.Add(ctx, tessera.NewEntry(entry))(); err != nil {
					failure.Store(err)
					return
				}
				latencies[lane] = append(latencies[lane], float64(time.Since(before))/float64(time.Millisecond))
			}
		}()
	}
	group.Wait()
	elapsed := time.Since(start).Seconds()
	cpu = cpuTime() - cpu
	if err, failed := failure.Load().(error); failed {
		return result{}, err
	}
	var all []float64
	for _, lane := range latencies {
		all = append(all, lane...)
	}
	sort.Float64s(all)
	at := func(p float64) float64 { return all[min(len(all)-1, int(p*float64(len(all))))] }
	micros := float64(cpu) / float64(time.Microsecond) / float64(len(all))
	return result{float64(len(all)) / elapsed, at(0.5), at(0.99), len(all), micros}, nil
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
