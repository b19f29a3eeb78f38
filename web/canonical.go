package web

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"switchboard"
)

// maxFields bounds the keys of a query or form and the parts of a multipart
// body.
const maxFields = 1000

// decoder makes the requests of one operation canonical: whatever a client
// sends as query, form, multipart or JSON, with keys in any case, comes out as
// the query fields and the JSON body that the operation's input declares. huma
// then decodes and checks that.
type decoder struct {
	api    *API
	params map[string]*huma.Param // query fields, by lower-case name
	body   *huma.Schema           // nil if the operation takes none
	props  propertyIndex

	bodyRequired bool
	receive      func(context.Context, switchboard.Principal, *FilePart) (any, error)
}

func newDecoder(a *API, rt *route) *decoder {
	d := &decoder{api: a, params: map[string]*huma.Param{}, props: propertyIndex{}, receive: rt.op.Receive}
	for _, p := range rt.huma.Parameters {
		if p.In == "query" {
			d.params[strings.ToLower(p.Name)] = p
			d.props.add(a, p.Schema)
		}
	}
	if b := rt.huma.RequestBody; b != nil && b.Content["application/json"] != nil {
		d.body = b.Content["application/json"].Schema
		d.bodyRequired = b.Required
		d.props.add(a, d.body)
	}
	return d
}

// input is a request taken apart.
type input struct {
	query   url.Values
	form    url.Values // of a form or multipart body
	json    any        // of a JSON body
	hasJSON bool
}

// canonical returns the request as the operation declares it.
func (d *decoder) canonical(r *http.Request, s *state) (*http.Request, error) {
	in, err := d.take(r, s)
	if err != nil {
		return nil, err
	}
	if in.hasJSON {
		if err := checkText("body", in.json); err != nil {
			return nil, err
		}
	}
	f := fitter{decoder: d, strict: d.api.opts.Strict}
	query := f.query(&in)
	body, has := f.body(&in, query)
	if len(f.wrong) > 0 {
		return nil, f.wrong
	}
	out := *r
	u := *r.URL
	u.RawQuery = query.Encode()
	out.URL = &u
	out.Header = r.Header.Clone()
	out.Header.Del("Content-Type")
	out.Body, out.ContentLength = http.NoBody, 0
	if has {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
		out.Header.Set("Content-Type", "application/json")
	}
	return &out, nil
}

// take reads query and body.
func (d *decoder) take(r *http.Request, s *state) (in input, err error) {
	if in.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return in, switchboard.E(switchboard.Invalid, "malformed-query", "the query cannot be read")
	}
	if err := checkForm("query", in.query); err != nil {
		return in, err
	}
	if boundary, is := multipartBoundary(r); is && d.receive != nil {
		if in.form, err = d.stream(r, boundary, s); err == nil {
			err = checkForm("body", in.form)
		}
		return in, err
	}
	raw, err := readBody(r.Body)
	if err != nil || len(bytes.TrimSpace(raw)) == 0 {
		return in, err
	}
	if enc := r.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return in, switchboard.E(switchboard.Unsupported, "unsupported-encoding", "send the body without Content-Encoding")
	}
	kind, params, err := bodyKind(r.Header.Get("Content-Type"), raw)
	if err != nil {
		return in, err
	}
	switch kind {
	case "json":
		in.json, err = parseJSON(raw)
		in.hasJSON = err == nil
	case "form":
		if in.form, err = url.ParseQuery(string(bytes.TrimSpace(raw))); err != nil {
			err = switchboard.E(switchboard.Invalid, "malformed-form", "the form cannot be read")
		}
	case "multipart":
		in.form, s.uploads, err = parseMultipart(raw, params["boundary"])
	}
	if err == nil {
		err = checkForm("body", in.form)
	}
	return in, err
}

