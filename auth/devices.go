package auth

import (
	"context"
	"slices"
	"strconv"
	"time"

	"switchboard"
	"switchboard/store"
	"switchboard/web"
)

var (
	errLicence      = errField("licenseKey", "licence-unknown", "the licence key is not valid")
	errSandbox      = switchboard.E(switchboard.Forbidden, "trial-over", "this application is not in trial mode: register with an identity token")
	errProof        = switchboard.E(switchboard.Unauthorized, "proof-wrong", "what was sent does not prove this identity")
	errProofMissing = switchboard.E(switchboard.Unauthorized, "proof-missing",
		"prove the identity: an identity token from the app's backend, or the credential of a device that is signed in")
	errDeviceLimit = switchboard.E(switchboard.NotAllowed, "device-limit", "this account is signed in on as many devices as it may be")
)

// errSalt says that a credential was derived under a salt that is not the account's.
var errSalt = switchboard.E(switchboard.Unavailable, "try-again", "this identifier was registered a moment ago; try again")

const (
	maxDeviceType = 64
	touchPause    = time.Hour // between two notes of a device's last sign-in
)

// RegisterDevice gives an account a device credential and makes the account if
// it does not exist.
//
// Who may: in the sandbox, which is open only while the tenant is in trial
// mode, whoever holds the licence key, as any user. Otherwise whoever proves the identity:
// with an identity token that the app's own backend signed, an access token of
// the account or of an administrator, or a password of the account or of one
// of its devices. A new identifier has no password yet, so it takes an
// identity token or an administrator.
func (s *Service) RegisterDevice(ctx context.Context, r RegisterRequest) (Registration, error) {
	tenant, err := s.TenantByLicence(ctx, r.License)
	if err != nil {
		return Registration{}, err
	}
	local, err := identifier("userIdentifier", r.Identifier)
	if err != nil {
		return Registration{}, err
	}
	a := Account{Tenant: tenant.ID, Localpart: local, Kind: switchboard.User, Profile: Profile{Metadata: r.Metadata}}
	if err := checkDevice(&r.DeviceType, &a.Profile); err != nil {
		return Registration{}, err
	}
	if r.Sandbox && !tenant.Trial {
		return Registration{}, errSandbox
	}
	n := newDevice{kind: r.DeviceType, force: r.Force}
	if r.Sandbox {
		err = s.onlyUsers(ctx, tenant, &a)
	} else {
		n.scopes, n.by, err = s.proves(ctx, tenant, &a, r)
	}
	if err != nil {
		return Registration{}, err
	}
	return s.register(ctx, tenant, a, n)
}

// newDevice is a device to be signed in as an account.
type newDevice struct {
	kind    string
	agent   string // the User-Agent; "": of the request at hand
	address string // "": of the request at hand
	scopes  string // what its credential may do; empty: all that the account may
	force   bool   // at the limit the oldest device goes, but spare only if there is no other
	spare   switchboard.DeviceID
	issuer  string                         // of its first token; "": the installation's own
	by      authority                      // who lets it
	allowed func(*store.Tx, Account) error // asked in the transaction; nil: it is
}

// limitOf is the stored form of what a device may do that p signs in: empty if
// p may do all that its account may.
func limitOf(p switchboard.Principal) string {
	all := RoleScopes(p.Kind, p.Admin)
	have := common(all, p.Scopes)
	if len(have) == len(all) {
		return ""
	}
	return scopeText(nil, have)
}

func checkDevice(kind *string, p *Profile) error {
	if *kind == "" {
		*kind = "web"
	}
	if err := text("deviceType", *kind, maxDeviceType); err != nil {
		return err
	}
	return checkProfile(p)
}

