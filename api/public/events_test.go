package public_test

import (
	"bufio"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/boardtest"
)

// follower reads a stream of server-sent events (HTML §9.2).
type follower struct {
	t    *testing.T
	resp *http.Response
	in   *bufio.Scanner
}

type sent struct{ id, event, data string }

func (w *world) follow(t *testing.T, token, query, last string) *follower {
	t.Helper()
	c := boardtest.Call{Token: token, Path: "/api/v1/events" + query, Header: http.Header{}}
	if last != "" {
		c.Header.Set("Last-Event-ID", last)
	}
	f := &follower{t: t, resp: w.Open(t, c)}
	t.Cleanup(f.close)
	if f.resp.StatusCode != 200 || f.resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatal(f.resp.Status, f.resp.Header)
	}
	f.in = bufio.NewScanner(f.resp.Body)
	return f
}

func (f *follower) close() { f.resp.Body.Close() }

// next is the next event; false at the end of the stream.
func (f *follower) next() (e sent, ok bool) {
	f.t.Helper()
	for f.in.Scan() {
		name, value, _ := strings.Cut(f.in.Text(), ": ")
		switch name {
		case "id":
			e.id = value
		case "event":
			e.event = value
		case "data":
			e.data += value
		case "":
			if f.in.Text() == "" && e.event != "" {
				return e, true
			}
		}
	}
	return e, false
}

// want reads so many events and compares their kinds.
func (f *follower) want(kinds ...string) (all []sent) {
	f.t.Helper()
	var got []string
	for range kinds {
		e, ok := f.next()
		if !ok {
			f.t.Fatalf("the stream ended after %v (%v)", got, f.in.Err())
		}
		all, got = append(all, e), append(got, e.event)
	}
	if !slices.Equal(got, kinds) {
		f.t.Fatalf("got %v, want %v", got, kinds)
	}
	return all
}

// A follower that breaks off anywhere and comes back has seen every event once,
// in order.
func TestEventsResume(t *testing.T) {
	w := newWorld(t)
	jana := w.token("jana")
	whole := w.follow(t, jana, "", "")
	whole.want("position")
	w.visitor().open(firstWords)
	w.call(200, "POST", jana, "/Sessions/1/accept", "")
	w.call(200, "POST", jana, "/Sessions/1/messages", `{"text":"a\nb <c>","messageId":"m-1"}`)
	w.call(204, "PUT", jana, path("/Users/%d/operatorState", w.people["jana"].Account), `{"stateKind":"away","note":"lunch"}`)
	w.call(204, "POST", jana, "/Sessions/1/end", `{"result":"x"}`)
	kinds := []string{"conversation.created", "message", "conversation.started", "conversation.operator-joined", "message", "operator.status",
		"conversation.ended", "conversation.operator-left", "conversation.operator-concluded"}
	all := whole.want(kinds...)
	if want := `{"position":` + all[4].id + `,"time":"2025-05-24T16:05:24.454661+00:00","kind":"message","subject":1,"actor":3,` +
		`"data":{"conversation":1,"messageId":"m-1","text":"a\nb \u003cc\u003e","fromGuest":false}}`; all[4].data != want {
		t.Errorf("got  %s\nwant %s", all[4].data, want)
	}
	for i := range all {
		for _, again := range []*follower{w.follow(t, jana, "", all[i].id), w.follow(t, jana, "?after="+all[i].id, ""), w.follow(t, jana, "?LastEventId="+all[i].id, "")} {
			if rest := again.want(append([]string{"position"}, kinds[i+1:]...)...); !slices.Equal(rest[1:], all[i+1:]) || rest[0].id != all[i].id {
				t.Errorf("after %s: %v", all[i].id, rest)
			}
			again.close()
		}
	}
}

