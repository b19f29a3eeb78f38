package boardtest

import (
	"testing"
	"time"
)

// Patience is how long a test waits for what has to come: a busy machine takes
// seconds for what takes milliseconds elsewhere.
const Patience = time.Minute

// Eventually waits for a condition that nothing announces.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	end := time.After(Patience)
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-end:
			t.Fatal("waited in vain: ", what)
		}
	}
}
