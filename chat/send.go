package chat

import (
	"context"

	"switchboard"
	"switchboard/bus"
	"switchboard/store"
)

// messageType is the type of a message; an unknown one is Normal (RFC 6121 §5.2.2).
func messageType(t string) string {
	switch t {
	case Chat, Groupchat, Headline, Error:
		return t
	}
	return Normal
}

// sending is a message on its way through this node.
type sending struct {
	s       *Service
	from    *account
	to      *account // nil for a group
	group   *group   // nil for 1-1
	event   switchboard.Event
	own     store.Entry // the sender's place for it, or the group's
	their   store.Entry // the recipient's
	message Message     // as the recipient sees it
	done    func(Message, error)

	resource string // that it is addressed to
	stream   string // that sent it
	copies   bool   // carbons (XEP-0280 §6.1)
	noCopy   bool
	stored   bool
	quiet    bool
	keeps    bool // it may wait offline
	offline  bool // it has a row among the offline messages
	again    bool // it is delivered for a second time
	with     func(*store.Tx) error
}

// Send sends a message and returns after its commit.
func (s *Service) Send(ctx context.Context, p switchboard.Principal, d Draft) (Message, error) {
	if err := ctx.Err(); err != nil {
		return Message{}, switchboard.E(switchboard.Unavailable, "canceled", "the request was given up").Because(err)
	}
	type answer struct {
		m   Message
		err error
	}
	answers := make(chan answer, 1)
	s.SendAsync(p, d, func(m Message, err error) { answers <- answer{m, err} })
	a := <-answers // what has been queued will be committed
	return a.m, a.err
}

// SendText sends a text to a person or group.
func (s *Service) SendText(ctx context.Context, p switchboard.Principal, to switchboard.JID, body string, o SendOptions) (Message, error) {
	if err := checkText(body); err != nil {
		return Message{}, err
	}
	if !validText(o.ID) || !validText(o.Thread) || !validText(o.ReplyTo) {
		return Message{}, errBadText.InField("id")
	}
	if o.ID == "" {
		o.ID = switchboard.NewUUID()
	}
	kind := Chat
	if to.Domain == GroupHost(p.Domain) {
		kind = Groupchat
	}
	if o.ReplyTo != "" {
		author, id, err := s.reply(ctx, p, to, o.ReplyTo)
		if err != nil {
			return Message{}, err
		}
		o.ReplyTo, o.author = id, author.String()
	}
	stanza := appendText(nil, p.Bare().String(), to.String(), kind, body, o)
	return s.Send(ctx, p, Draft{To: to, Type: kind, ID: o.ID, Stanza: stanza, Store: true, with: o.with})
}

// SendAsync sends a message and returns at once, or after one read of the
// database when it meets an account or group for the first time. The order of
// calls is the order of commits and of deliveries. done (may be nil) is called
// exactly once: after the commit and before the delivery, with calls for stored
// messages one after another in the order of commits; or before SendAsync
// returns, when a rule refuses the draft or it is not stored and nothing of
// the same sender is on its way. It must not block.
//
// What nobody may reach (RFC 6121 §8.5.1) is an error "recipient-unavailable"
// for types chat, normal and groupchat, and is dropped in silence for headline
// and error.
func (s *Service) SendAsync(p switchboard.Principal, d Draft, done func(Message, error)) {
	x, err := s.prepare(p, d)
	if err != nil {
		if t := messageType(d.Type); (t == Headline || t == Error) && switchboard.KindOf(err) == switchboard.NotFound {
			err = nil // RFC 6121 §8.5: silently ignored
		}
		if done != nil {
			done(Message{}, err)
		}
		return
	}
	x.done = done
	lane := x.from.lane
	switch {
	case x.stored:
		lane.sending.Add(1)
		s.db.Submit(x.write, x.committed)
	case lane.sending.Load() > 0: // behind what the same sender has sent before
		lane.sending.Add(1)
		s.db.Submit(nothing, x.committed)
	default:
		lane.sending.Add(1)
		x.committed(nil)
	}
}

func nothing(*store.Tx) error { return nil }

// InTurn calls fn when every message that SendAsync took before has been handed
// to the streams of this node: for a stanza of another kind that must not
// overtake them (RFC 6120 §10.1). fn must not block.
func (s *Service) InTurn(fn func()) { s.db.Submit(nothing, func(error) { fn() }) }

