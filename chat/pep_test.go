package chat_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"switchboard"
	"switchboard/chat"
	"switchboard/store"
)

// subscribe lets one see the other's presence.
func (w *world) subscribe(who, to switchboard.Principal) {
	w.t.Helper()
	err := errors.Join(w.chat.Subscription(w.t.Context(), who, to.Bare(), chat.Subscribe, nil),
		w.chat.Subscription(w.t.Context(), to, who.Bare(), chat.Subscribed, nil))
	if err != nil {
		w.t.Fatal(err)
	}
}

// events are the events of personal eventing that a stream was signalled.
func (s *stream) events() (all []*chat.PEPEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sig := range s.signals {
		if v, is := sig.Value.(*chat.PEPEvent); is {
			all = append(all, v)
		}
	}
	s.signals = nil
	return all
}

func (w *world) publish(p switchboard.Principal, node, item, payload string, options func(*chat.PEPConfig) error) {
	w.t.Helper()
	if _, err := w.chat.Publish(w.t.Context(), p, chat.Publication{Node: node, Item: item, Payload: []byte(payload), Options: options}); err != nil {
		w.t.Fatal(err)
	}
}

func access(model string) func(*chat.PEPConfig) error {
	return func(c *chat.PEPConfig) error { c.Access = model; return nil }
}

func itemIDs(items []chat.PEPItem) (ids string) {
	for _, i := range items {
		ids += i.Item + " "
	}
	return strings.TrimSpace(ids)
}

// TestPEPAudience: an event reaches those who may have it, and nobody else.
func TestPEPAudience(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		p := w.users(5)
		owner, friend, blocked, blocker, stranger := p[0], p[1], p[2], p[3], p[4]
		streams := make([]*stream, len(p))
		for i := range p {
			streams[i] = w.connect(p[i], "x")
		}
		for _, who := range p[1:4] {
			w.subscribe(who, owner)
		}
		if err := errors.Join(w.chat.Block(t.Context(), owner, blocked.Bare()), w.chat.Block(t.Context(), blocker, owner.Bare())); err != nil {
			t.Fatal(err)
		}
		for model, want := range map[string][]int{chat.AccessPresence: {0, 1}, chat.AccessOpen: {0, 1}, chat.AccessWhitelist: {0}} {
			for _, s := range streams {
				s.events()
			}
			w.publish(owner, "node-"+model, "i", "<a/>", access(model))
			for i, s := range streams {
				if got := len(s.events()); got == 1 != slices.Contains(want, i) {
					t.Errorf("%s: %d events for %s", model, got, p[i].Localpart)
				}
			}
			for who, code := range map[*switchboard.Principal]string{&friend: "", &blocked: "recipient-unavailable", &blocker: "blocked", &stranger: "presence-subscription-required"} {
				switch {
				case model == chat.AccessOpen && who == &stranger:
					code = ""
				case model == chat.AccessWhitelist && who == &friend:
					code = "node-closed"
				}
				_, _, err := w.chat.Items(t.Context(), *who, chat.ItemQuery{Owner: owner.Bare(), Node: "node-" + model})
				if e := switchboard.AsError(err); (e == nil) != (code == "") || e != nil && e.Code != code {
					t.Errorf("%s reads a node of model %s: %v, want %q", who.Localpart, model, err, code)
				}
			}
		}
		last, err := w.chat.LastItems(t.Context(), friend, switchboard.JID{}, func(string) bool { return true })
		if err != nil || len(last) != 2 || last[0].From != owner.Bare() {
			t.Errorf("a friend who comes gets %+v, %v", last, err)
		}
		for _, who := range []switchboard.Principal{blocked, blocker, stranger} {
			if last, err := w.chat.LastItems(t.Context(), who, switchboard.JID{}, func(string) bool { return true }); err != nil || len(last) > 0 {
				t.Errorf("%s who comes gets %+v, %v", who.Localpart, last, err)
			}
		}
	})
}

