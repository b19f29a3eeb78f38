package platform_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/chat"
)

// noise is n bytes, the same in each run.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(n)}).Read(b)
	return b
}

// slot makes room for a file of somebody's.
func slot(t *testing.T, s *boardtest.Server, p switchboard.Principal, name, kind string, size int) chat.Upload {
	t.Helper()
	u, err := s.Chat.RequestUpload(t.Context(), p, chat.UploadDraft{Name: name, Type: kind, Size: int64(size)})
	must(t, err)
	return u
}

// code checks what a call is refused with.
func code(t *testing.T, r boardtest.Reply, status int, code string) {
	t.Helper()
	if r.Status != status || r.Header.Get("X-Error-Code") != code {
		t.Errorf("%d %s %s, want %d %s", r.Status, r.Header.Get("X-Error-Code"), r.Body, status, code)
	}
}

func TestFile(t *testing.T) {
	boardtest.EachEngine(t, func(t *testing.T, s *boardtest.Server) {
		ann := s.AddAccount(t, "ann", switchboard.User, false)
		data := noise(3<<20 + 17)
		u := slot(t, s, ann, "Líbánky ☂.png", "image/png", len(data))
		if want := "/media/" + u.Token + "/L%C3%ADb%C3%A1nky%20%E2%98%82.png"; u.Path != want {
			t.Errorf("%s, want %s", u.Path, want)
		}
		code(t, s.Do(t, boardtest.Call{Path: u.Path}), 404, "media-not-found") // nothing is there yet
		code(t, s.Do(t, boardtest.Call{Method: "PUT", Path: u.Path, Body: data}), 401, "upload-secret-wrong")
		code(t, s.Do(t, boardtest.Call{Method: "PUT", Path: u.Path, Body: data, Token: switchboard.NewToken()}), 401, "upload-secret-wrong")
		code(t, s.Do(t, boardtest.Call{Method: "PUT", Path: u.Path, Body: data[1:], Token: u.Secret}), 400, "length-wrong")
		code(t, s.Do(t, boardtest.Call{Method: "PUT", Path: "/media/" + switchboard.NewToken() + "/x", Body: data, Token: u.Secret}), 404, "media-not-found")
		s.Want(t, 201, boardtest.Call{Method: "PUT", Path: u.Path, Body: data, Token: u.Secret})
		code(t, s.Do(t, boardtest.Call{Method: "PUT", Path: u.Path, Body: data, Token: u.Secret}), 409, "upload-complete")

		r := s.Want(t, 200, boardtest.Call{Path: u.Path})
		if !bytes.Equal(r.Body, data) {
			t.Error("other bytes came back")
		}
		for name, want := range map[string]string{"Content-Type": "image/png", "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
			"X-Content-Type-Options": "nosniff", "Accept-Ranges": "bytes", "Cross-Origin-Resource-Policy": "cross-origin",
			"Content-Disposition": "inline; filename*=utf-8''L%C3%ADb%C3%A1nky%20%E2%98%82.png", "Etag": `"` + u.Token + `"`} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		r = s.Want(t, 200, boardtest.Call{Method: "HEAD", Path: u.Path})
		if r.Header.Get("Content-Length") != fmt.Sprint(len(data)) || len(r.Body) > 0 {
			t.Error(r.Header)
		}
		ranges(t, s, u, data)
		code(t, s.Do(t, boardtest.Call{Method: "POST", Path: u.Path, Body: data}), 405, "method-not-allowed")
		code(t, s.Do(t, boardtest.Call{Method: "DELETE", Path: u.Path}), 401, "upload-secret-wrong")
		s.Want(t, 204, boardtest.Call{Method: "DELETE", Path: u.Path, Token: u.Secret})
		code(t, s.Do(t, boardtest.Call{Path: u.Path}), 404, "media-not-found")
	})
}

