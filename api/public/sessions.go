package public

import (
	"context"
	"time"

	"switchboard"
	"switchboard/desk"
	"switchboard/web"
)

func (a *API) sessions() {
	web.Handle(a.rest, web.Op{Method: "GET", Path: "/Sessions", Tag: "Sessions", Scope: switchboard.ScopeSessionsRead,
		Summary: "List sessions, newest first"},
		a.listSessions)
	web.Handle(a.rest, web.Op{Method: "GET", Path: "/Sessions/{id}", Tag: "Sessions", Scope: switchboard.ScopeSessionsRead,
		Summary: "One session with its activities"},
		func(ctx context.Context, p switchboard.Principal, in *IDPath) (*web.Out[sessionModel], error) {
			return a.oneSession(ctx, p, in.ID)
		})
	web.Handle(a.rest, web.Op{Method: "GET", Path: "/Sessions/{id}/callparams", Tag: "Sessions", Scope: switchboard.ScopeSessionsRead,
		Summary: "The session's parameters"},
		func(ctx context.Context, p switchboard.Principal, in *IDPath) (*web.Out[callParamsModel], error) {
			c, err := a.Desk.Get(ctx, p, switchboard.ConversationID(in.ID))
			if err != nil {
				return nil, err
			}
			return web.OK(callParams(&c))
		})
	a.sessionCommands()
}

func (a *API) listSessions(ctx context.Context, p switchboard.Principal, in *sessionFilter) (*web.List[sessionModel], error) {
	f, none, err := in.filter()
	if err != nil {
		return nil, err
	}
	list, err := a.Desk.List(ctx, p, f)
	if err != nil {
		return nil, err
	}
	return web.ListOf(func() ([]sessionModel, error) {
		if none {
			return nil, nil
		}
		part, err := list.Next()
		models := make([]sessionModel, len(part))
		for i := range part {
			models[i] = session(&part[i])
		}
		return models, err
	})
}

func (a *API) oneSession(ctx context.Context, p switchboard.Principal, id int64) (*web.Out[sessionModel], error) {
	c, err := a.Desk.Get(ctx, p, switchboard.ConversationID(id))
	if err != nil {
		return nil, err
	}
	return web.OK(session(&c))
}

type endRequest struct {
	IDPath
	Body struct {
		Result string `json:"result,omitempty" doc:"Without one the session stays in ACW until a second call gives it"`
		Note   string `json:"note,omitempty"`
	} `required:"false"`
}

type noteRequest struct {
	IDPath
	Body struct {
		Note string `json:"note"`
	}
}

type forwardRequest struct {
	IDPath
	Body struct {
		OperatorGroupID *int64 `json:"operatorGroupId,omitempty"`
		UserID          *int64 `json:"userId,omitempty"`
		ChatbotID       *int64 `json:"chatbotId,omitempty"`
		PhoneNumber     string `json:"phoneNumber,omitempty"`
		Note            string `json:"note,omitempty"`
	}
}

type messageRequest struct {
	IDPath
	Body struct {
		Text      string `json:"text" maxLength:"10000" minLength:"1"`
		MessageID string `json:"messageId,omitempty" maxLength:"100"`
	}
}

type messageAnswer struct {
	MessageID string   `json:"messageId"`
	Number    int64    `json:"number" doc:"The message's place in the session: 1, 2, 3 … without gaps"`
	Time      web.Time `json:"time"`
}

func (a *API) sessionCommands() {
	command := func(method, path, summary string) web.Op {
		return web.Op{Method: method, Path: "/Sessions/{id}" + path, Tag: "Sessions", Summary: summary, Scope: switchboard.ScopeSessionsWrite}
	}
	web.Handle(a.rest, command("POST", "/accept", "Take a waiting session as its operator"),
		func(ctx context.Context, p switchboard.Principal, in *IDPath) (*web.Out[sessionModel], error) {
			if err := a.Desk.Accept(ctx, p, switchboard.ConversationID(in.ID)); err != nil {
				return nil, err
			}
			return a.oneSession(ctx, p, in.ID)
		})
	web.Handle(a.rest, command("POST", "/end", "End a session with its result and note"),
		func(ctx context.Context, p switchboard.Principal, in *endRequest) (*web.Nothing, error) {
			return nil, a.Desk.End(ctx, p, switchboard.ConversationID(in.ID), in.Body.Result, in.Body.Note)
		})
	note := command("PUT", "/note", "Set a session's note")
	web.Handle(a.rest, note, func(ctx context.Context, p switchboard.Principal, in *noteRequest) (*web.Nothing, error) {
		return nil, a.Desk.Annotate(ctx, p, switchboard.ConversationID(in.ID), in.Body.Note)
	})
	web.Handle(a.rest, command("POST", "/forward", "Hand a session to another group or operator"), a.forward)
	web.Handle(a.rest, command("POST", "/messages", "Say something as the operator of a session"), a.say)
}

var errTarget = switchboard.E(switchboard.Invalid, "target-unsupported", "only groups and operators can be forwarded to")

func (a *API) forward(ctx context.Context, p switchboard.Principal, in *forwardRequest) (*web.Nothing, error) {
	b := in.Body
	switch {
	case b.ChatbotID != nil:
		return nil, errTarget.InField("chatbotId")
	case b.PhoneNumber != "":
		return nil, errTarget.InField("phoneNumber")
	}
	var to desk.ForwardTo
	if b.OperatorGroupID != nil {
		to.Queue = switchboard.QueueID(*b.OperatorGroupID)
	}
	if b.UserID != nil {
		to.Operator = switchboard.AccountID(*b.UserID)
	}
	return nil, a.Desk.Forward(ctx, p, switchboard.ConversationID(in.ID), to, b.Note)
}

func (a *API) say(ctx context.Context, p switchboard.Principal, in *messageRequest) (*web.Out[messageAnswer], error) {
	m, err := a.Desk.Say(ctx, p, switchboard.ConversationID(in.ID), in.Body.Text, in.Body.MessageID)
	if err != nil {
		return nil, err
	}
	return web.OK(messageAnswer{m.ID, m.Number, web.Time{Time: m.Time}})
}

func instant(t time.Time) *web.Time {
	if t.IsZero() {
		return nil
	}
	return &web.Time{Time: t}
}

func later(a, b web.Time) time.Time {
	if a.After(b.Time) {
		return a.Time
	}
	return b.Time
}

// earlier is the bound that binds; the zero time is none.
func earlier(a, b web.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a.Time) {
		return b.Time
	}
	return a.Time
}
