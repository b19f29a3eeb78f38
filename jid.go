package switchboard

import (
	"errors"
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/secure/precis"
)

// maxJIDPart is how many bytes each part of an address may have (RFC 7622
// §3.2, §3.3, §3.4).
const maxJIDPart = 1023

// JID is an XMPP address (RFC 7622): local@domain/resource. A JID that came
// from ParseJID is in its one normal form, so == compares addresses and a JID
// may be a map's key. The zero JID is no address.
type JID struct{ Local, Domain, Resource string }

// ParseJID reads an address and brings it to its normal form. The parts of
// the answer may share memory with s. The error is an *Error of kind Invalid
// with the code "jid-malformed".
func ParseJID(s string) (JID, error) {
	local, domain, resource, err := cutJID(s)
	if err != nil {
		return JID{}, err
	}
	return normalJID(local, domain, resource)
}

// MustParseJID is ParseJID for addresses written in a program; it panics on a
// malformed one.
func MustParseJID(s string) JID {
	j, err := ParseJID(s)
	if err != nil {
		panic(err)
	}
	return j
}

// NewJID makes an address of its parts, checked and in normal form; local and
// resource may be empty.
func NewJID(local, domain, resource string) (JID, error) {
	return normalJID(local, domain, resource)
}

// WithResource returns the full address of one resource of j; an empty
// resource gives the bare address.
func (j JID) WithResource(resource string) (JID, error) {
	r, err := normalResource(resource)
	if err != nil {
		return JID{}, err
	}
	j.Resource = r
	return j, nil
}

// Bare is the address without its resource.
func (j JID) Bare() JID { return JID{Local: j.Local, Domain: j.Domain} }

// Host is the address of the domain alone.
func (j JID) Host() JID { return JID{Domain: j.Domain} }

// IsBare reports whether j has no resource.
func (j JID) IsBare() bool { return j.Resource == "" }

// IsZero reports whether j is no address at all.
func (j JID) IsZero() bool { return j == JID{} }

// Equal reports whether two addresses are the same.
func (j JID) Equal(other JID) bool { return j == other }

// String writes the address; the zero JID is the empty string.
func (j JID) String() string {
	if j.Local == "" && j.Resource == "" {
		return j.Domain
	}
	return string(j.AppendTo(make([]byte, 0, len(j.Local)+len(j.Domain)+len(j.Resource)+2)))
}

// AppendTo appends the address to dst. It does not escape for XML: a resource
// may hold any of the characters < & ' ".
func (j JID) AppendTo(dst []byte) []byte {
	if j.Local != "" {
		dst = append(append(dst, j.Local...), '@')
	}
	dst = append(dst, j.Domain...)
	if j.Resource != "" {
		dst = append(append(dst, '/'), j.Resource...)
	}
	return dst
}

// MarshalText writes the address for JSON and the like.
func (j JID) MarshalText() ([]byte, error) { return j.AppendTo(nil), nil }

// UnmarshalText reads an address; empty text is the zero JID.
func (j *JID) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*j = JID{}
		return nil
	}
	parsed, err := ParseJID(string(text))
	if err != nil {
		return err
	}
	*j = parsed
	return nil
}

func malformedJID(message string) error { return E(Invalid, "jid-malformed", message) }

// cutJID takes the text apart: the resource begins after the first slash, the
// domain after the first @ before it (RFC 7622 §3.1).
func cutJID(s string) (local, domain, resource string, err error) {
	domain = s
	if i := strings.IndexByte(domain, '/'); i >= 0 {
		domain, resource = domain[:i], domain[i+1:]
		if resource == "" {
			return "", "", "", malformedJID("the address has a slash and no resource")
		}
	}
	if i := strings.IndexByte(domain, '@'); i >= 0 {
		local, domain = domain[:i], domain[i+1:]
		if local == "" {
			return "", "", "", malformedJID("the address has an @ and no localpart")
		}
	}
	return local, domain, resource, nil
}

func normalJID(local, domain, resource string) (j JID, err error) {
	if j.Domain, err = normalDomain(domain); err != nil {
		return JID{}, err
	}
	if j.Local, err = normalLocal(local); err != nil {
		return JID{}, err
	}
	if j.Resource, err = normalResource(resource); err != nil {
		return JID{}, err
	}
	return j, nil
}

// What an ASCII byte is in each part of an address.
const (
	inLocal    = 1 << iota // allowed in a localpart as it is
	inDomain               // allowed in a domain label as it is
	inResource             // allowed in a resource as it is
	isUpper                // to be mapped to lower case in local and domain
)

