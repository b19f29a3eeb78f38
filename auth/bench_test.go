package auth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"switchboard"
	"switchboard/auth"
	"switchboard/store"
	"switchboard/web"
)

func benchService(b *testing.B) (*auth.Service, switchboard.Principal) {
	db, err := store.Open(b.Context(), store.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	s := auth.New(auth.Options{DB: db})
	if _, _, err := s.EnsureTenant(b.Context(), "localhost", true); err != nil {
		b.Fatal(err)
	}
	root, err := s.LocalAdmin(b.Context(), "")
	if err != nil {
		b.Fatal(err)
	}
	_, err = s.CreateAccount(b.Context(), root, auth.NewAccount{Localpart: "anna", Kind: switchboard.User, Password: rightPassword})
	if err != nil {
		b.Fatal(err)
	}
	return s, root
}

func BenchmarkImport(b *testing.B) {
	s, root := benchService(b)
	rows := make([]auth.ImportRow, b.N)
	for i := range rows {
		rows[i] = auth.ImportRow{Name: fmt.Sprintf("u%d", i), Password: "bench"}
	}
	b.ResetTimer()
	if refused, err := s.BulkImport(b.Context(), root, rows, nil); err != nil || len(refused) > 0 {
		b.Fatal(refused, err)
	}
}

func BenchmarkPassword(b *testing.B) {
	s, _ := benchService(b)
	for b.Loop() {
		if _, err := s.Password(b.Context(), "", "anna", rightPassword, "192.0.2.1"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	s, _ := benchService(b)
	p, err := s.Password(b.Context(), "", "anna", rightPassword, "192.0.2.1")
	if err != nil {
		b.Fatal(err)
	}
	token, _, err := s.Mint(b.Context(), p, switchboard.PublicDialect, nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Verify(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkClientCredentials(b *testing.B) {
	s, root := benchService(b)
	k := web.New(web.Options{})
	s.Mount(k)
	h := k.Handler()
	key, secret, err := s.CreateKey(b.Context(), root, "k", []switchboard.Scope{switchboard.ScopeEvents})
	if err != nil {
		b.Fatal(err)
	}
	form := url.Values{"response_type": {"token"}, "grant_type": {"client_credentials"}, "client_id": {key.ClientID}, "client_secret": {secret}}.Encode()
	for b.Loop() {
		r := httptest.NewRequest("POST", "http://localhost/login/connect/token", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code, w.Body)
		}
	}
}
