package auth_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/auth"
	"switchboard/store"
)

// TestDeletionEndsEveryWayIn tries each of them before and after.
func TestDeletionEndsEveryWayIn(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		ctx := t.Context()
		anna := e.account("anna", switchboard.User, false)
		me := e.login("anna")
		token := e.token(me)
		reg, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
		e.must(err)
		b := e.browser()
		b.signIn("anna", rightPassword, "/")
		link, err := e.NewSetupToken(ctx, e.root, anna.ID)
		e.must(err)
		if a := b.get("/api/v1/me"); a.StatusCode != 200 {
			t.Fatalf("the browser is not signed in: %d %s", a.StatusCode, a.text)
		}

		e.must(e.RequestDeletion(ctx, me, anna.ID, "I have had enough", "the colours"))
		e.verifyFails(token, "token-revoked")
		e.verifyFails(reg.Token, "token-revoked")
		for _, password := range []string{rightPassword, reg.Password} {
			_, err := e.Password(ctx, "", "anna", password, "a")
			wantCode(t, err, "credentials-wrong")
		}
		if a := b.get("/api/v1/me"); a.StatusCode == 200 {
			t.Errorf("the browser is still signed in: %d %s", a.StatusCode, a.text)
		}
		if a := b.fillIfForm("/login/setup?token="+link, "chosen password"); a.StatusCode == 302 {
			t.Errorf("the set-up link works: %d %s", a.StatusCode, a.text)
		}
		if c, err := e.SCRAM(ctx, "", "anna"); err != nil || c.Known {
			t.Errorf("SCRAM knows the account: %+v %v", c, err)
		}
		_, err = e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
		wantCode(t, err, "account-deleted")
		if switchboard.KindOf(err) != switchboard.Forbidden {
			t.Errorf("kind %v", switchboard.KindOf(err))
		}
		_, err = e.register(auth.RegisterRequest{Identifier: "ANNA", Sandbox: true})
		wantCode(t, err, "account-deleted")
		_, err = e.CreateAccount(ctx, e.root, auth.NewAccount{Localpart: "Anna", Kind: switchboard.User, Password: rightPassword})
		wantCode(t, err, "account-exists")
		wantCode(t, e.SetEnabled(ctx, e.root, anna.ID, true), "account-deleting")
		wantCode(t, e.SetPassword(ctx, e.root, anna.ID, rightPassword), "account-deleting")
		wantCode(t, e.SetRole(ctx, e.root, anna.ID, switchboard.Operator, true), "account-deleting")
		wantCode(t, e.RequestDeletion(ctx, e.root, anna.ID, "", ""), "account-deleting")
		wantCode(t, e.DeleteAccount(ctx, e.root, anna.ID), "account-deleting")
		wantCode(t, e.RequestDeletion(ctx, me, anna.ID, "", ""), "account-disabled")
		info, err := e.Account(ctx, e.root, anna.ID)
		if err != nil || !info.Gone() || info.Blocked() || info.Devices != 0 || info.Deleting.Sub(e.clock.Now()) != 720*time.Hour {
			t.Errorf("%+v %v", info, err)
		}
		e.must(e.db.Read(ctx, func(tx *store.Tx) error {
			list, err := tx.Feedback(e.root.Tenant, 10, 0)
			if err != nil || len(list) != 1 || list[0].Kind != "deletion" || list[0].Title != "I have had enough" || list[0].Text != "the colours" || list[0].Account != anna.ID {
				t.Errorf("what was said is %+v %v", list, err)
			}
			return err
		}))
	})
}

// fillIfForm chooses a password on a page if it has a form.
func (b *browser) fillIfForm(page, password string) answer {
	b.t.Helper()
	a := b.get(page)
	if m := csrfField.FindStringSubmatch(a.text); m == nil {
		return a
	}
	return b.fill(page, map[string][]string{"Password": {password}, "Again": {password}})
}

