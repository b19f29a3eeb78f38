package store_test

import (
	"bytes"
	"testing"
	"time"

	"switchboard"
	"switchboard/store"
)

// write runs fn in a transaction.
func write(t *testing.T, db *store.DB, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestCredentials(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, accounts := people(t, db, 2)
		anna := accounts[0].ID
		keys := bytes.Repeat([]byte{7}, 104)
		write(t, db, func(tx *store.Tx) error {
			return tx.InsertCredential(store.Credential{Account: anna, Version: 1, Salt: []byte("salt"), Iterations: 4096})
		})
		write(t, db, func(tx *store.Tx) error { return tx.SetPasswordKeys(anna, keys) })
		write(t, db, func(tx *store.Tx) error {
			c, err := tx.Credential(anna)
			if c.Version != 2 || !bytes.Equal(c.Keys, keys) || string(c.Salt) != "salt" || c.Iterations != 4096 || c.Changed.IsZero() {
				t.Errorf("%+v", c)
			}
			if _, none := tx.Credential(accounts[1].ID); none != store.ErrNone {
				t.Errorf("%v", none)
			}
			if none := tx.SetPasswordKeys(accounts[1].ID, keys); none != store.ErrNone {
				t.Errorf("%v", none)
			}
			return err
		})
		write(t, db, func(tx *store.Tx) error {
			s, err := tx.TokenState("jti", 1, anna)
			if s.Tenant != tenant.ID || s.Domain != "example.org" || s.Localpart != "u0" || s.Version != 2 || s.Device || s.Revoked || s.Disabled {
				t.Errorf("%+v", s)
			}
			if _, none := tx.TokenState("jti", 0, 999); none != store.ErrNone {
				t.Errorf("%v", none)
			}
			return err
		})
	})
}

func TestDevices(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		_, accounts := people(t, db, 2)
		anna := accounts[0].ID
		var ids [3]switchboard.DeviceID
		write(t, db, func(tx *store.Tx) (err error) {
			for i, d := range []store.Device{
				{Account: anna, Type: "web", Keys: []byte("keys")}, {Account: anna, Type: "web", Client: "console", Expires: tx.Now().Add(time.Hour)},
				{Account: anna, Type: "web", Expires: tx.Now().Add(-time.Second)},
			} {
				if ids[i], err = tx.InsertDevice(d); err != nil {
					return err
				}
			}
			return nil
		})
		count := func(want int) {
			t.Helper()
			write(t, db, func(tx *store.Tx) error {
				list, err := tx.LiveDevices(anna)
				n, _ := tx.CountDevices(anna)
				if len(list) != want || n != want {
					t.Fatalf("%d live devices, %d counted, want %d", len(list), n, want)
				}
				return err
			})
		}
		count(2)
		write(t, db, func(tx *store.Tx) error {
			d, err := tx.Device(ids[0])
			if string(d.Keys) != "keys" || d.Type != "web" || !d.Expires.IsZero() || d.Created.IsZero() {
				t.Errorf("%+v", d)
			}
			live, _ := tx.TokenState("", ids[0], anna)
			foreign, _ := tx.TokenState("", ids[0], accounts[1].ID)
			late, _ := tx.TokenState("", ids[2], anna)
			if !live.Device || foreign.Device || late.Device {
				t.Errorf("live %v, another account's %v, expired %v", live.Device, foreign.Device, late.Device)
			}
			return err
		})
		write(t, db, func(tx *store.Tx) error {
			first, err := tx.RevokeDevice(ids[0])
			again, _ := tx.RevokeDevice(ids[0])
			if !first || again {
				t.Errorf("%v %v", first, again)
			}
			return err
		})
		count(1)
		write(t, db, func(tx *store.Tx) error { return tx.RevokeDevices(anna) })
		count(0)
	})
}

