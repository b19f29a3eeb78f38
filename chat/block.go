package chat

import (
	"context"

	"switchboard"
	"switchboard/bus"
	"switchboard/store"
)

// maxBlocks bounds a block list.
const maxBlocks = 10_000

var (
	errBlockSelf  = switchboard.E(switchboard.Invalid, "block-self", "you cannot block yourself")
	errManyBlocks = switchboard.Ef(switchboard.TooMany, "too-many-blocks", "a block list has at most %d addresses", maxBlocks)
	errNoAddress  = switchboard.E(switchboard.Invalid, "address-missing", "say whom to block")
)

// BlockPush is the value of KindBlocking (XEP-0191 §3.3, §3.5): these addresses
// were blocked or (Blocked false) unblocked; no addresses means that all were.
// For the presence that blocking hides or shows again there are signals of
// KindPresence of their own.
type BlockPush struct {
	Blocked bool
	JIDs    []switchboard.JID
}

// Block adds addresses to the asker's block list (XEP-0191 §3.3). What is on it
// already stays; the push names all of them. The addresses of the asker's picture
// end, for whom it blocks may have one; everybody else is told the new ones.
// Visitors may block too.
func (s *Service) Block(ctx context.Context, p switchboard.Principal, jids ...switchboard.JID) error {
	a, err := s.asker(ctx, p)
	if err != nil {
		return err
	}
	if len(jids) == 0 {
		return errNoAddress
	}
	for _, j := range jids {
		if j.IsZero() || j == a.jid || j == a.jid.Host() {
			return errBlockSelf
		}
	}
	if err := s.Feature(ctx, p, switchboard.FeatureBlock); err != nil {
		return err
	}
	var peers []store.Peer
	var fresh []switchboard.JID
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		fresh = nil
		blocked, err := tx.Blocks(a.id)
		if err != nil {
			return err
		}
		if len(blocked)+len(jids) > maxBlocks {
			return errManyBlocks
		}
		for _, j := range jids {
			added, err := tx.InsertBlock(a.id, j.String())
			if err != nil {
				return err
			}
			if added {
				fresh = append(fresh, j)
			}
		}
		if len(fresh) > 0 {
			if err := movePicture(tx, a); err != nil {
				return err
			}
		}
		peers, err = tx.Peers(a.id, a.tenant.id)
		return err
	})
	if err != nil {
		return err
	}
	s.forgetAccount(a.tenant.id, a.jid.Local)
	s.push(a, &BlockPush{Blocked: true, JIDs: jids})
	s.showPresence(a, peers, jids, true)
	s.tellBlocked(ctx, a, fresh, NoticeBlockedBy)
	return nil
}

// Unblock removes addresses from the asker's block list; none means all
// (XEP-0191 §3.5, §3.6).
func (s *Service) Unblock(ctx context.Context, p switchboard.Principal, jids ...switchboard.JID) error {
	a, err := s.asker(ctx, p)
	if err != nil {
		return err
	}
	if err := s.Feature(ctx, p, switchboard.FeatureBlock); err != nil {
		return err
	}
	gone := jids
	var peers []store.Peer
	var removed []switchboard.JID
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		removed = nil
		if len(jids) == 0 {
			texts, err := tx.Blocks(a.id)
			if err != nil {
				return err
			}
			gone = parseAll(texts)
		}
		for _, j := range gone {
			was, err := tx.DeleteBlock(a.id, j.String())
			if err != nil {
				return err
			}
			if was {
				removed = append(removed, j)
			}
		}
		peers, err = tx.Peers(a.id, a.tenant.id)
		return err
	})
	if err != nil {
		return err
	}
	s.forgetAccount(a.tenant.id, a.jid.Local)
	s.push(a, &BlockPush{JIDs: jids})
	s.showPresence(a, peers, gone, false)
	s.tellBlocked(ctx, a, removed, NoticeUnblockedBy)
	return nil
}

// tellBlocked tells the persons among addresses that they were blocked or unblocked.
func (s *Service) tellBlocked(ctx context.Context, a *account, jids []switchboard.JID, kind string) {
	for _, j := range jids {
		if j.Domain != a.tenant.domain || j.Local == "" || !j.IsBare() {
			continue
		}
		other, err := s.account(ctx, a.tenant.id, j.Local)
		switch {
		case err == nil && other.id != a.id:
			s.notify(other.id, &Notice{Kind: kind, JID: a.jid})
		case err != nil && err != store.ErrNone:
			s.log.Error("chat: somebody is not told of a block", "account", int64(a.id), "error", err)
		}
	}
}

func parseAll(texts []string) []switchboard.JID {
	all := make([]switchboard.JID, 0, len(texts))
	for _, text := range texts {
		if j, err := switchboard.ParseJID(text); err == nil {
			all = append(all, j)
		}
	}
	return all
}

func (s *Service) push(a *account, v *BlockPush) {
	s.bus.Signal(bus.Signal{Topic: bus.Account(a.id), Kind: KindBlocking, Value: v}, nil)
}

// showPresence makes the contacts concerned see the asker go (XEP-0191 §3.3) or
// come back, and the asker see them again.
func (s *Service) showPresence(a *account, peers []store.Peer, jids []switchboard.JID, hide bool) {
	list := &account{blocks: make(map[switchboard.JID]struct{}, len(jids))}
	for _, j := range jids {
		list.blocks[j] = struct{}{}
	}
	for _, peer := range peers {
		j, err := switchboard.ParseJID(peer.JID)
		if err != nil || !list.blocked(j) {
			continue
		}
		if peer.From {
			s.orderPresence(a.id, j, peer.Account, hide)
		}
		if peer.To {
			s.orderPresence(peer.Account, a.jid, a.id, hide)
		}
	}
}

// orderPresence asks the streams of one account to send their presence to another.
func (s *Service) orderPresence(of switchboard.AccountID, to switchboard.JID, account switchboard.AccountID, unavailable bool) {
	s.bus.Signal(bus.Signal{Topic: bus.Account(of), Kind: KindPresence,
		Value: &PresenceOrder{To: to, Account: account, Unavailable: unavailable}}, nil)
}

// Blocked returns the asker's block list.
func (s *Service) Blocked(ctx context.Context, p switchboard.Principal) ([]switchboard.JID, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return nil, err
	}
	var texts []string
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		texts, err = tx.Blocks(a.id)
		return err
	})
	return parseAll(texts), err
}

// BlockedBy returns the accounts that block the asker.
func (s *Service) BlockedBy(ctx context.Context, p switchboard.Principal) ([]switchboard.JID, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return nil, err
	}
	var all []switchboard.JID
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.BlockedBy(a.tenant.id, a.bare)
		for _, row := range rows {
			all = append(all, switchboard.JID{Local: row.Localpart, Domain: a.tenant.domain})
		}
		return err
	})
	return all, err
}

// Blocks reports whether the asker or the other one blocks the other.
func (s *Service) Blocks(ctx context.Context, p switchboard.Principal, other switchboard.JID) (bool, error) {
	a, err := s.asker(ctx, p)
	if err != nil || a.blocked(other) {
		return err == nil, err
	}
	if other.Domain != a.tenant.domain || other.Local == "" {
		return false, nil
	}
	b, err := s.account(ctx, a.tenant.id, other.Local)
	if err == store.ErrNone {
		return false, nil
	}
	return err == nil && b.blocked(a.jid), err
}
