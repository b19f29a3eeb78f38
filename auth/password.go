package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"net/netip"
	"time"

	"switchboard"
	"switchboard/web"
)

// errCredentials is the one answer to a wrong name, a wrong password, and a
// name that has none.
var errCredentials = switchboard.E(switchboard.Unauthorized, "credentials-wrong", "the name or the password is wrong")

// errDisabled is told only to who has proved the password.
var errDisabled = switchboard.E(switchboard.Forbidden, "account-disabled", "this account has been switched off by an administrator")

// passwordKey names a password that was right a while ago, without keeping it:
// a MAC under a key that dies with the process.
type passwordKey [sha256.Size]byte

type passwordHit struct {
	device  switchboard.DeviceID
	expires time.Time
}

// passwordLife is how long a right password spares the derivation: clients of
// the Platform API sign in with each call.
const passwordLife = 5 * time.Minute

// Password checks a name (or bare address) and a password: the account's, or
// that of one of its devices. domain "" means the first tenant. Whatever is
// wrong, the error is Unauthorized "credentials-wrong" after the same work.
func (s *Service) Password(ctx context.Context, domain, name, password, remoteAddr string) (switchboard.Principal, error) {
	p, _, err := s.password(ctx, domain, name, password, remoteAddr)
	return p, err
}

// password is Password with the version of the account's credential.
func (s *Service) password(ctx context.Context, domain, name, password, remoteAddr string) (p switchboard.Principal, version int64, err error) {
	if err := s.Throttled(domain, name, remoteAddr); err != nil {
		return p, 0, err
	}
	l, err := s.lookup(ctx, domain, name)
	if err != nil {
		return p, 0, err
	}
	device, ok, err := s.check(ctx, &l, domain, name, password, remoteAddr)
	switch {
	case err != nil:
		return p, 0, err
	case !ok:
		s.LoginFailed(domain, name, remoteAddr)
		return p, 0, errCredentials
	case l.account.Disabled:
		return p, 0, errDisabled
	}
	s.touch(l.devices, device)
	return s.principal(l.tenant, l.account, l.device(device)), l.version, nil
}

// check compares a password with all that the name may sign in with, in
// constant time.
func (s *Service) check(ctx context.Context, l *login, domain, name, password, remoteAddr string) (switchboard.DeviceID, bool, error) {
	key := s.passwordKey(l, password)
	if hit, ok := s.passwords.get(key); ok && l.known && s.now().Before(hit.expires) && l.has(hit.device) {
		return hit.device, true, nil
	}
	release, err := s.slot(ctx)
	if err != nil {
		return 0, false, err
	}
	defer release()
	// Those who waited for a slot together must not get more tries than one by one.
	if err := s.Throttled(domain, name, remoteAddr); err != nil {
		return 0, false, err
	}
	got := storedKey256(password, l.salt, l.iterations)
	device, right := switchboard.DeviceID(0), 0
	for _, k := range l.keys {
		same := subtle.ConstantTimeCompare(got, k.keys[at256:at256+sha256.Size])
		if same == 1 {
			device = k.device
		}
		right |= same
	}
	if right != 1 || !l.known {
		return 0, false, nil
	}
	s.passwords.put(key, passwordHit{device, s.now().Add(passwordLife)})
	return device, true, nil
}

func (l *login) has(device switchboard.DeviceID) bool {
	for _, k := range l.keys {
		if k.device == device {
			return true
		}
	}
	return false
}

// device is a live device of the login, or the zero Device for the account's own password.
func (l *login) device(id switchboard.DeviceID) Device {
	for _, d := range l.devices {
		if d.ID == id {
			return d
		}
	}
	return Device{ID: id}
}

// passwordKey covers the credential's version, so that a change of the
// password forgets the old one.
func (s *Service) passwordKey(l *login, password string) (key passwordKey) {
	m := hmac.New(sha256.New, s.process)
	var head [16]byte
	putInt(head[:8], int64(l.account.ID))
	putInt(head[8:], l.version)
	m.Write(head[:])
	m.Write([]byte(password))
	m.Sum(key[:0])
	return key
}

func putInt(b []byte, n int64) {
	for i := range 8 {
		b[i] = byte(n >> (8 * i))
	}
}

// Throttled is the error for a client that has failed too often, or nil; ask
// it before a SCRAM exchange.
func (s *Service) Throttled(domain, name, remoteAddr string) error {
	ok, wait := s.addresses.Check(addressKey(remoteAddr))
	if ok {
		ok, wait = s.names.Check(throttleKey(domain, name, remoteAddr))
	}
	if ok {
		return nil
	}
	return web.WithRetryAfter(switchboard.E(switchboard.TooMany, "login-throttled",
		"too many failed sign-ins; wait a little and try again"), wait)
}

// LoginFailed counts a failed SCRAM exchange.
func (s *Service) LoginFailed(domain, name, remoteAddr string) {
	s.addresses.Allow(addressKey(remoteAddr))
	s.names.Allow(throttleKey(domain, name, remoteAddr))
}

// throttleKey is the same for all spellings of a name.
func throttleKey(domain, name, remoteAddr string) string {
	local, _ := splitName(domain, name)
	if local == "" {
		local = name[:min(len(name), 64)]
	}
	return addressKey(remoteAddr) + " " + local
}

// addressKey is an address without its port; of IPv6 the network, because one
// customer has all of a /64.
func addressKey(addr string) string {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		ap, err := netip.ParseAddrPort(addr)
		if err != nil {
			return addr[:min(len(addr), 64)]
		}
		ip = ap.Addr()
	}
	ip = ip.Unmap()
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}
