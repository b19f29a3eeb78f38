package auth_test

import (
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/auth"
)

func TestAudit(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		boss := e.account("boss", switchboard.Operator, true)
		p := e.login("boss")
		anna, err := e.CreateAccount(t.Context(), p, auth.NewAccount{Localpart: "anna", Kind: switchboard.User})
		e.must(err)
		e.must(e.SetEnabled(t.Context(), p, anna.ID, false))
		key, secret, err := e.CreateKey(t.Context(), p, "robot", []switchboard.Scope{switchboard.ScopeUsersRead})
		e.must(err)
		e.must(e.RotateSigningKey(t.Context(), p))
		e.must(e.DeleteAccount(t.Context(), p, anna.ID))
		list := func(q auth.AuditQuery) (all []auth.AuditEntry, kinds string) {
			t.Helper()
			all, err := e.Audit(t.Context(), p, q)
			e.must(err)
			for i, a := range all {
				kinds += " " + string(a.Kind)
				if i > 0 && a.Position >= all[i-1].Position {
					t.Fatal("not the newest first")
				}
				if strings.Contains(string(a.Details), secret) {
					t.Fatal("a secret is told")
				}
			}
			return all, strings.TrimSpace(kinds)
		}
		all, kinds := list(auth.AuditQuery{})
		if want := "account.deleting key.created account.changed account.created account.created"; strings.ReplaceAll(kinds, "signing.rotated ", "") != want {
			t.Fatalf("%s, want %s", kinds, want)
		}
		if a := all[0]; a.ActorName != "boss" || a.Actor != boss.ID || a.SubjectName != "anna" || a.Subject != int64(anna.ID) || a.Time.IsZero() {
			t.Fatalf("%+v", a)
		}
		if a := all[len(all)-1]; a.ActorName != "" || a.SubjectName != "boss" { // made on the server's own machine
			t.Fatalf("%+v", a)
		}
		if of, _ := list(auth.AuditQuery{Kind: switchboard.KeyCreated}); len(of) != 1 || of[0].SubjectName != "robot" || of[0].Subject != int64(key.ID) {
			t.Fatalf("%+v", of)
		}
		if _, kinds := list(auth.AuditQuery{Actor: boss.ID, Limit: 2}); strings.Count(kinds, ".") != 2 {
			t.Fatal(kinds)
		}
		if rest, _ := list(auth.AuditQuery{Before: all[1].Position}); len(rest) != len(all)-2 || rest[0].Position != all[2].Position {
			t.Fatalf("%+v", rest)
		}
		other, _, err := e.EnsureTenant(t.Context(), "other.example", false)
		e.must(err)
		theirs, err := e.LocalAdmin(t.Context(), other.Domain)
		e.must(err)
		if none, err := e.Audit(t.Context(), theirs, auth.AuditQuery{}); err != nil || len(none) != 0 {
			t.Fatalf("another tenant's: %+v %v", none, err)
		}
		e.account("olga", switchboard.Operator, false)
		_, err = e.Audit(t.Context(), e.login("olga"), auth.AuditQuery{})
		wantCode(t, err, "administrator-only")
		_, err = e.Audit(t.Context(), switchboard.Principal{}, auth.AuditQuery{})
		wantCode(t, err, "token-missing")
	})
}

// What happened to the tenant is told with its name and what became different.
func TestAuditOfTheTenant(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		e.account("boss", switchboard.Operator, true)
		p := e.login("boss")
		for _, settings := range []map[string]string{{"devices.max": "3", "deletion.grace": "5", "language": "cs"}, {"devices.max": "3", "language": ""}} {
			_, err := e.UpdateTenant(t.Context(), p, "Ample Ltd.", settings)
			e.must(err)
		}
		for range 2 { // the first key replaces none
			e.must(e.RotateSigningKey(t.Context(), p))
		}
		list, err := e.Audit(t.Context(), p, auth.AuditQuery{Limit: 3})
		e.must(err)
		for i, want := range []string{`"name":`, `{"change":"settings","settings":["language"]}`,
			`{"change":"settings","settings":["name","deletion.grace","devices.max","language"]}`} {
			if list[i].SubjectName != "Ample Ltd." || !strings.Contains(string(list[i].Details), want) {
				t.Errorf("%+v %s", list[i], list[i].Details)
			}
		}
	})
}

func TestSigningKeys(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		e.account("boss", switchboard.Operator, true)
		p := e.login("boss")
		first, err := e.SigningKeys(t.Context(), p)
		if err != nil || len(first) != 1 || !first[0].Current || first[0].KID == "" {
			t.Fatalf("%+v %v", first, err)
		}
		token := e.token(p)
		e.clock.Add(time.Second)
		e.must(e.RotateSigningKey(t.Context(), p))
		two, err := e.SigningKeys(t.Context(), p)
		if err != nil || len(two) != 2 || !two[0].Current || two[1].Current || two[1].KID != first[0].KID || two[1].Ends.IsZero() {
			t.Fatalf("%+v %v", two, err)
		}
		if _, err := e.Verify(t.Context(), token); err != nil {
			t.Fatal("the old key does not verify: ", err)
		}
		facts, err := e.Audit(t.Context(), p, auth.AuditQuery{Kind: switchboard.SigningRotated})
		if err != nil || len(facts) != 1 || facts[0].ActorName != "boss" || !strings.Contains(string(facts[0].Details), two[0].KID) {
			t.Fatalf("%+v %v", facts, err)
		}
		e.clock.Add(two[1].Ends.Sub(e.clock.Now()))
		if one, err := e.SigningKeys(t.Context(), p); err != nil || len(one) != 1 {
			t.Fatalf("%+v %v", one, err)
		}
		e.account("olga", switchboard.Operator, false)
		olga := e.login("olga")
		_, err = e.SigningKeys(t.Context(), olga)
		wantCode(t, err, "administrator-only")
		wantCode(t, e.RotateSigningKey(t.Context(), olga), "administrator-only")
		p.Scopes = []switchboard.Scope{switchboard.ScopeChat}
		wantCode(t, e.RotateSigningKey(t.Context(), p), "scope-missing")

		// The keys are everybody's: the administrators of another company see them, and no more.
		other, _, err := e.EnsureTenant(t.Context(), "other.example", false)
		e.must(err)
		machine, err := e.LocalAdmin(t.Context(), other.Domain)
		e.must(err)
		_, err = e.CreateAccount(t.Context(), machine, auth.NewAccount{Localpart: "boss", Kind: switchboard.Operator, Admin: true, Password: rightPassword})
		e.must(err)
		theirs, err := e.Password(t.Context(), other.Domain, "boss", rightPassword, "192.0.2.1")
		e.must(err)
		before, err := e.SigningKeys(t.Context(), theirs)
		e.must(err)
		err = e.RotateSigningKey(t.Context(), theirs)
		if wantCode(t, err, "installation-only"); switchboard.KindOf(err) != switchboard.Forbidden {
			t.Error(err)
		}
		if after, err := e.SigningKeys(t.Context(), theirs); err != nil || len(after) != len(before) || after[0].KID != before[0].KID {
			t.Errorf("%+v %v", after, err)
		}
		e.must(e.RotateSigningKey(t.Context(), machine))
	})
}
