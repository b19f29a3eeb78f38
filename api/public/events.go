package public

import (
	"encoding/json"
	"net/http"
	"strconv"

	"switchboard"
	"switchboard/desk"
	"switchboard/web"
)

// eventModel is one event of the stream.
type eventModel struct {
	Position int64           `json:"position"`
	Time     web.Time        `json:"time"`
	Kind     string          `json:"kind"`
	Subject  int64           `json:"subject"`
	Actor    int64           `json:"actor"`
	Data     json.RawMessage `json:"data"`
}

func (a *API) events() {
	web.HandleHTTP(a.rest, web.Op{Method: "GET", Path: "/events", Tag: "Events", Scope: switchboard.ScopeEvents, Produces: "text/event-stream",
		Summary: "Follow the company's events as they happen",
		Description: "Server-sent events; `id` is the position in the ledger. Send the last one as `Last-Event-ID` or `?after=` to go on " +
			"without a gap; without either the stream begins now. A `position` event tells where it begins."},
		a.follow)
}

func (a *API) follow(w http.ResponseWriter, r *http.Request, p switchboard.Principal) error {
	// Before the first byte goes out: what the client does next must end the stream if it ends the right to it.
	since := a.Desk.Position()
	if err := web.Again(r); err != nil { // and what was done until then, but not seen yet, must not let it begin
		return err
	}
	var after switchboard.Position
	if id := web.LastEventID(r); id != "" {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil || n < 0 {
			return web.BadField("after", "must be a position: a whole number")
		}
		after = switchboard.Position(n)
	} else {
		after = since
	}
	if r.Method == http.MethodHead { // it has no body that could end
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(http.StatusOK)
		return nil
	}
	stream, err := web.NewStream(w, r)
	if err != nil {
		return err
	}
	defer stream.Close()
	start := strconv.FormatInt(int64(after), 10)
	if err := stream.Send(start, "position", []byte(`{"position":`+start+`}`)); err != nil {
		return nil // the client has left
	}
	// It ends when the client leaves or the server stops: nobody is left to tell.
	_ = a.Desk.Follow(r.Context(), p, after, since, func(e desk.Event) error {
		m := eventModel{int64(e.Position), web.Time{Time: e.Time}, string(e.Kind), e.Subject, int64(e.Actor), e.Payload}
		data, err := json.Marshal(m)
		if err != nil {
			return err
		}
		return stream.Send(strconv.FormatInt(int64(e.Position), 10), string(e.Kind), data)
	})
	return nil
}
