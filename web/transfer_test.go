package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"switchboard/web"
)

// A transfer may take longer than a request, and be larger; it may not stand
// still.
func TestTransfer(t *testing.T) {
	const short = 50 * time.Millisecond
	k := web.New(web.Options{BodyTimeout: short, WriteTimeout: short, MaxBody: 10})
	failed := make(chan error, 1)
	k.Mux().HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		w, r = web.Transfer(w, r, 10*time.Second)
		b, err := io.ReadAll(r.Body)
		if err != nil {
			failed <- err
			return
		}
		if _, err := w.Write(b); err != nil {
			failed <- err
		}
	})
	k.Mux().HandleFunc("/still", func(w http.ResponseWriter, r *http.Request) {
		_, r = web.Transfer(w, r, short)
		_, err := io.ReadAll(r.Body)
		failed <- err
	})
	s := httptest.NewServer(k.Handler())
	defer s.Close()
	post := func(path string) (*http.Response, error) {
		body, pipe := io.Pipe()
		go func() {
			for range 3 {
				if _, err := io.WriteString(pipe, "twelve bytes"); err != nil {
					return
				}
				<-time.After(2 * short) // longer than any other request may take
			}
			pipe.Close()
		}()
		return http.Post(s.URL+path, "text/plain", body)
	}
	r, err := post("/file")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if b, err := io.ReadAll(r.Body); string(b) != strings.Repeat("twelve bytes", 3) || err != nil {
		t.Errorf("%q %v", b, err)
	}
	if r, err := post("/still"); err == nil {
		r.Body.Close()
	}
	if err := <-failed; err == nil {
		t.Error("a transfer that stands still goes on")
	}
}

// A transfer that is refused before it is read leaves the connection as it was
// for the request that comes next.
func TestTransferRefused(t *testing.T) {
	k := web.New(web.Options{})
	k.Mux().HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		web.Transfer(w, r, time.Minute)
		w.WriteHeader(http.StatusForbidden)
	})
	k.Mux().HandleFunc("/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
			w.WriteHeader(http.StatusServiceUnavailable)
		case <-time.After(2 * time.Millisecond):
		}
	})
	s := httptest.NewServer(k.Handler())
	defer s.Close()
	for range 100 {
		for path, want := range map[string]int{"/file": http.StatusForbidden, "/next": http.StatusOK} {
			r, err := http.Post(s.URL+path, "text/plain", strings.NewReader("twelve bytes"))
			if err != nil {
				t.Fatal(path, err)
			}
			r.Body.Close()
			if r.StatusCode != want {
				t.Fatalf("%s: %d", path, r.StatusCode)
			}
		}
	}
}
