package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// Whatever arrives, the answer is the client's fault or a success, and JSON or
// nothing.
func FuzzRequest(f *testing.F) {
	f.Add("Sessions", "limit=1&Created.Min=2024-05-02", "", "")
	f.Add("Sessions/5/note", "", "application/json", `{"note":"a","guest":{"age":1},"tags":["x"]}`)
	f.Add("sessions/5/NOTE", "note=a&tags[0]=1&guest[age]=x", "application/x-www-form-urlencoded", "a=1&b=2&guest.age.x=1")
	f.Add("Sessions/5/note", "", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi\r\n--b--\r\n")
	f.Add("users/userList", "metadataValues=a,b&page=", "", "[]")
	f.Add("Webhooks", "", "application/json", "null")
	b := newBench(f)
	f.Fuzz(func(t *testing.T, path, query, kind, body string) {
		for _, api := range []string{"/public/api/v1/", "/platform/api/v1/"} {
			for _, method := range []string{"GET", "PUT", "POST"} {
				r := httptest.NewRequest(method, api, strings.NewReader(body))
				u, err := url.Parse(api + strings.TrimLeft(path, "/"))
				if err != nil || strings.Contains(path, "Fail") || strings.Contains(path, "events") {
					return
				}
				u.RawQuery = query
				r.URL = u
				r.Header.Set("Authorization", "admin")
				r.Header.Set("Content-Type", kind)
				w := httptest.NewRecorder()
				b.handler.ServeHTTP(w, r)
				if w.Code >= 500 {
					t.Fatalf("%s %s: %d %s\n%s", method, u, w.Code, w.Body, b.log)
				}
				if w.Code >= 300 && w.Code < 400 && w.Code != http.StatusMovedPermanently && w.Code != http.StatusTemporaryRedirect {
					t.Fatalf("%s %s: %d", method, u, w.Code)
				}
			}
		}
	})
}

func BenchmarkRequest(b *testing.B) {
	bench := newBench(b)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("PUT", "/api/v1/Sessions/5/note", strings.NewReader(`{"note":"a","count":3,"guest":{"firstName":"Eva"}}`))
		r.Header.Set("Authorization", "Bearer public")
		r.Header.Set("Content-Type", asJSON)
		w := httptest.NewRecorder()
		bench.handler.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}
