package public_test

import (
	"strings"
	"testing"

	"switchboard/boardtest"
)

// A new key signs at once, and what the old one signed stays good.
func TestSigningKeys(t *testing.T) {
	w := newWorld(t)
	root := w.token("root")
	type key struct {
		KID     string
		Retired *string
		Current bool
	}
	keys := func() []key { return boardtest.Decode[[]key](t, w.call(200, "GET", root, "/SigningKeys", "")) }
	if k := keys(); len(k) != 1 || !k[0].Current || k[0].Retired != nil {
		t.Errorf("at first: %+v", k)
	}
	w.call(204, "POST", root, "/SigningKeys/rotate", "")
	k := keys()
	if len(k) != 2 || !k[0].Current || k[1].Current || k[1].Retired == nil || k[0].KID == k[1].KID {
		t.Fatalf("afterwards: %+v", k)
	}
	set := string(w.Want(t, 200, boardtest.Call{Path: "/login/.well-known/openid-configuration/jwks"}).Body)
	for _, one := range k {
		if !strings.Contains(set, one.KID) {
			t.Errorf("%s is not public", one.KID)
		}
	}
	w.call(200, "GET", w.token("root"), "/Users/me", "")
	w.call(403, "POST", w.token("jana"), "/SigningKeys/rotate", "")
}

// The audit log says who did what to whom, page by page.
func TestAuditLog(t *testing.T) {
	w := newWorld(t)
	root := w.token("root")
	ann, bob := w.people["ann"], w.user("bob")
	w.call(204, "PUT", root, path("/Accounts/%d/enabled", bob.Account), `{"isEnabled":false}`)
	w.call(201, "POST", root, "/ApiKeys", `{"name":"Nightly <b>","scopes":["events"]}`)
	w.register("ann", "android")
	sendText(w, ann, w.people["petr"].Bare(), "secret words")
	type fact struct {
		Position               int64
		Kind                   string
		Actor                  int64
		ActorName, SubjectName string
	}
	read := func(query string) (list []fact) {
		r := w.call(200, "GET", root, "/AuditLog"+query, "")
		if strings.Contains(string(r.Body), "secret words") {
			t.Error("a message is in the log")
		}
		return boardtest.Decode[[]fact](t, r)
	}
	boardtest.Golden(t, "audit", w.call(200, "GET", root, "/AuditLog?limit=4", ""))
	all := read("")
	var paged []fact
	for before := ""; ; {
		page := read("?limit=3" + before)
		paged = append(paged, page...)
		if len(page) < 3 {
			break
		}
		before = path("&before=%d", page[2].Position)
	}
	if len(paged) != len(all) || len(all) < 9 {
		t.Errorf("%d facts in pages, %d at once", len(paged), len(all))
	}
	if by := read(path("?actor=%d", w.people["root"].Account)); len(by) != 2 || by[0].Kind != "key.created" || by[0].ActorName != "root" || by[0].SubjectName != "Nightly <b>" {
		t.Errorf("by root: %+v", by)
	}
	if of := read("?kind=device.added"); len(of) != 1 || of[0].SubjectName != "ann" {
		t.Errorf("devices: %+v", of)
	}
	if none := w.call(200, "GET", root, "/AuditLog?kind=nothing", ""); string(none.Body) != "[]\n" {
		t.Errorf("%s", none.Body)
	}
	w.call(403, "GET", w.token("jana"), "/AuditLog", "")
	w.call(400, "GET", root, "/AuditLog?before=-1", "")
}
