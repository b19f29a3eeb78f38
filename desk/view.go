package desk

import (
	"errors"

	"switchboard"
	"switchboard/chat"
	"switchboard/store"
)

const (
	listedLines = 1000    // of each conversation of a list
	briefLines  = 100     // of those that are read for the newest words alone
	wholeLines  = 100_000 // of one that is asked for by its id
)

// whole adds to one conversation what a viewer wants to see beside the row.
func (s *Service) whole(tx *store.Tx, p switchboard.Principal, one store.Conversation) (Conversation, error) {
	list, err := s.complete(tx, p, []store.Conversation{one}, wholeLines)
	if err != nil {
		return Conversation{}, err
	}
	return list[0], nil
}

// complete adds to conversations what a viewer wants to see beside the rows,
// with one query for each kind of thing.
func (s *Service) complete(tx *store.Tx, p switchboard.Principal, rows []store.Conversation, lines int) ([]Conversation, error) {
	list := make([]Conversation, len(rows))
	var groups []switchboard.GroupID
	var archives []switchboard.ArchiveID
	var waiting []switchboard.ConversationID
	at := make(map[switchboard.ArchiveID]*Conversation, len(rows))
	for i, row := range rows {
		list[i].Conversation = row
		groups, archives, at[row.Archive] = append(groups, row.Group), append(archives, row.Archive), &list[i]
		if row.Status == InQueue {
			waiting = append(waiting, row.ID)
		}
	}
	names, err := tx.GroupNames(groups)
	if err != nil {
		return nil, err
	}
	places, err := tx.Places(p.Tenant, waiting)
	if err != nil {
		return nil, err
	}
	queues, err := queueNames(tx, p.Tenant)
	if err != nil {
		return nil, err
	}
	stored, err := tx.NewestLines(archives, lines)
	if err != nil {
		return nil, err
	}
	for _, l := range stored {
		c := at[l.Archive]
		c.Lines = append(c.Lines, readLine(&c.Conversation, l))
	}
	people, err := persons(tx, list)
	for i := range list {
		c := &list[i]
		c.GroupJID = switchboard.JID{Local: names[c.Group], Domain: chat.GroupHost(p.Domain)}
		c.QueueName, c.Place = queues[c.Queue], places[c.ID]
		c.fill(people, queues)
	}
	return list, err
}

// fill puts names to ids and finds the newest words.
func (c *Conversation) fill(people map[switchboard.AccountID]Person, queues map[switchboard.QueueID]string) {
	c.Visitor = people[c.Conversation.Visitor]
	for _, o := range c.Served {
		c.Operators = append(c.Operators, Stay{people[o.Account], o.Joined, o.Left, o.Concluded, o.Note})
	}
	answered := false
	for i := len(c.Lines) - 1; i >= 0; i-- {
		l := &c.Lines[i]
		switch {
		case l.Notice != "":
			l.OperatorName, l.QueueName = people[l.Operator].Name, queues[l.ToQueue]
			continue
		case l.Text == "":
			continue
		case c.Last == nil:
			c.Last = l
		}
		answered = answered || !l.FromGuest
		if !answered && c.Unread < maxUnread {
			c.Unread++
		}
	}
}

const maxUnread = 50

func queueNames(tx *store.Tx, tenant switchboard.TenantID) (map[switchboard.QueueID]string, error) {
	queues, err := tx.Queues(tenant)
	names := make(map[switchboard.QueueID]string, len(queues))
	for _, q := range queues {
		names[q.ID] = q.Name
	}
	return names, err
}

// persons finds everybody who is named in conversations.
func persons(tx *store.Tx, list []Conversation) (map[switchboard.AccountID]Person, error) {
	people := map[switchboard.AccountID]Person{}
	for i := range list {
		people[list[i].Conversation.Visitor] = Person{}
		for _, o := range list[i].Served {
			people[o.Account] = Person{}
		}
		for _, l := range list[i].Lines {
			if l.Operator != 0 {
				people[l.Operator] = Person{}
			}
		}
	}
	ids := make([]switchboard.AccountID, 0, len(people))
	for id := range people {
		people[id] = Person{ID: id} // also of an account that is gone
		ids = append(ids, id)
	}
	accounts, err := tx.Persons(ids)
	for _, a := range accounts {
		people[a.ID] = personOf(a)
	}
	return people, err
}

func personOf(a store.Account) Person {
	who := Person{ID: a.ID, Login: a.Localpart, Name: a.Name}
	if who.Name == "" {
		who.Name = a.Localpart
	}
	return who
}

func person(tx *store.Tx, id switchboard.AccountID) (Person, error) {
	a, err := tx.Account(id)
	switch {
	case errors.Is(err, store.ErrNone):
		return Person{ID: id}, nil
	case err != nil:
		return Person{}, err
	}
	return personOf(a), nil
}
