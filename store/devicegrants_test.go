package store_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"switchboard"
	"switchboard/store"
)

func TestDeviceGrants(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, accounts := people(t, db, 1)
		hash := bytes.Repeat([]byte{1}, 32)
		g := store.DeviceGrant{Hash: hash, UserCode: "BCDFGHJK", Tenant: tenant.ID, Client: "sdk", Scopes: "chat", Origin: "https://a", Agent: "x",
			Address: "192.0.2.1", Pace: 2 * time.Second}
		write(t, db, func(tx *store.Tx) error {
			g.Expires = tx.Now().Add(time.Minute)
			return tx.InsertDeviceGrant(g)
		})
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			again := g
			again.Hash = bytes.Repeat([]byte{2}, 32)
			return tx.InsertDeviceGrant(again)
		})
		if !errors.Is(err, store.ErrDuplicate) {
			t.Fatalf("a user code twice: %v", err)
		}
		write(t, db, func(tx *store.Tx) error {
			got, err := tx.DeviceGrantOf("BCDFGHJK")
			if !bytes.Equal(got.Hash, hash) || got.Pace != g.Pace || got.Origin != g.Origin || got.Answer != "" || !got.Polled.IsZero() {
				t.Errorf("%+v", got)
			}
			if _, none := tx.DeviceGrantOf("XXXXXXXX"); none != store.ErrNone {
				t.Errorf("%v", none)
			}
			return errors.Join(err, tx.PollDeviceGrant(hash, 7*time.Second))
		})
		write(t, db, func(tx *store.Tx) error {
			g.Answer, g.Account, g.Version, g.Device = store.DeviceApproved, accounts[0].ID, 3, 4
			first, err := tx.AnswerDeviceGrant(g)
			g.Answer = store.DeviceRefused
			second, err2 := tx.AnswerDeviceGrant(g)
			if !first || second {
				t.Errorf("answered %v, then %v", first, second)
			}
			return errors.Join(err, err2)
		})
		write(t, db, func(tx *store.Tx) error {
			got, err := tx.DeviceGrant(hash)
			if got.Answer != store.DeviceApproved || got.Account != accounts[0].ID || got.Version != 3 || got.Device != 4 || got.Pace != 7*time.Second || got.Polled.IsZero() {
				t.Errorf("%+v", got)
			}
			if _, none := tx.DeviceGrantOf("BCDFGHJK"); none != store.ErrNone {
				t.Error("an answered grant can be answered")
			}
			first, err2 := tx.SpendDeviceGrant(hash)
			second, err3 := tx.SpendDeviceGrant(hash)
			if !first || second {
				t.Errorf("spent %v, then %v", first, second)
			}
			return errors.Join(err, err2, err3)
		})
	})
}

func TestAudit(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, accounts := people(t, db, 2)
		write(t, db, func(tx *store.Tx) error {
			for i, kind := range []switchboard.EventKind{switchboard.AccountCreated, switchboard.MessageSent, switchboard.TenantChanged, switchboard.AccountCreated} {
				tx.Append(&switchboard.Event{Tenant: tenant.ID, Kind: kind, Actor: accounts[i%2].ID})
			}
			tx.Append(&switchboard.Event{Tenant: tenant.ID + 1, Kind: switchboard.AccountCreated})
			return nil
		})
		write(t, db, func(tx *store.Tx) error {
			all, err := tx.Audit(tenant.ID, store.AuditQuery{Limit: 9})
			if err != nil || len(all) != 3 || all[0].Position <= all[1].Position {
				t.Fatalf("%+v %v", all, err)
			}
			for _, c := range []struct {
				q    store.AuditQuery
				want int
			}{{store.AuditQuery{Limit: 2}, 2}, {store.AuditQuery{Limit: 9, Before: all[0].Position}, 2}, {store.AuditQuery{Limit: 9, Actor: accounts[0].ID}, 2},
				{store.AuditQuery{Limit: 9, Kind: switchboard.AccountCreated}, 2}, {store.AuditQuery{Limit: 9, Kind: switchboard.AccountCreated, Actor: accounts[1].ID}, 1}} {
				if got, err := tx.Audit(tenant.ID, c.q); err != nil || len(got) != c.want {
					t.Errorf("%+v: %d, want %d (%v)", c.q, len(got), c.want, err)
				}
			}
			names, err := tx.AccountNames(tenant.ID, []switchboard.AccountID{accounts[0].ID, 9999})
			if err != nil || len(names) != 1 || names[0].Localpart != "u0" {
				t.Errorf("%+v %v", names, err)
			}
			return nil
		})
	})
}
