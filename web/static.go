package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"
)

// PageCSP is a policy for pages whose scripts and styles are files of ours.
// Styles may stand in attributes: component libraries set them.
const PageCSP = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
	"font-src 'self' data:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// StaticOptions configures Static.
type StaticOptions struct {
	SPA      string // file served for unknown paths without an extension: "index.html"
	CSP      string // of its pages; "" means PageCSP
	Anywhere bool   // pages of other sites may load it: the widget
}

// hashed matches the names that bundlers give: they change with the content.
var hashed = regexp.MustCompile(`[-.][A-Za-z0-9_-]{8,}\.(js|css|mjs|map|woff2?|ttf|png|jpe?g|gif|svg|webp|avif|wasm|ico|json)$`)

// staticTypes are content types that a machine's own table may lack or bend.
var staticTypes = map[string]string{".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8", ".json": "application/json", ".map": "application/json",
	".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp", ".ico": "image/x-icon", ".woff2": "font/woff2",
	".woff": "font/woff", ".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json", ".wasm": "application/wasm",
	".md": "text/plain; charset=utf-8", ".mp3": "audio/mpeg", ".yaml": "text/plain; charset=utf-8"}

// Static serves files whose content never changes while the process runs (an
// embedded build): ETag and conditional requests, ranges, gzip (made on first
// use, or a .gz file that lies beside), a year of caching for names with a
// hash in assets/. The request's path must have lost its prefix.
func Static(files fs.FS, o StaticOptions) http.Handler {
	if o.CSP == "" {
		o.CSP = PageCSP
	}
	return &static{files: files, opts: o, known: map[string]*asset{}}
}

type static struct {
	files fs.FS
	opts  StaticOptions
	mu    sync.Mutex
	known map[string]*asset // only of files that exist: bounded by the build
}

type asset struct {
	plain, packed []byte // packed is nil if it is not smaller
	etag, media   string
}

func (s *static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name == "" {
		name = "index.html"
	}
	a := s.load(name)
	if a == nil {
		a = s.load(path.Join(name, "index.html"))
	}
	if a == nil && s.opts.SPA != "" && path.Ext(name) == "" {
		name = s.opts.SPA
		a = s.load(name)
	}
	if a == nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	s.send(w, r, name, a)
}

func (s *static) send(w http.ResponseWriter, r *http.Request, name string, a *asset) {
	h := w.Header()
	h.Set("Content-Type", a.media)
	h.Set("Cache-Control", "no-cache") // which means: ask whether the ETag still holds
	if strings.Contains("/"+name, "/assets/") && hashed.MatchString(name) {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if strings.HasPrefix(a.media, "text/html") {
		SetCSP(w, s.opts.CSP)
	}
	if s.opts.Anywhere {
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	content, etag := a.plain, `"`+a.etag+`"`
	if a.packed != nil {
		h.Add("Vary", "Accept-Encoding")
		if acceptsGzip(r) && r.Header.Get("Range") == "" {
			h.Set("Content-Encoding", "gzip")
			content, etag = a.packed, `"`+a.etag+`-gz"`
		}
	}
	h.Set("ETag", etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// load reads a file once; nil if there is none.
func (s *static) load(name string) *asset {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.known[name]; a != nil {
		return a
	}
	if !fs.ValidPath(name) {
		return nil
	}
	plain, err := fs.ReadFile(s.files, name)
	if err != nil {
		return nil
	}
	sum := sha256.Sum256(plain)
	a := &asset{plain: plain, etag: base64.RawURLEncoding.EncodeToString(sum[:12]), media: mediaType(name, plain)}
	if packed, err := fs.ReadFile(s.files, name+".gz"); err == nil {
		a.packed = packed
	} else if compressible(a.media) {
		if packed := pack(plain); len(packed) < len(plain)*9/10 {
			a.packed = packed
		}
	}
	s.known[name] = a
	return a
}

func mediaType(name string, content []byte) string {
	ext := strings.ToLower(path.Ext(name))
	if t := staticTypes[ext]; t != "" {
		return t
	}
	if t := mime.TypeByExtension(ext); t != "" {
		return t
	}
	return http.DetectContentType(content)
}

func compressible(media string) bool {
	return strings.HasPrefix(media, "text/") || strings.Contains(media, "json") || strings.Contains(media, "svg") ||
		strings.Contains(media, "wasm")
}

func pack(plain []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(plain) // a bytes.Buffer does not fail
	z.Close()
	return b.Bytes()
}

// acceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3), as far as gzip is concerned.
func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			w := strings.ReplaceAll(weight, " ", "")
			return w != "q=0" && !strings.HasPrefix(w, "q=0.000")
		}
	}
	return false
}