// Who may follow, and what each sees: an administrator also what happens to
// accounts and keys, nobody what happens in another company.
func TestEventsAudience(t *testing.T) {
	w := newWorld(t)
	root, jana, eve := w.follow(t, w.token("root"), "", ""), w.follow(t, w.token("jana"), "", ""), w.follow(t, w.token("eve"), "", "")
	key := w.follow(t, w.keyToken("root", switchboard.ScopeEvents, switchboard.ScopeSessionsRead), "", "")
	for _, f := range []*follower{root, jana, eve, key} {
		f.want("position")
	}
	w.visitor().open(`{"text":"hello"}`)
	w.call(201, "POST", w.token("eve"), "/ApiKeys", `{"name":"theirs","scopes":["events"]}`)
	w.call(204, "PUT", w.token("jana"), path("/Users/%d/operatorState", w.people["jana"].Account), `{"stateKind":"ONLINE"}`)
	root.want("key.created", "account.created", "device.added", "conversation.created", "message", "operator.status")
	jana.want("conversation.created", "message", "operator.status")
	key.want("conversation.created", "message", "operator.status")
	eve.want("key.created")
	v := w.visitor()
	for name, c := range map[string]struct {
		status int
		call   boardtest.Call
	}{
		"nobody":                {401, boardtest.Call{Path: "/api/v1/events"}},
		"a visitor":             {403, boardtest.Call{Path: "/api/v1/events", Token: v.AccessToken}},
		"a visitor at Public":   {403, boardtest.Call{Path: "/public/api/v1/events", Token: v.AccessToken}},
		"a key without events":  {403, boardtest.Call{Path: "/api/v1/events", Token: w.keyToken("root", switchboard.ScopeSessionsRead)}},
		"no number":             {400, boardtest.Call{Path: "/api/v1/events?after=abc", Token: w.token("jana")}},
		"a number below zero":   {400, boardtest.Call{Path: "/api/v1/events?after=-1", Token: w.token("jana")}},
		"a number that is huge": {400, boardtest.Call{Path: "/api/v1/events?after=99999999999999999999", Token: w.token("jana")}},
		"POST":                  {405, boardtest.Call{Method: "POST", Path: "/api/v1/events", Token: w.token("jana")}},
	} {
		if r := w.Do(t, c.call); r.Status != c.status {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
}

// What has no body ends at once: the next answer comes on the same connection.
func TestEventsHead(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		r := w.do("HEAD", w.token("root"), "/events", "")
		if r.Status != 200 || r.Header.Get("Content-Type") != "text/event-stream" || len(r.Body) > 0 {
			t.Errorf("%d %v", r.Status, r.Header)
		}
	}
	w.call(401, "HEAD", "", "/events", "")
}

// A stream ends with the right to it: whoever comes back is looked at again.
func TestEventsEnd(t *testing.T) {
	w := newWorld(t)
	ends := func(name, token string, do func()) {
		t.Helper()
		f := w.follow(t, token, "", "")
		f.want("position")
		do()
		for {
			if _, ok := f.next(); !ok {
				break
			}
		}
		if r := w.do("GET", token, "/Users/me", ""); r.Status != 401 {
			t.Errorf("%s: the token is still good: %d", name, r.Status)
		}
	}
	root := w.token("root")
	type made struct {
		ID                     int64
		ClientID, ClientSecret string
	}
	k := boardtest.Decode[made](t, w.call(201, "POST", root, "/ApiKeys", `{"name":"k","scopes":["events"]}`))
	ends("a revoked key", w.credentials(k.ClientID, k.ClientSecret), func() { w.call(204, "DELETE", root, path("/ApiKeys/%d", k.ID), "") })
	petr := w.people["petr"].Account
	ends("a disabled user", w.token("petr"), func() { w.call(204, "PUT", root, path("/Users/%d/enabled", petr), `{"isEnabled":false}`) })
	w.call(204, "PUT", root, path("/Users/%d/enabled", petr), `{"isEnabled":true}`)
	ends("a new password", w.token("petr"), func() { w.call(204, "PUT", root, path("/Accounts/%d/password", petr), `{"password":"another one"}`) })
	ends("an old token", w.token("jana"), func() { w.pass(time.Hour) })

	// What happened before does not end the stream again and again.
	root = w.token("root")
	f := w.follow(t, root, "?after=0", "")
	w.call(204, "PUT", root, path("/Users/%d/operatorState", w.people["root"].Account), `{"stateKind":"BREAK"}`)
	for {
		e, ok := f.next()
		if !ok {
			t.Fatal("the stream ended")
		}
		if n, err := strconv.Atoi(e.id); err != nil || n < 0 {
			t.Fatal(e)
		}
		if e.event == "operator.status" {
			break
		}
	}
}
