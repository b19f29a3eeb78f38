package chat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"switchboard/blob"
	"switchboard/store"
)

const (
	janitorPause = time.Minute
	janitorBatch = 100
)

// wakeJanitor lets the janitor look now.
func (s *Service) wakeJanitor() {
	select {
	case s.janitor <- struct{}{}:
	default:
	}
}

// tidyMedia removes files that were given up and uploads that nobody finished,
// until ctx ends. Several nodes may do so at once.
func (s *Service) tidyMedia(ctx context.Context) {
	if s.blob == nil {
		return
	}
	for ctx.Err() == nil {
		n, err := s.TidyMedia(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.Error("chat: cannot remove files", "error", err)
		}
		if n == janitorBatch {
			continue
		}
		t := time.NewTimer(janitorPause)
		select {
		case <-t.C:
		case <-s.janitor:
		case <-ctx.Done():
		}
		t.Stop()
	}
}

// TidyMedia removes some of the files that are to go, and says how many.
func (s *Service) TidyMedia(ctx context.Context) (int, error) {
	var rows []store.Media
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err = tx.ExpiredMedia(janitorBatch)
		return err
	})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	// First nobody may write to them any more, then the bytes go, then the rows.
	var doomed []store.Media
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		doomed = nil
		for _, m := range rows {
			gone, err := tx.DoomExpired(m.ID)
			if err != nil {
				return err
			}
			if gone { // and not gone on with or completed meanwhile
				doomed = append(doomed, m)
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for i, m := range doomed {
		if err := s.blob.Delete(ctx, m.Object); err != nil {
			return i, err
		}
		if err := s.db.Write(ctx, func(tx *store.Tx) error { return tx.DeleteMedia(m.ID) }); err != nil {
			return i, err
		}
	}
	return len(rows), nil
}

// CheckMedia looks whether the bytes of every stored file are there, without
// reading them, and says which are not.
func (s *Service) CheckMedia(ctx context.Context) (faults []string, files int, err error) {
	if s.blob == nil {
		return nil, 0, nil
	}
	for last := int64(0); ; {
		var rows []store.Media
		err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
			rows, err = tx.StoredMedia(last, 500)
			return err
		})
		if err != nil || len(rows) == 0 {
			return faults, files, err
		}
		for _, m := range rows {
			last = m.ID
			files++
			err := s.blob.Check(ctx, m.Object, m.Size)
			switch {
			case errors.Is(err, blob.ErrMissing):
				faults = append(faults, fmt.Sprintf("the file %d (%q of account %d) is not whole in the storage", m.ID, m.Name, m.Owner))
			case err != nil:
				return faults, files, err
			}
		}
	}
}
