package auth_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/auth"
	"switchboard/store"
)

func TestPassword(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		e.account("Anna", switchboard.User, false)
		e.account("zoe", switchboard.Operator, true)
		p := e.login("anna@localhost")
		if p.Localpart != "anna" || p.Domain != "localhost" || p.Kind != switchboard.User || p.Admin || len(p.Scopes) != 1 {
			t.Fatalf("principal %+v", p)
		}
		if p := e.login("ZOE"); !p.Admin || len(p.Scopes) != len(switchboard.AllScopes()) {
			t.Fatalf("administrator %+v", p)
		}
		e.login("anna") // from the cache of right passwords
		for _, c := range []struct{ domain, name, password string }{
			{"", "anna", wrongPassword}, {"", "anna", ""}, {"", "nobody", rightPassword}, {"", "", rightPassword},
			{"", "an na", rightPassword}, {"", "anna\x00", rightPassword}, {"elsewhere.example", "anna", rightPassword},
			{"", "anna@elsewhere.example", rightPassword}, {"", "anna@localhost/phone", rightPassword}, {"\xff", "\xff", "\xff"},
			{"", "' OR 1=1 --", rightPassword}, {"", strings.Repeat("a", 3000), rightPassword}, {"", "anna", strings.Repeat("a", 3000)},
		} {
			_, err := e.Password(t.Context(), c.domain, c.name, c.password, "192.0.2.77:5000")
			wantCode(t, err, "credentials-wrong")
			if err.Error() != "unauthorized credentials-wrong: the name or the password is wrong" {
				t.Fatalf("the error of %q tells more: %v", c.name, err)
			}
			e.clock.Add(time.Minute)
		}
	})
}

func TestPasswordCharacters(t *testing.T) {
	e := newEnv(t, "")
	for i, password := range []string{"pässwörd", "密码", "🔑 and 🚪", "with space", "ﬁne", "a"} {
		name := fmt.Sprintf("u%d", i)
		_, err := e.CreateAccount(t.Context(), e.root, auth.NewAccount{Localpart: name, Kind: switchboard.User, Password: password})
		e.must(err)
		if _, err := e.Password(t.Context(), "", name, password, "a"); err != nil {
			t.Errorf("%q: %v", password, err)
		}
	}
	_, err := e.Password(t.Context(), "", "u4", "fine", "a") // the same under SASLprep
	wantCode(t, err, "")
	for _, password := range []string{"tab\x07bell", strings.Repeat("x", 1025)} {
		_, err := e.CreateAccount(t.Context(), e.root, auth.NewAccount{Localpart: "bad", Kind: switchboard.User, Password: password})
		wantCode(t, err, "password-unusable")
	}
}

func TestPasswordThrottle(t *testing.T) {
	e := newEnv(t, "")
	e.account("anna", switchboard.User, false)
	e.account("ben", switchboard.User, false)
	try := func(name, password, addr, code string) {
		t.Helper()
		_, err := e.Password(t.Context(), "", name, password, addr)
		wantCode(t, err, code)
	}
	for range 10 {
		try("anna", wrongPassword, "192.0.2.1:1000", "credentials-wrong")
	}
	try("Anna@localhost", rightPassword, "192.0.2.1:2000", "login-throttled") // other spelling and port, same person
	try("anna", rightPassword, "192.0.2.2", "")                               // from elsewhere
	try("ben", rightPassword, "192.0.2.1", "")                                // somebody else behind the same address
	e.clock.Add(15 * time.Second)
	try("anna", rightPassword, "192.0.2.1", "")
	for range 200 {
		try("anna", rightPassword, "192.0.2.1", "") // success costs nothing
	}
	for i := range 100 {
		try(fmt.Sprintf("guess%d", i), wrongPassword, fmt.Sprintf("2001:db8::%x", i), "credentials-wrong") // one network
	}
	try("ben", rightPassword, "2001:db8::ffff", "login-throttled")
	try("ben", rightPassword, "2001:db8:0:1::1", "")
}

func TestPasswordSlots(t *testing.T) {
	// Those who try at once get hardly more tries than one after another.
	e := newEnv(t, "")
	e.account("anna", switchboard.User, false)
	results := make(chan string, 200)
	for range 200 {
		go func() {
			_, err := e.Password(t.Context(), "", "anna", wrongPassword, "192.0.2.1")
			results <- switchboard.AsError(err).Code
		}()
	}
	tries := 0
	for range 200 {
		if <-results == "credentials-wrong" {
			tries++
		}
	}
	if tries > 60 {
		t.Fatalf("%d guesses were let through", tries)
	}
}

