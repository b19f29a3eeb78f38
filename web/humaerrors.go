package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"switchboard"
)

func decodeJSON(b []byte, v any) error { return json.Unmarshal(b, v) }

// What huma finds wrong with a request becomes a Problem too. The hook is
// huma's only one, and only this package uses huma.
func init() {
	plain := huma.NewErrorWithContext
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, details ...error) huma.StatusError {
		s := stateOf(ctx.Context())
		if s == nil || s.table == nil {
			return plain(ctx, status, message, details...)
		}
		return newProblem(fromHuma(status, message, details), s.table, s.id)
	}
}

// fromHuma translates huma's findings.
func fromHuma(status int, message string, details []error) error {
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return switchboard.E(switchboard.TooLarge, "body-too-large", message)
	case status >= 500:
		return switchboard.AsError(errors.Join(append(details, errors.New(message))...))
	}
	var fields FieldErrors
	for _, d := range details {
		if detail, ok := errors.AsType[*huma.ErrorDetail](d); ok {
			fields = append(fields, fieldOf(detail))
		}
	}
	if len(fields) == 0 {
		return switchboard.E(switchboard.Invalid, "invalid-request", message)
	}
	return fields
}

// fieldOf names the input as the client knows it: without the "body." or
// "query." that huma puts before it.
func fieldOf(d *huma.ErrorDetail) *switchboard.Error {
	field := d.Location
	for _, where := range []string{"body.", "query.", "path.", "header.", "body["} {
		if rest, ok := strings.CutPrefix(field, where); ok {
			field = rest
			if where == "body[" {
				field = "[" + rest
			}
			break
		}
	}
	if name, ok := between(d.Message, "expected required property ", " to be present"); ok {
		if field == "body" {
			field = name
		} else {
			field += "." + name
		}
		return switchboard.E(switchboard.Invalid, "missing-field", "is required").InField(field)
	}
	if strings.HasPrefix(d.Message, "json: ") || strings.HasPrefix(d.Message, "unable to unmarshal") {
		return BadField(field, "has the wrong type")
	}
	if strings.HasPrefix(d.Message, "required ") {
		return switchboard.E(switchboard.Invalid, "missing-field", "is required").InField(field)
	}
	return BadField(field, d.Message)
}

func between(s, before, after string) (string, bool) {
	rest, ok := strings.CutPrefix(s, before)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, after)
}
