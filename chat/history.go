package chat

import (
	"cmp"
	"context"
	"slices"
	"time"

	"switchboard"
	"switchboard/store"
)

// HistoryQuery asks for the messages of one chat, newest first.
type HistoryQuery struct {
	With     switchboard.JID // the bare address of a person or a group
	Page     int             // from 1
	Size     int             // 0 means 10, at most switchboard.MaxPage
	From     string          // begin at this message (an archive id or a stanza's id), inclusive
	Backward bool            // with From: towards older messages; otherwise towards newer ones, oldest first
}

// HistoryPage is a page of a chat.
type HistoryPage struct {
	Messages []Message
	Total    int // messages of the chat in all
	Pages    int // how many pages of this size they make
}

// RecentQuery asks for chats, the one with the newest message first.
type RecentQuery struct {
	With  switchboard.JID // only the chat with this person or group; the zero JID means all
	After time.Time       // only chats whose newest message is later
	Page  int             // from 1
	Size  int             // 0 means 10, at most switchboard.MaxPage
	// Written passes over what a group says itself: the chat's last message is
	// the newest that a member wrote, if there is one among the newest.
	Written bool
}

// RecentChat is a chat with its newest message.
type RecentChat struct {
	Peer   switchboard.JID // bare address of the person or the group
	Name   string          // the person's or group's name
	Group  switchboard.GroupID
	Last   Message
	Unread int
}

// RecentPage is a page of chats.
type RecentPage struct {
	Chats []RecentChat
	Total int
	Pages int
}

// maxSearch is how many of a chat's messages are looked at for a stanza's id.
const maxSearch = 20_000

// conversation is what one party has of a chat: the whole archive of a group, or
// the messages with one peer in its own.
func (s *Service) conversation(ctx context.Context, p switchboard.Principal, with switchboard.JID) (readable, store.ArchiveRange, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return readable{}, store.ArchiveRange{}, err
	}
	if with.Domain == a.tenant.groupHost {
		r, err := s.archiveOf(ctx, p, with)
		return r, store.ArchiveRange{}, err
	}
	r := readable{tenant: a.tenant, archive: a.archive, owner: a}
	return r, store.ArchiveRange{OnlyPeer: true, Peer: with.Bare().String()}, nil
}

// find returns the number of a message in a conversation by its archive id, or by
// its stanza's id if it is among the newest.
func (r readable) find(tx *store.Tx, in store.ArchiveRange, id string) (int64, error) {
	if n, ok := r.ids.decode(r.archive, id); ok {
		row, err := tx.ArchiveMessage(r.archive, n)
		if err == nil && (!in.OnlyPeer || row.Peer == in.Peer) {
			return n, nil
		}
		if err != nil && err != store.ErrNone {
			return 0, err
		}
	}
	in.Newest, in.Limit = true, 200
	for range maxSearch / in.Limit {
		rows, err := tx.ArchiveMessages(r.archive, in)
		if err != nil {
			return 0, err
		}
		for _, m := range r.messages(r.archive, rows) {
			if m.ID == id {
				return m.Number, nil
			}
		}
		if len(rows) < in.Limit {
			break
		}
		in.Below = rows[len(rows)-1].Number
	}
	return 0, errItemNotFound
}

// paging brings a page's number and size into bounds.
func paging(page, size, usual int) (int, int) {
	if size <= 0 {
		size = usual
	}
	return max(page, 1), min(size, switchboard.MaxPage)
}

func pages(total, size int) int { return (total + size - 1) / size }

// History returns a page of a chat.
func (s *Service) History(ctx context.Context, p switchboard.Principal, q HistoryQuery) (HistoryPage, error) {
	r, in, err := s.conversation(ctx, p, q.With)
	if err != nil {
		return HistoryPage{}, err
	}
	page, size := paging(q.Page, q.Size, 10)
	var answer HistoryPage
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		if answer.Total, err = tx.CountMessages(r.archive, in.Peer, in.OnlyPeer); err != nil {
			return err
		}
		in.Newest, in.Limit, in.Skip = true, size, (page-1)*size
		if q.From != "" {
			at, err := r.find(tx, in, q.From)
			if err != nil {
				return err
			}
			if in.Newest = q.Backward; in.Newest {
				in.Below = at + 1
			} else {
				in.Above = at - 1
			}
		}
		rows, err := tx.ArchiveMessages(r.archive, in)
		answer.Messages = r.messages(r.archive, rows)
		return err
	})
	answer.Pages = pages(answer.Total, size)
	return answer, err
}

// recent is a chat before its last message is read.
type recent struct {
	RecentChat
	archive  switchboard.ArchiveID
	number   int64
	position switchboard.Position
}

// Recent returns a page of chats.
func (s *Service) Recent(ctx context.Context, p switchboard.Principal, q RecentQuery) (RecentPage, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return RecentPage{}, err
	}
	page, size := paging(q.Page, q.Size, 10)
	var answer RecentPage
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		all, err := recentChats(tx, a)
		if err != nil {
			return err
		}
		if !q.With.IsZero() {
			all = slices.DeleteFunc(all, func(c recent) bool { return c.Peer != q.With })
		}
		if !q.After.IsZero() {
			if all, err = laterThan(tx, all, q.After); err != nil {
				return err
			}
		}
		hidden, err := hiddenFrom(tx, a)
		if err != nil {
			return err
		}
		answer = RecentPage{Total: len(all), Pages: pages(len(all), size)}
		first := min((page-1)*size, len(all))
		for _, c := range all[first:min(first+size, len(all))] {
			if q.Written && c.Group != 0 {
				if err := c.passNotices(tx); err != nil {
					return err
				}
			}
			if err := c.complete(tx, a, hidden); err != nil {
				return err
			}
			if c.Last.Number > 0 { // else it has just been emptied
				answer.Chats = append(answer.Chats, c.RecentChat)
			}
		}
		return nil
	})
	return answer, err
}

