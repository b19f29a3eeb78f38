package xmpp

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"switchboard"
	"switchboard/chat"
	"switchboard/stanza"
)

// Files go up and down over HTTP; here a client asks for a place. The server
// itself is the service, so that there is nothing more to find.
//
// What a file is for (the purposes of version 1.2.0) makes no difference: all stay
// as long as their owner. So the two purposes for which that is right are
// announced.
var _ = register(extension{Spec: "XEP-0363", Title: "HTTP File Upload", Version: "1.2.0",
	Feature: map[string]entity{stanza.NSUpload: onServer, nsUploadPurpose + "#message": onServer, nsUploadPurpose + "#permanent": onServer},
	IQ:      []iqRoute{{stanza.Get, stanza.NSUpload, "request", onServer, uploadSlot}},

	Identity: []identity{{"store", "file", "HTTP File Upload"}},
	Form: func(srv *Server) stanza.Form { // XEP-0363 §3, XEP-0128
		f := stanza.Form{Type: "result"}
		f.Add("FORM_TYPE", "hidden", stanza.NSUpload)
		f.Add("max-file-size", "", strconv.FormatInt(srv.opts.Chat.MaxMedia(), 10))
		return f
	},
})

const nsUploadPurpose = "urn:xmpp:http:upload:purpose:0"

// quotaRetry is when a client may try again that has no room left (XEP-0363
// §5): it has to remove something first.
const quotaRetry = 10 * time.Minute

var errNoHTTP = stanza.NewError(stanza.ServiceUnavailable, "there is no HTTP here to upload to")

// uploadSlot answers a request for a slot (XEP-0363 §4).
func uploadSlot(rq *request) ([]byte, error) {
	base := rq.publicURL()
	if base == "" {
		return nil, errNoHTTP
	}
	size, err := strconv.ParseInt(rq.payload.Attr("size"), 10, 64)
	if err != nil {
		return nil, stanza.NewError(stanza.BadRequest, "the request has no size")
	}
	u, err := rq.chat().RequestUpload(rq.ctx, rq.who(), chat.UploadDraft{Name: rq.payload.Attr("filename"),
		Type: rq.payload.Attr("content-type"), Size: size})
	if err != nil {
		return nil, rq.noSlot(err)
	}
	w := stanza.NewWriter(nil)
	w.Start("slot", "xmlns", stanza.NSUpload)
	w.Start("put", "url", base+u.Path)
	w.Start("header", "name", "Authorization").Text("Bearer " + u.Secret).End()
	w.End()
	w.Empty("get", "url", base+u.Path)
	return w.End().Bytes(), nil
}

// noSlot is what the client is told instead of a slot (XEP-0363 §5).
func (rq *request) noSlot(err error) error {
	var e *switchboard.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case "file-too-large":
		limit := strconv.FormatInt(rq.chat().MaxMediaOf(rq.who()), 10)
		w := stanza.NewWriter(nil).Start("file-too-large", "xmlns", stanza.NSUpload).Leaf("max-file-size", limit).End()
		return stanza.NewError(stanza.NotAcceptable, e.Message).With(w.Bytes())
	case "quota-exceeded", "too-many-uploads":
		at := rq.r.server.opts.Now().Add(quotaRetry).UTC().Format("2006-01-02T15:04:05Z")
		w := stanza.NewWriter(nil).Empty("retry", "xmlns", stanza.NSUpload, "stamp", at)
		return stanza.NewError(stanza.ResourceConstraint, e.Message).With(w.Bytes())
	case "feature-off":
		return stanza.NewError(stanza.NotAllowed, e.Message)
	}
	return err
}

// publicURL is where HTTP reaches this server, without a slash at its end. A
// server that listens on every address is known by its domain.
func (rq *request) publicURL() string {
	u, err := url.Parse(rq.r.server.opts.PublicURL)
	if err != nil || u.Host == "" {
		return ""
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && ip.IsUnspecified() {
		host, port := rq.r.who.Domain, u.Port()
		if u.Host = host; port != "" {
			u.Host = net.JoinHostPort(host, port)
		}
	}
	return strings.TrimSuffix(u.String(), "/")
}

// writeServices tells what the domain is beside a server.
func writeServices(w *stanza.Writer) {
	for _, x := range registered.extensions {
		for _, id := range x.Identity {
			w.Empty("identity", "category", id.category, "type", id.kind, "name", id.name)
		}
	}
}

// writeForms tells what the server says of itself beside features.
func (srv *Server) writeForms(w *stanza.Writer) {
	for _, x := range registered.extensions {
		if x.Form != nil {
			w.Raw(x.Form(srv).AppendTo(nil))
		}
	}
}
