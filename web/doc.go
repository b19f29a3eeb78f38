// Package web: HTTP kernel: typed handlers, decoding, auth and limits, errors, OpenAPI.
//
// A request passes through these stages, in this order:
//
//   - Kernel.Handler: request id, panic barrier, security headers, body limit,
//     read and write deadlines, access log, metrics hook;
//   - the mux: pages, sockets and /login/ are plain handlers mounted on
//     Kernel.Mux; every prefix of an API leads to that API;
//   - which API: /platform/api/v1/ and /public/api/v1/ say it themselves, and
//     under /api/v1/ the dialect of the token does (dispatch.go);
//   - the API: path folding, principal, permission, cross-site check, rate
//     limit, one canonical request (canonical.go), then huma: decoding into
//     the operation's input struct, validation, handler, encoding;
//   - whatever goes wrong on the way is one switchboard.Error, written as the
//     dialect's ErrorTable says (errors.go).
//
// An API's operations are declared with Handle (typed) or HandleHTTP (streams
// and downloads); both put them into the routing table, the OpenAPI document
// and the golden listing (Kernel.Routes).
package web
