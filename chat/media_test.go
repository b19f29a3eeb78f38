package chat_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"switchboard"
	"switchboard/chat"
	"switchboard/store"
)

// noise is n bytes, the same in each run.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(n)}).Read(b)
	return b
}

// refusedWith checks the kind and code of an error.
func refusedWith(t *testing.T, err error, kind switchboard.Kind, code string) {
	t.Helper()
	if e := switchboard.AsError(err); e == nil || e.Kind != kind || e.Code != code {
		t.Errorf("%v, want %v %s", err, kind, code)
	}
}

// request makes room for a file.
func (w *world) request(p switchboard.Principal, name string, size int) chat.Upload {
	w.t.Helper()
	u, err := w.chat.RequestUpload(w.t.Context(), p, chat.UploadDraft{Name: name, Size: int64(size)})
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

func (w *world) upload(p switchboard.Principal, name string, data []byte) chat.Upload {
	w.t.Helper()
	u := w.request(p, name, len(data))
	if n, err := w.chat.WriteUpload(w.t.Context(), u.Token, u.Secret, 0, bytes.NewReader(data)); n != int64(len(data)) || err != nil {
		w.t.Fatal(n, err)
	}
	return u
}

func TestUpload(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ann, data := w.user("ann"), noise(3<<20)
		u := w.request(ann, "film.mp4", len(data))
		if _, _, err := w.chat.OpenMedia(t.Context(), u.Token); err == nil {
			t.Error("a file is there before its bytes")
		}
		_, _, err := w.chat.UploadOffset(t.Context(), u.Token, "wrong")
		refusedWith(t, err, switchboard.Unauthorized, "upload-secret-wrong")
		_, _, err = w.chat.UploadOffset(t.Context(), switchboard.NewToken(), u.Secret)
		refusedWith(t, err, switchboard.NotFound, "media-not-found")
		broken := errors.New("the line is broken")
		n, err := w.chat.WriteUpload(t.Context(), u.Token, u.Secret, 0, io.MultiReader(bytes.NewReader(data[:1<<20+9]), iotest.ErrReader(broken)))
		refusedWith(t, err, switchboard.Invalid, "upload-incomplete")
		if n != 1<<20+9 || !errors.Is(err, broken) {
			t.Error(n, err)
		}
		n, err = w.chat.WriteUpload(t.Context(), u.Token, u.Secret, 5, strings.NewReader("x"))
		refusedWith(t, err, switchboard.Conflict, "upload-offset")
		if n != 1<<20+9 {
			t.Error(n)
		}
		if n, err = w.chat.WriteUpload(t.Context(), u.Token, u.Secret, n, bytes.NewReader(data[n:2<<20])); n != 2<<20 || err != nil {
			t.Error(n, err)
		}
		if n, err = w.chat.WriteUpload(t.Context(), u.Token, u.Secret, chat.FromStart, bytes.NewReader(data)); n != int64(len(data)) || err != nil {
			t.Error("from the start again: ", n, err)
		}
		_, err = w.chat.WriteUpload(t.Context(), u.Token, u.Secret, 0, bytes.NewReader(data))
		refusedWith(t, err, switchboard.NotAllowed, "upload-complete")
		m, r, err := w.chat.OpenMedia(t.Context(), u.Token)
		if err != nil || m.Name != "film.mp4" || m.Type != "video/mp4" || m.Size != int64(len(data)) || m.Owner != ann.Account {
			t.Fatalf("%+v %v", m, err)
		}
		defer r.Close()
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
			t.Error("other bytes came back: ", err)
		}
		if faults, files, err := w.chat.CheckMedia(t.Context()); len(faults) > 0 || files != 1 || err != nil {
			t.Error(faults, files, err)
		}
	})
}

