package web

import (
	"context"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"switchboard"
)

// receiveIdle is how long a request with a large file may stand still.
const receiveIdle = time.Minute

// FilePart is a file of a multipart request that is read while it comes. A read
// fails where the request is cut.
type FilePart struct {
	Field       string
	Name        string // as the client called it, without directories
	ContentType string // as the client said; "" if it did not
	Most        int64  // no more bytes than this can come; 0: not known
	io.Reader

	before url.Values
}

// Before is the value of a field that came before the file, in the form or in
// the query; "" if none did.
func (f *FilePart) Before(field string) string {
	for key, all := range f.before {
		if strings.EqualFold(key, field) {
			return all[0]
		}
	}
	return ""
}

// multipartBoundary is the boundary of a multipart form.
func multipartBoundary(r *http.Request) (boundary string, is bool) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return params["boundary"], err == nil && media == "multipart/form-data"
}

// stream reads a multipart form and gives its files away as they come.
func (d *decoder) stream(r *http.Request, boundary string, s *state) (url.Values, error) {
	if boundary == "" {
		return nil, errMultipart
	}
	values := url.Values{}
	reader := multipart.NewReader(r.Body, boundary)
	left := d.api.kernel.opts.MaxBody // of what is no file
	for n := 0; ; n++ {
		part, err := reader.NextPart()
		switch {
		case err == io.EOF:
			return values, nil
		case err != nil:
			return nil, errMultipart.Because(err)
		case n == maxFields:
			return nil, errManyFields
		case part.FileName() != "":
			if err := d.takeFile(r, part, s, values); err != nil {
				return nil, err
			}
			continue
		case part.FormName() == "":
			continue
		}
		b, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return nil, errMultipart.Because(err)
		}
		if left -= int64(len(b)); left < 0 {
			return nil, errFieldsTooLarge
		}
		values.Add(part.FormName(), string(b))
	}
}

var errFieldsTooLarge = switchboard.E(switchboard.TooLarge, "body-too-large", "the fields beside the file are too large")

// takeFile gives a file to the operation, unless its field has had one.
func (d *decoder) takeFile(r *http.Request, part *multipart.Part, s *state, fields url.Values) error {
	for _, f := range s.uploads {
		if strings.EqualFold(f.Field, part.FormName()) {
			return nil
		}
	}
	before := r.URL.Query()
	maps.Copy(before, fields)
	f := &FilePart{before: before, Field: part.FormName(), Name: path.Base(strings.ReplaceAll(part.FileName(), `\`, "/")),
		ContentType: part.Header.Get("Content-Type"), Most: max(r.ContentLength, 0), Reader: whole{part}}
	kept, err := d.receive(r.Context(), PrincipalOf(r.Context()), f)
	if err != nil {
		return err
	}
	s.uploads = append(s.uploads, &Upload{Field: f.Field, Name: f.Name, ContentType: f.ContentType, Kept: kept})
	return nil
}

// discard gives back what was received and nobody took.
func (rt *route) discard(ctx context.Context, s *state) {
	for _, u := range s.uploads {
		if u.Kept != nil && !u.taken {
			rt.op.Discard(context.WithoutCancel(ctx), u.Kept)
		}
	}
}

// whole tells a part that was cut from one that has ended.
type whole struct{ part *multipart.Part }

func (w whole) Read(p []byte) (int, error) {
	n, err := w.part.Read(p)
	if err != nil && err != io.EOF {
		err = errors.Join(io.ErrUnexpectedEOF, err)
	}
	return n, err
}