func TestChangePassword(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		anna := e.account("anna", switchboard.User, false)
		p := e.login("anna")
		token := e.token(p)
		wantCode(t, e.ChangePassword(t.Context(), p, wrongPassword, "new password", "a"), "credentials-wrong")
		wantCode(t, e.ChangePassword(t.Context(), p, rightPassword, "short", "a"), "password-too-short")
		e.must(e.ChangePassword(t.Context(), p, rightPassword, "new password", "a"))
		e.verifyFails(token, "token-revoked")
		_, err := e.Password(t.Context(), "", "anna", rightPassword, "a") // was cached
		wantCode(t, err, "credentials-wrong")
		_, err = e.Password(t.Context(), "", "anna", "new password", "a")
		wantCode(t, err, "")

		operator := e.account("olga", switchboard.Operator, false)
		boss := e.account("boss", switchboard.Operator, true)
		olga := e.login("olga")
		wantCode(t, e.SetPassword(t.Context(), olga, anna.ID, "x"), "scope-missing")
		olga.Scopes = switchboard.AllScopes() // an operator with users.write is still no administrator
		wantCode(t, e.SetPassword(t.Context(), olga, boss.ID, "x"), "administrator-only")
		e.must(e.SetPassword(t.Context(), e.login("boss"), operator.ID, "another"))
		wantCode(t, e.SetPassword(t.Context(), e.root, 999, "x"), "account-unknown")
	})
}

func TestAccountRules(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		boss := e.account("boss", switchboard.Operator, true)
		anna := e.account("anna", switchboard.User, false)
		make := func(p switchboard.Principal, n auth.NewAccount) error {
			_, err := e.CreateAccount(t.Context(), p, n)
			return err
		}
		user := auth.NewAccount{Localpart: "new", Kind: switchboard.User}
		wantCode(t, make(switchboard.Principal{}, user), "token-missing")
		wantCode(t, make(e.login("anna"), user), "scope-missing")
		writer := e.login("anna")
		writer.Scopes = switchboard.AllScopes()
		wantCode(t, make(writer, auth.NewAccount{Localpart: "x", Kind: switchboard.Operator, Admin: true}), "administrator-only")
		for _, c := range []struct {
			n    auth.NewAccount
			code string
		}{
			{auth.NewAccount{Localpart: "ANNA", Kind: switchboard.User}, "account-exists"},
			{auth.NewAccount{Localpart: "", Kind: switchboard.User}, "identifier-missing"},
			{auth.NewAccount{Localpart: "a b", Kind: switchboard.User}, "identifier-malformed"},
			{auth.NewAccount{Localpart: "a/b", Kind: switchboard.User}, "identifier-malformed"},
			{auth.NewAccount{Localpart: "a@b", Kind: switchboard.User}, "identifier-malformed"},
			{auth.NewAccount{Localpart: strings.Repeat("a", 192), Kind: switchboard.User}, "identifier-too-long"},
			{auth.NewAccount{Localpart: "x", Kind: "wizard"}, "role-unknown"},
			{auth.NewAccount{Localpart: "x", Kind: switchboard.User, Admin: true}, "role-unknown"},
			{auth.NewAccount{Localpart: "x", Kind: switchboard.User, Profile: auth.Profile{Name: "a\x00b"}}, "text-malformed"},
			{auth.NewAccount{Localpart: "x", Kind: switchboard.User, Profile: auth.Profile{Name: "\xff"}}, "text-malformed"},
			{auth.NewAccount{Localpart: "x", Kind: switchboard.User, Profile: auth.Profile{Name: strings.Repeat("x", 201)}}, "text-too-long"},
		} {
			wantCode(t, make(e.root, c.n), c.code)
		}
		e.must(make(e.root, auth.NewAccount{Localpart: "drop--table;x=1", Kind: switchboard.User,
			Profile: auth.Profile{Name: "<script>alert(1)</script> ' OR 1=1"}}))

		list, err := e.Accounts(t.Context(), e.root, auth.AccountQuery{Search: "ann"})
		e.must(err)
		if len(list) != 1 || list[0].ID != anna.ID {
			t.Fatalf("search found %+v", list)
		}
		if _, err := e.Account(t.Context(), e.login("anna"), anna.ID); err != nil {
			t.Fatalf("one's own account: %v", err)
		}
		_, err = e.Account(t.Context(), e.login("anna"), boss.ID)
		wantCode(t, err, "scope-missing")
		wantCode(t, e.SetEnabled(t.Context(), e.login("boss"), boss.ID, false), "own-account")
	})
}

