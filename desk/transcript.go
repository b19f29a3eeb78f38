package desk

import (
	"encoding/xml"
	"time"

	"switchboard"
	"switchboard/chat"
	"switchboard/store"
)

// Line is one message or notice of a conversation.
type Line struct {
	Number    int64
	Position  switchboard.Position
	Time      time.Time
	ID        string // of the stanza
	Author    switchboard.AccountID
	FromGuest bool
	Text      string
	Notice    string                // of a system notice: operator-joined, ended, …
	Operator  switchboard.AccountID // whom the notice is about
	ToQueue   switchboard.QueueID
	Reason    string

	OperatorName, QueueName string // of Operator and ToQueue
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

// readLine reads a stored message. A message whose payload was erased has no text.
func readLine(c *store.Conversation, l store.Line) Line {
	line := Line{Number: l.Number, Position: l.Position, Time: l.Time, Author: l.Actor, FromGuest: l.Actor == c.Visitor}
	if l.Payload == nil {
		return line
	}
	m := chat.ReadMessage(l.Payload)
	line.ID = m.ID
	if l.Actor != 0 {
		line.Text = m.Body()
		return line
	}
	var said struct {
		Notice *notice `xml:"urn:switchboard:conversation:0 conversation"`
	}
	if xml.Unmarshal(l.Payload, &said) == nil && said.Notice != nil {
		n := said.Notice
		line.Notice, line.Operator, line.ToQueue, line.Reason = n.Event, n.OperatorID, n.ToQueue, n.Reason
	}
	return line
}
