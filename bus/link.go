package bus

import (
	"context"
	"sync/atomic"
)

// link connects a Bus with the other nodes over NATS.
type link struct {
	up atomic.Bool
}

func newLink(b *Bus, o Options) *link { return &link{} }

func (l *link) run(ctx context.Context) error  { <-ctx.Done(); return nil }
func (l *link) interestChanged(t Topic)        {}
func (l *link) send(s Signal, done func(bool)) {}
func (l *link) wake(queue string)              {}
