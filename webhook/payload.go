package webhook

import (
	"bytes"
	"encoding/json"
	"time"

	"switchboard"
)

// envelope is what a receiver gets.
type envelope struct {
	EventType string `json:"eventType"`
	Data      any    `json:"data"`
}

// instant is written with an offset and microseconds, or null.
type instant struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (t instant) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(t.Format(`"2006-01-02T15:04:05.000000-07:00"`)), nil
}

func instantOf(t *time.Time) instant {
	if t == nil {
		return instant{}
	}
	return instant{*t}
}

// The data of each event type, in the order in which it is documented.
type (
	sessionCreated struct {
		ID       switchboard.ConversationID `json:"id"`
		TenantID switchboard.DepartmentID   `json:"tenantId"`
		Channel  string                     `json:"channel"`
		Source   string                     `json:"source"`
	}
	sessionStarted struct {
		sessionCreated
		Started instant `json:"started"`
	}
	sessionEnded struct {
		sessionStarted
		Ended instant `json:"ended"`
	}
	sessionForwarded struct {
		sessionCreated
		Time            instant                `json:"time"`
		UserID          *switchboard.AccountID `json:"userId"`
		OperatorGroupID *switchboard.QueueID   `json:"operatorGroupId"`
		ChatbotID       *int64                 `json:"chatbotId"`
	}
	sessionOperator struct {
		ID       switchboard.ConversationID `json:"id"`
		TenantID switchboard.DepartmentID   `json:"tenantId"`
		UserID   switchboard.AccountID      `json:"userId"`
		Channel  string                     `json:"channel"`
		Source   string                     `json:"source"`
		Time     instant                    `json:"time"`
	}
	userStatus struct {
		UserID             switchboard.AccountID `json:"userId"`
		Status             string                `json:"status"`
		AvailabilityStatus string                `json:"availabilityStatus"`
		Reason             *string               `json:"availabilityStatusReason"`
	}
)

// maker makes an event type's data of a fact.
type maker struct {
	event string
	data  func(switchboard.Event) (any, error)
}

// makers is what each kind of fact becomes.
var makers = map[switchboard.EventKind]maker{
	switchboard.ConversationNew: {"SessionCreated", ofConversation(func(_ switchboard.Event, f fact) any { return created(f) })},
	switchboard.ConversationStarted: {"SessionStarted", ofConversation(func(_ switchboard.Event, f fact) any {
		return sessionStarted{created(f), instantOf(f.Started)}
	})},
	switchboard.ConversationEnded: {"SessionEnded", ofConversation(func(_ switchboard.Event, f fact) any {
		return sessionEnded{sessionStarted{created(f), instantOf(f.Started)}, instantOf(f.Ended)}
	})},
	switchboard.ConversationForwarded: {"SessionForwarded", ofConversation(func(e switchboard.Event, f fact) any {
		return sessionForwarded{created(f), instant{e.Time}, unlessZero(f.ToOperator), unlessZero(f.ToQueue), nil}
	})},
	switchboard.ConversationOperatorJoined:    {"SessionOperatorJoined", ofConversation(operator)},
	switchboard.ConversationOperatorLeft:      {"SessionOperatorLeft", ofConversation(operator)},
	switchboard.ConversationOperatorConcluded: {"SessionOperatorConcluded", ofConversation(operator)},
	switchboard.OperatorStatus:                {"UserStatusChanged", status},
}

type fact = switchboard.ConversationFact

func ofConversation(shape func(switchboard.Event, fact) any) func(switchboard.Event) (any, error) {
	return func(e switchboard.Event) (any, error) {
		var f fact
		err := json.Unmarshal(e.Payload, &f)
		return shape(e, f), err
	}
}

func created(f fact) sessionCreated { return sessionCreated{f.ID, f.Department, f.Channel, f.Source} }

func operator(e switchboard.Event, f fact) any {
	return sessionOperator{f.ID, f.Department, f.Operator, f.Channel, f.Source, instant{e.Time}}
}

func unlessZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// status folds the states of an operator into those of the older status API.
func status(e switchboard.Event) (any, error) {
	var f switchboard.StatusFact
	err := json.Unmarshal(e.Payload, &f)
	s := userStatus{UserID: f.Operator, Status: "OFFLINE", AvailabilityStatus: "DEFAULT", Reason: unlessZero(f.Note)}
	switch f.State {
	case "ONLINE":
		s.Status = "ONLINE"
	case "AWAY", "BREAK":
		s.Status, s.AvailabilityStatus = "AWAY", "AWAY"
	case "BEFORE_CALL", "AFTER_CALL":
		s.Status = "BUSY"
	case "ON_CALL":
		s.Status, s.AvailabilityStatus = "BUSY", "ON_CALL"
	}
	return s, err
}

// render is the body that receivers of a fact get; an event type of "" means that
// no webhook gets it.
func render(e switchboard.Event) (event, body string, err error) {
	m, ok := makers[e.Kind]
	if !ok || len(e.Payload) == 0 { // erased
		return "", "", nil
	}
	data, err := m.data(e)
	if err != nil {
		return "", "", err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(envelope{m.event, data}); err != nil {
		return "", "", err
	}
	return m.event, string(bytes.TrimRight(b.Bytes(), "\n")), nil
}
