package store

import (
	"database/sql"
	"strings"
	"time"

	"switchboard"
)

// Span selects times or durations; zero bounds select nothing away.
type Span[T any] struct {
	From, Until T
	None        *bool // there is none, or there is one
}

// TextMatch selects texts; nil fields select nothing away.
type TextMatch struct {
	Text  string // is part of it, without regard to the case of ASCII letters
	Exact bool   // is all of it
	Empty *bool  // there is none, or there is one
}

// ConversationQuery selects conversations; zero fields select nothing away.
type ConversationQuery struct {
	IDs                     []switchboard.ConversationID
	Status, Channel, Source []string
	Queues                  []switchboard.QueueID
	Department              []switchboard.DepartmentID
	Operators               []switchboard.AccountID // served by one of them
	Visitors                []switchboard.AccountID
	Result, Reason          []string
	LeftState               []string
	Stars                   []int64
	Rated                   *bool
	Widget, OS, Browser     []string
	Language, IP, URL       TextMatch
	Created, Started, Ended Span[time.Time]
	Waited, Length          Span[time.Duration]
	Said, SaidFirst         string // the XML of a message, or of the first one, has this in it, whatever the case of ASCII letters
	Before                  *ConversationMark
	Limit, Offset           int
}

// ConversationMark is a place in the order of conversations.
type ConversationMark struct {
	Created time.Time
	ID      switchboard.ConversationID
}

// filter is a WHERE clause under construction; ? stands for each next argument.
type filter struct {
	d     *dialect
	where []string
	args  []any
}

func (f *filter) add(condition string, args ...any) {
	for _, a := range args {
		f.args = append(f.args, a)
		condition = strings.Replace(condition, "?", "$"+itoa(len(f.args)), 1)
	}
	f.where = append(f.where, condition)
}

// in adds "column IN (…)" for a non-empty list.
func in[T any](f *filter, condition string, list []T, value func(T) any) {
	if len(list) == 0 {
		return
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(list)), ", ")
	args := make([]any, len(list))
	for i, one := range list {
		args[i] = value(one)
	}
	f.add(strings.Replace(condition, "LIST", marks, 1), args...)
}

func plainText(s string) any { return s }

func number[T ~int64](n T) any { return int64(n) }

// times adds the bounds of a column of times, of which 0 is none.
func (f *filter) times(column string, s Span[time.Time]) {
	if !s.From.IsZero() {
		f.add(column+" >= ?", micros(s.From))
	}
	if !s.Until.IsZero() {
		f.add(column+" > 0 AND "+column+" <= ?", micros(s.Until))
	}
	f.none(column+" = 0", s.None)
}

// durations adds the bounds of the time between two columns.
func (f *filter) durations(from, until string, s Span[time.Duration]) {
	if s.From > 0 {
		f.add(until+" > 0 AND "+from+" > 0 AND "+until+" - "+from+" >= ?", s.From.Microseconds())
	}
	if s.Until > 0 {
		f.add(until+" > 0 AND "+from+" > 0 AND "+until+" - "+from+" <= ?", s.Until.Microseconds())
	}
	f.none("("+until+" = 0 OR "+from+" = 0)", s.None)
}

// none adds a condition or its opposite.
func (f *filter) none(condition string, wanted *bool) {
	switch {
	case wanted == nil:
	case *wanted:
		f.add(condition)
	default:
		f.add("NOT (" + condition + ")")
	}
}

func (f *filter) text(expression string, m TextMatch) {
	switch {
	case m.Text == "":
	case m.Exact:
		f.add(expression+" = ?", m.Text)
	default:
		f.add(f.d.contains(expression, "?"), m.Text)
	}
	f.none(expression+" = ''", m.Empty)
}

