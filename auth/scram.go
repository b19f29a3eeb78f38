package auth

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"hash"

	"github.com/xdg-go/stringprep"
	"golang.org/x/text/secure/precis"

	"switchboard"
	"switchboard/store"
)

// SCRAMKeys is what the server keeps of a password for one algorithm (RFC 5802 §3).
type SCRAMKeys struct{ StoredKey, ServerKey []byte }

// SCRAMCandidate is a password that may be meant: the account's own (Device 0)
// or a device credential.
type SCRAMCandidate struct {
	Device switchboard.DeviceID
	SHA1   SCRAMKeys
	SHA256 SCRAMKeys
}

// SCRAMCandidates is what a SCRAM conversation needs: one salt for all
// candidates, so that one server-first message fits them all. There is always
// at least one candidate; those of an unknown name fit no password.
type SCRAMCandidates struct {
	Known      bool // not to be told to the client
	Salt       []byte
	Iterations int
	Candidates []SCRAMCandidate
}

const (
	saltSize  = 16
	keysSize  = 2*sha1.Size + 2*sha256.Size // SHA-1 StoredKey, ServerKey, SHA-256 StoredKey, ServerKey
	at256     = 2 * sha1.Size               // where those of SHA-256 begin
	maxSecret = 1024                        // bytes of a password
)

func newSalt() []byte {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	return salt
}

// normalPassword is the form of a password that SCRAM clients derive keys from:
// SASLprep (RFC 5802 §2.2), or for characters that are younger than SASLprep
// its successor (RFC 8265 §4.2).
func normalPassword(password string) (string, bool) {
	if password == "" || len(password) > maxSecret {
		return "", false
	}
	ascii := true
	for i := 0; i < len(password); i++ {
		if c := password[i]; c < 0x20 || c > 0x7e {
			ascii = false
			break
		}
	}
	if ascii {
		return password, true
	}
	if p, err := stringprep.SASLprep.Prepare(password); err == nil && p != "" {
		return p, true
	}
	p, err := precis.OpaqueString.String(password)
	return p, err == nil && p != ""
}

// deriveKeys makes the keys that are stored of a password (RFC 5802 §3).
func deriveKeys(password string, salt []byte, iterations int) ([]byte, error) {
	normal, ok := normalPassword(password)
	if !ok {
		return nil, switchboard.E(switchboard.Invalid, "password-unusable", "this password is empty, too long or has characters that cannot be used").InField("password")
	}
	keys := make([]byte, 0, keysSize)
	keys = appendKeys(keys, sha1.New, normal, salt, iterations)
	return appendKeys(keys, sha256.New, normal, salt, iterations), nil
}

func appendKeys[H hash.Hash](dst []byte, h func() H, password string, salt []byte, iterations int) []byte {
	plain := func() hash.Hash { return h() }
	salted, _ := pbkdf2.Key(h, password, salt, iterations, plain().Size()) // fails in FIPS mode only
	client := mac(plain, salted, "Client Key")
	stored := plain()
	stored.Write(client)
	return append(stored.Sum(dst), mac(plain, salted, "Server Key")...)
}

