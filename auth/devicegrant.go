package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"math/big"
	"strings"
	"time"

	"switchboard"
	"switchboard/store"
	"switchboard/web"
)

// The device authorization grant (RFC 8628): a page that cannot or shall not
// take a password shows a code, a person who is signed in elsewhere approves
// it, and the page gets a device credential of its own.

const (
	deviceLife = 5 * time.Minute
	devicePace = 2 * time.Second // between two polls
	slowerBy   = 5 * time.Second // RFC 8628 §3.5
	paceGrace  = 250 * time.Millisecond

	// codeLetters has no vowels, so that no words come about, and nothing that
	// looks like something else (RFC 8628 §6.1). Eight of them are 34 bits.
	codeLetters = "BCDFGHJKLMNPQRSTVWXZ"
	codeLength  = 8
)

var (
	errUserCode = switchboard.E(switchboard.NotFound, "code-unknown",
		"this code is not valid: it was mistyped, has been answered or is too old").InField("userCode")
	errUserCodeThrottled = switchboard.E(switchboard.TooMany, "code-throttled", "too many wrong codes; wait a little and try again")
	errDeviceAccount     = switchboard.E(switchboard.Forbidden, "device-account", "this account cannot sign a device in")
)

// DeviceAsk is a device that asks to be signed in, for the person who decides.
type DeviceAsk struct {
	UserCode string // as the device shows it: "BCDF-GHJK"
	Client   string // name of the application
	Browser  string // "Firefox"; empty if it did not say
	Platform string // "Linux"
	Origin   string // of the page that asks; empty for a program
	Address  string // that it asks from
	Asked    time.Time
	Expires  time.Time
}

// DeviceRequest tells what asks with a user code. Only accounts of the
// workspace where it asks can see it. Wrong codes are throttled.
func (s *Service) DeviceRequest(ctx context.Context, p switchboard.Principal, userCode string) (DeviceAsk, error) {
	if err := mayAnswer(p); err != nil {
		return DeviceAsk{}, err
	}
	var g store.DeviceGrant
	err := s.withUserCode(ctx, p, userCode, func(code string) error {
		return s.db.Read(ctx, func(tx *store.Tx) (err error) {
			g, err = openGrant(tx, p, code)
			return err
		})
	})
	if err != nil {
		return DeviceAsk{}, err
	}
	ask := DeviceAsk{UserCode: showUserCode(g.UserCode), Origin: g.Origin, Address: g.Address, Asked: g.Created, Expires: g.Expires}
	ask.Browser, ask.Platform = browserOf(g.Agent)
	if c, ok := publicClients[g.Client]; ok {
		ask.Client = c.name
	}
	return ask, nil
}

// AnswerDevice signs the device that shows a user code in as p, or refuses it.
// A code can be answered once. The device may chat as p and no more; if p is
// signed in on too many devices, the oldest of them makes room.
func (s *Service) AnswerDevice(ctx context.Context, p switchboard.Principal, userCode string, approve bool) error {
	if err := mayAnswer(p); err != nil {
		return err
	}
	return s.withUserCode(ctx, p, userCode, func(code string) error {
		return s.db.Write(ctx, func(tx *store.Tx) error {
			g, err := openGrant(tx, p, code)
			if err != nil {
				return err
			}
			state, err := tx.TokenState("", p.Device, p.Account)
			switch {
			case err == store.ErrNone, err == nil && (!canSignIn(state.Kind) || state.Tenant != p.Tenant):
				return errDeviceAccount
			case err != nil:
				return err
			case state.Disabled:
				return errDisabled
			case p.Device != 0 && !state.Device:
				return errTokenRevoked
			}
			g.Answer, g.Account, g.Version, g.Device = store.DeviceRefused, p.Account, state.Version, p.Device
			if approve {
				g.Answer = store.DeviceApproved
			}
			first, err := tx.AnswerDeviceGrant(g)
			if err == nil && !first {
				err = errUserCode
			}
			return err
		})
	})
}

// mayAnswer reports whether p is somebody whose devices can be signed in.
func mayAnswer(p switchboard.Principal) error {
	if err := p.Require(switchboard.ScopeChat); err != nil {
		return err
	}
	if p.Account <= 0 || !canSignIn(p.Kind) || p.Kind == switchboard.Visitor {
		return errDeviceAccount
	}
	return nil
}

func openGrant(tx *store.Tx, p switchboard.Principal, code string) (store.DeviceGrant, error) {
	g, err := tx.DeviceGrantOf(code)
	if err == store.ErrNone || err == nil && g.Tenant != p.Tenant {
		err = errUserCode
	}
	return g, err
}

// withUserCode runs fn with a code in its normal form and counts wrong ones,
// by account and by address (RFC 8628 §5.1).
func (s *Service) withUserCode(ctx context.Context, p switchboard.Principal, userCode string, fn func(code string) error) error {
	keys := []string{"account " + accountText(p.Account)}
	if ip := web.ClientAddr(ctx); ip.IsValid() {
		keys = append(keys, "address "+addressKey(ip.String()))
	}
	for _, key := range keys {
		if ok, wait := s.codes.Check(key); !ok {
			return web.WithRetryAfter(errUserCodeThrottled, wait)
		}
	}
	err := error(errUserCode)
	if code, ok := normalUserCode(userCode); ok {
		err = fn(code)
	}
	if errors.Is(err, errUserCode) {
		for _, key := range keys {
			s.codes.Allow(key)
		}
	}
	return err
}

// normalUserCode takes a code as people type it: in any case, with or without
// the hyphen, with spaces.
func normalUserCode(typed string) (string, bool) {
	if len(typed) > 64 {
		return "", false
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(typed) {
		switch {
		case r < 0x80 && strings.ContainsRune(codeLetters, r):
			b.WriteRune(r)
		case r == '-', r == ' ', r == '.', r == '_', r == '‐', r == '‑', r == '–':
		default:
			return "", false
		}
	}
	return b.String(), b.Len() == codeLength
}

func showUserCode(code string) string { return code[:codeLength/2] + "-" + code[codeLength/2:] }

func newUserCode() string {
	var b [codeLength]byte
	most := big.NewInt(int64(len(codeLetters)))
	for i := range b {
		n, err := rand.Int(rand.Reader, most)
		if err != nil {
			panic(err) // crypto/rand does not fail
		}
		b[i] = codeLetters[n.Int64()]
	}
	return string(b[:])
}