// register stores the device. The password is derived outside the
// transaction, under the account's salt if there is an account already; if one
// comes into being meanwhile, all is done again under its salt.
func (s *Service) register(ctx context.Context, tenant Tenant, a Account, n newDevice) (Registration, error) {
	if n.agent == "" {
		n.agent = web.ClientAgent(ctx)
	}
	if ip := web.ClientAddr(ctx); n.address == "" && ip.IsValid() {
		n.address = ip.String()
	}
	reg := Registration{Username: a.Localpart, Password: switchboard.NewToken(), Tenant: tenant}
	var account Account
	var err error = errSalt
	for try := 0; try < 3 && (err == errSalt || err == errAccountHas); try++ {
		account, err = s.tryRegister(ctx, tenant, a, n, &reg)
	}
	if err != nil {
		return Registration{}, err
	}
	if reg.Replaced != 0 {
		s.epoch.Add(1)
	}
	reg.IsProfileUpdated = account.Name != ""
	reg.Principal = s.principal(tenant, account, Device{ID: reg.Device, Scopes: n.scopes})
	reg.Token, reg.Expires, err = s.mint(ctx, reg.Principal, mintOptions{issuer: n.issuer, dialect: switchboard.PlatformDialect,
		scope: scopeText(nil, reg.Principal.Scopes)})
	return reg, err
}

func (s *Service) tryRegister(ctx context.Context, tenant Tenant, a Account, n newDevice, reg *Registration) (account Account, err error) {
	c, err := s.saltOf(ctx, tenant, a.Localpart)
	if err != nil {
		return account, err
	}
	keys, err := s.derive(ctx, reg.Password, c.Salt, c.Iterations)
	if err != nil {
		return account, err
	}
	err = s.db.Write(ctx, func(tx *store.Tx) (err error) {
		if account, reg.IsExisting, err = accountToRegister(tx, a, c); err != nil {
			return err
		}
		if n.allowed != nil {
			if err := n.allowed(tx, account); err != nil {
				return err
			}
		}
		through, err := n.by.stands(tx)
		if err != nil {
			return err
		}
		if reg.Replaced, err = s.makeRoom(tx, tenant, account, n); err != nil {
			return err
		}
		reg.Device, err = tx.InsertDevice(Device{Account: account.ID, Type: n.kind, Keys: keys, Name: DeviceName(n.agent), Address: n.address,
			Scopes: n.scopes, Expires: through.Expires, Through: through.ID})
		record(tx, switchboard.Principal{Account: account.ID}, tenant.ID, switchboard.DeviceAdded, account.ID,
			change{Device: reg.Device, Type: n.kind, Client: through.Client})
		return err
	})
	return account, err
}

// saltOf is the salt under which a device credential of an account is derived.
func (s *Service) saltOf(ctx context.Context, tenant Tenant, local string) (c store.Credential, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := tx.AccountByName(tenant.ID, local)
		if err == nil {
			c, err = tx.Credential(a.ID)
		}
		if err == store.ErrNone {
			c, err = store.Credential{Salt: newSalt(), Iterations: s.opts.Iterations, Version: 1}, nil
		}
		return err
	})
	return c, err
}

// accountToRegister finds or makes the account. It may have come into being
// since the password was derived, with a salt of its own.
func accountToRegister(tx *store.Tx, a Account, c store.Credential) (Account, bool, error) {
	existing, err := tx.AccountByName(a.Tenant, a.Localpart)
	switch {
	case err == store.ErrNone:
		made, err := insertAccount(tx, switchboard.Principal{}, a, c)
		return made, false, err
	case err != nil:
		return a, false, err
	case !canSignIn(existing.Kind):
		return a, false, switchboard.E(switchboard.Conflict, "identifier-taken", "this identifier cannot be used").InField("userIdentifier")
	case existing.Gone():
		return a, false, errDeleted
	case existing.Disabled:
		return a, false, errDisabled
	}
	stored, err := tx.Credential(existing.ID)
	if err == store.ErrNone {
		c.Account = existing.ID
		return existing, true, tx.InsertCredential(c)
	}
	if err == nil && string(stored.Salt) != string(c.Salt) {
		err = errSalt
	}
	return existing, true, err
}

