package chat

import (
	"context"
	"time"

	"switchboard"
	"switchboard/store"
)

// An eraser removes one kind of what an account leaves behind; it may run again
// after a crash, and returns when nothing is left. Files register theirs by
// onErase, so that whoever adds a table adds its end beside it.
type eraser func(ctx context.Context, s *Service, a store.Account) error

var erasers = map[string]eraser{}

// onErase registers an eraser under a name.
func onErase(name string, fn eraser) {
	if _, twice := erasers[name]; twice {
		panic("chat: two erasers of the name " + name)
	}
	erasers[name] = fn
}

const (
	eraseLease = 2 * time.Minute
	erasePause = time.Second
)

// wakeEraser makes eraseDue look at once.
func (s *Service) wakeEraser() {
	select {
	case s.due <- struct{}{}:
	default:
	}
}

// eraseDue erases the accounts that are due until ctx ends.
func (s *Service) eraseDue(ctx context.Context) {
	holder := switchboard.NewName()
	for ctx.Err() == nil {
		done, err := s.eraseNext(ctx, holder)
		if err != nil && ctx.Err() == nil {
			s.log.Error("chat: an account is not erased yet", "error", err)
		}
		if done && err == nil {
			continue
		}
		timer := time.NewTimer(erasePause)
		select {
		case <-s.due:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// eraseNext claims an account that is due and erases it; false means that there is none.
func (s *Service) eraseNext(ctx context.Context, holder string) (bool, error) {
	return false, nil
}
