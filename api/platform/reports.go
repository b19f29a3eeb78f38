package platform

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchboard"
	"switchboard/chat"
	"switchboard/web"
)

type feedbackRequest struct {
	Body struct {
		Title       string `json:"title"`
		Description string `json:"description,omitempty"`
	}
}

type deleteMeRequest struct {
	Body struct {
		Reason   string `json:"reason" minLength:"1" maxLength:"10000"`
		Feedback string `json:"feedback,omitempty" maxLength:"10000"`
	}
}

type reportRequest struct {
	Body struct {
		JID      string            `json:"jid,omitempty" doc:"The address of the user or group"`
		UserID   string            `json:"userId,omitempty" doc:"Instead of the address"`
		GroupID  string            `json:"groupId,omitempty" doc:"Instead of the address"`
		ChatType string            `json:"chatType,omitempty" enum:",chat,singlechat,groupchat" doc:"Where it was seen"`
		Messages []reportedMessage `json:"messages,omitempty" doc:"At most five"`
	}
}

// reportedMessage is a message as SDKs show it.
type reportedMessage struct {
	MsgID       string `json:"msgId,omitempty"`
	Message     string `json:"message,omitempty"`
	MsgType     string `json:"msgType,omitempty"`
	Filename    string `json:"filename,omitempty"`
	Timestamp   Epoch  `json:"timestamp,omitempty"`
	PublisherID string `json:"publisherId,omitempty"`
}

// Epoch is a time that clients write as they like: a number or a text; seconds,
// milliseconds or microseconds since 1970, or RFC 3339.
type Epoch struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler. What is no time is none.
func (e *Epoch) UnmarshalJSON(b []byte) error {
	var n json.Number
	text := strings.Trim(string(b), `"`)
	if err := json.Unmarshal([]byte(text), &n); err == nil {
		if f, err := n.Float64(); err == nil && f > 0 && f < 9e18 {
			e.Time = epoch(int64(f))
		}
		return nil
	}
	e.Time, _ = time.Parse(time.RFC3339, text)
	return nil
}

// Schema implements huma.SchemaProvider.
func (Epoch) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "Since 1970, in seconds, milliseconds or microseconds; or RFC 3339"}
}

// speakUp is what users tell those who run the application.
func (a *API) speakUp() {
	op := func(method, path, summary string) web.Op {
		return web.Op{Method: method, Path: path, Tag: "Users", Scope: switchboard.ScopeChat, Summary: summary}
	}
	web.Handle(a.rest, op("POST", "/users/feedback", "Write to the administrators"),
		func(ctx context.Context, p switchboard.Principal, in *feedbackRequest) (*web.Out[done], error) {
			if err := a.Chat.GiveFeedback(ctx, p, in.Body.Title, in.Body.Description); err != nil {
				return nil, err
			}
			return say("Feedback sent successfully")
		})
	deletion := op("POST", "/users/deleteMyAccount", "Delete one's own account")
	deletion.Description = "Everybody is signed out at once. The data go when the time that the administrators have set is over."
	web.Handle(a.rest, deletion,
		func(ctx context.Context, p switchboard.Principal, in *deleteMeRequest) (*web.Out[envelope[string]], error) {
			if err := a.Auth.RequestDeletion(ctx, p, p.Account, in.Body.Reason, in.Body.Feedback); err != nil {
				return nil, err
			}
			return answer("SUCCESS", deleted)
		})
	web.Handle(a.rest, op("POST", "/users/report", "Report a user or a group to the administrators"), a.report)
	web.Handle(a.rest, op("GET", "/users/features", "What the application has switched on"),
		func(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[envelope[map[switchboard.Feature]bool]], error) {
			all, err := a.Chat.Features(ctx, p)
			if err != nil {
				return nil, err
			}
			return answer(all, retrieved)
		})
}

func (a *API) report(ctx context.Context, p switchboard.Principal, in *reportRequest) (*web.Out[done], error) {
	b := in.Body
	d := chat.ReportDraft{Messages: make([]chat.ReportedMessage, len(b.Messages))}
	var err error
	switch {
	case b.UserID != "":
		d.About, err = userJID(p, b.UserID)
	case b.GroupID != "":
		d.About, err = chatJID(p, group, b.GroupID)
	default:
		if d.About, err = switchboard.ParseJID(b.JID); err != nil || d.About.Local == "" || !d.About.IsBare() {
			err = errUserID
		}
	}
	if err != nil {
		return nil, err
	}
	switch b.ChatType {
	case group:
		d.ChatType = chat.Groupchat
	case single, chat.Chat:
		d.ChatType = chat.Chat
	}
	for i, m := range b.Messages {
		d.Messages[i] = chat.ReportedMessage{ID: m.MsgID, Text: m.Message, Type: m.MsgType, File: m.Filename, Time: m.Timestamp.Time,
			Publisher: m.PublisherID}
	}
	if _, err := a.Chat.Report(ctx, p, d); err != nil {
		return nil, err
	}
	return say("Reported successfully")
}
