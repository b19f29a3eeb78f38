package chat

import (
	"context"

	"switchboard"
	"switchboard/bus"
	"switchboard/store"
)

// The functions on a Tx are for a room that makes groups of its own (desk) and
// has already decided that they may be made; they check no scope and no role.

// CreateGroupTx makes a group with these members.
func (s *Service) CreateGroupTx(tx *store.Tx, tenant switchboard.TenantID, g NewGroup) (Group, Announce, error) {
	return s.createGroup(tx, tenant, g, 0)
}

func (s *Service) createGroup(tx *store.Tx, id switchboard.TenantID, g NewGroup, owner switchboard.AccountID) (Group, Announce, error) {
	if err := checkGroupName(g.Name); err != nil {
		return Group{}, nil, err
	}
	if len(g.Members) >= maxMembers {
		return Group{}, nil, errManyMembers
	}
	t, err := s.tenant(tx, id)
	if err != nil {
		return Group{}, nil, err
	}
	row, err := tx.InsertGroup(store.Group{Tenant: id, Localpart: switchboard.NewName(), Name: g.Name})
	if err != nil {
		return Group{}, nil, err
	}
	members := g.Members
	if owner != 0 {
		if _, err := tx.InsertMember(row.ID, owner, string(Owner)); err != nil {
			return Group{}, nil, err
		}
		members = append([]switchboard.AccountID{owner}, members...)
	}
	for _, m := range g.Members {
		if _, err := tx.InsertMember(row.ID, m, string(Participant)); err != nil {
			return Group{}, nil, err
		}
	}
	made := t.groupOf(row)
	return made, func() {
		for _, m := range members {
			s.changed(m, made, true)
		}
	}, nil
}

// changed tells an account's streams of its membership.
func (s *Service) changed(account switchboard.AccountID, g Group, member bool) {
	s.bus.Signal(bus.Signal{Topic: bus.Account(account), Kind: KindGroup,
		Value: &GroupChange{Group: g.ID, JID: g.JID, Name: g.Name, Member: member}}, nil)
}

// AddMemberTx adds an account to a group; adding a member again changes nothing.
func (s *Service) AddMemberTx(tx *store.Tx, id switchboard.GroupID, account switchboard.AccountID) (Announce, error) {
	g, err := s.GroupTx(tx, id)
	if err != nil {
		return nil, err
	}
	members, err := tx.Members(id)
	if err != nil {
		return nil, err
	}
	if len(members) >= maxMembers {
		return nil, errManyMembers
	}
	added, err := tx.InsertMember(id, account, string(Participant))
	if err != nil {
		return nil, err
	}
	return s.announceMember(g, account, added, true), nil
}

// RemoveMemberTx removes an account from a group.
func (s *Service) RemoveMemberTx(tx *store.Tx, id switchboard.GroupID, account switchboard.AccountID) (Announce, error) {
	g, err := s.GroupTx(tx, id)
	if err != nil {
		return nil, err
	}
	removed, err := tx.DeleteMember(id, account)
	if err != nil {
		return nil, err
	}
	return s.announceMember(g, account, removed, false), nil
}

func (s *Service) announceMember(g Group, account switchboard.AccountID, changed, member bool) Announce {
	return func() {
		if changed {
			s.forgetGroup(g.Tenant, g.JID.Local)
			s.changed(account, g, member)
		}
	}
}

// MembersTx lists the members of a group.
func (s *Service) MembersTx(tx *store.Tx, id switchboard.GroupID) ([]Member, error) {
	g, err := tx.Group(id)
	if err != nil {
		return nil, noGroup(err)
	}
	t, err := s.tenant(tx, g.Tenant)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Members(id)
	all := make([]Member, len(rows))
	for i, m := range rows {
		all[i] = Member{Account: m.Account, JID: switchboard.JID{Local: m.Localpart, Domain: t.domain}, Name: m.Name, Kind: m.Kind,
			Role: Role(m.Role), Joined: m.Joined}
	}
	return all, err
}

// GroupTx returns a group.
func (s *Service) GroupTx(tx *store.Tx, id switchboard.GroupID) (Group, error) {
	row, err := tx.Group(id)
	if err != nil {
		return Group{}, noGroup(err)
	}
	t, err := s.tenant(tx, row.Tenant)
	if err != nil {
		return Group{}, err
	}
	return t.groupOf(row), nil
}

// SendTx sends a message to a group as one of its members (0: as the group
// itself) within a transaction. d.To is ignored, d.Type must be groupchat; see
// TextStanza and PayloadStanza. Where the Message stands in the archive is
// filled in by the Announce.
func (s *Service) SendTx(tx *store.Tx, id switchboard.GroupID, sender switchboard.AccountID, d Draft) (*Message, Announce, error) {
	row, err := tx.Group(id)
	if err != nil {
		return nil, nil, noGroup(err)
	}
	g, err := s.groupOf(tx, row)
	if err != nil {
		return nil, nil, err
	}
	m := &Message{From: g.jid, To: g.jid, Type: messageType(d.Type), ID: d.ID, Sender: sender, Group: id}
	entry := &store.Entry{Archive: g.archive}
	if sender != 0 {
		who, in := g.member(sender)
		if !in {
			return nil, nil, errNoGroup
		}
		if g.blocked {
			return nil, nil, errGroupBlocked
		}
		m.From.Resource = who.localpart
		entry.Peer = switchboard.JID{Local: who.localpart, Domain: g.tenant.domain}.String()
	}
	switch {
	case m.Type != Groupchat:
		return nil, nil, errGroupType
	case len(d.Stanza) > switchboard.MaxStanza:
		return nil, nil, errTooLarge
	}
	if m.Stanza, err = restamp(d.Stanza, m.From); err != nil {
		return nil, nil, err
	}
	event := &switchboard.Event{Tenant: row.Tenant, Kind: switchboard.MessageSent, Subject: int64(id), Actor: sender, Payload: m.Stanza}
	tx.Append(event, entry)
	return m, func() {
		m.Position, m.Time, m.Number = event.Position, event.Time, entry.Number
		m.StanzaID = g.tenant.ids.encode(g.archive, entry.Number)
		s.fanOut(g, m)
	}, nil
}

// Notice sends a message from a group itself (its bare address) to its members;
// payload is the XML inside <message/>. It is archived.
func (s *Service) Notice(ctx context.Context, id switchboard.GroupID, payload []byte) (Message, error) {
	stanzaID := switchboard.NewUUID()
	var m *Message
	var announce Announce
	done := make(chan error, 1)
	s.db.Submit(func(tx *store.Tx) (err error) {
		m, announce, err = s.SendTx(tx, id, 0, Draft{Type: Groupchat, ID: stanzaID, Stanza: PayloadStanza(Groupchat, stanzaID, payload)})
		return err
	}, func(err error) {
		if err == nil {
			announce() // here, so that it keeps its place among the group's messages
		}
		done <- err
	})
	if err := <-done; err != nil {
		return Message{}, err
	}
	return *m, nil
}