func ranges(t *testing.T, s *boardtest.Server, u chat.Upload, data []byte) {
	t.Helper()
	for asked, want := range map[string][]byte{"bytes=0-0": data[:1], "bytes=1048570-1048585": data[1048570:1048586], "bytes=-5": data[len(data)-5:],
		"bytes=3145728-": data[3145728:]} {
		r := s.Want(t, 206, boardtest.Call{Path: u.Path, Header: http.Header{"Range": {asked}}})
		if !bytes.Equal(r.Body, want) {
			t.Errorf("%s: %d other bytes", asked, len(r.Body))
		}
	}
	s.Want(t, 416, boardtest.Call{Path: u.Path, Header: http.Header{"Range": {"bytes=99999999-"}}})
	s.Want(t, 200, boardtest.Call{Path: u.Path, Header: http.Header{"Range": {"bytes=0-1,5-6"}}})
	s.Want(t, 304, boardtest.Call{Path: u.Path, Header: http.Header{"If-None-Match": {`"` + u.Token + `"`}}})
}

// What a browser could run is never shown in a page of ours.
func TestFileTypes(t *testing.T) {
	s := boardtest.Node(t, boardtest.NodeOptions{})
	ann := s.AddAccount(t, "ann", switchboard.User, false)
	for kind, inline := range map[string]bool{"image/jpeg": true, "video/mp4": true, "audio/ogg": true, "image/svg+xml": false, "text/html": false,
		"application/pdf": false, "application/xhtml+xml": false, "": false} {
		body := []byte("<svg onload='alert(1)'>")
		u := slot(t, s, ann, "../../x\".html", kind, len(body))
		s.Want(t, 201, boardtest.Call{Method: "PUT", Path: u.Path, Body: body, Token: u.Secret})
		r := s.Want(t, 200, boardtest.Call{Path: u.Path})
		want := "attachment"
		if inline {
			want = "inline"
		}
		if got := r.Header.Get("Content-Disposition"); got != want+`; filename="x\".html"` {
			t.Errorf("%s: %s", kind, got)
		}
		if !strings.Contains(r.Header.Get("Content-Security-Policy"), "sandbox") || r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", kind, r.Header)
		}
	}
}

// A file is no script and no style of a page of ours, whatever it says it is.
func TestFilesAreNoScripts(t *testing.T) {
	s := boardtest.Node(t, boardtest.NodeOptions{})
	ann := s.AddAccount(t, "ann", switchboard.User, false)
	for kind, want := range map[string]string{"text/javascript": "", "application/javascript; charset=utf-8": "", "application/x-javascript": "",
		"Application/ECMAScript": "", "text/javascript1.5": "", "text/css": "", "application/wasm": "", "text/jscript": "",
		"text/plain": "text/plain", "text/html": "text/html", "application/json": "application/json"} {
		if want == "" {
			want = "application/octet-stream"
		}
		u := slot(t, s, ann, "x.js", kind, 8)
		s.Want(t, 201, boardtest.Call{Method: "PUT", Path: u.Path, Body: []byte("alert(1)"), Token: u.Secret})
		for _, query := range []string{"", "?", "?s=", "/"} {
			r := s.Want(t, 200, boardtest.Call{Path: u.Path + query})
			if got := r.Header.Get("Content-Type"); got != want || r.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s%s: %q %v", kind, query, got, r.Header)
			}
		}
	}
}

// A page of any origin may upload and read, and no cookie goes with it.
func TestFileCORS(t *testing.T) {
	s := boardtest.Node(t, boardtest.NodeOptions{})
	u := slot(t, s, s.AddAccount(t, "ann", switchboard.User, false), "a.txt", "text/plain", 5)
	origin := http.Header{"Origin": {"https://app.example"}}
	for _, method := range []string{"PUT", "PATCH", "DELETE", "GET"} {
		ask := http.Header{"Origin": {"https://app.example"}, "Access-Control-Request-Method": {method},
			"Access-Control-Request-Headers": {"authorization,upload-offset,tus-resumable,content-type,range"}}
		r := s.Want(t, 204, boardtest.Call{Method: "OPTIONS", Path: u.Path, Header: ask})
		allowed := strings.ToLower(r.Header.Get("Access-Control-Allow-Headers"))
		for _, h := range []string{"authorization", "upload-offset", "tus-resumable", "content-type", "range"} {
			if !strings.Contains(allowed, h) {
				t.Errorf("%s is not allowed: %s", h, allowed)
			}
		}
		if !strings.Contains(r.Header.Get("Access-Control-Allow-Methods"), method) || r.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %v", method, r.Header)
		}
	}
	r := s.Want(t, 201, boardtest.Call{Method: "PUT", Path: u.Path, Body: []byte("hello"), Token: u.Secret, Header: origin})
	read := s.Want(t, 200, boardtest.Call{Path: u.Path, Header: origin})
	for _, h := range []http.Header{r.Header, read.Header} {
		if h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Credentials") != "" ||
			!strings.Contains(h.Get("Access-Control-Expose-Headers"), "Upload-Offset") {
			t.Error(h)
		}
	}
	r = s.Want(t, 204, boardtest.Call{Method: "OPTIONS", Path: u.Path})
	if r.Header.Get("Tus-Version") != "1.0.0" || r.Header.Get("Tus-Max-Size") != "2097152000" {
		t.Error(r.Header)
	}
}

