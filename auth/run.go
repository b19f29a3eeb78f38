package auth

import (
	"context"
	"encoding/json"
	"time"

	"switchboard"
	"switchboard/store"
)

// Revocation says that streams and tokens of an account have lost their right
// to be. Device 0 means the whole account.
type Revocation struct {
	Tenant  switchboard.TenantID
	Account switchboard.AccountID
	Device  switchboard.DeviceID
	Reason  string // one of the Reason constants
}

// Why a device or account lost its right to be.
const (
	ReasonReplaced = "replaced" // another device took its place
	ReasonRevoked  = "revoked"
	ReasonLogout   = "logout"
	ReasonReused   = "reused" // a spent code or refresh token came again: somebody has stolen it
	ReasonPassword = "password-changed"
	ReasonDisabled = "disabled"
	ReasonDeleted  = "deleted"
)

// change is the payload of the events that this room appends.
type change struct {
	Change string               `json:"change,omitempty"` // of account.changed: a Reason constant, "enabled", "role"
	Device switchboard.DeviceID `json:"device,omitempty"`
	Type   string               `json:"type,omitempty"`
	Reason string               `json:"reason,omitempty"`
	Name   string               `json:"name,omitempty"`
	Kind   string               `json:"kind,omitempty"`
	Client string               `json:"client,omitempty"` // of device.added: the OAuth client that it came through
}

// record appends a fact about an account. Who acts on the server's own
// machine has no account: the actor is the server.
func record(tx *store.Tx, p switchboard.Principal, tenant switchboard.TenantID, kind switchboard.EventKind,
	subject switchboard.AccountID, c change) {
	payload, _ := json.Marshal(c) // strings and numbers always have a JSON form
	tx.Append(&switchboard.Event{Tenant: tenant, Kind: kind, Subject: int64(subject), Actor: max(p.Account, 0), Payload: payload})
}

// OnRevoked registers a function that is called once on every node when an
// account or one of its devices loses its right to be, so that streams can be
// ended. It must not block. Register before Run.
func (s *Service) OnRevoked(fn func(Revocation)) {
	s.hooksMu.Lock()
	defer s.hooksMu.Unlock()
	s.hooks = append(s.hooks, fn)
}

const (
	followPause = 50 * time.Millisecond // between two looks at the ledger, so that a busy one costs little
	purgePause  = time.Hour
	purgeKeep   = 30 * 24 * time.Hour // codes and devices that are over are kept so long, to know a stolen one
)

// Run follows the ledger for what ends tokens and streams, on whichever node
// it happened, and removes what has expired. It returns when ctx ends.
func (s *Service) Run(ctx context.Context) error {
	at, purged := s.db.Last(), time.Time{}
	for ctx.Err() == nil {
		if now := s.now(); now.Sub(purged) >= purgePause {
			purged = now
			s.purge(ctx)
		}
		if err := s.db.WaitChange(ctx, at); err != nil {
			break
		}
		next, err := s.follow(ctx, at)
		if err != nil && ctx.Err() == nil {
			s.log.Error("auth: cannot read the ledger", "error", err)
			s.epoch.Add(1)
		} else {
			at = next
		}
		pause(ctx, followPause)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// follow looks at the facts after a position and returns how far it has come.
func (s *Service) follow(ctx context.Context, at switchboard.Position) (switchboard.Position, error) {
	const batch = 500
	for {
		var events []switchboard.Event
		last := at
		err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
			if last, err = tx.LastPosition(); err == nil && last > at {
				events, err = tx.Facts(at, batch)
			}
			return err
		})
		if err != nil {
			return at, err
		}
		for _, e := range events {
			if r, ok := revocation(e); ok {
				s.revoked(r)
			}
		}
		if len(events) < batch {
			return last, nil
		}
		at = events[len(events)-1].Position
	}
}

// revocation reads what an event ends, if anything.
func revocation(e switchboard.Event) (r Revocation, ok bool) {
	var c change
	switch e.Kind {
	case switchboard.DeviceRevoked, switchboard.AccountChanged, switchboard.AccountDeleting, switchboard.AccountDeleted, switchboard.KeyRevoked:
		if len(e.Payload) > 0 && json.Unmarshal(e.Payload, &c) != nil {
			return r, false
		}
	default:
		return r, false
	}
	r = Revocation{Tenant: e.Tenant, Account: switchboard.AccountID(e.Subject), Device: c.Device, Reason: c.Reason}
	switch e.Kind {
	case switchboard.AccountDeleting, switchboard.AccountDeleted:
		r.Reason = ReasonDeleted
	case switchboard.KeyRevoked:
		r.Reason = ReasonRevoked
	case switchboard.AccountChanged:
		r.Reason = c.Change
		return r, c.Change == ReasonDisabled || c.Change == ReasonPassword
	}
	return r, true
}

func (s *Service) revoked(r Revocation) {
	s.epoch.Add(1)
	s.hooksMu.RLock()
	defer s.hooksMu.RUnlock()
	for _, fn := range s.hooks {
		fn(r)
	}
}

func (s *Service) purge(ctx context.Context) {
	if err := s.rotateOld(ctx); err != nil && ctx.Err() == nil {
		s.log.Error("auth: cannot replace the signing key", "error", err)
	}
	retired := s.now().Add(-s.opts.TokenLife - keyGrace)
	err := s.db.Write(ctx, func(tx *store.Tx) error { return tx.PurgeAuth(purgeKeep, retired) })
	if err != nil && ctx.Err() == nil {
		s.log.Error("auth: cannot remove what has expired", "error", err)
	}
}