func TestRestore(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		ctx := t.Context()
		anna := e.account("anna", switchboard.User, false)
		boss := e.account("boss", switchboard.Operator, true)
		e.account("olga", switchboard.Operator, false)
		wantCode(t, e.RestoreAccount(ctx, e.root, anna.ID), "account-not-deleting")
		e.must(e.DeleteAccount(ctx, e.login("boss"), anna.ID))
		wantCode(t, e.RestoreAccount(ctx, e.login("olga"), anna.ID), "administrator-only")
		e.clock.Add(719 * time.Hour)
		e.must(e.RestoreAccount(ctx, e.root, anna.ID))
		_, err := e.Password(ctx, "", "anna", rightPassword, "a")
		wantCode(t, err, "credentials-wrong") // it needs a new one
		e.must(e.SetPassword(ctx, e.root, anna.ID, rightPassword))
		e.login("anna")

		e.must(e.SetEnabled(ctx, e.root, anna.ID, false)) // who was blocked before is so afterwards
		e.must(e.DeleteAccount(ctx, e.root, anna.ID))
		e.must(e.RestoreAccount(ctx, e.root, anna.ID))
		info, err := e.Account(ctx, e.root, anna.ID)
		if err != nil || !info.Blocked() {
			t.Errorf("%+v %v", info, err)
		}
		e.must(e.DeleteAccount(ctx, e.root, anna.ID))
		e.clock.Add(720 * time.Hour)
		wantCode(t, e.RestoreAccount(ctx, e.root, anna.ID), "deletion-begun")
		var kinds []string
		e.must(e.db.Read(ctx, func(tx *store.Tx) error {
			events, err := tx.Facts(0, 100)
			for _, ev := range events {
				if ev.Subject == int64(anna.ID) && strings.HasPrefix(string(ev.Kind), "account.") {
					kinds = append(kinds, strings.TrimPrefix(string(ev.Kind), "account."))
				}
			}
			return err
		}))
		if got := strings.Join(kinds, " "); got != "created deleting restored changed changed deleting restored deleting" {
			t.Error(got)
		}
		_ = boss
	})
}

func TestWhoMayDelete(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		ctx := t.Context()
		anna, ben := e.account("anna", switchboard.User, false), e.account("ben", switchboard.User, false)
		boss := e.account("boss", switchboard.Operator, true)
		_, _, err := e.EnsureTenant(ctx, "other.example", false)
		e.must(err)
		stranger, err := e.LocalAdmin(ctx, "other.example")
		e.must(err)
		wantCode(t, e.RequestDeletion(ctx, e.login("anna"), ben.ID, "", ""), "scope-missing")
		wantCode(t, e.RequestDeletion(ctx, switchboard.Principal{}, 0, "", ""), "token-missing")
		wantCode(t, e.RequestDeletion(ctx, stranger, anna.ID, "", ""), "account-unknown")
		wantCode(t, e.RestoreAccount(ctx, stranger, anna.ID), "account-unknown")
		wantCode(t, e.RequestDeletion(ctx, e.login("boss"), boss.ID, "", ""), "last-administrator")
		wantCode(t, e.DeleteAccount(ctx, e.login("boss"), boss.ID), "own-account")
		wantCode(t, e.RequestDeletion(ctx, e.login("anna"), anna.ID, "\x00", ""), "text-malformed")
		wantCode(t, e.RequestDeletion(ctx, e.login("anna"), anna.ID, "", strings.Repeat("x", 10_001)), "text-too-long")
		long := strings.Repeat("é", 300)
		e.must(e.RequestDeletion(ctx, e.login("anna"), anna.ID, long, "and more"))
		e.must(e.db.Read(ctx, func(tx *store.Tx) error {
			list, err := tx.Feedback(e.root.Tenant, 1, 0)
			if err != nil || len([]rune(list[0].Title)) != 200 || list[0].Text != long+"\n\nand more" {
				t.Errorf("%+v %v", list, err)
			}
			return err
		}))
		e.account("chief", switchboard.Operator, true)
		e.must(e.RequestDeletion(ctx, e.login("boss"), boss.ID, "", ""))
	})
}

func TestGraceAndOtherSettings(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		ctx := t.Context()
		for _, hours := range []int{0, 24} {
			_, err := e.UpdateTenant(ctx, e.root, "", map[string]string{auth.SettingDeletionGrace: strconv.Itoa(hours)})
			e.must(err)
			a := e.account("user"+strconv.Itoa(hours), switchboard.User, false)
			e.must(e.DeleteAccount(ctx, e.root, a.ID))
			info, err := e.Account(ctx, e.root, a.ID)
			if err != nil || info.Deleting.Sub(e.clock.Now()) != time.Duration(hours)*time.Hour {
				t.Errorf("%d hours: %v %v", hours, info.Deleting, err)
			}
		}
		for _, bad := range []map[string]string{{auth.SettingDeletionGrace: "-1"}, {auth.SettingDeletionGrace: "soon"},
			{auth.SettingDeletionGrace: "99999999"}, {auth.SettingDevices: "0"}, {auth.SettingDevices: "1.5"},
			{switchboard.FeatureSetting(switchboard.FeatureBlock): "maybe"}} {
			_, err := e.UpdateTenant(ctx, e.root, "", bad)
			wantCode(t, err, "setting-invalid")
		}
		_, err := e.UpdateTenant(ctx, e.root, "", map[string]string{switchboard.FeatureSetting("isEverythingEnabled"): "off"})
		wantCode(t, err, "feature-unknown")
		tenant, err := e.UpdateTenant(ctx, e.root, "", map[string]string{switchboard.FeatureSetting(switchboard.FeatureBlock): "off", auth.SettingDevices: "3", "other": "anything"})
		if err != nil || tenant.Settings[auth.SettingDevices] != "3" {
			t.Errorf("%v %v", tenant.Settings, err)
		}
	})
}
