package public

import (
	"context"

	"switchboard"
	"switchboard/chat"
	"switchboard/web"
)

// PersonModel is somebody in a report or in feedback.
type PersonModel struct {
	ID       int64  `json:"id"`
	Username string `json:"username"`
	Name     string `json:"name"`
	JID      string `json:"jid"`
}

type reportedModel struct {
	JID       string `json:"jid"`
	Name      string `json:"name"`
	Group     bool   `json:"group"`
	AccountID *int64 `json:"accountId" doc:"Null for a group, and for an account that is no more"`
	Blocked   bool   `json:"blocked" doc:"By an administrator"`
}

type reportedMessageModel struct {
	ID        string    `json:"id"`
	Text      string    `json:"text"`
	Type      string    `json:"type"`
	File      string    `json:"file"`
	Time      *web.Time `json:"time"`
	Publisher string    `json:"publisher" doc:"Who wrote it"`
}

type reportModel struct {
	ID       int64                  `json:"id"`
	State    string                 `json:"state" enum:"open,resolved,dismissed"`
	Note     string                 `json:"note"`
	ChatType string                 `json:"chatType"`
	About    reportedModel          `json:"about"`
	Reporter *PersonModel           `json:"reporter" doc:"Null once the account is no more"`
	Messages []reportedMessageModel `json:"messages" doc:"As the reporter saw them"`
	Created  web.Time               `json:"created"`
	Handled  *web.Time              `json:"handled"`
	Handler  *PersonModel           `json:"handler"`
}

type feedbackModel struct {
	ID      int64        `json:"id"`
	Kind    string       `json:"kind" enum:"feedback,deletion" doc:"deletion: what somebody wrote when deleting the account"`
	Title   string       `json:"title"`
	Text    string       `json:"text"`
	From    *PersonModel `json:"from" doc:"Null once the account is no more"`
	Created web.Time     `json:"created"`
}

type reportList struct {
	Total int `header:"X-Total-Count"`
	Body  []reportModel
}

type feedbackList struct {
	Total int `header:"X-Total-Count"`
	Body  []feedbackModel
}

type handleReport struct {
	IDPath
	Body struct {
		State string `json:"state" enum:"open,resolved,dismissed"`
		Note  string `json:"note,omitempty"`
	}
}

type moderateRequest struct {
	Body struct {
		JID     string `json:"jid" minLength:"1" maxLength:"3071" doc:"The address of a user or group"`
		Blocked bool   `json:"blocked"`
	}
}

func person(p chat.Person) *PersonModel {
	if p.Account == 0 {
		return nil
	}
	return &PersonModel{int64(p.Account), p.JID.Local, p.Profile.Name, p.JID.String()}
}

func report(p switchboard.Principal, r chat.Report) reportModel {
	m := reportModel{ID: r.ID, State: r.State, Note: r.Note, ChatType: r.ChatType, Reporter: person(r.Reporter), Handler: person(r.Handler),
		About:   reportedModel{JID: r.About.String(), Name: r.AboutName, Group: r.About.Domain != p.Domain, Blocked: r.AboutBlocked},
		Created: web.Time{Time: r.Created}, Handled: instant(r.Handled), Messages: make([]reportedMessageModel, len(r.Messages))}
	if r.AboutAccount != 0 {
		id := int64(r.AboutAccount)
		m.About.AccountID = &id
	}
	for i, one := range r.Messages {
		m.Messages[i] = reportedMessageModel{one.ID, one.Text, one.Type, one.File, instant(one.Time), one.Publisher}
	}
	return m
}

func (a *API) reports() {
	web.Handle(a.rest, web.Op{Method: "GET", Path: "/Reports", Tag: "Moderation", Scope: switchboard.ScopeUsersWrite,
		Summary: "What users reported, newest first; the header X-Total-Count tells how much"},
		func(ctx context.Context, p switchboard.Principal, in *struct {
			State  string `query:"state" enum:"open,resolved,dismissed"`
			Limit  int    `query:"limit" minimum:"0" maximum:"1000"`
			Offset int    `query:"offset" minimum:"0"`
		}) (*reportList, error) {
			list, total, err := a.Chat.Reports(ctx, p, chat.ReportQuery{State: in.State, Limit: in.Limit, Offset: in.Offset})
			out := &reportList{total, make([]reportModel, len(list))}
			for i, r := range list {
				out.Body[i] = report(p, r)
			}
			return out, err
		})
	web.Handle(a.rest, web.Op{Method: "PUT", Path: "/Reports/{id}", Tag: "Moderation", Scope: switchboard.ScopeUsersWrite,
		Summary: "Resolve, dismiss or reopen a report"},
		func(ctx context.Context, p switchboard.Principal, in *handleReport) (*web.Out[reportModel], error) {
			r, err := a.Chat.HandleReport(ctx, p, in.ID, in.Body.State, in.Body.Note)
			if err != nil {
				return nil, err
			}
			return web.OK(report(p, r))
		})
	web.Handle(a.rest, web.Op{Method: "PUT", Path: "/Moderation", Tag: "Moderation", Scope: switchboard.ScopeUsersWrite, Admin: true,
		Summary: "Block or unblock a user or a group by its address"}, a.moderate)
	web.Handle(a.rest, web.Op{Method: "GET", Path: "/Feedback", Tag: "Moderation", Scope: switchboard.ScopeUsersWrite,
		Summary: "What users wrote to the administrators, newest first; the header X-Total-Count tells how much"},
		func(ctx context.Context, p switchboard.Principal, in *struct {
			Limit  int `query:"limit" minimum:"0" maximum:"1000"`
			Offset int `query:"offset" minimum:"0"`
		}) (*feedbackList, error) {
			list, total, err := a.Chat.Feedback(ctx, p, in.Limit, in.Offset)
			out := &feedbackList{total, make([]feedbackModel, len(list))}
			for i, f := range list {
				out.Body[i] = feedbackModel{f.ID, f.Kind, f.Title, f.Text, person(f.From), web.Time{Time: f.Created}}
			}
			return out, err
		})
}

func (a *API) moderate(ctx context.Context, p switchboard.Principal, in *moderateRequest) (*web.Nothing, error) {
	jid, err := switchboard.ParseJID(in.Body.JID)
	if err != nil {
		return nil, web.BadField("jid", "this is no address")
	}
	if jid.Domain != p.Domain {
		return nil, a.Chat.ModerateGroup(ctx, p, jid, in.Body.Blocked)
	}
	u, err := a.Auth.AccountByName(ctx, p, jid.Local)
	if err != nil {
		return nil, err
	}
	return nil, a.Auth.SetEnabled(ctx, p, u.ID, !in.Body.Blocked)
}
