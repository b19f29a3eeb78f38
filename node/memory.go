package node

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	memoryTick  = 3 * time.Second
	quietBytes  = 4 << 20  // allocated between two ticks: less is a quiet time
	worthyBytes = 32 << 20 // allocated since the last time: less is not worth the work
)

// giveMemoryBack returns what a busy time has left behind to the operating
// system once it is over. Ten thousand idle streams allocate nothing, so the
// collector would not run on its own for minutes.
func giveMemoryBack(ctx context.Context) error {
	tick := time.NewTicker(memoryTick)
	defer tick.Stop()
	last := allocated()
	given := last
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		now := allocated()
		if now-last < quietBytes && now-given > worthyBytes {
			debug.FreeOSMemory()
			given = now
		}
		last = now
	}
}

// allocated is how many bytes the heap has handed out so far.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
