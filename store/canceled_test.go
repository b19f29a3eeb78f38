package store_test

import (
	"context"
	"sync/atomic"
	"testing"

	"switchboard/store"
)

// patience is a context that ends when it has been looked at so often.
type patience struct {
	context.Context
	left atomic.Int64
	end  context.CancelFunc
}

func newPatience(looks int) *patience {
	p := &patience{}
	p.Context, p.end = context.WithCancel(context.Background())
	p.left.Store(int64(looks))
	return p
}

func (p *patience) look() {
	if p.left.Add(-1) < 0 {
		p.end()
	}
}

func (p *patience) Done() <-chan struct{} { p.look(); return p.Context.Done() }
func (p *patience) Err() error            { p.look(); return p.Context.Err() }

// A reader that gives up at any moment leaves nothing behind for the next one:
// a connection with a transaction begun must not come back.
func TestReadersThatGiveUp(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		look := func(ctx context.Context) error {
			return db.Read(ctx, func(tx *store.Tx) error {
				_, err := tx.LastPosition()
				return err
			})
		}
		for round := range 10 {
			for looks := range 40 {
				p := newPatience(looks)
				_ = look(p)
				p.end()
				if err := look(context.Background()); err != nil {
					t.Fatalf("round %d, after a reader that gave up at look %d: %v", round, looks, err)
				}
			}
		}
	})
}