// A file of two gigabytes is refused before a byte of it is sent.
func TestFileTooLarge(t *testing.T) {
	s := boardtest.Node(t, boardtest.NodeOptions{})
	ann := s.AddAccount(t, "ann", switchboard.User, false)
	_, err := s.Chat.RequestUpload(t.Context(), ann, chat.UploadDraft{Name: "a", Size: 2000<<20 + 1})
	if e := switchboard.AsError(err); e == nil || e.Kind != switchboard.TooLarge || e.Code != "file-too-large" || !strings.Contains(e.Message, "2097152000") {
		t.Error(err)
	}
	u := slot(t, s, ann, "a", "", 100)
	// One that says 100 and sends two gigabytes: the answer comes without them.
	conn, err := net.Dial("tcp", s.Info.HTTP)
	must(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 2147483648\r\nExpect: 100-continue\r\n\r\n", u.Path, u.Secret)
	line := make([]byte, 12)
	_, err = io.ReadFull(conn, line)
	if string(line) != "HTTP/1.1 400" || err != nil {
		t.Errorf("%q %v", line, err)
	}
	for _, c := range []struct {
		header http.Header
		status int
		code   string
	}{
		{http.Header{"Upload-Offset": {"0"}}, 415, "content-type-wrong"},
		{http.Header{"Content-Type": {"application/offset+octet-stream"}}, 400, "offset-missing"},
		{http.Header{"Upload-Offset": {"-1"}, "Content-Type": {"application/offset+octet-stream"}}, 400, "offset-missing"},
		{http.Header{"Upload-Offset": {"5"}, "Content-Type": {"application/offset+octet-stream"}}, 409, "upload-offset"},
		{http.Header{"Upload-Offset": {"0"}, "Content-Type": {"application/offset+octet-stream"}, "Tus-Resumable": {"2.0.0"}}, 412, "tus-version"},
		{http.Header{"Upload-Offset": {"0"}, "Content-Type": {"application/offset+octet-stream"}, "Content-Encoding": {"gzip"}}, 415, "unsupported-encoding"},
		{http.Header{"Upload-Offset": {"0"}, "Content-Type": {"application/offset+octet-stream"}}, 413, "length-wrong"},
	} {
		code(t, s.Do(t, boardtest.Call{Method: "PATCH", Path: u.Path, Body: noise(101), Token: u.Secret, Header: c.header}), c.status, c.code)
	}
}

// patch sends a part of a file.
func patch(t *testing.T, s *boardtest.Server, u chat.Upload, offset int, part []byte) boardtest.Reply {
	t.Helper()
	return s.Do(t, boardtest.Call{Method: "PATCH", Path: u.Path, Body: part, Token: u.Secret, Header: http.Header{
		"Content-Type": {"application/offset+octet-stream"}, "Upload-Offset": {fmt.Sprint(offset)}, "Tus-Resumable": {"1.0.0"}}})
}

// An upload whose connection breaks goes on where it was, also after a restart.
func TestFileResumed(t *testing.T) {
	boardtest.EachEngine(t, func(t *testing.T, s *boardtest.Server) {
		ann := s.AddAccount(t, "ann", switchboard.User, false)
		data := noise(2<<20 + 999)
		u := slot(t, s, ann, "film.mp4", "video/mp4", len(data))
		conn, err := net.Dial("tcp", s.Info.HTTP)
		must(t, err)
		fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", u.Path, u.Secret, len(data))
		_, err = conn.Write(data[:1<<20+300])
		must(t, err)
		must(t, conn.Close()) // in the middle
		at := offset(t, s, u, 1<<20+300)
		r := patch(t, s, u, at+5, data[at+5:])
		if code(t, r, 409, "upload-offset"); r.Header.Get("Upload-Offset") != fmt.Sprint(at) {
			t.Error(r.Header)
		}
		if r := patch(t, s, u, at, data[at:at+100]); r.Status != 204 || r.Header.Get("Upload-Offset") != fmt.Sprint(at+100) {
			t.Error(r.Status, r.Header, string(r.Body))
		}
		code(t, s.Do(t, boardtest.Call{Path: u.Path}), 404, "media-not-found") // not before it is whole
		if r := patch(t, s, u, at+100, data[at+100:]); r.Status != 204 || r.Header.Get("Upload-Offset") != fmt.Sprint(len(data)) {
			t.Error(r.Status, r.Header, string(r.Body))
		}
		if r := s.Want(t, 200, boardtest.Call{Path: u.Path}); !bytes.Equal(r.Body, data) {
			t.Error("other bytes came back")
		}
		r = s.Want(t, 200, boardtest.Call{Method: "HEAD", Path: u.Path, Token: u.Secret})
		if r.Header.Get("Upload-Offset") != fmt.Sprint(len(data)) || r.Header.Get("Upload-Length") != fmt.Sprint(len(data)) {
			t.Error("whoever did not hear that it was complete cannot find out: ", r.Header)
		}
	})
}

// offset waits until the server has stored what came.
func offset(t *testing.T, s *boardtest.Server, u chat.Upload, want int) int {
	t.Helper()
	for {
		r := s.Want(t, 200, boardtest.Call{Method: "HEAD", Path: u.Path, Token: u.Secret})
		if r.Header.Get("Upload-Offset") == fmt.Sprint(want) {
			return want
		}
		if t.Context().Err() != nil {
			t.Fatal(r.Header)
		}
	}
}

// Nothing in the data directory has the bytes of a file.
func TestFileAtRest(t *testing.T) {
	s := boardtest.Node(t, boardtest.NodeOptions{})
	ann := s.AddAccount(t, "ann", switchboard.User, false)
	word := "nobody shall find these words in the storage "
	data := []byte(strings.Repeat(word, 3000))
	u := slot(t, s, ann, "secret.txt", "text/plain", len(data))
	patch(t, s, u, 0, data[:1000])
	patch(t, s, u, 1000, data[1000:])
	if r := s.Want(t, 200, boardtest.Call{Path: u.Path}); !bytes.Equal(r.Body, data) {
		t.Error("other bytes came back")
	}
	files := 0
	must(t, filepath.WalkDir(s.Config.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(word[:12])) || bytes.Contains(b, []byte(u.Secret)) {
			t.Errorf("%s has it", path)
		}
		return err
	}))
	if files < 4 {
		t.Error(files, "files were looked at")
	}
}

// Tokens of REST open files of the own tenant alone.
func TestFileForUsers(t *testing.T) {
	w := newWorld(t)
	data := noise(1000)
	u, err := w.Chat.RequestUpload(t.Context(), w.people["ann"], chat.UploadDraft{Name: "a.bin", Size: int64(len(data))})
	must(t, err)
	_, err = w.Chat.WriteUpload(t.Context(), u.Token, u.Secret, 0, bytes.NewReader(data))
	must(t, err)
	for _, path := range []string{"/media/download?FileToken=" + u.Token, "/media/" + u.Token} {
		for _, who := range []string{"ann", "bob", "root"} {
			if r := w.want(200, call{As: who, Path: path}); !bytes.Equal(r.Body, data) || r.Header.Get("Content-Disposition") != "attachment; filename=a.bin" {
				t.Error(who, r.Header)
			}
		}
		refused(t, w.do(call{As: "eve", Path: path}), 400, "media-not-found")
		refused(t, w.do(call{Path: path}), 401, "token-missing")
	}
	for _, path := range []string{"/media/download", "/media/download?fileToken=", "/media/nothing", "/media/" + switchboard.NewToken()} {
		refused(t, w.do(call{As: "ann", Path: path}), 400, "media-not-found")
	}
}
