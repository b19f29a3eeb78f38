package chat

import (
	"context"
	"time"

	"switchboard"
	"switchboard/bus"
	"switchboard/store"
)

// KindHere is the kind of a signal without value that asks an account's streams
// whether there is one: a subscriber with a stream returns true.
const KindHere = "here"

// Presence says whether an account is connected.
type Presence struct {
	Name     string // the localpart that was asked for
	Known    bool   // there is such an account, and the asker may see its presence
	Online   bool
	LastSeen time.Time // when it was last; zero if it is online, or never was
}

// maxNames bounds how many accounts one question is about.
const maxNames = 500

var errManyNames = switchboard.Ef(switchboard.TooLarge, "too-many-names", "ask for at most %d users at a time", maxNames)

// Presence tells of accounts whether they are connected, in the order in which
// they are asked for. Who has users.read sees everybody; others see
// themselves and those whose presence they are subscribed to.
func (s *Service) Presence(ctx context.Context, p switchboard.Principal, names []string) ([]Presence, error) {
	all := make([]Presence, len(names))
	if len(names) > maxNames {
		return nil, errManyNames
	}
	everybody := p.Require(switchboard.ScopeUsersRead) == nil
	if !everybody {
		if _, err := s.asker(ctx, p); err != nil {
			return nil, err
		}
	}
	for i, name := range names {
		all[i].Name = name
		j, err := switchboard.NewJID(name, p.Domain, "")
		if err != nil || j.Local == "" {
			continue
		}
		if !everybody {
			if may, err := s.MaySeePresence(ctx, p, j); err != nil {
				return nil, err
			} else if !may {
				continue
			}
		}
		if err := s.presence(ctx, p.Tenant, j.Local, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s *Service) presence(ctx context.Context, tenant switchboard.TenantID, localpart string, answer *Presence) error {
	var row store.Account
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		row, err = tx.AccountByName(tenant, localpart)
		return err
	})
	switch {
	case err == store.ErrNone, err == nil && (row.Gone() || row.Kind == switchboard.Client):
		return nil
	case err != nil:
		return err
	}
	answer.Known, answer.Online = true, s.online(ctx, row.ID)
	if !answer.Online {
		answer.LastSeen = row.Seen
	}
	return nil
}

// online tells whether an account has a stream on any node.
func (s *Service) online(ctx context.Context, id switchboard.AccountID) bool {
	if s.bus.Interested(bus.Account(id)) || !s.bus.Shared() {
		return s.bus.Interested(bus.Account(id))
	}
	answer := make(chan bool, 1)
	s.bus.Signal(bus.Signal{Topic: bus.Account(id), Kind: KindHere}, func(taken bool) { answer <- taken })
	select {
	case here := <-answer:
		return here
	case <-ctx.Done():
		return false
	}
}

// LastSeen returns when an account's last stream ended; the zero time if it has
// one now or never had. Blocking hides it both ways: NotFound for who is
// blocked, NotAllowed "blocked" for who blocks.
func (s *Service) LastSeen(ctx context.Context, p switchboard.Principal, jid switchboard.JID) (time.Time, error) {
	row, err := s.person(ctx, p, jid)
	if err != nil {
		return time.Time{}, err
	}
	a, err := s.asker(ctx, p)
	switch {
	case err != nil:
		return time.Time{}, err
	case a.blocked(jid.Bare()):
		return time.Time{}, errBlocked
	case s.online(ctx, row.ID):
		return time.Time{}, nil
	}
	return row.Seen, nil
}

// Online reports whether a person has a stream now, under the rules of LastSeen.
func (s *Service) Online(ctx context.Context, p switchboard.Principal, jid switchboard.JID) (bool, error) {
	row, err := s.person(ctx, p, jid)
	if err != nil {
		return false, err
	}
	if a, err := s.asker(ctx, p); err != nil || a.blocked(jid.Bare()) {
		return false, err
	}
	return s.online(ctx, row.ID), nil
}

// Seen stores that an account's last stream has ended now.
func (s *Service) Seen(p switchboard.Principal) {
	at := s.now()
	s.db.Submit(func(tx *store.Tx) error {
		err := tx.SetAccountSeen(p.Account, at)
		if err == store.ErrNone { // deleted meanwhile
			err = nil
		}
		return err
	}, func(err error) {
		if err != nil {
			s.log.Error("chat: the time of leaving is lost", "account", int64(p.Account), "error", err)
		}
	})
}
