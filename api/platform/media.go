package platform

import (
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"switchboard"
	"switchboard/chat"
	"switchboard/web"
)

// Files have addresses outside the dialects, for XMPP clients use them too:
// PUT takes a whole file (XEP-0363 §6), PATCH a part of it (tus 1.0, the core
// protocol and termination), GET gives it. An upload proves itself by its
// secret, a reader by the address.

// mediaIdle is how long a transfer may stand still.
const mediaIdle = time.Minute

// tusVersion is the version of the protocol for uploads that are resumed.
const tusVersion = "1.0.0"

const offsetStream = "application/offset+octet-stream"

var (
	errLength      = switchboard.E(switchboard.Invalid, "length-missing", "say in Content-Length how many bytes come")
	errWrongLength = switchboard.E(switchboard.Invalid, "length-wrong", "the file must have as many bytes as were asked for")
	errPastEnd     = switchboard.E(switchboard.TooLarge, "length-wrong", "more bytes come than the file has room for")
	errOffset      = switchboard.E(switchboard.Invalid, "offset-missing", "say in Upload-Offset where these bytes belong")
	errOffsetType  = switchboard.E(switchboard.Unsupported, "content-type-wrong", "parts of a file are sent as "+offsetStream)
	errEncoded     = switchboard.E(switchboard.Unsupported, "unsupported-encoding", "send the file without Content-Encoding")
	errTus         = switchboard.E(switchboard.Invalid, "tus-version", "this server speaks tus "+tusVersion)
	errMediaMethod = switchboard.E(switchboard.NotAllowed, "method-not-allowed", "use GET, HEAD, PUT, PATCH or DELETE here")
)

// mediaErrors is how errors about files are written: in the dialect's shape,
// with the statuses that HTTP, XEP-0363 and tus have for them.
var mediaErrors = web.ErrorTable{
	Status: func(e *switchboard.Error) int {
		switch e.Code {
		case errLength.Code:
			return http.StatusLengthRequired
		case errTus.Code:
			return http.StatusPreconditionFailed
		case errMediaMethod.Code:
			return http.StatusMethodNotAllowed
		}
		return web.Status(e)
	},
	Body: func(p *web.Problem) any { return errorModel{p.Status, p.Err.Message, p.Err.Code} },
}

func (a *API) media() {
	files := web.CORS(http.HandlerFunc(a.file), "*")
	a.Kernel.Mux().Handle("/media/{token}", files)
	a.Kernel.Mux().Handle("/media/{token}/{name...}", files)
	op := func(path, summary string) web.Op {
		return web.Op{Method: "GET", Path: path, Tag: "Media", Scope: switchboard.ScopeChat, Summary: summary,
			Produces: "application/octet-stream"}
	}
	download := op("/media/download", "The bytes of a file")
	download.Description = "The query's `fileToken` is the `media.fileUrl` of a message, or the token of a picture."
	web.HandleHTTP(a.rest, download, func(w http.ResponseWriter, r *http.Request, p switchboard.Principal) error {
		return a.tenantFile(w, r, p, queryValue(r, "fileToken"))
	})
	web.HandleHTTP(a.rest, op("/media/{fileToken}", "The bytes of a file"), func(w http.ResponseWriter, r *http.Request, p switchboard.Principal) error {
		return a.tenantFile(w, r, p, r.PathValue("fileToken"))
	})
}

// queryValue is a value of the query, whose keys are in any case.
func queryValue(r *http.Request, name string) string {
	for k, v := range r.URL.Query() {
		if strings.EqualFold(k, name) {
			return v[0]
		}
	}
	return ""
}

// tenantFile gives a user a file of the tenant.
func (a *API) tenantFile(w http.ResponseWriter, r *http.Request, p switchboard.Principal, token string) error {
	m, bytes, err := a.Chat.OpenTenantMedia(r.Context(), p, token)
	if err != nil {
		return err
	}
	defer bytes.Close()
	w, r = web.Transfer(w, r, mediaIdle)
	giveFile(w, r, m, bytes)
	return nil
}

