package platform

import (
	"context"
	"strconv"
	"strings"
	"time"

	"switchboard"
	"switchboard/chat"
	"switchboard/web"
)

type callLogsRequest struct {
	Paging
	LastSyncDate string `query:"lastSyncDate" maxLength:"100" doc:"Only calls since then: seconds, milliseconds or microseconds since 1970, RFC 3339, or yyyy-mm-dd"`
}

// callModel is a call as one of its parties has it. Times are microseconds since
// 1970, as SDKs of this dialect count them; 0 is never.
type callModel struct {
	RoomID         string `json:"roomId"`
	FromUser       string `json:"fromUser"`
	ToUser         string `json:"toUser"`
	UserList       string `json:"userList" doc:"Separated by commas"`
	InviteUserList string `json:"inviteUserList"`
	CallType       string `json:"callType" enum:"audio,video"`
	CallMode       string `json:"callMode" enum:"onetoone,onetomany"`
	GroupID        string `json:"groupId"`
	CallerDevice   string `json:"callerDevice"`
	SessionStatus  string `json:"sessionStatus" enum:"closed,ended"`
	StartTime      int64  `json:"startTime"`
	EndTime        int64  `json:"endTime"`
	CallTime       int64  `json:"callTime"`
	CallState      int    `json:"callState" doc:"0 missed, 1 incoming, 2 outgoing"`
}

type callLogsModel struct {
	CallLogs []callModel `json:"callLogs"`
	Totals
}

type roomModel struct {
	RoomLink  string `json:"roomLink" example:"abc-defg-hij"`
	RoomID    string `json:"roomId"`
	Behaviour string `json:"behaviour"`
}

func (a *API) calls() {
	web.Handle(a.rest, web.Op{Method: "GET", Path: "/users/callLogs", Tag: "Calls", Scope: switchboard.ScopeChat, Summary: "One's calls, newest first"},
		func(ctx context.Context, p switchboard.Principal, in *callLogsRequest) (*web.Out[envelope[callLogsModel]], error) {
			since, err := day(in.LastSyncDate)
			if err != nil {
				return nil, err
			}
			page, err := a.Chat.CallLogs(ctx, p, since, in.Page, in.Size)
			if err != nil {
				return nil, err
			}
			list := make([]callModel, len(page.Calls))
			for i := range page.Calls {
				list[i] = callOf(&page.Calls[i])
			}
			return answer(callLogsModel{list, Totals{page.Pages, page.Total}}, retrieved)
		})
	web.Handle(a.rest, web.Op{Method: "POST", Path: "/users/calls/createRoom", Tag: "Calls", Scope: switchboard.ScopeChat, Summary: "Make a room for a call"},
		func(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[envelope[roomModel]], error) {
			room, err := a.Chat.CreateCallRoom(ctx, p)
			if err != nil {
				return nil, err
			}
			return answer(roomModel{room.Link, room.ID, "meet"}, "Room created successfully")
		})
}

func callOf(c *chat.CallLog) callModel {
	return callModel{c.Room, c.Caller, c.Callee, c.Users, c.Invited, c.Media, c.Mode, c.Group, c.Device, c.Status, micros(c.Started),
		micros(c.Ended), micros(c.Called), c.State}
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// day reads a point in time, however it is written.
func day(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return epoch(n), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02", "02/01/2006 15:04:05", "02/01/2006"} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() > 1 {
			return t, nil
		}
	}
	return time.Time{}, web.BadField("lastSyncDate", "want seconds, milliseconds or microseconds since 1970, or a date")
}
