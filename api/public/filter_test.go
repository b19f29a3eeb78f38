package public_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/config"
)

// ids are the sessions of a list.
func ids(t testing.TB, r boardtest.Reply) []int64 {
	t.Helper()
	list := []int64{}
	for _, s := range boardtest.Decode[[]session](t, r) {
		list = append(list, s.ID)
	}
	return list
}

// fiveDays is a session a day: 1 sold by jana, 2 with petr, 3 waiting, 4 left
// in the queue, 5 ended by an API key.
func fiveDays(t *testing.T, change ...func(*config.Config)) (w *world, key string) {
	w = newWorld(t, change...)
	key = w.keyToken("root", switchboard.ScopeSessionsRead, switchboard.ScopeSessionsWrite)
	jana, petr := w.token("jana"), w.token("petr")
	one := w.visitor()
	one.open(`{"text":"Where is my BLUE jacket? It's late","url":"https://shop.example/jackets","widget":"winter","params":{"oo1_widget_lang":"cs"}}`)
	w.pass(2 * time.Minute)
	w.call(200, "POST", jana, "/Sessions/1/accept", "")
	w.call(200, "POST", jana, "/Sessions/1/messages", `{"text":"In the <b>green</b> box, Žižkov & co."}`)
	w.pass(5 * time.Minute)
	w.call(204, "POST", jana, "/Sessions/1/end", `{"result":"Sold"}`)
	w.Want(t, 204, boardtest.Call{Token: one.AccessToken, Path: "/widget/v1/conversations/1/feedback", JSON: `{"stars":4}`})
	day := func() { w.pass(24 * time.Hour); key, jana, petr = w.token("root"), w.token("jana"), w.token("petr") }
	day()
	w.visitor().open(`{"text":"hello"}`)
	w.call(200, "POST", petr, "/Sessions/2/accept", "")
	day()
	w.visitor().open(`{"text":"hello again"}`)
	day()
	four := w.visitor()
	four.open(`{"text":"bye"}`)
	w.pass(time.Hour - time.Minute)
	w.Want(t, 204, boardtest.Call{Method: "POST", Token: four.AccessToken, Path: "/widget/v1/conversations/4/leave"})
	day()
	w.visitor().open(`{"text":"jacket"}`)
	key = w.keyToken("root", switchboard.ScopeSessionsRead, switchboard.ScopeSessionsWrite)
	w.call(204, "POST", key, "/Sessions/5/end", "")
	return w, key
}

func TestSessionFilters(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { filters(t) })
	t.Run("postgres", func(t *testing.T) {
		url := boardtest.Postgres(t)
		filters(t, func(c *config.Config) { c.Database = url })
	})
}