// recentChats lists an account's chats, the one with the newest message first.
func recentChats(tx *store.Tx, a *account) ([]recent, error) {
	heads, err := tx.Heads(a.archive)
	if err != nil {
		return nil, err
	}
	groups, err := tx.Memberships(a.id)
	if err != nil {
		return nil, err
	}
	all := make([]recent, 0, len(heads)+len(groups))
	for _, h := range heads {
		peer, err := switchboard.ParseJID(h.Peer)
		if err != nil {
			continue // not written by us
		}
		all = append(all, recent{RecentChat: RecentChat{Peer: peer, Unread: int(h.Unread)},
			archive: a.archive, number: h.Last, position: h.Position})
	}
	for _, g := range groups {
		if g.Last == 0 {
			continue
		}
		c := recent{RecentChat: RecentChat{Peer: switchboard.JID{Local: g.Localpart, Domain: a.tenant.groupHost}, Name: g.Name, Group: g.ID},
			archive: g.Archive, number: g.Last, position: g.Position}
		if g.Last > g.Displayed {
			if c.Unread, err = tx.CountUnread(g.Archive, g.Displayed, a.bare); err != nil {
				return nil, err
			}
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(x, y recent) int { return cmp.Compare(y.position, x.position) })
	return all, nil
}

// laterThan keeps the chats whose last message is later; they are sorted, so it
// is a search for the first that is not.
func laterThan(tx *store.Tx, all []recent, t time.Time) ([]recent, error) {
	var failed error
	n, _ := slices.BinarySearchFunc(all, t, func(c recent, t time.Time) int {
		m, err := tx.Event(c.position)
		if err != nil {
			failed = err
		}
		if m.Time.After(t) {
			return -1
		}
		return 1
	})
	return all[:n], failed
}

// passNotices goes back to the newest message that a member wrote.
func (c *recent) passNotices(tx *store.Tx) error {
	rows, err := tx.ArchiveMessages(c.archive, store.ArchiveRange{Newest: true, Limit: 100})
	for _, row := range rows {
		if row.Peer != "" {
			c.number = row.Number
			break
		}
	}
	return err
}

// hiddenFrom are the accounts that block another one.
func hiddenFrom(tx *store.Tx, a *account) (map[switchboard.AccountID]bool, error) {
	rows, err := tx.BlockedBy(a.tenant.id, a.bare)
	hidden := make(map[switchboard.AccountID]bool, len(rows))
	for _, row := range rows {
		hidden[row.ID] = true
	}
	return hidden, err
}

// complete adds the last message, and the other's name where the other may be seen.
func (c *recent) complete(tx *store.Tx, a *account, hidden map[switchboard.AccountID]bool) error {
	row, err := tx.ArchiveMessage(c.archive, c.number)
	if err != nil || row.Payload == nil {
		return err
	}
	c.Last = a.tenant.messages(c.archive, []store.Archived{row})[0]
	if c.Group == 0 && c.Peer.Domain == a.tenant.domain {
		peer, err := tx.AccountByName(a.tenant.id, c.Peer.Local)
		if err != nil && err != store.ErrNone {
			return err
		}
		if !hidden[peer.ID] && !peer.Gone() {
			c.Name = peer.Name
		}
	}
	return nil
}

// Unread counts the unread messages of an account in all its chats.
func (s *Service) Unread(ctx context.Context, p switchboard.Principal) (int, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return 0, err
	}
	n := 0
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		all, err := recentChats(tx, a)
		for _, c := range all {
			n += c.Unread
		}
		return err
	})
	return n, err
}

// MarkDisplayed says that the asker has seen a chat up to a message: an archive
// id, a stanza's id, or "" for all.
func (s *Service) MarkDisplayed(ctx context.Context, p switchboard.Principal, peer switchboard.JID, upTo string) error {
	r, in, err := s.conversation(ctx, p, peer)
	if err != nil {
		return err
	}
	var number int64
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		if upTo != "" {
			number, err = r.find(tx, in, upTo)
		} else {
			_, number, err = tx.ArchiveNumbers(r.archive)
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		if r.group != nil {
			return tx.SetMemberDisplayed(r.group.id, p.Account, number)
		}
		return tx.SetDisplayed(r.archive, p.Account, in.Peer, number)
	})
}

// MarkAllDisplayed says that the asker has seen all chats to their ends. It
// returns how many messages were unread.
func (s *Service) MarkAllDisplayed(ctx context.Context, p switchboard.Principal) (unread int, err error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return 0, err
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		unread = 0
		all, err := recentChats(tx, a)
		if err != nil {
			return err
		}
		for _, c := range all {
			switch {
			case c.Unread == 0:
				continue
			case c.Group != 0:
				err = tx.SetMemberDisplayed(c.Group, a.id, c.number)
			default:
				err = tx.SetDisplayed(a.archive, a.id, c.Peer.String(), c.number)
			}
			if err != nil {
				return err
			}
			unread += c.Unread
		}
		return nil
	})
	return unread, err
}
