package web_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"switchboard/web"
)

func TestStatic(t *testing.T) {
	script := strings.Repeat("console.log('hello');\n", 100)
	files := fstest.MapFS{
		"index.html":             {Data: []byte("<!doctype html><title>x</title>")},
		"assets/app-DiwrgTda.js": {Data: []byte(script)},
		"assets/logo.svg":        {Data: []byte("<svg/>")},
		"widget.js":              {Data: []byte(script)},
		"docs/index.html":        {Data: []byte("docs")},
		"packed.txt":             {Data: []byte("plain")},
		"packed.txt.gz":          {Data: []byte("gz")},
	}
	mux := http.NewServeMux()
	mux.Handle("/console/", http.StripPrefix("/console", web.Static(files, web.StaticOptions{SPA: "index.html"})))
	mux.Handle("/widget/", http.StripPrefix("/widget", web.Static(files, web.StaticOptions{Anywhere: true})))
	get := func(method, path string, headers ...string) *http.Response {
		r := httptest.NewRequest(method, path, nil)
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w.Result()
	}
	for _, c := range []struct {
		path    string
		status  int
		media   string
		caching string
	}{
		{"/console/", 200, "text/html; charset=utf-8", "no-cache"},
		{"/console/sessions/5", 200, "text/html; charset=utf-8", "no-cache"},
		{"/console/docs", 200, "text/html; charset=utf-8", "no-cache"},
		{"/console/assets/app-DiwrgTda.js", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"/console/assets/logo.svg", 200, "image/svg+xml", "no-cache"},
		{"/console/assets/gone-12345678.js", 404, "text/plain; charset=utf-8", ""},
		{"/console/%2e%2e/%2e%2e/etc/passwd", 200, "text/html; charset=utf-8", "no-cache"},
		{"/widget/nowhere", 404, "text/plain; charset=utf-8", ""},
		{"/widget/widget.js", 200, "text/javascript; charset=utf-8", "no-cache"},
	} {
		res := get("GET", c.path)
		if res.StatusCode != c.status || res.Header.Get("Content-Type") != c.media || res.Header.Get("Cache-Control") != c.caching {
			t.Errorf("%s: %d %v", c.path, res.StatusCode, res.Header)
		}
	}
	if res := get("GET", "/console/"); res.Header.Get("Content-Security-Policy") != web.PageCSP {
		t.Errorf("CSP: %v", res.Header)
	}
	if res := get("POST", "/console/"); res.StatusCode != 405 {
		t.Errorf("POST: %d", res.StatusCode)
	}
	res := get("GET", "/widget/widget.js", "Accept-Encoding", "br, gzip;q=0.5")
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(z); string(b) != script || res.Header.Get("Vary") != "Accept-Encoding" || res.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("gzip: %v", res.Header)
	}
	if again := get("GET", "/widget/widget.js", "Accept-Encoding", "gzip", "If-None-Match", res.Header.Get("ETag")); again.StatusCode != 304 {
		t.Errorf("again: %d", again.StatusCode)
	}
	if other := get("GET", "/widget/widget.js", "If-None-Match", res.Header.Get("ETag")); other.StatusCode != 200 || other.Header.Get("Content-Encoding") != "" {
		t.Errorf("plain with the packed one's ETag: %d", other.StatusCode)
	}
	if none := get("GET", "/widget/widget.js", "Accept-Encoding", "gzip;q=0"); none.Header.Get("Content-Encoding") != "" {
		t.Error("gzip was refused and sent")
	}
	if ready := get("GET", "/widget/packed.txt", "Accept-Encoding", "gzip"); ready.Header.Get("Content-Encoding") != "gzip" {
		t.Error("the .gz file is not used")
	}
	if part := get("GET", "/widget/widget.js", "Range", "bytes=0-6", "Accept-Encoding", "gzip"); part.StatusCode != 206 {
		t.Errorf("range: %d", part.StatusCode)
	}
}

func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := httptest.NewRecorder()
		s, err := web.NewStream(w, httptest.NewRequest("GET", "/", nil))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(31 * time.Second)
		synctest.Wait()
		s.Send("", "a\nb", []byte("x"))
		s.Close()
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := w.Body.String(); got != ": \n\n: \n\nevent: a b\ndata: x\n\n" {
			t.Errorf("%q", got)
		}
		if err := s.Send("", "", nil); err == nil {
			t.Error("a closed stream takes events")
		}
	})
}

func TestRateLimiter(t *testing.T) {
	now := time.Unix(0, 0)
	l := web.NewRateLimiter(0.5, 3, func() time.Time { return now })
	for i := range 3 {
		if ok, _ := l.Allow("a"); !ok {
			t.Fatal(i)
		}
	}
	if ok, wait := l.Allow("a"); ok || wait != 2*time.Second {
		t.Error(ok, wait)
	}
	if ok, _ := l.Check("a"); ok {
		t.Error("check")
	}
	if ok, _ := l.Allow("b"); !ok {
		t.Error("b pays for a")
	}
	now = now.Add(2 * time.Second)
	if ok, _ := l.Check("a"); !ok {
		t.Error("check after waiting")
	}
	if ok, _ := l.Allow("a"); !ok {
		t.Error("after waiting")
	}
	if ok, _ := l.Allow("a"); ok {
		t.Error("twice after waiting once")
	}
	l.Forget("a")
	if ok, _ := l.Allow("a"); !ok {
		t.Error("forgotten")
	}
	l.Allow("a")
	l.Allow("a")
	for i := range 60_000 { // a crowd does not give "a" its allowance back at once
		l.Allow(fmt.Sprint(i))
	}
	if ok, _ := l.Allow("a"); ok {
		t.Error("a crowd made the limiter forget")
	}
}