func filters(t *testing.T, change ...func(*config.Config)) {
	w, key := fiveDays(t, change...)
	all := []int64{5, 4, 3, 2, 1}
	for query, want := range map[string][]int64{
		"":                                     all,
		"Status=CLOSED":                        {5, 4, 1},
		"status=in_queue":                      {3},
		"Status=Active&Status=IN_QUEUE":        {3, 2},
		"Channel=Chat&Channel=AV":              all,
		"Channel=Phone":                        {},
		"source=default":                       all,
		"Source=API&Source=Facebook":           {},
		"SessionId=1&SessionId=4&SessionId=99": {4, 1},
		"DepartmentId=1":                       all,
		"DepartmentId=2":                       {},
		path("OperatorUserId=%d", w.people["jana"].Account):                                             {1},
		path("operatoruserid=%d&OperatorUserId=%d", w.people["jana"].Account, w.people["petr"].Account): {2, 1},
		"ClientId=9999":                                 {},
		"Created.Min=2025-05-26":                        {5, 4, 3},
		"created.min=2025-05-26&created.max=2025-05-27": {3},
		"Created.Min=2025-05-25T00:00:00.000Z&Created.Max=2025-05-26T00:00:00.000Z":              {2},
		"Created.Min=2025-05-24T18:05:24.454661%2B02:00&Created.Max=2025-05-24T16:05:24.454661Z": {1},
		"Created.Min=2025-05-24T18:05:24.454662+02:00&Created.Max=2025-05-25":                    {},
		"Created.Min=2025-05-26T12:00:00":                                                        {5, 4, 3},
		"GuestJoined.Min=2025-05-28":                                                             {5},
		"Accepted.Min=2025-05-25":                                                                {2},
		"Accepted.Null=true":                                                                     {5, 4, 3},
		"Ended.Min=2025-05-25":                                                                   {5, 4},
		"Ended.Max=2025-05-25":                                                                   {1},
		"Ended.Null=true":                                                                        {3, 2},
		"ended.null=false":                                                                       {5, 4, 1},
		"WaitingTime.Min=00:02:00":                                                               {4, 1},
		"WaitingTime.Max=PT1M":                                                                   {5, 2},
		"WaitingTime.Null=true":                                                                  {3},
		"Duration.Min=00:05:00":                                                                  {1},
		"Duration.Max=00:04:59":                                                                  {},
		"Duration.Null=false":                                                                    {1},
		"Result=Sold&Result=Other":                                                               {1},
		"ClientStars=4&ClientStars=5":                                                            {1},
		"ClientStars=5":                                                                          {},
		"ClientFeedbackScale=likert":                                                             {1},
		"ClientFeedbackScale=NPS":                                                                {},
		"TerminationReason=GuestAbandoned":                                                       {4},
		"TerminationReason=SessionApiCall":                                                       {5},
		"GuestLeftSession=LeftQueue":                                                             {4},
		"Widget=winter":                                                                          {1},
		"Widget=WINTER":                                                                          {},
		"OS=linux&Browser=FF":                                                                    all,
		"Browser=CHROME":                                                                         {},
		"Language.Text=C":                                                                        {1},
		"Language.Text=c&Language.Exact=1":                                                       {},
		"Language.Null=true":                                                                     {5, 4, 3, 2},
		"LandingPage.Text=SHOP.example":                                                          {1},
		"LandingPage.Null=false":                                                                 {1},
		"IPAddress.Text=127.0.0":                                                                 all,
		"IPAddress.Text=127.0.0&IPAddress.Exact=true":                                            {},
		"ActivityTextsContain=JACKET":                                                            {5, 1},
		"ActivityTextsContain=blue+jacket?+it's":                                                 {1},
		"ActivityTextsContain=<B>GREEN</b>":                                                      {1},
		"ActivityTextsContain=%C5%BDI%C5%BDKOV+%26+c":                                            {1},
		"ActivityTextsContain=body":                                                              {},
		"ActivityTextsContain=groupchat":                                                         {},
		"ActivityTextsContain=conversation":                                                      {},
		"ActivityTextsContain=e&limit=1&offset=1":                                                {4},
		"ActivityTextsContain=e&offset=3":                                                        {2, 1},
		"InitialMessage.Text=green":                                                              {},
		"InitialMessage.Text=Jacket":                                                             {5, 1},
		"limit=2":                                                                                {5, 4},
		"Limit=2&Offset=2":                                                                       {3, 2},
		"limit=2&offset=4":                                                                       {1},
		"limit=1000000":                                                                          all,
		"offset=5":                                                                               {},
		"ChatbotId=1":                                                                            {},
		"Tags=vip":                                                                               {},
		"AutoAccepted=true":                                                                      {},
		"AutoAccepted=false":                                                                     all,
		"Anonymized.Null=true":                                                                   all,
		"unknown=1&Channel=chat":                                                                 all,
	} {
		if got := ids(t, w.call(200, "GET", key, "/Sessions?"+strings.ReplaceAll(query, " ", "+"), "")); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	for query, field := range map[string]string{
		"Status=SLEEPING": "Status", "Source=1": "Source", "Created.Min=yesterday": "Created.Min",
		"Created.Max=2025-13-01": "Created.Max", "limit=-1": "limit", "limit=x": "limit", "offset=1.5": "offset", "SessionId=abc": "SessionId",
		"WaitingTime.Min=soon": "WaitingTime.Min", "Ended.Null=perhaps": "Ended.Null", "limit=99999999999999999999": "limit",
		"Browser=LYNX": "Browser", "InitialMessage.Text=" + url.QueryEscape(strings.Repeat("x", 1001)): "InitialMessage.Text",
	} {
		r := w.call(400, "GET", key, "/Sessions?"+query, "")
		if m := boardtest.Decode[map[string]string](t, r); len(m) != 1 || m[field] == "" {
			t.Errorf("%.60s: %s", query, r.Body)
		}
	}
}

// The list and each of its sessions are the same wherever and however they
// are asked for.
func TestSessionPaths(t *testing.T) {
	w, key := fiveDays(t)
	want := string(w.call(200, "GET", key, "/Sessions?limit=2", "").Body)
	for _, c := range []boardtest.Call{
		{Path: "/api/v1/sessions?limit=2"}, {Path: "/api/v1/SESSIONS/?LIMIT=2"}, {Path: "/public/api/v1/Sessions?limit=2"},
		{Path: "/public/api/v1/sessions?Limit=2"},
	} {
		for _, scheme := range []string{"Bearer ", "bearer ", "BEARER  ", ""} {
			c.Header = map[string][]string{"Authorization": {scheme + key}}
			if r := w.Want(t, 200, c); string(r.Body) != want || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s with %q: %s", c.Path, scheme, r.Body)
			}
		}
	}
	for i, id := range []int64{5, 4} {
		one := w.call(200, "GET", key, path("/sessions/%d", id), "")
		if list := boardtest.Decode[[]any](t, boardtest.Reply{Body: []byte(want)}); fmt.Sprint(list[i]) != fmt.Sprint(boardtest.Decode[any](t, one)) {
			t.Errorf("session %d is not as in the list", id)
		}
	}
}

