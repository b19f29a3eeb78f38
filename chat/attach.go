package chat

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"mime"
	"net/url"
	"path"
	"strconv"
	"strings"

	"switchboard"
	"switchboard/store"
)

// The kinds of attachment.
const (
	AttachImage = "image"
	AttachVideo = "video"
	AttachAudio = "audio"
	AttachFile  = "file"
)

// Attachment is a file that a message brings. On the wire its address is the
// message's body, so that every client shows at least that, and stateless file
// sharing (XEP-0447, metadata as in XEP-0446) says the rest. A file that is
// encrypted for its readers has an aesgcm: address with the key in it (XEP-0454)
// and XEP-0448's description of the same.
type Attachment struct {
	Kind          string // AttachImage …
	URL           string // https:, or http: on a trial server; never aesgcm:
	Name, Type    string
	Caption       string
	Size          int64  // of the bytes that are stored; 0: not known
	Key           string // IV and key in hexadecimal, "" for a file that is not encrypted for its readers
	Width, Height int
	Duration      int    // milliseconds
	Thumbnail     string // a data: address
}

// Token is the token of an attachment of this server, "" for one elsewhere.
func (a *Attachment) Token() string { return MediaToken(a.URL) }

// The lengths of what Key holds (XEP-0454 §3).
const (
	ivSize      = 12
	fileKeySize = 32
)

// wireFile is a message with a file in it.
type wireFile struct {
	OOB     []wireOOB `xml:"jabber:x:oob x"`
	Sharing *struct {
		Disposition string       `xml:"disposition,attr"`
		File        wireMetadata `xml:"urn:xmpp:file:metadata:0 file"`
		Sources     wireSources  `xml:"sources"`
	} `xml:"urn:xmpp:sfs:0 file-sharing"`
}

type wireOOB struct {
	URL string `xml:"url"`
}

type wireMetadata struct {
	MediaType string `xml:"media-type"`
	Name      string `xml:"name"`
	Size      int64  `xml:"size"`
	Width     int    `xml:"width"`
	Height    int    `xml:"height"`
	Length    int    `xml:"length"`
	Desc      string `xml:"desc"`
	Thumbnail struct {
		URI string `xml:"uri,attr"`
	} `xml:"urn:xmpp:thumbs:1 thumbnail"`
}

type wireSources struct {
	URLs      []wireTarget   `xml:"http://jabber.org/protocol/url-data url-data"`
	Encrypted *wireEncrypted `xml:"urn:xmpp:esfs:0 encrypted"`
}

type wireTarget struct {
	Target string `xml:"target,attr"`
}

type wireEncrypted struct {
	Key     string `xml:"key"`
	IV      string `xml:"iv"`
	Sources struct {
		URLs []wireTarget `xml:"http://jabber.org/protocol/url-data url-data"`
	} `xml:"urn:xmpp:sfs:0 sources"`
}

// Media is the file that a message brings; false for a message without one.
func (m *Message) Media() (Attachment, bool) {
	sharing := bytes.Contains(m.Stanza, []byte("urn:xmpp:sfs:0"))
	if !sharing && !bytes.Contains(m.Stanza, []byte("jabber:x:oob")) && !bytes.Contains(m.Stanza, []byte("aesgcm://")) {
		return Attachment{}, false
	}
	var w wireFile
	if xml.Unmarshal(m.Stanza, &w) != nil {
		return Attachment{}, false
	}
	var a Attachment
	body := strings.TrimSpace(m.Body())
	switch {
	case w.Sharing != nil:
		a = w.Sharing.File.attachment()
		a.URL, a.Key = w.Sharing.Sources.address()
	case strings.HasPrefix(body, "aesgcm://"):
	case len(w.OOB) > 0 && w.OOB[0].URL == body: // XEP-0066 §3, as clients send files
		a.URL = body
	}
	if strings.HasPrefix(body, "aesgcm://") {
		a.fromAESGCM(body)
	}
	if a.URL == "" {
		return Attachment{}, false
	}
	a.guess()
	if w.Sharing != nil && w.Sharing.Disposition == "attachment" { // XEP-0447 §3.2: to be kept, not shown
		a.Kind = AttachFile
	}
	return a, true
}

func (f *wireMetadata) attachment() Attachment {
	a := Attachment{Type: f.MediaType, Name: f.Name, Size: max(f.Size, 0), Width: max(f.Width, 0), Height: max(f.Height, 0),
		Duration: max(f.Length, 0), Caption: f.Desc}
	if strings.HasPrefix(f.Thumbnail.URI, "data:image/") {
		a.Thumbnail = f.Thumbnail.URI
	}
	return a
}

// address is the first address over HTTP, and the key if it is of an encrypted file.
func (s *wireSources) address() (address, key string) {
	urls := s.URLs
	if s.Encrypted != nil {
		iv, err1 := base64.StdEncoding.DecodeString(strings.TrimSpace(s.Encrypted.IV))
		k, err2 := base64.StdEncoding.DecodeString(strings.TrimSpace(s.Encrypted.Key))
		if err1 == nil && err2 == nil && len(iv) == ivSize && len(k) == fileKeySize {
			urls, key = s.Encrypted.Sources.URLs, hex.EncodeToString(append(iv, k...))
		}
	}
	for _, u := range urls {
		if strings.HasPrefix(u.Target, "https://") || strings.HasPrefix(u.Target, "http://") {
			return u.Target, key
		}
	}
	return "", ""
}

