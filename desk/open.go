package desk

import (
	"context"
	"errors"
	"unicode/utf8"

	"switchboard"
	"switchboard/chat"
	"switchboard/store"
)

// OpenRequest is a customer's first word.
type OpenRequest struct {
	Channel   string // Chat when empty
	Source    string // Default when empty
	Text      string // becomes the first message; required
	MessageID string // of that message; a new one when empty
	Guest     Guest
	Params    map[string]string // from the page
}

const maxParams = 50

func (r *OpenRequest) check() error {
	if r.Channel == "" {
		r.Channel = "Chat"
	}
	if r.Source == "" {
		r.Source = "Default"
	}
	if r.Text == "" {
		return switchboard.E(switchboard.Invalid, "text-missing", "write something first").InField("text")
	}
	if len(r.Params) > maxParams {
		return switchboard.Ef(switchboard.Invalid, "too-many-parameters", "at most %d parameters", maxParams).InField("params")
	}
	for name, value := range r.Params {
		if err := firstError(text("params", name, 100), text("params."+name, value, 1000)); err != nil {
			return err
		}
	}
	r.learn()
	g := r.Guest
	return firstError(text("text", r.Text, switchboard.MaxFieldText), text("messageId", r.MessageID, 100), text("name", g.Name, 100),
		text("email", g.Email, 200), text("url", g.URL, 2048), text("language", g.Language, 35), text("widget", g.Widget, 100))
}

// learn takes what is known of the customer from the parameters that have a
// meaning of their own.
func (r *OpenRequest) learn() {
	for _, known := range []struct {
		param string
		field *string
		limit int
	}{{"oo1_guest_ident", &r.Guest.Name, 100}, {"oo1_guest_email", &r.Guest.Email, 200}, {"oo1_widget_lang", &r.Guest.Language, 35}} {
		if v := r.Params[known.param]; *known.field == "" && utf8.RuneCountInString(v) <= known.limit {
			*known.field = v
		}
	}
}

// Open starts a conversation with the visitor's first words, in the queue that
// routing finds. A visitor who has one open already gets that one: the words
// are added to it.
func (s *Service) Open(ctx context.Context, p switchboard.Principal, r OpenRequest) (c Conversation, err error) {
	if err := p.Require(switchboard.ScopeChat); err != nil {
		return c, err
	}
	if p.Kind != switchboard.Visitor && p.Kind != switchboard.User {
		return c, switchboard.E(switchboard.Forbidden, "customer-only", "only a customer opens a conversation")
	}
	if err := r.check(); err != nil {
		return c, err
	}
	if r.MessageID == "" {
		r.MessageID = switchboard.NewUUID()
	}
	var tell announcements
	err = s.commit(&tell, func(tx *store.Tx) error {
		one, err := tx.OpenConversation(p.Account)
		if errors.Is(err, store.ErrNone) {
			one, err = s.insert(tx, p, r, &tell)
		}
		if err != nil {
			return err
		}
		stanza := chat.TextStanza(chat.Groupchat, r.MessageID, r.Text)
		_, announce, err := s.chat.SendTx(tx, one.Group, p.Account,
			chat.Draft{Type: chat.Groupchat, ID: r.MessageID, Stanza: stanza, Store: true})
		tell = append(tell, announce)
		c.Conversation = one
		return err
	})
	if err != nil {
		return c, err
	}
	c, _, err = s.Current(ctx, p)
	return c, err
}

// insert makes the conversation and its group.
func (s *Service) insert(tx *store.Tx, p switchboard.Principal, r OpenRequest, tell *announcements) (store.Conversation, error) {
	queue, err := route(tx, p.Tenant)
	if err != nil {
		return store.Conversation{}, err
	}
	name := r.Guest.Name
	if name == "" {
		name = "Conversation"
	}
	group, announce, err := s.chat.CreateGroupTx(tx, p.Tenant, chat.NewGroup{Name: name, Members: []switchboard.AccountID{p.Account}})
	if err != nil {
		return store.Conversation{}, err
	}
	*tell = append(*tell, announce)
	now := tx.Now()
	c := store.Conversation{Tenant: p.Tenant, Department: queue.Department, Queue: queue.ID, Group: group.ID, Archive: group.Archive,
		Visitor: p.Account, Channel: r.Channel, Source: r.Source, Status: InQueue, Guest: r.Guest, Created: now, Queued: now,
		LeftState: "StillConnected"}
	for name, value := range r.Params {
		c.Params = append(c.Params, Parameter{Name: name, Value: value, Source: "WIDGET_API", Updated: now})
	}
	if c.ID, err = tx.InsertConversation(c); err != nil {
		return c, err
	}
	event(tx, &c, switchboard.ConversationNew, p.Account, nil)
	return c, nil
}

// route finds the queue of a new conversation: the tenant's first one, until
// there are rules.
func route(tx *store.Tx, tenant switchboard.TenantID) (Queue, error) {
	queues, err := tx.Queues(tenant)
	if err != nil {
		return Queue{}, err
	}
	if len(queues) == 0 {
		return Queue{}, switchboard.E(switchboard.Unavailable, "no-queue", "there is nobody here to answer")
	}
	return queues[0], nil
}
