package desk

import (
	"context"
	"strings"

	"switchboard"
	"switchboard/store"
)

// Filter selects conversations.
type Filter struct {
	store.ConversationQuery
	Words   string // a message has this text in it, whatever the case
	Opening string // the first message has
	Brief   bool   // without Lines
}

// partSize is how many conversations a List reads at a time.
const partSize = 100

// List is a walk through conversations, newest first.
type List struct {
	s     *Service
	ctx   context.Context
	p     switchboard.Principal
	f     Filter
	left  int // how many more are wanted
	skip  int // how many that match are passed over, where only the walk can tell
	ended bool
}

// List begins a walk through the conversations that the principal may read. The
// filter's limit is 100 when it is zero; there is no other, because a caller takes fewer than
// he asked for as the end.
func (s *Service) List(ctx context.Context, p switchboard.Principal, f Filter) (*List, error) {
	if err := p.Require(switchboard.ScopeSessionsRead); err != nil {
		return nil, err
	}
	if f.Limit <= 0 {
		f.Limit = 100
	}
	l := &List{s: s, ctx: ctx, p: p, f: f, left: f.Limit}
	if l.searches() {
		l.skip, l.f.Offset = f.Offset, 0
		l.f.Said, l.f.SaidFirst = needle(f.Words), needle(f.Opening)
		l.f.Words, l.f.Opening = strings.ToLower(f.Words), strings.ToLower(f.Opening)
	}
	return l, nil
}

// Next returns the next conversations; none at the end. Each part is read as of
// its own moment; none comes twice and none that was there is left out.
func (l *List) Next() (part []Conversation, err error) {
	for len(part) == 0 && !l.ended && l.left > 0 {
		if part, err = l.read(); err != nil {
			return nil, err
		}
		part = l.chosen(part)
	}
	l.left -= len(part)
	if l.f.Brief {
		for i := range part {
			part[i].Lines = nil
		}
	}
	return part, nil
}

// read takes the next rows from the store.
func (l *List) read() (part []Conversation, err error) {
	q := l.f.ConversationQuery
	q.Limit = partSize
	if !l.searches() {
		q.Limit = min(partSize, l.left)
	}
	err = l.s.db.Read(l.ctx, func(tx *store.Tx) error {
		if !seesAll(l.p) {
			queues, err := tx.MemberQueues(l.p.Tenant, l.p.Account)
			if err != nil {
				return err
			}
			if q.Queues = meet(l.f.Queues, queues); len(q.Queues) == 0 {
				return nil
			}
		}
		rows, err := tx.Conversations(l.p.Tenant, q)
		if err != nil {
			return err
		}
		lines := listedLines
		if l.f.Brief && !l.searches() {
			lines = briefLines
		}
		part, err = l.s.complete(tx, l.p, rows, lines)
		return err
	})
	if n := len(part); n > 0 {
		l.f.Before, l.f.Offset = &store.ConversationMark{Created: part[n-1].Created, ID: part[n-1].ID}, 0
	}
	l.ended = len(part) < q.Limit
	return part, err
}

// searches tells whether the store cannot find all that is asked for.
func (l *List) searches() bool { return l.f.Words != "" || l.f.Opening != "" }

// chosen is those of a part that are wanted.
func (l *List) chosen(part []Conversation) []Conversation {
	if !l.searches() {
		return part
	}
	var wanted []Conversation
	for i := range part {
		switch {
		case !part[i].says(l.f.Words, false), !part[i].says(l.f.Opening, true):
		case l.skip > 0:
			l.skip--
		case len(wanted) < l.left:
			wanted = append(wanted, part[i])
		}
	}
	return wanted
}

// says tells whether a message, or the first one, has these lower-case words in it.
func (c *Conversation) says(words string, first bool) bool {
	if words == "" {
		return true
	}
	for _, l := range c.Lines {
		if l.Notice == "" && strings.Contains(strings.ToLower(l.Text), words) && (!first || l.Number == 1) {
			return true
		}
	}
	return false
}

// needle is the longest part of a text that stands in the XML of a message as
// it is, however its client writes XML, and that both engines compare alike.
func needle(text string) string {
	longest := ""
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune("&<>'\"", r) }) {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}
