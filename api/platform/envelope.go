package platform

import (
	"net/http"
	"time"

	"switchboard"
	"switchboard/chat"
	"switchboard/web"
)

// envelope is every success.
type envelope[T any] struct {
	Status  int    `json:"status" doc:"Repeats the HTTP status"`
	Data    T      `json:"data"`
	Message string `json:"message"`
}

// retrieved is the documented message of a success that has nothing to add.
const retrieved = "Data retrieved successfully"

func answer[T any](data T, message string) (*web.Out[envelope[T]], error) {
	return web.OK(envelope[T]{http.StatusOK, data, message})
}

// done is a success without data.
type done struct {
	Status  int    `json:"status"`
	Message string `json:"message"`
}

func say(message string) (*web.Out[done], error) { return web.OK(done{http.StatusOK, message}) }

// Paging is the part of a request that asks for a page. The bounds keep
// arithmetic from overflowing; a larger size than the server gives is cut.
type Paging struct {
	Page int `query:"page" minimum:"1" maximum:"1000000" default:"1"`
	Size int `query:"size" minimum:"1" maximum:"1000000" doc:"At most 250 are given"`
}

// cut is the part of n things that is on the page.
func (q Paging) cut(n, usual int) (from, to int, t Totals) {
	size := min(q.Size, switchboard.MaxPage)
	if size <= 0 {
		size = usual
	}
	from = min((q.Page-1)*size, n)
	return from, min(from+size, n), Totals{(n + size - 1) / size, n}
}

// Totals is the part of an answer that counts.
type Totals struct {
	TotalPages   int `json:"totalPages"`
	TotalRecords int `json:"totalRecords"`
}

// sentTime writes dd/mm/yyyy hh:mm:ss, in UTC.
func sentTime(t time.Time) string { return t.UTC().Format("02/01/2006 15:04:05") }

// after reads an epoch in seconds, milliseconds or microseconds and returns the
// last instant that it stands for, so that a time from an answer, which is cut
// to milliseconds, does not find its own message again.
func after(epoch int64) time.Time {
	switch {
	case epoch == 0:
		return time.Time{}
	case epoch < 1e11: // the year 5138
		return time.UnixMicro(epoch*1e6 + 999_999)
	case epoch < 1e14:
		return time.UnixMicro(epoch*1e3 + 999)
	}
	return time.UnixMicro(epoch)
}

// epoch is the time that a count of seconds, milliseconds or microseconds stands for.
func epoch(n int64) time.Time {
	switch {
	case n < 1e11:
		return time.Unix(n, 0)
	case n < 1e14:
		return time.UnixMilli(n)
	}
	return time.UnixMicro(n)
}

// The values of chatType.
const (
	single = "singlechat"
	group  = "groupchat"
)

var (
	errUserID  = switchboard.E(switchboard.Invalid, "user-id-invalid", "Invalid user id.")
	errGroupID = switchboard.E(switchboard.Invalid, "group-id-invalid", "Invalid group id.")
)

// userJID is the address that a user's id stands for.
func userJID(p switchboard.Principal, id string) (switchboard.JID, error) {
	return address(id, p.Domain, errUserID)
}

// chatJID is the address that the id of a user or a group stands for.
func chatJID(p switchboard.Principal, chatType, id string) (switchboard.JID, error) {
	if chatType == group {
		return address(id, chat.GroupHost(p.Domain), errGroupID)
	}
	return userJID(p, id)
}

func address(id, domain string, wrong error) (switchboard.JID, error) {
	j, err := switchboard.NewJID(id, domain, "")
	if err != nil { // an @ cannot stand in an id, so it is an address or nothing
		j, err = switchboard.ParseJID(id)
	}
	if err != nil || j.Local == "" || len(j.Local) > switchboard.MaxIdentifier || j.Domain != domain || !j.IsBare() {
		return switchboard.JID{}, wrong
	}
	return j, nil
}
