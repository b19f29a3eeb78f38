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
	kernel  *Kernel
	opts    APIOptions
	huma    huma.API
	mux     *http.ServeMux
	paths   *folder
	routes  []*route
	pending *route // being registered with huma
	cors    func(http.Handler) http.Handler
}

// route is an operation at work.
type route struct {
	api     *API
	op      Op
	pattern string // "GET /public/api/v1/Sessions/{id}"
	huma    *huma.Operation
	decoder *decoder // nil for HandleHTTP
	alias   bool
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
	Hidden      bool              // left out of the OpenAPI document

	// Receive takes the first file of each field of a multipart request while it
	// comes, so that it may be large: neither its size nor the time that it takes is
	// bounded then. What it returns is the Kept of the File. The request's fields
	// are not known yet; who asks is, and may do the operation.
	Receive func(ctx context.Context, p switchboard.Principal, f *FilePart) (kept any, err error)

	// Discard gets what Receive kept and no handler took (see Upload.Take) when the
	// request ends, however it does: it may be refused before its handler runs.
	Discard func(ctx context.Context, kept any)

	Produces string // content type of a HandleHTTP operation; "" means application/json
}

// Out is an output that is only a body.
type Out[T any] struct{ Body T }

// OK wraps a body for a handler to return.
func OK[T any](body T) (*Out[T], error) { return &Out[T]{Body: body}, nil }

// Nothing is an output without a body: the answer is 204.
type Nothing struct{}
