package web_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"strings"
	"testing"

	"switchboard"
	"switchboard/web"
)

type receivedIn struct {
	Body struct {
		Note string `json:"note" maxLength:"10"`
	}
}

// What came with a request that is refused is given back, whoever refuses it.
func TestDiscard(t *testing.T) {
	b := newBench(t)
	var discarded []string
	op := web.Op{Method: "POST", Path: "/files", Summary: "Take a file",
		Receive: func(_ context.Context, _ switchboard.Principal, f *web.FilePart) (any, error) {
			data, err := io.ReadAll(f)
			if err == nil && string(data) == "refused" {
				err = switchboard.E(switchboard.Invalid, "file-wrong", "not this one")
			}
			return string(data), err
		},
		Discard: func(ctx context.Context, kept any) {
			if ctx.Err() != nil {
				t.Error("discarded with a request that has ended")
			}
			discarded = append(discarded, kept.(string))
		}}
	web.Handle(b.platform, op, func(ctx context.Context, _ switchboard.Principal, in *receivedIn) (*web.Out[string], error) {
		switch in.Body.Note {
		case "panic":
			panic("a bug")
		case "take":
			web.File(ctx, "one").Take()
			return web.OK("taken")
		case "leave":
			return web.OK("left")
		}
		return nil, errors.New("refused")
	})
	form := func(note string, files ...string) (body, kind string) {
		var out bytes.Buffer
		m := multipart.NewWriter(&out)
		for i := 0; i < len(files); i += 2 {
			w, _ := m.CreateFormFile(files[i], "name")
			w.Write([]byte(files[i+1]))
		}
		m.WriteField("note", note)
		m.Close()
		return out.String(), m.FormDataContentType()
	}
	for _, c := range []struct {
		what, note string
		files      []string
		cut        bool
		status     int
		want       string
	}{
		{"taken", "take", []string{"one", "1"}, false, 200, ""},
		{"one of two is taken", "take", []string{"one", "1", "two", "2", "ONE", "3"}, false, 200, "2"},
		{"nobody takes it", "leave", []string{"one", "1"}, false, 200, "1"},
		{"the handler refuses", "no", []string{"one", "1", "two", "2"}, false, 500, "1 2"},
		{"a field is wrong", strings.Repeat("x", 11), []string{"one", "1"}, false, 400, "1"},
		{"the fields are too large", strings.Repeat("x", 5000), []string{"one", "1"}, false, 413, "1"},
		{"the next file is refused", "take", []string{"one", "1", "two", "refused"}, false, 400, "1"},
		{"the request is cut", "take", []string{"one", "1"}, true, 400, "1"},
		{"a bug", "panic", []string{"one", "1"}, false, 500, "1"},
	} {
		discarded = nil
		body, kind := form(c.note, c.files...)
		if c.cut {
			body = body[:len(body)-20]
		}
		got := b.call("POST", "/platform/api/v1/files", body, "Authorization", "platform", "Content-Type", kind)
		if got.status != c.status || strings.Join(discarded, " ") != c.want {
			t.Errorf("%s: %d %s, discarded %q, want %q", c.what, got.status, got.body, discarded, c.want)
		}
	}
}