// TestPEPNodes: what a node keeps, and what is announced.
func TestPEPNodes(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		me := w.user("me")
		s := w.connect(me, "x")
		ctx := t.Context()
		for i := range 4 {
			w.publish(me, "n", fmt.Sprint(i), "<a/>", func(c *chat.PEPConfig) error { c.MaxItems = 3; return nil })
		}
		items, total, err := w.chat.Items(ctx, me, chat.ItemQuery{Node: "n"})
		if err != nil || itemIDs(items) != "3 2 1" || total != 3 {
			t.Errorf("%s of %d, %v", itemIDs(items), total, err)
		}
		items, total, err = w.chat.Items(ctx, me, chat.ItemQuery{Node: "n", Bytes: 9})
		if err != nil || itemIDs(items) != "3 2" || total != 3 {
			t.Errorf("%s of %d, %v", itemIDs(items), total, err)
		}
		s.events()
		_, err = w.chat.Publish(ctx, me, chat.Publication{Node: "n", Item: "3", Payload: []byte("<a/>"), Changed: true})
		if n := len(s.events()); err != nil || n != 0 {
			t.Errorf("what has not changed was announced: %d, %v", n, err)
		}
		_, err = w.chat.Publish(ctx, me, chat.Publication{Node: "n", Item: "4", Payload: []byte("<a/>"), Options: access(chat.AccessOpen)})
		wantCode(t, err, switchboard.Conflict, "precondition-not-met")
		wantCode(t, w.chat.CreateNode(ctx, me, "n", nil), switchboard.Conflict, "node-exists")
		wantCode(t, w.chat.CreateNode(ctx, me, strings.Repeat("n", 2000), nil), switchboard.Invalid, "node-name")
		wantCode(t, w.chat.Retract(ctx, me, "n", "9", false), switchboard.NotFound, "item-not-found")
		wantCode(t, w.chat.Retract(ctx, me, "m", "9", false), switchboard.NotFound, "node-not-found")

		transient := func(c *chat.PEPConfig) error { c.Transient = true; return nil }
		w.publish(me, "passing", "i", "<a/>", transient)
		if items, _, err := w.chat.Items(ctx, me, chat.ItemQuery{Node: "passing"}); err != nil || len(items) > 0 || len(s.events()) != 1 {
			t.Errorf("a node that keeps nothing has %v, %v", items, err)
		}
		quiet := func(c *chat.PEPConfig) error { c.NotifyRetire, c.NotifyConfig = false, true; return nil }
		if err := w.chat.ConfigureNode(ctx, me, "n", quiet); err != nil {
			t.Fatal(err)
		}
		if e := s.events(); len(e) != 1 || !e[0].Config {
			t.Errorf("%+v", e)
		}
		if err := errors.Join(w.chat.Retract(ctx, me, "n", "1", false), w.chat.PurgeNode(ctx, me, "n"), w.chat.DeleteNode(ctx, me, "n")); err != nil {
			t.Fatal(err)
		}
		if e := s.events(); len(e) != 0 {
			t.Errorf("a node that announces nothing announces %+v", e)
		}
	})
}

// TestPEPLimits: an account cannot grow without bounds, and what is refused
// leaves nothing.
func TestPEPLimits(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	me, ctx := w.user("me"), t.Context()
	_, err := w.chat.Publish(ctx, me, chat.Publication{Node: "n", Payload: make([]byte, 300<<10)})
	wantCode(t, err, switchboard.TooLarge, "item-too-large")
	all := func(c *chat.PEPConfig) error { c.MaxItems = 0; return nil }
	for i := range 8 {
		w.publish(me, "big", fmt.Sprint(i), strings.Repeat("x", 255<<10), all)
	}
	_, err = w.chat.Publish(ctx, me, chat.Publication{Node: "another", Payload: make([]byte, 255<<10)})
	wantCode(t, err, switchboard.TooMany, "pep-full")
	if nodes, err := w.chat.Nodes(ctx, me, me.Bare()); err != nil || len(nodes) != 1 {
		t.Errorf("%d nodes, %v", len(nodes), err)
	}
	for i := range 199 {
		if err := w.chat.CreateNode(ctx, me, fmt.Sprint("node ", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, w.chat.CreateNode(ctx, me, "one more", nil), switchboard.TooMany, "too-many-nodes")
	_, err = w.chat.Publish(ctx, w.account("guest", switchboard.Visitor), chat.Publication{Node: "n", Payload: []byte("<a/>")})
	wantCode(t, err, switchboard.Forbidden, "visitor-not-allowed")
	wantCode(t, w.chat.SetVCard(ctx, me, make([]byte, 65<<10)), switchboard.TooLarge, "vcard-too-large")
}