func mac(h func() hash.Hash, key []byte, text string) []byte {
	m := hmac.New(h, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// storedKey256 is the SHA-256 StoredKey of a password: what a login by
// password is compared with. It costs the same for every password.
func storedKey256(password string, salt []byte, iterations int) []byte {
	normal, ok := normalPassword(password)
	if !ok {
		normal = "unusable"
	}
	return appendKeys(nil, sha256.New, normal, salt, iterations)[:sha256.Size]
}

// slot waits until a key derivation may run: they would otherwise take every
// core away from the streams.
func (s *Service) slot(ctx context.Context) (release func(), err error) {
	select {
	case s.slots <- struct{}{}:
		return func() { <-s.slots }, nil
	case <-ctx.Done():
		return nil, switchboard.E(switchboard.Unavailable, "canceled", "the request was given up").Because(ctx.Err())
	}
}

// derive is deriveKeys under the account's rules of work.
func (s *Service) derive(ctx context.Context, password string, salt []byte, iterations int) ([]byte, error) {
	release, err := s.slot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return deriveKeys(password, salt, iterations)
}

// SCRAM returns the keys of a name. Unknown names get a salt of their own that
// stays the same, and keys that fit no password.
func (s *Service) SCRAM(ctx context.Context, domain, name string) (SCRAMCandidates, error) {
	found, err := s.lookup(ctx, domain, name)
	if err != nil {
		return SCRAMCandidates{}, err
	}
	c := SCRAMCandidates{Known: found.known, Salt: found.salt, Iterations: found.iterations}
	for _, k := range found.keys {
		c.Candidates = append(c.Candidates, SCRAMCandidate{
			Device: k.device,
			SHA1:   SCRAMKeys{k.keys[:sha1.Size], k.keys[sha1.Size:at256]},
			SHA256: SCRAMKeys{k.keys[at256 : at256+sha256.Size], k.keys[at256+sha256.Size:]},
		})
	}
	return c, nil
}

// login is what is known of a name that somebody signs in with.
type login struct {
	known      bool
	tenant     Tenant
	account    Account
	version    int64
	salt       []byte
	iterations int
	keys       []loginKeys // never empty
	devices    []Device    // live ones
}

type loginKeys struct {
	device switchboard.DeviceID
	keys   []byte
}

// lookup reads what is known of a name, with the same statements for a known
// and an unknown one.
func (s *Service) lookup(ctx context.Context, domain, name string) (login, error) {
	local, host := splitName(domain, name)
	l, credential, err := s.readLogin(ctx, host, local)
	if err != nil {
		return l, err
	}
	if l.known && len(credential.Salt) > 0 {
		l.version, l.salt, l.iterations = credential.Version, credential.Salt, credential.Iterations
		if len(credential.Keys) == keysSize {
			l.keys = append(l.keys, loginKeys{0, credential.Keys})
		}
		for _, d := range l.devices {
			if len(d.Keys) == keysSize {
				l.keys = append(l.keys, loginKeys{d.ID, d.Keys})
			}
		}
	}
	fake, err := s.derived(ctx, "salts of unknown names")
	if err != nil {
		return l, err
	}
	if l.salt == nil {
		l.known = false
		l.salt = mac(sha256.New, fake, "salt "+host+" "+local)[:saltSize]
		l.iterations = s.opts.Iterations
	}
	if len(l.keys) == 0 {
		keys := make([]byte, keysSize)
		rand.Read(keys) // of no password
		l.keys = []loginKeys{{0, keys}}
	}
	return l, nil
}

func (s *Service) readLogin(ctx context.Context, domain, local string) (l login, c store.Credential, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		if domain == "" {
			l.tenant, err = tx.FirstTenant()
		} else {
			l.tenant, err = tx.TenantByDomain(domain)
		}
		if err != nil && err != store.ErrNone {
			return err
		}
		l.account, err = tx.AccountByName(l.tenant.ID, local)
		l.known = err == nil && canSignIn(l.account.Kind) && !l.account.Gone()
		if err != nil && err != store.ErrNone {
			return err
		}
		if c, err = tx.Credential(l.account.ID); err != nil && err != store.ErrNone {
			return err
		}
		l.devices, err = tx.LiveDevices(l.account.ID)
		return err
	})
	return l, c, err
}

// canSignIn reports whether accounts of a kind have passwords.
func canSignIn(k switchboard.AccountKind) bool { return k != switchboard.Client && k != deletedKind }

// splitName brings the name that somebody signs in with to its normal form. A
// name that is no localpart becomes one that no account has.
func splitName(domain, name string) (local, host string) {
	if j, err := switchboard.NewJID("", domain, ""); err == nil {
		host = j.Domain
	}
	if j, err := switchboard.NewJID(name, "localhost", ""); err == nil && name != "" {
		return j.Local, host
	}
	// A bare address names its own domain, which must be the one asked for.
	if j, err := switchboard.ParseJID(name); err == nil && j.Local != "" && j.Resource == "" && (host == "" || host == j.Domain) {
		return j.Local, j.Domain
	}
	return "", host
}