func (f *filter) conversations(q ConversationQuery) {
	in(f, "c.id IN (LIST)", q.IDs, number)
	in(f, "c.status IN (LIST)", q.Status, plainText)
	in(f, "c.channel IN (LIST)", q.Channel, plainText)
	in(f, "c.source IN (LIST)", q.Source, plainText)
	in(f, "c.queue IN (LIST)", q.Queues, number)
	in(f, "c.department IN (LIST)", q.Department, number)
	in(f, "c.visitor IN (LIST)", q.Visitors, number)
	in(f, "c.result IN (LIST)", q.Result, plainText)
	in(f, "c.reason IN (LIST)", q.Reason, plainText)
	in(f, "c.left_state IN (LIST)", q.LeftState, plainText)
	in(f, "c.stars IN (LIST)", q.Stars, number)
	if q.Rated != nil {
		rated := !*q.Rated
		f.none("c.stars = 0", &rated)
	}
	in(f, f.d.member("c.guest", "widget")+" IN (LIST)", q.Widget, plainText)
	in(f, f.d.member("c.guest", "os")+" IN (LIST)", q.OS, plainText)
	in(f, f.d.member("c.guest", "browser")+" IN (LIST)", q.Browser, plainText)
	in(f, "c.id IN (SELECT conversation FROM conversation_operators WHERE account IN (LIST))", q.Operators, number)
	f.text(f.d.member("c.guest", "language"), q.Language)
	f.text(f.d.member("c.guest", "ip"), q.IP)
	f.text(f.d.member("c.guest", "url"), q.URL)
	f.times("c.created", q.Created)
	f.times("c.started", q.Started)
	f.times("c.ended", q.Ended)
	f.durations("c.created", "CASE WHEN c.started > 0 THEN c.started ELSE c.ended END", q.Waited)
	f.durations("c.started", "c.ended", q.Length)
	const said = "EXISTS (SELECT 1 FROM entries e JOIN ledger l ON l.position = e.position WHERE e.archive = c.archive AND l.payload IS NOT NULL AND "
	if q.Said != "" {
		f.add(said+f.d.contains(f.d.utf8("l.payload"), "?")+")", q.Said)
	}
	if q.SaidFirst != "" {
		f.add(said+"e.number = 1 AND "+f.d.contains(f.d.utf8("l.payload"), "?")+")", q.SaidFirst)
	}
	if q.Before != nil {
		f.add("(c.created < ? OR (c.created = ? AND c.id < ?))", micros(q.Before.Created), micros(q.Before.Created), int64(q.Before.ID))
	}
}

// ask runs a query whose text depends on what is asked for. It is not kept
// prepared: there is no end of such texts.
func (tx *Tx) ask(query string, args ...any) (*sql.Rows, error) {
	rows, err := tx.c.c.QueryContext(tx.ctx, tx.c.d.rewrite(query), args...)
	return rows, tx.failed(err)
}

// Conversations lists a tenant's conversations, newest first, each with those who served it.
func (tx *Tx) Conversations(tenant switchboard.TenantID, q ConversationQuery) ([]Conversation, error) {
	f := &filter{d: tx.c.d}
	f.add("c.tenant = ?", int64(tenant))
	f.conversations(q)
	f.args = append(f.args, q.Limit, q.Offset)
	rows, err := tx.ask("SELECT "+conversationColumns+" FROM conversations c WHERE "+strings.Join(f.where, " AND ")+
		" ORDER BY c.created DESC, c.id DESC LIMIT $"+itoa(len(f.args)-1)+" OFFSET $"+itoa(len(f.args)), f.args...)
	all, err := collect(rows, err, scanConversation)
	if err != nil || len(all) == 0 {
		return all, err
	}
	return all, tx.addServed(all)
}

// addServed reads those who served conversations.
func (tx *Tx) addServed(all []Conversation) error {
	f := &filter{}
	in(f, "conversation IN (LIST)", all, func(c Conversation) any { return int64(c.ID) })
	type row struct {
		conversation switchboard.ConversationID
		Served
	}
	rows, err := tx.ask("SELECT conversation, "+servedColumns+" FROM conversation_operators WHERE "+f.where[0]+" ORDER BY id", f.args...)
	list, err := collect(rows, err, func(scan func(...any) error) (r row, err error) {
		r.Served, err = scanServed(func(to ...any) error { return scan(append([]any{&r.conversation}, to...)...) })
		return r, err
	})
	served := make(map[switchboard.ConversationID][]Served)
	for _, r := range list {
		served[r.conversation] = append(served[r.conversation], r.Served)
	}
	for i := range all {
		all[i].Served = served[all[i].ID]
	}
	return err
}