func TestOtherTenant(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		anna := e.account("anna", switchboard.User, false)
		other, made, err := e.EnsureTenant(t.Context(), "other.example", true)
		e.must(err)
		if !made || other.Licence == auth.TrialLicence {
			t.Fatalf("second trial tenant %+v", other)
		}
		stranger, err := e.LocalAdmin(t.Context(), "other.example")
		e.must(err)
		_, err = e.Account(t.Context(), stranger, anna.ID)
		wantCode(t, err, "account-unknown")
		wantCode(t, e.SetPassword(t.Context(), stranger, anna.ID, "x"), "account-unknown")
		wantCode(t, e.SetEnabled(t.Context(), stranger, anna.ID, false), "account-unknown")
		wantCode(t, e.DeleteAccount(t.Context(), stranger, anna.ID), "account-unknown")
		key, _, err := e.CreateKey(t.Context(), e.root, "k", []switchboard.Scope{switchboard.ScopeEvents})
		e.must(err)
		wantCode(t, e.RevokeKey(t.Context(), stranger, key.ID), "key-unknown")
		if list, err := e.Accounts(t.Context(), stranger, auth.AccountQuery{}); err != nil || len(list) != 0 {
			t.Fatalf("a stranger sees %v %v", list, err)
		}
		// The same name at two tenants is two accounts.
		_, err = e.CreateAccount(t.Context(), stranger, auth.NewAccount{Localpart: "anna", Kind: switchboard.User, Password: "other password"})
		e.must(err)
		p, err := e.Password(t.Context(), "other.example", "anna", "other password", "a")
		if err != nil || p.Tenant != other.ID {
			t.Fatalf("%+v %v", p, err)
		}
		_, err = e.Password(t.Context(), "localhost", "anna", "other password", "a")
		wantCode(t, err, "credentials-wrong")
	})
}

func TestDisableAndDelete(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		anna := e.account("anna", switchboard.User, false)
		token := e.token(e.login("anna"))
		e.must(e.SetEnabled(t.Context(), e.root, anna.ID, false))
		e.verifyFails(token, "account-disabled")
		_, err := e.Password(t.Context(), "", "anna", rightPassword, "a")
		wantCode(t, err, "account-disabled")
		_, err = e.Password(t.Context(), "", "anna", wrongPassword, "a")
		wantCode(t, err, "credentials-wrong")
		e.must(e.SetEnabled(t.Context(), e.root, anna.ID, true))
		_, err = e.Verify(t.Context(), token)
		e.must(err)

		e.must(e.DeleteAccount(t.Context(), e.root, anna.ID))
		e.verifyFails(token, "token-revoked")
		_, err = e.Password(t.Context(), "", "anna", rightPassword, "a")
		wantCode(t, err, "credentials-wrong")
		_, err = e.CreateAccount(t.Context(), e.root, auth.NewAccount{Localpart: "anna", Kind: switchboard.User})
		wantCode(t, err, "account-exists") // nobody inherits the name
		wantCode(t, e.DeleteAccount(t.Context(), e.root, anna.ID), "account-deleting")
	})
}

func TestRoleChangeReachesTokens(t *testing.T) {
	e := newEnv(t, "")
	a := e.account("olga", switchboard.Operator, true)
	token := e.token(e.login("olga"))
	e.must(e.SetRole(t.Context(), e.root, a.ID, switchboard.User, false))
	p, err := e.Verify(t.Context(), token)
	e.must(err)
	if p.Admin || len(p.Scopes) != 1 || p.Scopes[0] != switchboard.ScopeChat {
		t.Fatalf("an old token still may %+v", p)
	}
}

func TestImport(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		e.account("u3", switchboard.User, false)
		var rows []auth.ImportRow
		for i := range 1200 {
			rows = append(rows, auth.ImportRow{Name: fmt.Sprintf("u%d", i), Password: "bench"})
		}
		rows[0].Role, rows[1].Role, rows[2].Role = "admin", "operator", "wizard"
		rows[7].Name, rows[8].Password, rows[9].Name = "a b", "", "u4"
		var steps []int
		refused, err := e.BulkImport(t.Context(), e.root, rows, func(n int) { steps = append(steps, n) })
		e.must(err)
		want := map[int]string{2: "role-unknown", 3: "account-exists", 7: "identifier-malformed", 8: "password-unusable", 9: "account-exists"}
		for _, r := range refused {
			wantCode(t, r.Err, want[r.Row])
			delete(want, r.Row)
		}
		if len(want) != 0 || len(steps) != 3 || steps[2] != 1200 {
			t.Fatalf("not refused: %v, progress %v", want, steps)
		}
		p, err := e.Password(t.Context(), "", "u0", "bench", "a")
		if err != nil || !p.Admin {
			t.Fatalf("%+v %v", p, err)
		}
		n, err := e.CountAccounts(t.Context(), e.root, auth.AccountQuery{})
		if err != nil || n != 1196 {
			t.Fatalf("%d accounts %v", n, err)
		}
		_, err = e.BulkImport(t.Context(), e.login("u3"), nil, nil)
		wantCode(t, err, "administrator-only")
	})
}