// Devices know the OAuth client's login that they came through.
func TestDevicesThroughALogin(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		_, accounts := people(t, db, 2)
		anna, ben := accounts[0].ID, accounts[1].ID
		write(t, db, func(tx *store.Tx) error {
			login, err := tx.InsertDevice(store.Device{Account: anna, Type: "oauth", Client: "tool", Expires: tx.Now().Add(time.Hour)})
			if err != nil {
				return err
			}
			own, _ := tx.InsertDevice(store.Device{Account: anna, Type: "web", Through: login, Expires: tx.Now().Add(time.Hour)})
			his, _ := tx.InsertDevice(store.Device{Account: ben, Type: "web", Through: login})
			if _, err := tx.InsertDevice(store.Device{Account: ben, Type: "web"}); err != nil {
				return err
			}
			list, err := tx.DevicesThrough(login)
			if err != nil || len(list) != 2 || list[0].ID != own || list[1].ID != his || list[1].Through != login {
				t.Errorf("%+v %v", list, err)
			}
			if list, err = tx.DevicesThroughAccount(anna); err != nil || len(list) != 1 || list[0].ID != his {
				t.Errorf("%+v %v", list, err)
			}
			if list, err = tx.DevicesThroughAccount(ben); err != nil || len(list) != 0 {
				t.Errorf("%+v %v", list, err)
			}
			later := tx.Now().Add(48 * time.Hour).Truncate(time.Microsecond)
			if err := tx.ExtendDevice(login, later); err != nil {
				return err
			}
			for _, id := range []switchboard.DeviceID{login, own, his} {
				if d, err := tx.Device(id); err != nil || !d.Expires.Equal(later) {
					t.Errorf("%+v %v, want %v", d, err, later)
				}
			}
			if held, err := tx.HoldDevice(own); err != nil || !held {
				t.Errorf("%v %v", held, err)
			}
			if _, err := tx.RevokeDevice(own); err != nil {
				return err
			}
			if held, err := tx.HoldDevice(own); err != nil || held {
				t.Errorf("%v %v", held, err)
			}
			return nil
		})
	})
}

func TestOAuthFacts(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		_, accounts := people(t, db, 1)
		anna, hash := accounts[0].ID, bytes.Repeat([]byte{1}, 32)
		now := time.Now().UTC().Truncate(time.Microsecond)
		code := store.OAuthCode{Hash: hash, Account: anna, Version: 3, Client: "c", Redirect: "r", Challenge: "ch", Nonce: "n", Scopes: "openid",
			SignedIn: now, Expires: now.Add(time.Minute)}
		token := store.RefreshToken{Hash: hash, Device: 5, Version: 3, Scopes: "openid", SignedIn: now, Expires: now.Add(time.Hour)}
		write(t, db, func(tx *store.Tx) error {
			if err := tx.InsertOAuthCode(code); err != nil {
				return err
			}
			return tx.InsertRefreshToken(token)
		})
		write(t, db, func(tx *store.Tx) error {
			c, err := tx.OAuthCode(hash)
			if err != nil || string(c.Hash) != string(hash) || c.Account != anna || c.Version != 3 || c.Challenge != "ch" || !c.SignedIn.Equal(now) || c.Device != 0 {
				t.Errorf("%+v %v", c, err)
			}
			first, err := tx.SpendOAuthCode(hash, 9)
			again, _ := tx.SpendOAuthCode(hash, 10)
			if !first || again || err != nil {
				t.Errorf("%v %v %v", first, again, err)
			}
			r, err := tx.RefreshToken(hash)
			if err != nil || r.Device != 5 || !r.Used.IsZero() || !r.Expires.Equal(token.Expires) {
				t.Errorf("%+v %v", r, err)
			}
			first, err = tx.SpendRefreshToken(hash)
			again, _ = tx.SpendRefreshToken(hash)
			if !first || again || err != nil {
				t.Errorf("%v %v %v", first, again, err)
			}
			_, none := tx.RefreshToken([]byte("other"))
			if none != store.ErrNone {
				t.Errorf("%v", none)
			}
			return nil
		})
	})
}

func TestSigningKeysAndSecrets(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		for _, kid := range []string{"one", "two"} {
			write(t, db, func(tx *store.Tx) error { return tx.InsertSigningKey(store.SigningKey{KID: kid, PKCS8: []byte(kid)}) })
		}
		write(t, db, func(tx *store.Tx) error {
			keys, err := tx.SigningKeys()
			if err != nil || len(keys) != 2 || keys[0].KID != "two" || !keys[0].Retired.IsZero() || keys[1].Retired.IsZero() || string(keys[1].PKCS8) != "one" {
				t.Errorf("%+v %v", keys, err)
			}
			a, err := tx.Secret("x", []byte("first"))
			b, _ := tx.Secret("x", []byte("second"))
			if string(a) != "first" || string(b) != "first" {
				t.Errorf("%s %s", a, b)
			}
			return err
		})
	})
}

