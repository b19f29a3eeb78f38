package chat_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/store"
)

// TestDeletionAsOthersSeeIt plays a deletion without a period of grace on a whole
// server: her streams end with the reason, his see her go, hear why, and lose her
// from the roster.
func TestDeletionAsOthersSeeIt(t *testing.T) {
	boardtest.EachEngine(t, func(t *testing.T, s *boardtest.Server) {
		ctx := t.Context()
		admin := s.AddAccount(t, "chief", switchboard.Operator, true)
		juliet, romeo := s.AddAccount(t, "juliet", switchboard.User, false), s.AddAccount(t, "romeo", switchboard.User, false)
		if _, err := s.Auth.UpdateTenant(ctx, admin, "", map[string]string{"deletion.grace": "0"}); err != nil {
			t.Fatal(err)
		}
		for _, p := range [][2]switchboard.Principal{{juliet, romeo}, {romeo, juliet}} {
			if err := errors.Join(s.Chat.Subscription(ctx, p[0], p[1].Bare(), "subscribe", nil), s.Chat.Subscription(ctx, p[1], p[0].Bare(), "subscribed", nil)); err != nil {
				t.Fatal(err)
			}
		}
		d := boardtest.NewDialogue(t, boardtest.XMPPAddress{TCP: s.Info.XMPP, Domain: s.Tenant.Domain})
		d.Play(`
romeo/orchard comes
romeo/orchard sends <iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>
romeo/orchard meets <iq type='result' id='r'/>
romeo/orchard sends <iq type='set' id='n'><enable xmlns='urn:switchboard:notice:0'/></iq>
romeo/orchard meets <iq type='result' id='n'/>
juliet/balcony comes
romeo/orchard meets <presence from='juliet@{domain}/balcony'/>
juliet/balcony sends <message to='romeo@{domain}' type='chat' id='m'><body>good night</body></message>
romeo/orchard meets <message id='m'/>
`)
		if err := s.Auth.RequestDeletion(ctx, juliet, juliet.Account, "tired", ""); err != nil {
			t.Fatal(err)
		}
		// These come in any order; each must come, and nothing that denies it.
		missing := map[string]string{"she goes": "type='unavailable'", "the notice": "kind='deleted' jid='juliet@", "the roster": "subscription='remove'"}
		for len(missing) > 0 {
			got := strings.ReplaceAll(string(d.Client("romeo/orchard").Next().Raw()), `"`, "'")
			for what, part := range missing {
				if strings.Contains(got, part) && strings.Contains(got, "juliet@") {
					delete(missing, what)
				}
			}
		}
		if e := d.Client("juliet/balcony").Ended(true); e == nil || e.Condition != "not-authorized" {
			t.Errorf("her stream ended with %v", e)
		}
		for limit, kind := time.Now().Add(20*time.Second), switchboard.User; kind != store.Deleted; {
			err := s.Store.Read(ctx, func(tx *store.Tx) error {
				row, err := tx.Account(juliet.Account)
				kind = row.Kind
				return err
			})
			if err != nil || time.Now().After(limit) {
				t.Fatalf("she is still a %s: %v", kind, err)
			}
			if err := s.Store.WaitChange(ctx, s.Store.Last()); err != nil {
				t.Fatal(err)
			}
		}
		d.Play("romeo/orchard sends <message to='juliet@{domain}' type='chat' id='late'><body>farewell</body></message>\n" +
			"romeo/orchard meets <message type='error' id='late'/>\n" +
			"romeo/orchard sends <iq type='set' id='mam'><query xmlns='urn:xmpp:mam:2'/></iq>\n" +
			"romeo/orchard gets <iq type='result' id='mam'><fin xmlns='urn:xmpp:mam:2' complete='true'/></iq>\n")
	})
}
