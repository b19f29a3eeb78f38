package interop

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"switchboard/boardtest"
)

// A client that we did not write uploads a file, and another reads it.
func TestSlixmppUpload(t *testing.T) {
	t.Parallel()
	b, given := server(t)
	facts := python(t, "upload", given)
	got, sent := one(t, facts, "downloaded", ""), one(t, facts, "sent", "")
	if got.ID != sent.ID || got.Type != "image/png" || got.Text != "2097152000" {
		t.Errorf("%+v, sent %+v", got, sent)
	}
	u, err := url.Parse(got.Body)
	if err != nil || u.Host != b.HTTP || !strings.HasSuffix(u.Path, "/Líbánky ☂.png") {
		t.Errorf("the file is at %s", got.Body)
	}
	for _, r := range of(facts, "refused", "") {
		want := map[string][2]string{"large": {"not-acceptable", "2097152000"}, "empty": {"bad-request", ""}}[r.ID]
		if r.Text != want[0] || r.Body != want[1] {
			t.Errorf("%+v", r)
		}
	}
	if n := len(of(facts, "refused", "")); n != 2 {
		t.Errorf("%d of two were refused", n)
	}
}

// A server that is killed in the middle of an upload goes on where it had said
// that it was, and has the file whole in the end.
func TestUploadAcrossKill(t *testing.T) {
	t.Parallel()
	b := boardtest.NewBinary(t, boardtest.BinaryOptions{Args: []string{"--insecure-plain"}})
	b.AddUsers(t, "alice")
	b.Start(t)
	data := bytes.Repeat([]byte("0123456789abcdef"), 40<<16) // 40 MiB
	put, secret := slot(t, b, len(data))
	body, writer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := send(t, put, secret, "PUT", nil, body, int64(len(data)))
		done <- err
	}()
	if _, err := writer.Write(data[:39<<20]); err != nil {
		t.Fatal(err)
	}
	for stored(t, put, secret) < 32<<20 { // it stores how far it is every 16 MiB
	}
	b.Kill(t)
	writer.CloseWithError(io.ErrUnexpectedEOF) // the client would wait for more of it
	if err := <-done; err == nil {
		t.Fatal("the upload had an end")
	}
	b.Start(t)
	at := stored(t, put, secret)
	if at < 32<<20 || at > 39<<20 {
		t.Fatalf("it is at %d", at)
	}
	header := http.Header{"Upload-Offset": {strconv.Itoa(at)}, "Content-Type": {"application/offset+octet-stream"}}
	status, err := send(t, put, secret, "PATCH", header, bytes.NewReader(data[at:]), int64(len(data)-at))
	if status != http.StatusNoContent || err != nil {
		t.Fatal(status, err)
	}
	answer, err := http.Get(put)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got, err := io.ReadAll(answer.Body); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d other bytes came back: %v", len(got), err)
	}
	if out := b.MustRun(t, "", "doctor"); !strings.Contains(out, "1 file") {
		t.Errorf("doctor: %s", out)
	}
	if err := os.RemoveAll(filepath.Join(b.Data, "media")); err != nil {
		t.Fatal(err)
	}
	if r := b.Run(t, "", "doctor"); r.Code == 0 || !strings.Contains(r.Stdout, "is not whole in the storage") {
		t.Errorf("doctor without the files: %+v", r)
	}
}

// slot asks for a place for a file of alice's, and gives its URL and secret.
func slot(t *testing.T, b *boardtest.Binary, size int) (put, secret string) {
	t.Helper()
	c := boardtest.DialXMPP(t, boardtest.XMPPAddress{TCP: b.XMPP, Domain: "localhost"})
	c.Login("alice", boardtest.Password)
	c.Bind("phone")
	e := c.Ask(fmt.Sprintf("<iq type='get' id='s' to='localhost'><request xmlns='urn:xmpp:http:upload:0' filename='a.bin' size='%d'/></iq>", size))
	p := e.Child("urn:xmpp:http:upload:0", "slot").Child("", "put")
	c.Close()
	return p.Attr("url"), strings.TrimPrefix(p.ChildText("", "header"), "Bearer ")
}

func send(t *testing.T, url, secret, method string, header http.Header, body io.Reader, size int64) (int, error) {
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		return 0, err
	}
	r.ContentLength = size
	maps.Copy(r.Header, header)
	r.Header.Set("Authorization", "Bearer "+secret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

// stored is how much of a file the server has.
func stored(t *testing.T, url, secret string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodHead, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	n, err := strconv.Atoi(answer.Header.Get("Upload-Offset"))
	if err != nil {
		t.Fatal(answer.Status, err)
	}
	return n
}