// file answers at the address of a file.
func (a *API) file(w http.ResponseWriter, r *http.Request) {
	w, r = web.Transfer(w, r, mediaIdle)
	w.Header().Set("Tus-Resumable", tusVersion)
	var err error
	secret, signed := bearer(r)
	switch {
	case r.Method == http.MethodGet, r.Method == http.MethodHead && !signed:
		err = a.readFile(w, r)
	case r.Method == http.MethodOptions:
		a.describeUploads(w)
	case r.Header.Get("Tus-Resumable") != "" && r.Header.Get("Tus-Resumable") != tusVersion:
		w.Header().Set("Tus-Version", tusVersion)
		err = errTus
	case r.Method == http.MethodHead:
		err = a.uploadOffset(w, r, secret)
	case r.Method == http.MethodPut:
		err = a.putFile(w, r, secret)
	case r.Method == http.MethodPatch:
		err = a.patchFile(w, r, secret)
	case r.Method == http.MethodDelete:
		if err = a.Chat.CancelUpload(r.Context(), r.PathValue("token"), secret); err == nil {
			w.WriteHeader(http.StatusNoContent)
		}
	default:
		w.Header().Set("Allow", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS")
		err = errMediaMethod
	}
	if err != nil {
		web.WriteError(w, r, &mediaErrors, err)
	}
}

// bearer is the secret of an upload, and whether there is an Authorization at all.
func bearer(r *http.Request) (secret string, signed bool) {
	value := r.Header.Get("Authorization")
	scheme, rest, two := strings.Cut(value, " ")
	if two && strings.EqualFold(scheme, "bearer") {
		value = strings.TrimSpace(rest)
	}
	return value, value != ""
}

// describeUploads says what clients of tus want to know.
func (a *API) describeUploads(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Tus-Version", tusVersion)
	h.Set("Tus-Extension", "termination")
	h.Set("Tus-Max-Size", strconv.FormatInt(a.Chat.MaxMedia(), 10))
	w.WriteHeader(http.StatusNoContent)
}

func (a *API) uploadOffset(w http.ResponseWriter, r *http.Request, secret string) error {
	received, size, err := a.Chat.UploadOffset(r.Context(), r.PathValue("token"), secret)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Upload-Offset", strconv.FormatInt(received, 10))
	h.Set("Upload-Length", strconv.FormatInt(size, 10))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	return nil
}

// putFile takes a whole file.
func (a *API) putFile(w http.ResponseWriter, r *http.Request, secret string) error {
	token := r.PathValue("token")
	_, size, err := a.Chat.UploadOffset(r.Context(), token, secret)
	switch {
	case err != nil:
		return err
	case r.ContentLength < 0:
		return errLength
	case r.ContentLength != size:
		return errWrongLength
	case r.Header.Get("Content-Encoding") != "":
		return errEncoded
	}
	if _, err := a.Chat.WriteUpload(r.Context(), token, secret, chat.FromStart, r.Body); err != nil {
		return err
	}
	w.WriteHeader(http.StatusCreated)
	return nil
}

// patchFile takes the bytes from an offset on, as many as come.
func (a *API) patchFile(w http.ResponseWriter, r *http.Request, secret string) error {
	token := r.PathValue("token")
	offset, err := strconv.ParseInt(r.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset < 0 {
		return errOffset
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	received, size, err := a.Chat.UploadOffset(r.Context(), token, secret)
	switch {
	case err != nil:
		return err
	case kind != offsetStream:
		return errOffsetType
	case r.Header.Get("Content-Encoding") != "":
		return errEncoded
	case offset == received && r.ContentLength > size-offset:
		return errPastEnd
	}
	received, err = a.Chat.WriteUpload(r.Context(), token, secret, offset, r.Body)
	w.Header().Set("Upload-Offset", strconv.FormatInt(received, 10))
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// readFile gives a file, or a picture by its signed address.
func (a *API) readFile(w http.ResponseWriter, r *http.Request) error {
	token, query := r.PathValue("token"), r.URL.Query()
	var m chat.Media
	var bytes io.ReadSeekCloser
	var err error
	if signature := query.Get("s"); signature != "" && r.PathValue("name") == "" {
		m, bytes, err = a.Chat.OpenPicture(r.Context(), token, query.Get("e"), signature, query.Get("thumb") == "1")
	} else {
		m, bytes, err = a.Chat.OpenMedia(r.Context(), token)
	}
	if err != nil {
		return err
	}
	defer bytes.Close()
	giveFile(w, r, m, bytes)
	return nil
}

// giveFile writes a file, or the range of it that is asked for. Whatever it
// claims to be, a browser runs nothing of it.
func giveFile(w http.ResponseWriter, r *http.Request, m chat.Media, bytes io.ReadSeeker) {
	disposition := "attachment"
	if shownInline(m.Type) {
		disposition = "inline"
	}
	h := w.Header()
	h.Set("Content-Type", shownType(m.Type))
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": m.Name}))
	h.Set("ETag", `"`+m.Token+`"`)
	h.Set("Cache-Control", "private, max-age=31536000, immutable") // the bytes at an address never change
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	web.SetCSP(w, "default-src 'none'; sandbox; frame-ancestors 'none'")
	if strings.Contains(r.Header.Get("Range"), ",") { // many small ranges would decrypt a file many times
		r = r.Clone(r.Context())
		r.Header.Del("Range")
	}
	http.ServeContent(w, r, "", m.Created, bytes)
}

// shownType is the type that a file is served with: its own, unless a page of
// this server could be made to run it. A page's policy allows scripts and styles
// of its own origin, and this is one; nosniff keeps browsers to the type.
func shownType(kind string) string {
	_, sub, _ := strings.Cut(kind, "/")
	switch sub = strings.TrimPrefix(sub, "x-"); {
	case strings.HasSuffix(sub, "javascript"), strings.HasSuffix(sub, "ecmascript"), strings.HasPrefix(sub, "javascript"),
		sub == "jscript", sub == "livescript", sub == "css", sub == "wasm":
		return "application/octet-stream"
	}
	return kind
}

// shownInline reports whether browsers may show a type beside their pages: what
// holds no scripts.
func shownInline(kind string) bool {
	main, sub, _ := strings.Cut(kind, "/")
	return (main == "image" && sub != "svg+xml" && !strings.HasSuffix(sub, "+xml")) || main == "audio" || main == "video"
}