// A server that stops when all has come, and before it has said so, loses no file.
func TestUploadEndsAfterACrash(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		u := w.request(w.user("ann"), "film.mp4", 10)
		// The bytes are stored as those of a whole file, and then nobody says that it is one.
		w.write(func(tx *store.Tx) error {
			m, err := tx.Media(u.Token)
			if err != nil {
				return err
			}
			if err := w.blob.Put(t.Context(), m.Object, []byte("1234567890")); err != nil {
				return err
			}
			_, err = tx.AdvanceMedia(m.ID, 0, 10, w.clock.now().Add(time.Hour))
			return err
		})
		if received, size, err := w.chat.UploadOffset(t.Context(), u.Token, u.Secret); received != 10 || size != 10 || err != nil {
			t.Error(received, size, err)
		}
		w.clock.advance(48 * time.Hour)
		if n, err := w.chat.TidyMedia(t.Context()); n != 0 || err != nil {
			t.Error(n, err)
		}
		_, r, err := w.chat.OpenMedia(t.Context(), u.Token)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got, err := io.ReadAll(r); string(got) != "1234567890" || err != nil {
			t.Errorf("%q %v", got, err)
		}
	})
}

// Whoever may not sign in any more sends nothing more either.
func TestUploadOfABlockedAccount(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ann := w.user("ann")
		u := w.request(ann, "film.mp4", 10)
		write := func(at int64, text string) error {
			_, err := w.chat.WriteUpload(t.Context(), u.Token, u.Secret, at, strings.NewReader(text))
			return err
		}
		if err := write(0, "12345"); err != nil {
			t.Fatal(err)
		}
		w.write(func(tx *store.Tx) error { return tx.SetAccountDisabled(ann.Account, true) })
		refusedWith(t, write(5, "67890"), switchboard.Forbidden, "account-disabled")
		_, _, err := w.chat.UploadOffset(t.Context(), u.Token, u.Secret)
		refusedWith(t, err, switchboard.Forbidden, "account-disabled")
		refusedWith(t, w.chat.CancelUpload(t.Context(), u.Token, u.Secret), switchboard.Forbidden, "account-disabled")
		_, _, err = w.chat.UploadOffset(t.Context(), u.Token, "wrong")
		refusedWith(t, err, switchboard.Unauthorized, "upload-secret-wrong")
		w.write(func(tx *store.Tx) error { return tx.SetAccountDisabled(ann.Account, false) })
		if err := write(5, "67890"); err != nil {
			t.Error(err)
		}
	})
}

func TestUploadDrafts(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	ann := w.user("ann")
	for name, c := range map[string]struct {
		draft chat.UploadDraft
		kind  switchboard.Kind
		code  string
	}{
		"no name":   {chat.UploadDraft{Size: 1}, switchboard.Invalid, "file-name-invalid"},
		"dots":      {chat.UploadDraft{Name: "../..", Size: 1}, switchboard.Invalid, "file-name-invalid"},
		"long name": {chat.UploadDraft{Name: strings.Repeat("ž", 128), Size: 1}, switchboard.Invalid, "file-name-invalid"},
		"type":      {chat.UploadDraft{Name: "a", Type: "nonsense", Size: 1}, switchboard.Invalid, "file-type-invalid"},
		"empty":     {chat.UploadDraft{Name: "a"}, switchboard.Invalid, "file-empty"},
		"negative":  {chat.UploadDraft{Name: "a", Size: -5}, switchboard.Invalid, "file-empty"},
		"purpose":   {chat.UploadDraft{Name: "a", Size: 1, Purpose: "fun"}, switchboard.Invalid, "purpose-unknown"},
		"large":     {chat.UploadDraft{Name: "a", Size: maxFile + 1}, switchboard.TooLarge, "file-too-large"},
	} {
		_, err := w.chat.RequestUpload(t.Context(), ann, c.draft)
		if e := switchboard.AsError(err); e == nil || e.Kind != c.kind || e.Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := w.chat.RequestUpload(t.Context(), switchboard.Principal{}, chat.UploadDraft{Name: "a", Size: 1})
	refusedWith(t, err, switchboard.Unauthorized, "token-missing")
	for name, want := range map[string]string{`C:\me\a.txt`: "a.txt", "../b.txt": "b.txt", " c\x00\n.txt ": "c.txt", "evil\u202etxt.exe": "eviltxt.exe"} {
		u := w.request(ann, name, 1)
		if u.Path != "/media/"+u.Token+"/"+want {
			t.Errorf("%q is at %s", name, u.Path)
		}
	}
	_, err = w.chat.RequestUpload(t.Context(), w.account("guest", switchboard.Visitor), chat.UploadDraft{Name: "a", Size: maxFile})
	if err != nil {
		t.Error("a visitor may send files to whom it talks with: ", err)
	}
}

func TestQuota(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ann, bob := w.user("ann"), w.user("bob")
		w.request(ann, "a", maxFile)
		u := w.upload(ann, "b", noise(maxFile))
		_, err := w.chat.RequestUpload(t.Context(), ann, chat.UploadDraft{Name: "c", Size: maxFile})
		refusedWith(t, err, switchboard.TooMany, "quota-exceeded")
		w.request(bob, "a", maxFile) // it is an account's own
		if err := w.chat.CancelUpload(t.Context(), u.Token, u.Secret); err != nil {
			t.Fatal(err)
		}
		w.request(ann, "c", maxFile)
		var last error
		for range 200 {
			if _, last = w.chat.RequestUpload(t.Context(), bob, chat.UploadDraft{Name: "a", Size: 1}); last != nil {
				break
			}
		}
		refusedWith(t, last, switchboard.TooMany, "too-many-uploads")
	})
}

