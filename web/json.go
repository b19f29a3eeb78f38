package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"reflect"

	"switchboard"
)

// MaxJSONDepth is how deeply a request's JSON may be nested.
const MaxJSONDepth = 64

// WriteJSON answers with v. A nil slice is written as [], never as null.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	var b bytes.Buffer
	if err := encodeJSON(&b, v); err != nil {
		panic(err) // a type that JSON cannot write: ours, and the barrier answers 500
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

func encodeJSON(w io.Writer, v any) error {
	if _, empty := v.(noBody); empty {
		return nil
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // nosniff and the content type keep browsers from reading it as a page
	return e.Encode(notNil(v))
}

// notNil turns a nil slice into an empty one: lists are never null.
func notNil(v any) any {
	if r := reflect.ValueOf(v); r.IsValid() && r.Kind() == reflect.Slice && r.IsNil() {
		return []struct{}{}
	}
	return v
}

// ReadJSON decodes the body of a plain handler's request into v, with the
// errors that the APIs use. Fields that v does not have are ignored.
func ReadJSON(r *http.Request, v any) error {
	b, err := readBody(r.Body)
	if err != nil {
		return err
	}
	if err := checkJSON(b); err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return jsonError(err)
	}
	return nil
}

// readBody reads a body that a MaxBytesReader bounds.
func readBody(body io.Reader) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	b, err := io.ReadAll(body)
	if err == nil {
		return b, nil
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, switchboard.Ef(switchboard.TooLarge, "body-too-large", "the request body may have %d bytes at most", tooLarge.Limit)
	}
	if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		return nil, switchboard.E(switchboard.Invalid, "body-too-slow", "the request body did not arrive in time").Because(err)
	}
	return nil, switchboard.E(switchboard.Invalid, "body-broken", "the request body ended too early").Because(err)
}

var errJSON = switchboard.E(switchboard.Invalid, "malformed-json", "the request body is not valid JSON")

// checkJSON refuses what no request of ours looks like, before anything is
// built from it.
func checkJSON(b []byte) error {
	depth, text, escaped := 0, false, false
	for _, c := range b {
		switch {
		case escaped:
			escaped = false
		case text:
			escaped, text = c == '\\', c != '"'
		case c == '"':
			text = true
		case c == '{' || c == '[':
			if depth++; depth > MaxJSONDepth {
				return switchboard.Ef(switchboard.Invalid, "json-too-deep", "the request body is nested more than %d levels deep", MaxJSONDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	if !json.Valid(b) {
		return errJSON
	}
	return nil
}

// jsonError says what encoding/json found, in the words of a client.
func jsonError(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := wrong.Field
		if field == "" {
			field = "body"
		}
		return BadField(field, "expected "+jsonType(wrong.Type)+", not "+wrong.Value)
	}
	return errJSON.Because(err)
}

func jsonType(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "an integer"
}
