package store_test

import (
	"fmt"
	"testing"
	"time"

	"switchboard"
	"switchboard/store"
)

func pepIDs(items []store.PEPItem) (s string) {
	for _, i := range items {
		s += i.Item + "=" + string(i.Payload) + " "
	}
	return s
}

func TestPEPItems(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		_, accounts := people(t, db, 2)
		me, other := accounts[0].ID, accounts[1].ID
		config := store.PEPConfig{Access: "open", MaxItems: 3, SendLast: "never", Title: "a title", NotifyRetire: true}
		at := time.Date(2026, 2, 3, 4, 5, 6, 7000, time.UTC)
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			for _, n := range []store.PEPNode{{Account: me, Node: "a", Config: config}, {Account: me, Node: "b"}, {Account: other, Node: "a"}} {
				must(t, tx.PutPEPNode(n))
			}
			for i := range 5 {
				must(t, tx.PutPEPItem(me, "a", store.PEPItem{Item: fmt.Sprint(i), Published: at, Payload: fmt.Append(nil, "p", i)}))
			}
			must(t, tx.PutPEPItem(me, "a", store.PEPItem{Item: "3", Published: at, Payload: []byte("again")}))
			must(t, tx.PutPEPItem(other, "a", store.PEPItem{Item: "x", Payload: []byte("theirs")}))
			must(t, tx.TrimPEPItems(me, "a", 3))
			return tx.TrimPEPItems(me, "b", 3)
		}))
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			n, err := tx.PEPNode(me, "a")
			if err != nil || n.Config != config || n.Account != me {
				t.Errorf("%+v, %v", n, err)
			}
			items, err := tx.PEPItems(me, "a", 10)
			if want := "3=again 4=p4 2=p2 "; err != nil || pepIDs(items) != want || !items[0].Published.Equal(at) {
				t.Errorf("%s, %v; want %s", pepIDs(items), err, want)
			}
			nodes, count, bytes, err := tx.CountPEP(me)
			if err != nil || nodes != 2 || count != 3 || bytes != 9 {
				t.Errorf("%d nodes, %d items, %d bytes, %v", nodes, count, bytes, err)
			}
			if i, err := tx.PEPItem(me, "a", "4"); err != nil || string(i.Payload) != "p4" {
				t.Errorf("%+v, %v", i, err)
			}
			must(t, tx.DeletePEPItem(me, "a", "4"))
			if err := tx.DeletePEPItem(me, "a", "4"); err != store.ErrNone {
				t.Errorf("deleted twice: %v", err)
			}
			must(t, tx.DeletePEPNode(me, "a"))
			if err := tx.DeletePEPNode(me, "a"); err != store.ErrNone {
				t.Errorf("deleted twice: %v", err)
			}
			if items, err := tx.PEPItems(me, "a", 10); err != nil || len(items) > 0 {
				t.Errorf("items of a node that is gone: %s, %v", pepIDs(items), err)
			}
			list, err := tx.PEPNodes(me)
			if err != nil || len(list) != 1 || list[0].Node != "b" {
				t.Errorf("%+v, %v", list, err)
			}
			return nil
		}))
	})
}

func TestPEPOfPeersAndVCard(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, accounts := people(t, db, 4)
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			for _, a := range accounts {
				must(t, tx.PutPEPNode(store.PEPNode{Account: a.ID, Node: "n-" + a.Localpart}))
				must(t, tx.PutVCard(a.ID, []byte("first")))
				must(t, tx.PutVCard(a.ID, []byte("<vCard/>")))
			}
			for i, to := range []bool{true, false, true} {
				c := store.Contact{Account: accounts[0].ID, JID: accounts[i+1].Localpart + "@example.org", Localpart: accounts[i+1].Localpart,
					To: to, From: true, Listed: true, Revision: switchboard.Revision(i + 1)}
				must(t, tx.PutContact(c))
			}
			return tx.SetAccountDisabled(accounts[3].ID, true)
		}))
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			list, err := tx.PeerPEPNodes(accounts[0].ID, tenant.ID)
			if err != nil || len(list) != 1 || list[0].Node != "n-u1" {
				t.Errorf("%+v, %v", list, err)
			}
			if v, err := tx.VCard(accounts[1].ID); err != nil || string(v) != "<vCard/>" {
				t.Errorf("%s, %v", v, err)
			}
			must(t, tx.DeletePEP(accounts[1].ID))
			if _, err := tx.VCard(accounts[1].ID); err != store.ErrNone {
				t.Errorf("a vCard that is gone: %v", err)
			}
			if nodes, _, _, err := tx.CountPEP(accounts[1].ID); err != nil || nodes != 0 {
				t.Errorf("%d nodes, %v", nodes, err)
			}
			return nil
		}))
	})
}
