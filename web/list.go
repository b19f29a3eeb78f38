package web

import (
	"bytes"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// List is an output that is a JSON array. It is written as it is read, so that
// its length costs no memory.
type List[T any] struct{ Body func(huma.Context) }

// ListOf makes a List of what next returns, until that is nothing. The first
// part is read at once, so that what is wrong from the beginning is answered as usual; an
// error after that breaks the connection off.
func ListOf[T any](next func() ([]T, error)) (*List[T], error) {
	part, err := next()
	if err != nil {
		return nil, err
	}
	return &List[T]{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "application/json")
		ctx.SetStatus(http.StatusOK)
		if err := writeParts(ctx, part, next); err != nil {
			if s := stateOf(ctx.Context()); s != nil {
				newProblem(err, s.table, s.id).log(s.kernel)
			}
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

func writeParts[T any](ctx huma.Context, part []T, next func() ([]T, error)) (err error) {
	w := ctx.BodyWriter()
	var b bytes.Buffer
	b.WriteByte('[')
	for first := true; len(part) > 0; first = false {
		for i := range part {
			if !first || i > 0 {
				b.WriteByte(',')
			}
			if err := encodeJSON(&b, part[i]); err != nil {
				return err
			}
			b.Truncate(len(bytes.TrimRight(b.Bytes(), "\n")))
		}
		if part, err = next(); err != nil {
			return err
		}
		if len(part) == 0 {
			break
		}
		if rw, ok := w.(http.ResponseWriter); ok {
			_ = http.NewResponseController(rw).SetWriteDeadline(time.Now().Add(partTimeout))
		}
		if _, err := w.Write(b.Bytes()); err != nil {
			return nil // the client has left
		}
		b.Reset()
	}
	b.WriteByte(']')
	_, _ = w.Write(b.Bytes())
	return nil
}

// partTimeout is how long a client may take to read one part of a list.
const partTimeout = time.Minute

// element is the type of a List's elements, for the OpenAPI document.
func (*List[T]) element() reflect.Type { return reflect.TypeFor[T]() }

// describeList fills in what huma cannot see of an output that is a List.
func describeList[O any](a *API, op *huma.Operation) {
	list, ok := any(new(O)).(interface{ element() reflect.Type })
	if !ok {
		return
	}
	element := a.huma.OpenAPI().Components.Schemas.Schema(list.element(), true, "")
	op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Type: huma.TypeArray, Items: element}}}}
}
