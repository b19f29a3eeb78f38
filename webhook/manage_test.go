package webhook_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/store"
	"switchboard/webhook"
)

func TestManage(t *testing.T) {
	eachEngine(t, func(t *testing.T, b *board) {
		ctx := t.Context()
		s := webhook.New(b.options())
		made, err := s.Create(ctx, b.admin, webhook.Registration{URL: " https://joe:secret@hooks.example.com/a?secret=s#top ",
			EventTypes: []string{"sessioncreated", "4", "SessionEnded"}})
		must(t, err)
		if made.URL != "https://hooks.example.com/a?secret=s" || !made.BasicAuth || !strings.HasPrefix(made.Secret, "whsec_") ||
			!slices.Equal(made.EventTypes, []string{"SessionCreated", "SessionEnded"}) {
			t.Errorf("made %+v", made)
		}
		again, err := s.Create(ctx, b.admin, webhook.Registration{URL: "https://other@hooks.example.com/a?secret=s", EventTypes: []string{"1"}})
		if switchboard.AsError(err).Code != "webhook-exists" || again.ID != made.ID || again.Secret != "" {
			t.Errorf("the same URL: %+v, %v", again, err)
		}
		second := b.register(s, "https://hooks.example.com/b", "1")
		err = s.Update(ctx, b.admin, second, webhook.Registration{URL: "https://hooks.example.com/a?secret=s", EventTypes: []string{"1"}})
		if switchboard.AsError(err).Code != "webhook-exists" {
			t.Errorf("changed to a URL that exists: %v", err)
		}
		list, err := s.List(ctx, b.admin)
		if err != nil || len(list) != 2 || list[0].ID != made.ID || list[0].Secret != "" {
			t.Errorf("list %+v, %v", list, err)
		}
		key := b.admin
		key.Kind, key.Admin = switchboard.Client, false
		if one, err := s.Get(ctx, key, made.ID); err != nil || one.Secret != "" {
			t.Errorf("a key sees the secret: %+v, %v", one, err)
		}
		if one, err := s.Get(ctx, b.admin, made.ID); err != nil || one.Secret != made.Secret {
			t.Errorf("an administrator does not: %+v, %v", one, err)
		}
		must(t, s.Delete(ctx, b.admin, second))
		must(t, s.DeleteAll(ctx, b.admin))
		if err := s.DeleteAll(ctx, b.admin); switchboard.KindOf(err) != switchboard.NotFound {
			t.Errorf("nothing to delete: %v", err)
		}
	})
}

func TestUpdateKeepsCredentials(t *testing.T) {
	b := newBoard(t, store.Options{Dir: t.TempDir()})
	ctx := t.Context()
	s := webhook.New(b.options())
	id := b.register(s, "https://joe:secret@example.com/a", "1")
	changes := func() (n int) {
		must(t, b.db.Read(ctx, func(tx *store.Tx) error {
			all, err := tx.Facts(0, 100)
			for _, e := range all {
				if strings.Contains(string(e.Payload), "changed") {
					n++
				}
				if strings.Contains(string(e.Payload), "secret") {
					t.Errorf("an event tells %s", e.Payload)
				}
			}
			return err
		}))
		return n
	}
	for _, step := range []struct {
		url, user, password string
		changes             int
	}{
		{"https://joe:secret@example.com/a", "joe", "secret", 0}, // the same again
		{"https://example.com/a", "joe", "secret", 0},            // as lists show it
		{"https://ann@example.com/a", "ann", "", 1},
		{"https://example.com/b", "", "", 2}, // another place: they must not go there
	} {
		must(t, s.Update(ctx, b.admin, id, webhook.Registration{URL: step.url, EventTypes: []string{"UserStatusChanged"}}))
		must(t, b.db.Read(ctx, func(tx *store.Tx) error {
			w, err := tx.Webhook(b.tenant, id)
			if w.Username != step.user || w.Password != step.password {
				t.Errorf("%s: %q %q", step.url, w.Username, w.Password)
			}
			return err
		}))
		if n := changes(); n != step.changes {
			t.Errorf("%s: %d changes", step.url, n)
		}
	}
}