var jidClass = func() (t [utf8.RuneSelf]uint8) {
	for c := ' '; c <= '~'; c++ {
		t[c] = inResource // PRECIS FreeformClass
		if c != ' ' && !strings.ContainsRune(`"&'/:<>@`, c) {
			t[c] |= inLocal // IdentifierClass less RFC 7622 §3.3.1
		}
	}
	for _, c := range "abcdefghijklmnopqrstuvwxyz0123456789-." {
		t[c] |= inDomain
	}
	for c := 'A'; c <= 'Z'; c++ {
		t[c] = t[c]&^inLocal | isUpper
	}
	return t
}()

// asciiPart looks at every byte: plain means it is ASCII, allowed; upper that
// it is so once mapped to lower case.
func asciiPart(s string, want uint8) (plain, upper bool) {
	var seen uint8
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return false, false
		}
		class := jidClass[c]
		if class&(want|isUpper) == 0 {
			return false, false
		}
		seen |= class
	}
	return true, seen&isUpper != 0
}

func normalLocal(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	plain, upper := asciiPart(s, inLocal)
	switch {
	case plain && upper:
		s = strings.ToLower(s)
	case !plain:
		var err error
		if s, err = enforce(precis.UsernameCaseMapped, s); err != nil {
			return "", malformedJID("the localpart of the address has characters that are not allowed")
		}
		if strings.ContainsAny(s, "\"&'/:<>@") {
			return "", malformedJID("the localpart of the address has characters that are not allowed")
		}
	}
	if len(s) > maxJIDPart {
		return "", malformedJID("the localpart of the address is too long")
	}
	return s, nil
}

func normalResource(s string) (string, error) {
	if plain, _ := asciiPart(s, inResource); !plain {
		var err error
		if s, err = enforce(precis.OpaqueString, s); err != nil {
			return "", malformedJID("the resource of the address has characters that are not allowed")
		}
	}
	if len(s) > maxJIDPart {
		return "", malformedJID("the resource of the address is too long")
	}
	return s, nil
}

var errUnstable = errors.New("text has no stable form")

// enforce applies a PRECIS profile until the text no longer changes, because
// not every profile is stable after one application (RFC 8265 §3.3, §4.2).
func enforce(p *precis.Profile, s string) (string, error) {
	if len(s) > 4*maxJIDPart || !utf8.ValidString(s) { // no mapping shrinks text that much
		return "", errUnstable
	}
	for range 4 {
		t, err := p.String(s)
		if err != nil {
			return "", err
		}
		if t == s {
			return s, nil
		}
		s = t
	}
	return "", errUnstable
}

// domains is the profile of RFC 7622 §3.2: IDNA2008 labels, upper case, width
// and normalisation mapped (RFC 5895), letters, digits and hyphens among ASCII.
var domains = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(true),
	idna.ValidateLabels(true), idna.CheckHyphens(true), idna.CheckJoiners(true), idna.BidiRule(), idna.VerifyDNSLength(true))

func normalDomain(s string) (string, error) {
	s = strings.TrimSuffix(s, ".") // RFC 7622 §3.2: the final dot goes before anything else
	if s == "" {
		return "", malformedJID("the address has no domain")
	}
	if len(s) > maxJIDPart {
		return "", malformedJID("the domain of the address is too long")
	}
	if s[0] == '[' {
		return normalIPv6(s)
	}
	plain, upper := asciiPart(s, inDomain)
	if !plain || strings.Contains(s, "xn--") || upper && strings.Contains(strings.ToLower(s), "xn--") {
		return internationalDomain(s)
	}
	if upper {
		s = strings.ToLower(s)
	}
	for label := range strings.SplitSeq(s, ".") {
		if n := len(label); n == 0 || n > 63 || label[0] == '-' || label[n-1] == '-' || n >= 4 && label[2:4] == "--" {
			return "", malformedJID("the domain of the address is not a domain name")
		}
	}
	return s, nil
}

// internationalDomain gives the U-label form: A-labels are decoded, so that
// one domain has one spelling (RFC 7622 §3.2.1).
func internationalDomain(s string) (string, error) {
	for range 4 {
		t, err := domains.ToUnicode(s)
		if err == nil {
			_, err = domains.ToASCII(t) // checks the lengths that the DNS allows
		}
		if err != nil || t == "" || len(t) > maxJIDPart || strings.HasSuffix(t, ".") {
			break
		}
		if t == s {
			return s, nil
		}
		s = t
	}
	return "", malformedJID("the domain of the address is not a domain name")
}

func normalIPv6(s string) (string, error) {
	if s[len(s)-1] != ']' {
		return "", malformedJID("the domain of the address is not an IPv6 literal")
	}
	a, err := netip.ParseAddr(s[1 : len(s)-1])
	if err != nil || !a.Is6() || a.Zone() != "" {
		return "", malformedJID("the domain of the address is not an IPv6 literal")
	}
	return "[" + a.String() + "]", nil
}