// Places tells where waiting conversations stand in their queues, from 1.
func (tx *Tx) Places(tenant switchboard.TenantID, ids []switchboard.ConversationID) (map[switchboard.ConversationID]int, error) {
	places := make(map[switchboard.ConversationID]int)
	if len(ids) == 0 {
		return places, nil
	}
	f := &filter{}
	f.add("tenant = ?", int64(tenant))
	in(f, "id IN (LIST)", ids, number)
	rows, err := tx.ask(`SELECT id, place FROM (SELECT id, row_number() OVER (PARTITION BY queue ORDER BY queued, id) AS place
		FROM conversations WHERE status = 'IN_QUEUE' AND `+f.where[0]+`) AS waiting WHERE `+f.where[1], f.args...)
	_, err = collect(rows, err, func(scan func(...any) error) (struct{}, error) {
		var id switchboard.ConversationID
		var place int
		err := scan(&id, &place)
		places[id] = place
		return struct{}{}, err
	})
	return places, err
}

// Line is one message of a conversation's group.
type Line struct {
	Archive switchboard.ArchiveID
	Number  int64
	switchboard.Event
}

const lineColumns = "e.archive, e.number, l.position, l.tenant, l.time, l.kind, l.subject, l.actor, l.payload"

func scanLine(scan func(...any) error) (l Line, err error) {
	var at int64
	err = scan(&l.Archive, &l.Number, &l.Position, &l.Tenant, &at, &l.Kind, &l.Subject, &l.Actor, &l.Payload)
	l.Time = fromMicros(at)
	return l, err
}

// Lines returns up to limit messages of an archive, oldest first, beginning
// after a number.
func (tx *Tx) Lines(archive switchboard.ArchiveID, after int64, limit int) ([]Line, error) {
	rows, err := tx.query("SELECT "+lineColumns+` FROM entries e JOIN ledger l ON l.position = e.position
		WHERE e.archive = $1 AND e.number > $2 ORDER BY e.number LIMIT $3`, int64(archive), after, limit)
	return collect(rows, err, scanLine)
}

// NewestLines returns the newest messages of archives, up to so many of each,
// oldest first.
func (tx *Tx) NewestLines(archives []switchboard.ArchiveID, each int) ([]Line, error) {
	if len(archives) == 0 {
		return nil, nil
	}
	f := &filter{}
	in(f, "a.id IN (LIST)", archives, number)
	f.add("e.number > a.last - ?", each)
	rows, err := tx.ask("SELECT "+lineColumns+` FROM archives a JOIN entries e ON e.archive = a.id JOIN ledger l ON l.position = e.position
		WHERE `+strings.Join(f.where, " AND ")+" ORDER BY e.archive, e.number", f.args...)
	return collect(rows, err, scanLine)
}

// Persons returns the accounts with these ids that exist.
func (tx *Tx) Persons(ids []switchboard.AccountID) ([]Account, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	f := &filter{}
	in(f, "id IN (LIST)", ids, number)
	rows, err := tx.ask("SELECT "+accountColumns+" FROM accounts WHERE "+f.where[0], f.args...)
	return collect(rows, err, scanAccount)
}

// GroupNames returns the localparts of groups.
func (tx *Tx) GroupNames(ids []switchboard.GroupID) (map[switchboard.GroupID]string, error) {
	names := make(map[switchboard.GroupID]string, len(ids))
	if len(ids) == 0 {
		return names, nil
	}
	f := &filter{}
	in(f, "id IN (LIST)", ids, number)
	rows, err := tx.ask("SELECT id, localpart FROM chat_groups WHERE "+f.where[0], f.args...)
	_, err = collect(rows, err, func(scan func(...any) error) (struct{}, error) {
		var id switchboard.GroupID
		var name string
		err := scan(&id, &name)
		names[id] = name
		return struct{}{}, err
	})
	return names, err
}