// Clients ask for pages until one is short. Sessions that are opened meanwhile
// must not end that early, and nothing is left out of a list that is longer than one
// part.
func TestLongList(t *testing.T) {
	w := newWorld(t)
	w.served(230, 2)
	token := w.token("root")
	for _, limit := range []int{7, 100, 115, 229, 230, 231, 100_000} {
		var all []int64
		for {
			page := ids(t, w.call(200, "GET", token, path("/Sessions?limit=%d&offset=%d", limit, len(all)), ""))
			all = append(all, page...)
			if len(page) < limit {
				break
			}
		}
		slices.Reverse(all)
		for i, id := range all {
			if id != int64(i+1) {
				t.Fatalf("limit %d: place %d has %d", limit, i, id)
			}
		}
		if len(all) != 230 {
			t.Errorf("limit %d: %d sessions", limit, len(all))
		}
	}
	if n := len(ids(t, w.call(200, "GET", token, "/Sessions", ""))); n != 100 {
		t.Errorf("without a limit: %d sessions", n)
	}
	if got := ids(t, w.call(200, "GET", token, "/Sessions?ActivityTextsContain=QUESTION+1&limit=120", "")); len(got) != 111 {
		t.Errorf("%d sessions have these words", len(got))
	}
}

// Operators see the sessions of their queues; those of other companies nobody sees.
func TestWhoSeesWhich(t *testing.T) {
	w := newWorld(t)
	w.visitor().open(`{"text":"hello"}`)
	for name, want := range map[string][]int64{"root": {1}, "jana": {1}, "eve": {}} {
		if got := ids(t, w.call(200, "GET", w.token(name), "/Sessions", "")); !slices.Equal(got, want) {
			t.Errorf("%s sees %v", name, got)
		}
	}
	for _, p := range []string{"/Sessions/1", "/Sessions/1/callparams"} {
		w.nothing(w.call(404, "GET", w.token("eve"), p, ""))
	}
}

// nothing checks that an answer has no body.
func (w *world) nothing(r boardtest.Reply) {
	w.t.Helper()
	if len(r.Body) > 0 || r.Header.Get("X-Error-Code") == "" {
		w.t.Errorf("%d %q %v", r.Status, r.Body, r.Header)
	}
}
