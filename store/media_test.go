package store_test

import (
	"testing"
	"time"

	"switchboard/store"
)

func TestMedia(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, accounts := people(t, db, 2)
		soon := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
		file := store.Media{Tenant: tenant.ID, Owner: accounts[0].ID, Token: "one", Hash: []byte{1}, Object: "object", Name: "a ☂.png",
			Type: "image/png", Size: 100, State: store.MediaWaiting, Purpose: "message", Expires: soon}
		must(t, db.Write(t.Context(), func(tx *store.Tx) (err error) {
			file.ID, err = tx.InsertMedia(file)
			return err
		}))
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			got, err := tx.Media("one")
			if err != nil || got.Name != file.Name || got.Size != 100 || !got.Expires.Equal(soon) || got.Created.IsZero() || string(got.Hash) != "\x01" {
				t.Errorf("%+v, %v", got, err)
			}
			if _, err := tx.Media("two"); err != store.ErrNone {
				t.Error(err)
			}
			bytes, waiting, err := tx.MediaUse(accounts[0].ID, "message")
			if bytes != 100 || waiting != 1 || err != nil {
				t.Error(bytes, waiting, err)
			}
			if ok, err := tx.AdvanceMedia(file.ID, 0, 60, soon); !ok || err != nil {
				t.Error(ok, err)
			}
			if ok, err := tx.AdvanceMedia(file.ID, 0, 70, soon); ok || err != nil {
				t.Error("it was moved from where it is not: ", ok, err)
			}
			if ok, err := tx.StoreMedia(file.ID, 90); !ok || err != nil {
				t.Error(ok, err)
			}
			if ok, err := tx.AdvanceMedia(file.ID, 90, 95, soon); ok || err != nil {
				t.Error("a complete file was moved: ", ok, err)
			}
			stored, err := tx.StoredMedia(0, 10)
			if err != nil || len(stored) != 1 || stored[0].Size != 90 || !stored[0].Expires.IsZero() {
				t.Errorf("%+v, %v", stored, err)
			}
			return nil
		}))
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			if none, err := tx.ExpiredMedia(10); len(none) != 0 || err != nil {
				t.Error(none, err)
			}
			for _, give := range []func() (bool, error){ // what was completed meanwhile is nobody's to remove
				func() (bool, error) { return tx.DoomExpired(file.ID) },
				func() (bool, error) { return tx.DropMedia("one") },
			} {
				if ok, err := give(); ok || err != nil {
					t.Error("a stored file goes: ", ok, err)
				}
			}
			must(t, tx.DeleteMedia(file.ID)) // only a doomed one goes
			must(t, tx.DoomMediaOf(accounts[1].ID))
			if ok, err := tx.DoomMedia("one"); !ok || err != nil {
				t.Error(ok, err)
			}
			if ok, err := tx.DoomMedia("one"); ok || err != nil {
				t.Error("twice: ", ok, err)
			}
			doomed, err := tx.ExpiredMedia(10)
			if len(doomed) != 1 || err != nil {
				t.Error(doomed, err)
			}
			bytes, _, err := tx.MediaUse(accounts[0].ID, "message")
			if bytes != 0 || err != nil {
				t.Error(bytes, err)
			}
			must(t, tx.DeleteMedia(file.ID))
			_, err = tx.Media("one")
			if err != store.ErrNone {
				t.Error(err)
			}
			return nil
		}))
	})
}

func TestPictures(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, accounts := people(t, db, 2)
		owner := accounts[0].ID
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			for _, token := range []string{"i1", "t1", "i2", "t2"} {
				if _, err := tx.InsertMedia(store.Media{Tenant: tenant.ID, Owner: owner, Token: token, Object: token, State: store.MediaStored,
					Purpose: "picture"}); err != nil {
					return err
				}
			}
			for _, n := range []string{"1", "2"} {
				if err := tx.PutPicture(store.Picture{Account: owner, Image: "i" + n, Thumb: "t" + n, Avatar: store.AvatarThumb, SHA1: "s" + n,
					Type: "image/png", Size: 5, Width: 3, Height: 4}); err != nil {
					return err
				}
			}
			return nil
		}))
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			p, err := tx.Picture(owner)
			if err != nil || p.Image != "i2" || p.SHA1 != "s2" || p.Width != 3 || p.Height != 4 || p.Avatar != store.AvatarThumb {
				t.Errorf("%+v, %v", p, err)
			}
			if again, err := tx.PictureByToken("i2"); again != p || err != nil {
				t.Errorf("%+v, %v", again, err)
			}
			if _, err := tx.PictureByToken("i1"); err != store.ErrNone {
				t.Error(err)
			}
			must(t, tx.DeletePicture(owner))
			must(t, tx.DeletePicture(owner))
			doomed, err := tx.ExpiredMedia(10)
			if len(doomed) != 2 || err != nil {
				t.Error(doomed, err)
			}
			must(t, tx.DoomMediaOf(owner))
			_, err = tx.Picture(owner)
			if err != store.ErrNone {
				t.Error(err)
			}
			return nil
		}))
	})
}
