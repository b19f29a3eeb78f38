package desk

import (
	"context"
	"encoding/xml"
	"strings"
	"time"

	"switchboard"
	"switchboard/chat"
	"switchboard/store"
)

// noticeNS is the namespace of a conversation's system notices.
const noticeNS = "urn:switchboard:conversation:0"

// Line is one message or notice of a conversation.
type Line struct {
	Number    int64
	Position  switchboard.Position
	Time      time.Time
	ID        string // of the stanza
	Author    switchboard.AccountID
	FromGuest bool
	Text      string
	Notice    string // of a system notice: operator-joined, ended, …
	Note      string
	Operator  switchboard.AccountID // whom the notice is about
	ToQueue   switchboard.QueueID
	Reason    string
}

// notice is the payload of a system message.
type notice struct {
	XMLName    xml.Name              `xml:"urn:switchboard:conversation:0 conversation"`
	ID         int64                 `xml:"id,attr"`
	Event      string                `xml:"event,attr"`
	Status     string                `xml:"status,attr"`
	Operator   string                `xml:"operator,attr,omitempty"` // the name that customers see
	OperatorID switchboard.AccountID `xml:"operator-id,attr,omitempty"`
	ToQueue    switchboard.QueueID   `xml:"to-queue,attr,omitempty"`
	Reason     string                `xml:"reason,attr,omitempty"`
}

// say sends a system notice into the conversation's group.
func (s *Service) say(tx *store.Tx, c *store.Conversation, n notice) (chat.Announce, error) {
	n.ID, n.Status = int64(c.ID), c.Status
	payload, err := xml.Marshal(n)
	if err != nil {
		return nil, err
	}
	id := switchboard.NewUUID()
	_, tell, err := s.chat.SendTx(tx, c.Group, 0, chat.Draft{Type: chat.Groupchat, ID: id, Store: true,
		Stanza: chat.PayloadStanza(chat.Groupchat, id, payload)})
	return tell, err
}

// Transcript returns the lines of a conversation after a number, oldest first,
// at most limit (0: 1000).
func (s *Service) Transcript(ctx context.Context, p switchboard.Principal, id switchboard.ConversationID, after int64, limit int) (lines []Line, err error) {
	if err := p.Require(switchboard.ScopeSessionsRead); err != nil {
		return nil, err
	}
	if limit <= 0 || limit > 1000 {
		limit = 1000
	}
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		c, err := s.readable(tx, p, id)
		if err != nil {
			return err
		}
		stored, err := tx.Lines(c.Archive, after, limit)
		if err != nil {
			return err
		}
		viewed := Conversation{Conversation: c}
		lines = make([]Line, len(stored))
		for i, l := range stored {
			lines[i] = s.line(&viewed, l)
		}
		return nil
	})
	return lines, err
}

// line reads a stored message. A message whose payload was erased has no text.
func (s *Service) line(c *Conversation, l store.Line) Line {
	line := Line{Number: l.Number, Position: l.Position, Time: l.Time, Author: l.Actor, FromGuest: l.Actor == c.Conversation.Visitor}
	var m struct {
		ID     string  `xml:"id,attr"`
		Body   string  `xml:"body"`
		Notice *notice `xml:"urn:switchboard:conversation:0 conversation"`
	}
	if l.Payload == nil || xml.Unmarshal(l.Payload, &m) != nil {
		return line
	}
	line.ID, line.Text = m.ID, strings.TrimSpace(m.Body)
	if n := m.Notice; n != nil && l.Actor == 0 {
		line.Notice, line.Operator, line.ToQueue, line.Reason = n.Event, n.OperatorID, n.ToQueue, n.Reason
	}
	return line
}