func TestManageRefuses(t *testing.T) {
	b := newBoard(t, store.Options{Dir: t.TempDir()})
	ctx := t.Context()
	o := b.options()
	o.MaxWebhooks = 1
	s := webhook.New(o)
	id := b.register(s, "https://example.com/", "1")
	stranger, weak := b.admin, b.admin
	stranger.Tenant++
	weak.Scopes = switchboard.OperatorScopes()
	good := webhook.Registration{URL: "https://example.com/", EventTypes: []string{"1"}}
	calls := map[string]func(p switchboard.Principal) error{
		"Get":       func(p switchboard.Principal) error { _, err := s.Get(ctx, p, id); return err },
		"Update":    func(p switchboard.Principal) error { return s.Update(ctx, p, id, good) },
		"Delete":    func(p switchboard.Principal) error { return s.Delete(ctx, p, id) },
		"DeleteAll": func(p switchboard.Principal) error { return s.DeleteAll(ctx, p) },
		"Deliveries": func(p switchboard.Principal) error {
			_, err := s.Deliveries(ctx, p, id, webhook.DeliveryQuery{})
			return err
		},
		"Replay": func(p switchboard.Principal) error {
			_, err := s.Replay(ctx, p, id, webhook.ReplayRequest{})
			return err
		},
	}
	for name, call := range calls {
		for p, want := range map[*switchboard.Principal]switchboard.Kind{{}: switchboard.Unauthorized, &weak: switchboard.Forbidden,
			&stranger: switchboard.NotFound} {
			if err := call(*p); err == nil || switchboard.KindOf(err) != want {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
		}
	}
	for _, bad := range []struct {
		code string
		r    webhook.Registration
	}{
		{"event-type-unknown", webhook.Registration{URL: good.URL, EventTypes: []string{"SessionCreated", "Nope"}}},
		{"event-type-unknown", webhook.Registration{URL: good.URL, EventTypes: []string{"10"}}},
		{"event-type-unknown", webhook.Registration{URL: good.URL, EventTypes: []string{"0"}}},
		{"event-types-missing", webhook.Registration{URL: good.URL}},
		{"url-invalid", webhook.Registration{EventTypes: good.EventTypes}},
		{"too-many-webhooks", webhook.Registration{URL: "https://example.com/2", EventTypes: good.EventTypes}},
	} {
		_, err := s.Create(ctx, b.admin, bad.r)
		if err == nil || switchboard.AsError(err).Code != bad.code {
			t.Errorf("%+v: %v, want %s", bad.r, err, bad.code)
		}
	}
	if _, err := s.Deliveries(ctx, b.admin, id, webhook.DeliveryQuery{State: "x"}); switchboard.AsError(err).Code != "state-unknown" {
		t.Errorf("a wrong state: %v", err)
	}
}

// TestPrivateAddressIsNotDialled is a URL that passed when it was registered,
// as a name may whose address changes.
func TestPrivateAddressIsNotDialled(t *testing.T) {
	b := newBoard(t, store.Options{Dir: t.TempDir()})
	r := newReceiver(t, nil)
	id := b.register(webhook.New(b.options()), r.URL, "SessionCreated")
	o := b.options()
	o.AllowPrivate, o.Retries = false, []time.Duration{}
	s, _ := b.run(o)
	if _, err := s.Create(t.Context(), b.admin, webhook.Registration{URL: r.URL + "/2", EventTypes: []string{"1"}}); err == nil ||
		!errors.Is(err, switchboard.E(switchboard.Invalid, "url-private", "")) {
		t.Errorf("registered: %v", err)
	}
	b.happen(1, switchboard.ConversationNew)
	list := b.settled(s, id, "failed", each(1, "failed"))
	if !strings.Contains(list[0].Answer, "private network") || list[0].Status != 0 {
		t.Errorf("%+v", list[0])
	}
	if n := len(r.requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}
