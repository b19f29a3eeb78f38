package chat_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/chat"
	"switchboard/store"
)

// acquaint makes two users know each other.
func (w *world) acquaint(a, b switchboard.Principal) {
	w.t.Helper()
	for _, p := range [][2]switchboard.Principal{{a, b}, {b, a}} {
		if err := w.chat.SetRosterItem(w.t.Context(), p[0], chat.RosterItem{JID: p[1].Bare()}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// only is a principal with no more rights than users have.
func only(p switchboard.Principal) switchboard.Principal {
	p.Scopes = []switchboard.Scope{switchboard.ScopeChat}
	return p
}

// A block ends the addresses of the picture that the blocked one has; everybody
// else is told the new ones, once.
func TestPictureAddressesEndWithABlock(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ann, bob, carol := w.user("ann"), only(w.user("bob")), only(w.user("carol"))
		w.acquaint(ann, bob)
		w.acquaint(ann, carol)
		w.run()
		ears := map[string]*stream{"ann": w.connect(ann, "r"), "bob": w.connect(bob, "r"), "carol": w.connect(carol, "r")}
		heard := func(n int, names ...string) {
			t.Helper()
			w.until("contacts hear of it", func() bool {
				for _, name := range names {
					if len(ears[name].notices(chat.NoticeProfile)) != n {
						return false
					}
				}
				return true
			})
		}
		data := pngOf(painting(300, 200, true))
		old := w.setPicture(ann, data)
		heard(1, "ann", "bob", "carol")
		full, thumb := w.chat.ImagePaths(old.Image())
		if _, r, err := w.chat.OpenTenantMedia(ctx, bob, old.Token); err != nil {
			t.Fatal(err)
		} else {
			r.Close()
		}
		if err := w.chat.Block(ctx, ann, bob.Bare()); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{full, thumb} {
			if _, err := w.open(path); code(err) != "media-not-found" {
				t.Errorf("%s after the block: %v", path, err)
			}
		}
		now := w.imageOf(ann, ann)
		token := strings.TrimPrefix(now, "media:")
		if token == old.Token || w.imageOf(carol, ann) != now {
			t.Fatal(now)
		}
		for _, gone := range []string{old.Token, token} {
			_, _, err := w.chat.OpenTenantMedia(ctx, bob, gone)
			refusedWith(t, err, switchboard.NotFound, "media-not-found")
		}
		_, r, err := w.chat.OpenTenantMedia(ctx, carol, token)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(r); err != nil || !bytes.Equal(b, data) {
			t.Error("another picture: ", err)
		}
		r.Close()
		next, _ := w.chat.ImagePaths(now)
		heard(2, "ann", "carol")
		if n := ears["carol"].notices(chat.NoticeProfile)[1]; n.Fields["image"] != next || n.Fields["thumb"] != next+"&thumb=1" {
			t.Errorf("%+v, want %s", n, next)
		}
		if b, err := w.open(next); err != nil || !bytes.Equal(b, data) {
			t.Error("the new address: ", err)
		}
		if avatar, _, hash, _, _, err := w.chat.Avatar(ctx, carol, ann.Bare()); err != nil || hash != old.SHA1 || !bytes.Equal(avatar, data) {
			t.Error("the avatar is another: ", hash, err)
		}
		if !w.chat.IsPictureAddress("https://chat.example"+full) || w.chat.IsPictureAddress("https://chat.example"+strings.Replace(full, "&s=", "&s=A", 1)) {
			t.Error("an address of ours is not known, or any is")
		}
		if err := w.chat.Block(ctx, ann, bob.Bare()); err != nil || w.imageOf(ann, ann) != now {
			t.Error("who is blocked already costs an address: ", err)
		}
		if err := w.chat.RemovePicture(ctx, ann); err != nil {
			t.Fatal(err)
		}
		w.until("its bytes go", func() bool { return w.count("SELECT count(*) FROM media") == 0 })
		heard(3, "ann", "carol")
		if n := len(ears["bob"].notices(chat.NoticeProfile)); n != 1 {
			t.Errorf("the blocked one hears %d times of the picture", n)
		}
	})
}

// An administrator's block and a deletion end them, too.
func TestPictureAddressesEndWithTheAccount(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ann, bob := w.user("ann"), only(w.user("bob"))
		w.acquaint(ann, bob)
		w.run()
		ear := w.connect(bob, "r")
		first, _ := w.chat.ImagePaths(w.setPicture(ann, pngOf(painting(10, 10, true))).Image())
		w.until("bob is told the first address", func() bool { return len(ear.notices(chat.NoticeProfile)) == 1 })
		w.write(func(tx *store.Tx) error {
			tx.Append(&switchboard.Event{Tenant: ann.Tenant, Kind: switchboard.AccountChanged, Subject: int64(ann.Account),
				Payload: switchboard.Payload(map[string]string{"change": "disabled"})})
			return tx.SetAccountDisabled(ann.Account, true)
		})
		if _, err := w.open(first); code(err) != "media-not-found" {
			t.Errorf("the picture of an account that an administrator has blocked: %v", err)
		}
		next, _ := w.chat.ImagePaths(w.imageOf(bob, ann))
		w.until("bob is told the new address", func() bool {
			n := ear.notices(chat.NoticeProfile)
			return len(n) == 2 && n[1].Fields["image"] == next && len(ear.notices(chat.NoticeAdminBlocked)) == 1
		})
		w.delete(ann, time.Hour)
		if _, err := w.open(next); code(err) != "media-not-found" {
			t.Errorf("the picture of an account that is being deleted: %v", err)
		}
		token := strings.TrimPrefix(w.image(ann), "media:")
		_, _, err := w.chat.OpenTenantMedia(t.Context(), bob, token)
		refusedWith(t, err, switchboard.NotFound, "media-not-found")
	})
}

// image is the image of a profile as it is stored.
func (w *world) image(p switchboard.Principal) (image string) {
	w.t.Helper()
	err := w.db.Read(context.Background(), func(tx *store.Tx) error {
		row, err := tx.Account(p.Account)
		image = row.Image
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return image
}
