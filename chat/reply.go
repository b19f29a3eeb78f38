package chat

import (
	"context"

	"switchboard"
	"switchboard/store"
)

// Find returns one message of a chat by its archive id, or by its stanza's id if
// it is among the newest.
func (s *Service) Find(ctx context.Context, p switchboard.Principal, with switchboard.JID, id string) (Message, error) {
	r, in, err := s.conversation(ctx, p, with)
	if err != nil {
		return Message{}, err
	}
	var m Message
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		number, err := r.find(tx, in, id)
		if err != nil {
			return err
		}
		row, err := tx.ArchiveMessage(r.archive, number)
		switch {
		case err == nil && row.Payload == nil: // erased
			return errItemNotFound
		case err == nil:
			m = r.messages(r.archive, []store.Archived{row})[0]
		}
		return err
	})
	return m, err
}

// reply names the message that a text answers: in a group by the id that the
// group gave it, which is the only one that nobody can choose, otherwise by
// its stanza's own (XEP-0461 §3.1); and its author.
func (s *Service) reply(ctx context.Context, p switchboard.Principal, to switchboard.JID, id string) (author switchboard.JID, name string, err error) {
	m, err := s.Find(ctx, p, to, id)
	switch {
	case err != nil:
		return author, "", err
	case m.Group != 0:
		return m.From, m.StanzaID, nil
	case m.ID != "":
		id = m.ID
	}
	return m.From.Bare(), id, nil
}
