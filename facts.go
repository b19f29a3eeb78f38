package switchboard

import (
	"encoding/json"
	"time"
)

// ConversationFact is the payload of every conversation event, as JSON. It holds
// the conversation as it was after the event, so that a consumer needs no look-up.
type ConversationFact struct {
	ID         ConversationID `json:"id"`
	Department DepartmentID   `json:"department"`
	Queue      QueueID        `json:"queue"`
	Channel    string         `json:"channel"`
	Source     string         `json:"source"`
	Status     string         `json:"status"`
	Guest      string         `json:"guest,omitempty"`    // the customer's name, if known
	Operator   AccountID      `json:"operator,omitempty"` // who joined, left or concluded
	ToQueue    QueueID        `json:"toQueue,omitempty"`  // forwarded to
	ToOperator AccountID      `json:"toOperator,omitempty"`
	Reason     string         `json:"reason,omitempty"` // why it ended
	Result     string         `json:"result,omitempty"`
	Started    *time.Time     `json:"started,omitempty"`
	Ended      *time.Time     `json:"ended,omitempty"`
}

// StatusFact is the payload of OperatorStatus, as JSON.
type StatusFact struct {
	Operator AccountID `json:"operator"`
	State    string    `json:"state"` // OFFLINE, ONLINE, AWAY, …
	Note     string    `json:"note,omitempty"`
}

// AccountFact is the payload of account, device and key events, as JSON.
type AccountFact struct {
	Account AccountID `json:"account"`
	Name    string    `json:"name,omitempty"` // the localpart, or a key's name
	Device  DeviceID  `json:"device,omitempty"`
	Reason  string    `json:"reason,omitempty"`
}

// Payload is the JSON form of an event's payload.
func Payload(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("switchboard: a payload must have a JSON form: " + err.Error())
	}
	return b
}