// What nobody finishes goes, bytes and all, and what was given up too.
func TestExpiry(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ann := w.user("ann")
		kept, half, given := w.upload(ann, "kept", noise(100)), w.request(ann, "half", 100), w.upload(ann, "given up", noise(100))
		if n, err := w.chat.WriteUpload(t.Context(), half.Token, half.Secret, 0, strings.NewReader("half")); n != 4 || err != nil {
			t.Fatal(n, err)
		}
		if n, err := w.chat.TidyMedia(t.Context()); n != 0 || err != nil {
			t.Error(n, err)
		}
		if err := w.chat.CancelUpload(t.Context(), given.Token, given.Secret); err != nil {
			t.Fatal(err)
		}
		w.clock.advance(25 * time.Hour)
		_, _, err := w.chat.UploadOffset(t.Context(), half.Token, half.Secret)
		refusedWith(t, err, switchboard.NotFound, "media-not-found")
		var objects []string
		w.write(func(tx *store.Tx) error {
			for _, u := range []chat.Upload{half, given} {
				m, err := tx.Media(u.Token)
				if err != nil {
					return err
				}
				objects = append(objects, m.Object)
			}
			return nil
		})
		if n, err := w.chat.TidyMedia(t.Context()); n != 2 || err != nil {
			t.Error(n, err)
		}
		for _, o := range objects {
			if err := w.blob.Check(t.Context(), o, 100); err == nil {
				t.Error("the bytes are still there")
			}
		}
		if _, r, err := w.chat.OpenMedia(t.Context(), kept.Token); err != nil {
			t.Error(err)
		} else {
			r.Close()
		}
		if _, _, err := w.chat.OpenMedia(t.Context(), given.Token); err == nil {
			t.Error("what was given up can be read")
		}
	})
}

// A tenant that switches files off, or those of a kind, gets none.
func TestUploadFeatures(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	ann := w.user("ann")
	kinds := []string{"image/png", "video/mp4", "audio/ogg", "application/pdf"}
	for f, off := range map[switchboard.Feature][]bool{
		"":                                 {false, false, false, false},
		switchboard.FeatureAttachment:      {true, true, true, true},
		switchboard.FeatureImageAttachment: {true, false, false, false},
		switchboard.FeatureVideoAttachment: {false, true, false, false},
		switchboard.FeatureAudioAttachment: {false, false, true, false},
		switchboard.FeatureDocument:        {false, false, false, true},
	} {
		w.tenant.Settings = map[string]string{switchboard.FeatureSetting(f): "off"}
		w.write(func(tx *store.Tx) error { return tx.UpdateTenant(w.tenant) })
		for i, kind := range kinds {
			_, err := w.chat.RequestUpload(t.Context(), ann, chat.UploadDraft{Name: "a", Type: kind, Size: 1})
			if off[i] {
				refusedWith(t, err, switchboard.Forbidden, "feature-off")
			} else if err != nil {
				t.Error(f, kind, err)
			}
		}
	}
}