// bodyKind says how to read a body. Clients label carelessly (a form as JSON,
// JSON as curl's default form), so what a body looks like counts where the
// label cannot be right.
func bodyKind(label string, raw []byte) (kind string, params map[string]string, err error) {
	raw = bytes.TrimSpace(raw)
	looksJSON := raw[0] == '{' || raw[0] == '['
	if label == "" {
		if looksJSON || bytes.IndexByte(raw, '=') < 0 {
			return "json", nil, nil
		}
		return "form", nil, nil
	}
	media, params, err := mime.ParseMediaType(label)
	if err != nil && media == "" {
		return "", nil, unsupported(label)
	}
	switch {
	case media == "multipart/form-data":
		return "multipart", params, nil
	case media == "application/x-www-form-urlencoded" || media == "text/plain":
		if looksJSON {
			return "json", nil, nil
		}
		if media == "text/plain" {
			return "", nil, unsupported(media)
		}
		return "form", nil, nil
	case media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json"):
		if cs := params["charset"]; cs != "" && !strings.EqualFold(cs, "utf-8") && !strings.EqualFold(cs, "utf8") {
			return "", nil, unsupported("charset " + cs)
		}
		letter := 'a' <= raw[0]|0x20 && raw[0]|0x20 <= 'z'
		if letter && bytes.IndexByte(raw, '=') > 0 && !json.Valid(raw) {
			return "form", nil, nil
		}
		return "json", nil, nil
	}
	return "", nil, unsupported(media)
}

func unsupported(what string) error {
	return switchboard.Ef(switchboard.Unsupported, "unsupported-media-type",
		"%.100q is not understood here: send application/json, a form or multipart/form-data", what)
}

// parseJSON reads one value; numbers keep all their digits.
func parseJSON(raw []byte) (v any, err error) {
	if !utf8.Valid(raw) {
		return nil, errUTF8
	}
	if err := checkJSON(raw); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil, errJSON.Because(err)
	}
	return v, nil
}

// Upload is a file from a multipart form.
type Upload struct {
	Field       string
	Name        string // as the client called it, without directories
	ContentType string // as the client said: not to be trusted
	Data        []byte
	Kept        any // what Op.Receive made of it instead of Data
	taken       bool
}

// Take makes what Op.Receive kept the handler's own, which Op.Discard does not get.
func (u *Upload) Take() { u.taken = true }

// File returns the first file of that form field, of the request that ctx
// belongs to; nil if there is none.
func File(ctx context.Context, field string) *Upload {
	if s := stateOf(ctx); s != nil {
		for _, u := range s.uploads {
			if strings.EqualFold(u.Field, field) {
				return u
			}
		}
	}
	return nil
}

var errMultipart = switchboard.E(switchboard.Invalid, "malformed-multipart", "the multipart body cannot be read")

func parseMultipart(raw []byte, boundary string) (url.Values, []*Upload, error) {
	if boundary == "" {
		return nil, nil, errMultipart
	}
	values, files := url.Values{}, []*Upload(nil)
	reader := multipart.NewReader(bytes.NewReader(raw), boundary)
	for n := 0; ; n++ {
		part, err := reader.NextPart()
		if err == io.EOF {
			return values, files, nil
		}
		if err != nil {
			return nil, nil, errMultipart.Because(err)
		}
		if n == maxFields {
			return nil, nil, errManyFields
		}
		b, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, errMultipart.Because(err)
		}
		switch name := part.FormName(); {
		case name == "":
		case part.FileName() != "":
			base := path.Base(strings.ReplaceAll(part.FileName(), `\`, "/"))
			files = append(files, &Upload{Field: name, Name: base, ContentType: part.Header.Get("Content-Type"), Data: b})
		default:
			values.Add(name, string(b))
		}
	}
}

var (
	errUTF8       = switchboard.E(switchboard.Invalid, "invalid-text", "text must be UTF-8")
	errManyFields = switchboard.Ef(switchboard.Invalid, "too-many-fields", "a request may have %d fields at most", maxFields)
)

// checkForm refuses text that no store could keep.
func checkForm(where string, values url.Values) error {
	if len(values) > maxFields {
		return errManyFields
	}
	for key, all := range values {
		if err := checkText(where, key); err != nil {
			return err
		}
		for _, v := range all {
			if err := checkText(key, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkText refuses NUL and what is not UTF-8 in every string of v: neither
// PostgreSQL's text nor XML can carry them.
func checkText(field string, v any) error {
	switch v := v.(type) {
	case string:
		if strings.IndexByte(v, 0) >= 0 || !utf8.ValidString(v) {
			return switchboard.E(switchboard.Invalid, "invalid-text", "must be UTF-8 text without NUL").InField(field)
		}
	case []any:
		for _, e := range v {
			if err := checkText(field, e); err != nil {
				return err
			}
		}
	case map[string]any:
		for k, e := range v {
			if err := checkText(field, k); err != nil {
				return err
			}
			if err := checkText(k, e); err != nil {
				return err
			}
		}
	}
	return nil
}