func TestFormats(t *testing.T) {
	prague := time.FixedZone("", 7200)
	if got := web.FormatTime(time.Date(2024, 5, 2, 16, 5, 24, 454661000, prague)); got != "2024-05-02T16:05:24.454661+02:00" {
		t.Error(got)
	}
	if got := web.FormatTime(time.Date(2024, 5, 2, 16, 5, 24, 0, time.UTC)); got != "2024-05-02T16:05:24.000000+00:00" {
		t.Error(got)
	}
	for in, want := range map[string]string{
		"2024-05-02T16:05:24.123Z": "2024-05-02T16:05:24.123Z", "2024-05-02T16:05:24": "2024-05-02T16:05:24+02:00",
		"2024-05-02": "2024-05-02T00:00:00+02:00", "2024-05-02 16:05": "", "2024-05-02T16:05": "2024-05-02T16:05:00+02:00",
		"2024-05-02T16:05:24 02:00": "2024-05-02T16:05:24+02:00", "": "", "x": "", "2024-13-01": "", "99999-01-01": "", "0000-01-01": "",
	} {
		got, err := web.ParseTime(in, prague)
		if want == "" && err == nil || want != "" && got.Format(time.RFC3339Nano) != want {
			t.Errorf("%q: %v %v", in, got, err)
		}
	}
	for d, want := range map[time.Duration]string{0: "PT0S", time.Hour: "PT1H", 90*time.Second + 500*time.Millisecond: "PT1M30.5S",
		26 * time.Hour: "PT26H", -time.Second: "-PT1S", time.Microsecond: "PT0.000001S"} {
		if got := web.FormatDuration(d); got != want {
			t.Errorf("%v: %s", d, got)
		}
		if back, err := web.ParseDuration(want); back != d || err != nil {
			t.Errorf("%s: %v %v", want, back, err)
		}
	}
	for in, want := range map[string]time.Duration{"00:01:30": 90 * time.Second, "1.02:00:00": 26 * time.Hour, "10:00": 10 * time.Hour,
		"P1DT2H": 26 * time.Hour, "P1W": 168 * time.Hour, "pt1,5s": 1500 * time.Millisecond, "-00:00:01.5": -1500 * time.Millisecond} {
		if got, err := web.ParseDuration(in); got != want || err != nil {
			t.Errorf("%s: %v %v", in, got, err)
		}
	}
	for _, in := range []string{"", "P", "PT", "1", "P1M", "x", "PT99999999999999999999S", "00:00:00:00"} {
		if got, err := web.ParseDuration(in); err == nil {
			t.Errorf("%q: %v", in, got)
		}
	}
	type both struct {
		T *web.Time
		U web.Time
		D web.Duration
	}
	var v both
	if err := json.Unmarshal([]byte(`{"T":"2024-05-02","U":null,"D":"PT5S"}`), &v); err != nil {
		t.Fatal(err)
	}
	if got, _ := json.Marshal(v); string(got) != `{"T":"2024-05-02T00:00:00.000000+00:00","U":null,"D":"PT5S"}` {
		t.Errorf("%s", got)
	}
}

// Clients that send or read nothing are cut, and hold nothing up.
func TestSlowClients(t *testing.T) {
	k := web.New(web.Options{BodyTimeout: 50 * time.Millisecond, WriteTimeout: 200 * time.Millisecond})
	over := make(chan error, 1)
	k.Mux().HandleFunc("POST /read", func(w http.ResponseWriter, r *http.Request) {
		var v any
		if err := web.ReadJSON(r, &v); err != nil {
			web.WriteError(w, r, nil, err)
		}
	})
	k.Mux().HandleFunc("GET /flood", func(w http.ResponseWriter, _ *http.Request) {
		block := bytes.Repeat([]byte("x"), 1<<20)
		for {
			if _, err := w.Write(block); err != nil {
				over <- err
				return
			}
		}
	})
	k.Mux().HandleFunc("POST /long", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done():
			over <- r.Context().Err()
		case <-time.After(150 * time.Millisecond): // longer than BodyTimeout
			over <- nil
		}
	})
	s := httptest.NewServer(k.Handler())
	defer s.Close()
	dial := func(request string) net.Conn {
		c, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, request)
		return c
	}
	c := dial("POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
	defer c.Close()
	answer := make([]byte, 1024)
	n, err := c.Read(answer)
	if err != nil || !strings.Contains(string(answer[:n]), "400 Bad Request") || !strings.Contains(string(answer[:n]), "X-Error-Code: body-too-slow") {
		t.Errorf("%s %v", answer[:n], err)
	}
	flood := dial("GET /flood HTTP/1.1\r\nHost: x\r\n\r\n")
	defer flood.Close()
	if err := <-over; err == nil {
		t.Error("the flood found an end")
	}
	long := dial("POST /long HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
	defer long.Close()
	if err := <-over; err != nil {
		t.Errorf("a request that was read in time is cut: %v", err)
	}
}