// prepare applies the rules.
func (s *Service) prepare(p switchboard.Principal, d Draft) (*sending, error) {
	ctx := context.Background()
	from, err := s.asker(ctx, p)
	if err != nil {
		return nil, err
	}
	if len(d.Stanza) > switchboard.MaxStanza {
		return nil, errTooLarge
	}
	if d.To.IsZero() {
		d.To = from.jid
	}
	x := &sending{s: s, from: from, resource: d.To.Resource, stream: d.Stream, stored: d.Store, quiet: d.Quiet, noCopy: d.NoCopy,
		with: d.with}
	x.message = Message{From: from.jid, To: d.To, Type: messageType(d.Type), ID: d.ID, Stanza: d.Stanza, Sender: from.id}
	x.message.From.Resource = d.Resource
	if d.To.Domain == from.tenant.groupHost {
		err = x.toGroup(ctx)
	} else {
		err = x.toPerson(ctx)
	}
	if err != nil {
		return nil, err
	}
	if x.stored {
		x.event = switchboard.Event{Tenant: from.tenant.id, Kind: switchboard.MessageSent, Actor: from.id, Payload: x.message.Stanza}
		if x.group != nil {
			x.event.Subject = int64(x.group.id)
		}
	}
	return x, nil
}

func (x *sending) toGroup(ctx context.Context) (err error) {
	if x.message.To.Resource != "" { // there are no private messages through a group
		return errUnreachable
	}
	if x.group, err = x.s.groupFor(ctx, x.from, x.message.To); err != nil {
		return err
	}
	if x.message.Type != Groupchat {
		return errGroupType
	}
	if x.from.blocked(x.group.jid) {
		return errBlocked
	}
	if err := x.group.takes(x.from.kind); err != nil {
		return err
	}
	x.message.Group = x.group.id
	x.message.From = x.group.jid
	x.message.From.Resource = x.from.jid.Local
	x.own = store.Entry{Archive: x.group.archive, Peer: x.from.bare}
	if x.quiet {
		x.own.Peer = store.QuietPeer
	}
	x.message.Stanza, err = restamp(x.message.Stanza, x.message.From)
	return err
}

func (x *sending) toPerson(ctx context.Context) (err error) {
	if x.to, err = x.s.recipient(ctx, x.from, x.message.To); err != nil {
		return err
	}
	if x.message.Type == Groupchat { // RFC 6121 §8.5.2.1.1, §8.5.2.2.1: no group here
		return errUnreachable
	}
	if x.to.blocked(x.message.From) {
		return errUnreachable
	}
	t := x.message.Type
	x.copies = !x.noCopy && (t == Chat || t == Error || t == Normal && x.stored)
	if !x.stored {
		return nil
	}
	// RFC 6121 §8.5.2.2.1, §8.5.3.2.1: chat waits however it was addressed, normal
	// only if it was for the account as a whole.
	x.keeps = t == Chat || t == Normal && x.resource == ""
	x.own = store.Entry{Archive: x.from.archive, Peer: x.to.bare, Quiet: x.quiet}
	x.their = store.Entry{Archive: x.to.archive, Peer: x.from.bare, Unread: !x.quiet && (t == Chat || t == Normal), Quiet: x.quiet}
	if x.keeps && !x.s.bus.Interested(bus.Account(x.to.id)) && !x.to.lane.elsewhere.Load() {
		x.offline = true
		x.own.Offline, x.their.Offline = x.to == x.from, true
	}
	return nil
}

// recipient returns the account that an address names, if an account may write
// to it as far as its own block list and the kinds of both go.
func (s *Service) recipient(ctx context.Context, from *account, to switchboard.JID) (*account, error) {
	if to.Domain != from.tenant.domain {
		return nil, errForeignDomain
	}
	if to.Local == "" {
		return nil, errUnreachable
	}
	if from.blocked(to) {
		return nil, errBlocked
	}
	if to.Local == from.jid.Local {
		return from, nil
	}
	if from.kind == switchboard.Visitor { // whoever loads a widget is one
		return nil, errVisitor
	}
	a, err := s.account(ctx, from.tenant.id, to.Local)
	switch {
	case err == store.ErrNone:
		return nil, errUnreachable
	case err != nil:
		return nil, err
	case a.disabled, a.kind == switchboard.Client, a.kind == switchboard.Visitor && from.kind == switchboard.User:
		return nil, errUnreachable
	}
	return a, nil
}

// Reach checks whether the asker may address somebody with a stanza that is no
// message (an IQ, directed presence): nil, or NotFound "recipient-unavailable",
// NotAllowed "blocked" and the like. It returns the account, 0 for a group.
func (s *Service) Reach(ctx context.Context, p switchboard.Principal, to switchboard.JID) (switchboard.AccountID, error) {
	from, err := s.asker(ctx, p)
	if err != nil {
		return 0, err
	}
	if to.Domain == from.tenant.groupHost {
		_, err := s.groupFor(ctx, from, to.Bare())
		return 0, err
	}
	a, err := s.recipient(ctx, from, to)
	if err != nil {
		return 0, err
	}
	if a.blocked(p.Bare()) {
		return 0, errUnreachable
	}
	return a.id, nil
}

// write is the transaction of a stored message.
func (x *sending) write(tx *store.Tx) error {
	if x.with != nil {
		if err := x.with(tx); err != nil {
			return err
		}
	}
	if x.group != nil || x.to == x.from {
		tx.Append(&x.event, &x.own)
	} else {
		tx.Append(&x.event, &x.own, &x.their)
	}
	return nil
}