func TestPurgeAuth(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		_, accounts := people(t, db, 1)
		anna := accounts[0].ID
		hash := func(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }
		var dead, live switchboard.DeviceID
		write(t, db, func(tx *store.Tx) (err error) {
			past, future := tx.Now().Add(-time.Hour), tx.Now().Add(time.Hour)
			if dead, err = tx.InsertDevice(store.Device{Account: anna, Expires: past}); err != nil {
				return err
			}
			if live, err = tx.InsertDevice(store.Device{Account: anna, Expires: future}); err != nil {
				return err
			}
			for i, at := range []time.Time{past, future} {
				for _, err := range []error{
					tx.InsertOAuthCode(store.OAuthCode{Hash: hash(byte(i)), Expires: at}),
					tx.InsertRefreshToken(store.RefreshToken{Hash: hash(byte(i)), Expires: at}),
					tx.InsertBrowserSession(store.BrowserSession{Hash: hash(byte(i)), Account: anna, Version: 1, Expires: at}),
					tx.InsertSetupToken(hash(byte(i)), anna, at),
					tx.RevokeToken(string(rune('a'+i)), at),
					tx.RevokeToken(string(rune('a'+i)), at),
				} {
					if err != nil {
						return err
					}
				}
			}
			return nil
		})
		write(t, db, func(tx *store.Tx) error { return tx.PurgeAuth(time.Minute, tx.Now()) })
		write(t, db, func(tx *store.Tx) error {
			for i, want := range []error{store.ErrNone, nil} {
				_, code := tx.OAuthCode(hash(byte(i)))
				_, refresh := tx.RefreshToken(hash(byte(i)))
				_, session := tx.BrowserSession(hash(byte(i)))
				_, setup := tx.SetupToken(hash(byte(i)))
				_, device := tx.Device([]switchboard.DeviceID{dead, live}[i])
				for _, got := range []error{code, refresh, session, setup, device} {
					if got != want {
						t.Errorf("row %d: %v, want %v", i, got, want)
					}
				}
				state, err := tx.TokenState(string(rune('a'+i)), 0, anna)
				if err != nil || state.Revoked != (want == nil) {
					t.Errorf("revoked token %d: %v %v", i, state.Revoked, err)
				}
			}
			return nil
		})
	})
}

func TestAPIKeyFacts(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, _ := people(t, db, 1)
		var ids [2]switchboard.AccountID
		write(t, db, func(tx *store.Tx) error {
			for i, id := range []string{"k0", "k1"} {
				a, err := tx.InsertAccount(store.Account{Tenant: tenant.ID, Localpart: id, Kind: switchboard.Client})
				if err != nil {
					return err
				}
				ids[i] = a.ID
				if err := tx.InsertAPIKey(store.APIKey{Account: a.ID, Tenant: tenant.ID, ClientID: id, Name: "name " + id, Hash: []byte("h"), Scopes: "events"}); err != nil {
					return err
				}
			}
			return nil
		})
		write(t, db, func(tx *store.Tx) error {
			revoked, err := tx.RevokeAPIKey(ids[1])
			again, _ := tx.RevokeAPIKey(ids[1])
			if !revoked || again {
				t.Errorf("%v %v", revoked, again)
			}
			if err := tx.SetAPIKeyUsed(ids[0], tx.Now()); err != nil {
				return err
			}
			list, _ := tx.APIKeys(tenant.ID)
			n, _ := tx.CountAPIKeys(tenant.ID)
			if len(list) != 2 || n != 1 || list[0].ClientID != "k0" || list[0].Used.IsZero() || list[1].Revoked.IsZero() {
				t.Errorf("%d %+v", n, list)
			}
			k, _ := tx.APIKey("k0")
			of, _ := tx.APIKeyOf(ids[0])
			if k.Account != ids[0] || of.ClientID != "k0" || string(k.Hash) != "h" {
				t.Errorf("%+v %+v", k, of)
			}
			people, _ := tx.Accounts(tenant.ID, store.AccountQuery{})
			if len(people) != 1 {
				t.Errorf("API keys are listed as accounts: %+v", people)
			}
			return err
		})
	})
}
