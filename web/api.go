package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchboard"
)

// APIOptions describes one REST dialect.
type APIOptions struct {
	Dialect switchboard.Dialect // whose tokens speak it under Shared; "" for an API of its own
	Prefix  string              // where it can always be found: "/public/api/v1"
	Shared  string              // where it lives with other dialects: "/api/v1"; "" means nowhere
	Title   string
	Errors  ErrorTable

	Strict    bool                  // refuse unknown JSON fields; the default is to drop them
	FoldPaths bool                  // path words are compared without regard to case
	Dialects  []switchboard.Dialect // whose tokens may be used at Prefix; nil means every dialect's
	Origins   []string              // web origins that may call it with a token (CORS); "*" means all
	Location  *time.Location        // of dates and times that carry no zone; nil means UTC
	Limiter   *RateLimiter          // per account, or per address where nobody is signed in; nil means none
}

// API is a REST dialect under construction or at work.
type API struct {
	kernel *Kernel
	opts   APIOptions
	huma   huma.API
	mux    *http.ServeMux
	fold   *folder
	routes []*route
}

// Op declares an operation.
type Op struct {
	Method      string
	Path        string // below the prefix, as documented: "/Sessions/{id}"
	Aliases     []string
	Tag         string
	Summary     string
	Description string            // Markdown, for the portal
	Scope       switchboard.Scope // permission that the principal needs; "" means none
	Admin       bool              // only for an administrator
	Anonymous   bool              // works without a token; a valid one is still read
	Status      int               // of success; 0 means 200, or 204 if the output has no Body
	MaxBody     int64             // bytes; 0 means the kernel's
	Produces    string            // content type of a HandleHTTP operation; "" means application/json
}

// NewAPI mounts a dialect on the kernel.
func NewAPI(k *Kernel, o APIOptions) *API { return newAPI(k, o) }

// Handle registers an operation. I is a struct with fields tagged path:"…",
// query:"…" or header:"…" and at most one field Body; O is a struct whose
// field Body is the answer's JSON (Out will do), with header:"…" fields and an
// int field Status if the handler wants to choose. Clients may send the fields
// of Body and the query fields as query, form, multipart or JSON alike.
func Handle[I, O any](a *API, op Op, handler func(ctx context.Context, p switchboard.Principal, in *I) (*O, error)) {
	handle(a, op, handler)
}

// HandleHTTP registers an operation that writes its own answer: a stream or a
// download. The request is not decoded. An error returned before anything was
// written becomes the dialect's.
func HandleHTTP(a *API, op Op, handler func(w http.ResponseWriter, r *http.Request, p switchboard.Principal) error) {
	handleHTTP(a, op, handler)
}

// Out is an output that is only a body.
type Out[T any] struct{ Body T }

// OK wraps a body for a handler to return.
func OK[T any](body T) (*Out[T], error) { return &Out[T]{Body: body}, nil }

// Nothing is an output without a body: the answer is 204.
type Nothing struct{}

// Optional is a query, path or header field that may be absent; huma has no
// pointers there.
type Optional[T any] struct {
	Value T
	Set   bool
}
