package chat

import (
	"context"

	"switchboard"
	"switchboard/store"
)

// ItemQuery asks for items of a node.
type ItemQuery struct {
	Owner switchboard.JID
	Node  string
	Items []string // these; none: the newest
	Max   int      // 0: all
	Bytes int      // no more than this many bytes of payloads, but one item at least; 0: no bound
}

// pepOwner finds whose nodes are asked for, and whether the asker sees the
// owner's presence. A stranger cannot tell an account that is not there from
// one that shows nothing.
func (s *Service) pepOwner(ctx context.Context, a *account, owner switchboard.JID) (other *account, subscribed bool, err error) {
	owner = owner.Bare()
	switch {
	case owner.IsZero() || owner == a.jid:
		return a, true, nil
	case owner.Domain != a.tenant.domain:
		return nil, false, errForeignDomain
	case a.blocked(owner):
		return nil, false, errBlocked
	}
	other, err = s.account(ctx, a.tenant.id, owner.Local)
	switch {
	case err == store.ErrNone:
		return nil, false, errNeedPresence
	case err != nil:
		return nil, false, err
	case other.blocked(a.jid): // XEP-0191 §3.3
		return nil, false, errUnreachable
	case !other.visibleTo(a):
		return nil, false, errNeedPresence
	}
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		c, err := tx.Contact(other.id, a.bare)
		subscribed = c.From
		if err == store.ErrNone {
			err = nil
		}
		return err
	})
	return other, subscribed, err
}

// nodeReadable says whether somebody may read a node (XEP-0060 §6.5.9).
func nodeReadable(n PEPNode, own, subscribed bool) error {
	switch {
	case own, n.Config.Access == AccessOpen, n.Config.Access == AccessPresence && subscribed:
		return nil
	case subscribed:
		return errNodeClosed
	}
	return errNeedPresence
}

// pepNode returns a node that the asker may read.
func (s *Service) pepNode(ctx context.Context, p switchboard.Principal, owner switchboard.JID, node string) (n PEPNode, err error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return n, err
	}
	other, subscribed, err := s.pepOwner(ctx, a, owner)
	if err != nil {
		return n, err
	}
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		n, err = tx.PEPNode(other.id, node)
		return err
	})
	switch {
	case err == store.ErrNone && subscribed:
		return n, errNoNode
	case err == store.ErrNone:
		return n, errNeedPresence
	case err != nil:
		return n, err
	}
	return n, nodeReadable(n, other.id == a.id, subscribed)
}

// Node returns a node that the asker may read.
func (s *Service) Node(ctx context.Context, p switchboard.Principal, owner switchboard.JID, node string) (PEPNode, error) {
	return s.pepNode(ctx, p, owner, node)
}

// Nodes lists the nodes of an account that the asker may read.
func (s *Service) Nodes(ctx context.Context, p switchboard.Principal, owner switchboard.JID) ([]PEPNode, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return nil, err
	}
	other, subscribed, err := s.pepOwner(ctx, a, owner)
	if err != nil {
		return nil, err
	}
	var list []PEPNode
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.PEPNodes(other.id)
		for _, n := range all {
			if nodeReadable(n, other.id == a.id, subscribed) == nil {
				list = append(list, n)
			}
		}
		return err
	})
	return list, err
}

// Items returns items of a node, the newest first, and how many of those asked
// for there are. Items that are asked for by their ids and do not exist are
// left out.
func (s *Service) Items(ctx context.Context, p switchboard.Principal, q ItemQuery) (items []PEPItem, total int, err error) {
	n, err := s.pepNode(ctx, p, q.Owner, q.Node)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		if len(q.Items) == 0 {
			if q.Max <= 0 {
				q.Max = MaxPEPItems
			}
			items, err = tx.PEPItems(n.Account, q.Node, q.Max)
			return err
		}
		for _, id := range q.Items[:min(len(q.Items), MaxPEPItems)] {
			switch i, err := tx.PEPItem(n.Account, q.Node, id); err {
			case nil:
				items = append(items, i)
			case store.ErrNone:
			default:
				return err
			}
		}
		return nil
	})
	total = len(items)
	for i, sum := 0, 0; i < total && q.Bytes > 0; i++ {
		if sum += len(items[i].Payload); sum > q.Bytes && i > 0 {
			return items[:i], total, err
		}
	}
	return items, total, err
}

// LastItems returns the last items of nodes of these names, of the asker's own
// and of those whose presence it gets: what a stream that has become available
// is sent (XEP-0163 §4.3.4). of is one contact alone, unless it is zero.
func (s *Service) LastItems(ctx context.Context, p switchboard.Principal, of switchboard.JID, wanted func(node string) bool) ([]PEPEvent, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return nil, err
	}
	contacts, err := s.PresenceContacts(ctx, p)
	if err != nil {
		return nil, err
	}
	names := make(map[switchboard.AccountID]switchboard.JID, len(contacts)+1)
	if of.IsZero() || of == a.jid {
		names[a.id] = a.jid
	}
	for _, c := range contacts {
		if c.To && c.Account != 0 && (of.IsZero() || of == c.JID) {
			names[c.Account] = c.JID
		}
	}
	var events []PEPEvent
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		nodes, err := tx.PEPNodes(a.id)
		if err != nil {
			return err
		}
		peers, err := tx.PeerPEPNodes(a.id, a.tenant.id)
		if err != nil {
			return err
		}
		for _, n := range append(nodes, peers...) {
			from, known := names[n.Account]
			if !known || n.Config.SendLast != SendOnPresence || !wanted(n.Node) || nodeReadable(n, n.Account == a.id, true) != nil {
				continue
			}
			items, err := tx.PEPItems(n.Account, n.Node, 1)
			if err != nil {
				return err
			}
			if len(items) > 0 {
				events = append(events, PEPEvent{From: from, Node: n.Node, Items: items, Bare: n.Config.NoPayloads})
			}
		}
		return nil
	})
	return events, err
}