func TestLedgerFacts(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		anna := e.account("anna", switchboard.User, false)
		e.must(e.SetEnabled(t.Context(), e.root, anna.ID, false))
		e.must(e.DeleteAccount(t.Context(), e.root, anna.ID))
		var kinds []string
		e.must(e.db.Read(t.Context(), func(tx *store.Tx) error {
			events, err := tx.Facts(0, 100)
			for _, ev := range events {
				kinds = append(kinds, string(ev.Kind))
				if ev.Subject != int64(anna.ID) || ev.Actor != 0 || strings.Contains(string(ev.Payload), rightPassword) {
					t.Errorf("event %+v %s", ev, ev.Payload)
				}
			}
			return err
		}))
		if got := strings.Join(kinds, " "); got != "account.created account.changed account.deleting" {
			t.Fatal(got)
		}
	})
}

func TestResetPassword(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		anna, boss, other := e.account("anna", switchboard.User, false), e.account("boss", switchboard.Operator, true), e.account("other", switchboard.Operator, true)
		token := e.token(e.login("anna"))
		phone, err := e.register(auth.RegisterRequest{Identifier: "anna", Proof: rightPassword})
		e.must(err)
		fresh, err := e.ResetPassword(t.Context(), e.login("boss"), anna.ID)
		e.must(err)
		e.verifyFails(token, "token-revoked")
		e.verifyFails(phone.Token, "token-revoked") // whoever has got in before is out
		_, err = e.Password(t.Context(), "", "anna", phone.Password, "a")
		wantCode(t, err, "credentials-wrong")
		_, err = e.Password(t.Context(), "", "anna", rightPassword, "a")
		wantCode(t, err, "credentials-wrong")
		_, err = e.Password(t.Context(), "", "anna", fresh, "a")
		e.must(err)
		_, err = e.ResetPassword(t.Context(), e.login("boss"), other.ID)
		wantCode(t, err, "administrator-password")
		wantCode(t, e.SetPassword(t.Context(), e.login("boss"), other.ID, "chosen for him"), "administrator-password")
		_, err = e.NewSetupToken(t.Context(), e.login("boss"), other.ID)
		wantCode(t, err, "administrator-password")
		e.login("other") // it is as it was
		olga := e.account("olga", switchboard.Operator, false)
		hr := e.root // a key that looks after accounts and may not read what operators read
		hr.Account, hr.Admin, hr.Kind, hr.Scopes = 999, false, switchboard.Client, []switchboard.Scope{switchboard.ScopeUsersRead, switchboard.ScopeUsersWrite}
		_, err = e.ResetPassword(t.Context(), hr, olga.ID)
		wantCode(t, err, "scope-missing")
		_, err = e.ResetPassword(t.Context(), hr, e.account("paul", switchboard.User, false).ID)
		e.must(err)
		p, err := e.Password(t.Context(), "", "anna", fresh, "a")
		e.must(err)
		_, err = e.ResetPassword(t.Context(), p, boss.ID)
		wantCode(t, err, "scope-missing")
		_, err = e.ResetPassword(t.Context(), e.login("boss"), boss.ID)
		e.must(err)
	})
}

// Several accounts are blocked together, or none of them.
func TestSetEnabledAll(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		anna, bert := e.account("anna", switchboard.User, false), e.account("bert", switchboard.User, false)
		wantCode(t, e.SetEnabledAll(t.Context(), e.root, []switchboard.AccountID{anna.ID, 999_999, bert.ID}, false), "account-unknown")
		e.login("anna")
		e.must(e.SetEnabledAll(t.Context(), e.root, []switchboard.AccountID{anna.ID, bert.ID, anna.ID}, false))
		for _, name := range []string{"anna", "bert"} {
			_, err := e.Password(t.Context(), "", name, rightPassword, "a")
			wantCode(t, err, "account-disabled")
		}
		e.must(e.SetEnabledAll(t.Context(), e.root, []switchboard.AccountID{anna.ID, bert.ID}, true))
		e.login("bert")
	})
}