// fromAESGCM reads what an address of XEP-0454 §3 says and nothing else said before.
func (a *Attachment) fromAESGCM(address string) {
	plain, key, _ := strings.Cut(strings.TrimPrefix(address, "aesgcm://"), "#")
	if a.URL == "" {
		a.URL = "https://" + plain
	}
	if raw, err := hex.DecodeString(key); a.Key == "" && err == nil && (len(raw) == ivSize+fileKeySize || len(raw) == 16+fileKeySize) {
		a.Key = strings.ToLower(key)
	}
}

// guess fills what was not said from the address.
func (a *Attachment) guess() {
	if a.Name == "" {
		if u, err := url.Parse(a.URL); err == nil {
			a.Name = path.Base(u.Path)
		}
	}
	if a.Type == "" {
		a.Type, _, _ = mime.ParseMediaType(mime.TypeByExtension(path.Ext(a.Name)))
	}
	a.Kind = AttachFile
	switch main, _, _ := strings.Cut(a.Type, "/"); main {
	case AttachImage, AttachVideo, AttachAudio:
		a.Kind = main
	}
}

// body is the text that a client shows which knows nothing of files.
func (a *Attachment) body() string {
	if a.Key == "" {
		return a.URL
	}
	_, rest, _ := strings.Cut(a.URL, "://")
	return "aesgcm://" + rest + "#" + a.Key
}

// payload is what the message has beside the body.
func (a *Attachment) payload() []byte {
	var b []byte
	if a.Key == "" {
		b = append(appendLeaf(append(b, "<x xmlns='jabber:x:oob'>"...), "url", a.URL), "</x>"...)
	}
	disposition := "inline"
	if a.Kind == AttachFile {
		disposition = "attachment"
	}
	b = append(b, "<file-sharing xmlns='urn:xmpp:sfs:0' disposition='"+disposition+"'><file xmlns='urn:xmpp:file:metadata:0'>"...)
	b = appendLeaf(appendLeaf(b, "media-type", a.Type), "name", a.Name)
	for _, n := range []struct {
		name  string
		value int64
	}{{"size", a.Size}, {"width", int64(a.Width)}, {"height", int64(a.Height)}, {"length", int64(a.Duration)}} {
		if n.value > 0 {
			b = appendLeaf(b, n.name, strconv.FormatInt(n.value, 10))
		}
	}
	if a.Caption != "" {
		b = appendLeaf(b, "desc", a.Caption)
	}
	if a.Thumbnail != "" {
		b = append(appendAttribute(append(b, "<thumbnail xmlns='urn:xmpp:thumbs:1'"...), "uri", a.Thumbnail), "/>"...)
	}
	b = append(b, "</file><sources>"...)
	target := append(appendAttribute([]byte("<url-data xmlns='http://jabber.org/protocol/url-data'"), "target", a.URL), "/>"...)
	if raw, err := hex.DecodeString(a.Key); err == nil && len(raw) == ivSize+fileKeySize {
		b = append(b, "<encrypted xmlns='urn:xmpp:esfs:0' cipher='urn:xmpp:ciphers:aes-256-gcm-nopadding:0'>"...)
		b = appendLeaf(appendLeaf(b, "key", base64.StdEncoding.EncodeToString(raw[ivSize:])), "iv", base64.StdEncoding.EncodeToString(raw[:ivSize]))
		target = append(append([]byte("<sources xmlns='urn:xmpp:sfs:0'>"), target...), "</sources></encrypted>"...)
	}
	return append(append(b, target...), "</sources></file-sharing>"...)
}

func appendLeaf(dst []byte, name, text string) []byte {
	dst = append(append(append(dst, '<'), name...), '>')
	dst = appendEscaped(dst, text)
	return append(append(append(dst, "</"...), name...), '>')
}

// SendFile sends a file that ReceiveFile took, with what a says of it beyond that:
// the address of this server in URL ("https://chat.example.com"), a caption, the
// size of an image, a kind. Of an image that this server can read it finds size and
// thumbnail itself. The file stays if the message does.
func (s *Service) SendFile(ctx context.Context, p switchboard.Principal, to switchboard.JID, f File, a Attachment, o SendOptions) (Message, error) {
	if a.Caption != "" {
		if err := checkText(a.Caption); err != nil {
			return Message{}, err
		}
	}
	a.URL, a.Name, a.Type, a.Size, a.Key = strings.TrimSuffix(a.URL, "/")+MediaPath(f.Token, f.Name), f.Name, f.Type, f.Size, f.Key
	if err := s.describe(ctx, f, &a); err != nil {
		return Message{}, err
	}
	o.payload = a.payload()
	o.with = func(tx *store.Tx) error { return f.keep(tx, p.Account) }
	return s.SendText(ctx, p, to, a.body(), o)
}