// DeviceLimit is how many devices an account of a tenant may be signed in on.
func (s *Service) DeviceLimit(t Tenant) int {
	if n, err := strconv.Atoi(t.Settings[SettingDevices]); err == nil && n > 0 {
		return n
	}
	return s.opts.MaxDevices
}

// makeRoom signs the oldest devices out until one more fits.
func (s *Service) makeRoom(tx *store.Tx, tenant Tenant, a Account, n newDevice) (replaced switchboard.DeviceID, err error) {
	devices, err := tx.LiveDevices(a.ID)
	if err != nil {
		return 0, err
	}
	var registered []Device
	for _, d := range devices {
		if d.Client == "" {
			registered = append(registered, d)
		}
	}
	most := s.opts.MaxDevices
	if set, err := strconv.Atoi(tenant.Settings[SettingDevices]); err == nil && set > 0 {
		most = set
	}
	if i := slices.IndexFunc(registered, func(d Device) bool { return d.ID == n.spare }); i >= 0 {
		d := registered[i]
		registered = append(slices.Delete(registered, i, i+1), d)
	}
	for i := 0; i <= len(registered)-most; i++ {
		if !n.force {
			return 0, errDeviceLimit
		}
		replaced = registered[i].ID
		if err := endDevice(tx, switchboard.Principal{Account: a.ID}, a, replaced, ReasonReplaced); err != nil {
			return 0, err
		}
	}
	return replaced, nil
}

// RegisterVisitor makes a visitor's account with one device. The caller limits
// how often a stranger may.
func (s *Service) RegisterVisitor(ctx context.Context, r VisitorRequest) (Registration, error) {
	if err := checkDevice(&r.DeviceType, &r.Profile); err != nil {
		return Registration{}, err
	}
	tenant, err := s.tenantByID(ctx, r.Tenant)
	if err != nil {
		return Registration{}, err
	}
	a := Account{Tenant: tenant.ID, Localpart: switchboard.NewName(), Kind: switchboard.Visitor, Profile: r.Profile}
	return s.register(ctx, tenant, a, newDevice{kind: r.DeviceType})
}

// Devices lists the live devices of an account: one's own, or any with users.read.
func (s *Service) Devices(ctx context.Context, p switchboard.Principal, account switchboard.AccountID) (list []Device, err error) {
	info, err := s.Account(ctx, p, account)
	if err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		list, err = tx.LiveDevices(info.ID)
		return err
	})
	for i := range list {
		list[i].Keys = nil
	}
	return list, err
}

// RevokeDevice ends a device: one's own, or any with users.write. Its tokens and streams end.
func (s *Service) RevokeDevice(ctx context.Context, p switchboard.Principal, device switchboard.DeviceID, reason string) error {
	if !p.Known() {
		return p.Require(switchboard.ScopeUsersWrite)
	}
	if reason == "" {
		reason = ReasonRevoked
	}
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		d, err := tx.Device(device)
		if err == store.ErrNone {
			return errNoDevice
		}
		if err != nil {
			return err
		}
		if d.Account != p.Account {
			if err := p.Require(switchboard.ScopeUsersWrite); err != nil {
				return err
			}
		}
		a, err := tx.Account(d.Account)
		if err == nil && a.Tenant != p.Tenant {
			return errNoDevice
		}
		if err == nil && a.Admin && !p.Admin && a.ID != p.Account {
			return errAdminOnly
		}
		if err != nil {
			return err
		}
		return endDevice(tx, p, a, device, reason)
	})
	s.epoch.Add(1)
	return err
}

var errNoDevice = switchboard.E(switchboard.NotFound, "device-unknown", "there is no such device")

// touch notes that a device has signed in, now and then.
func (s *Service) touch(devices []Device, id switchboard.DeviceID) {
	for _, d := range devices {
		if d.ID != id || s.now().Sub(d.Used) < touchPause {
			continue
		}
		now := s.now()
		s.db.Submit(func(tx *store.Tx) error { return tx.TouchDevice(id, now) }, func(error) {})
	}
}
