package auth

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"switchboard"
	"switchboard/store"
)

// TrialLicence is the licence key of a tenant in trial mode.
const TrialLicence = "trial"

// SettingDevices is a tenant's setting: devices that one account may be signed in on.
const SettingDevices = "devices.max"

const (
	firstAdmin  = "admin" // localpart of the administrator of a new tenant
	setupLife   = 24 * time.Hour
	maxSettings = 200
)

var errNoTenant = switchboard.E(switchboard.NotFound, "tenant-unknown", "there is no such workspace")

// EnsureTenant returns the tenant of a domain and makes it if it is missing. A
// trial tenant has the licence key "trial".
func (s *Service) EnsureTenant(ctx context.Context, domain string, trial bool) (t Tenant, created bool, err error) {
	j, err := switchboard.NewJID("", domain, "")
	if err != nil {
		return t, false, err
	}
	fresh := Tenant{Domain: j.Domain, Name: j.Domain, GUID: switchboard.NewUUID(), Licence: switchboard.NewToken(), Trial: trial,
		Secret: make([]byte, 32)}
	if j.Domain == "localhost" {
		fresh.Name = "Switchboard"
	}
	rand.Read(fresh.Secret)
	err = s.db.Write(ctx, func(tx *store.Tx) (err error) {
		created = false
		if t, err = tx.TenantByDomain(j.Domain); err != store.ErrNone {
			return err
		}
		n := fresh
		if trial {
			switch _, err := tx.TenantByLicence(TrialLicence); err {
			case store.ErrNone:
				n.Licence = TrialLicence
			case nil: // another tenant has it: this one keeps a key of its own
			default:
				return err
			}
		}
		if n.ID, err = tx.InsertTenant(n); err != nil {
			return err
		}
		created = true
		t, err = tx.Tenant(n.ID)
		return err
	})
	s.known.Store(nil)
	return t, created, err
}

// EnsureFirstAdmin makes an administrator without a password if the tenant has
// none at all; domain "" means the first tenant.
func (s *Service) EnsureFirstAdmin(ctx context.Context, domain string) (FirstAdmin, error) {
	p, err := s.LocalAdmin(ctx, domain)
	if err != nil {
		return FirstAdmin{}, err
	}
	token := switchboard.NewToken()
	c := store.Credential{Salt: newSalt(), Iterations: s.opts.Iterations, Version: 1}
	var first FirstAdmin
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		first = FirstAdmin{}
		if _, err := tx.FirstAdmin(p.Tenant); err != store.ErrNone {
			return err
		}
		a := Account{Tenant: p.Tenant, Localpart: firstAdmin, Kind: switchboard.Operator, Admin: true, Profile: Profile{Name: "Administrator"}}
		made, err := insertAccount(tx, p, a, c)
		if err == errAccountHas { // somebody who is none has the name
			a.Localpart += "-" + switchboard.NewName()[:6]
			made, err = insertAccount(tx, p, a, c)
		}
		if err != nil {
			return err
		}
		first = FirstAdmin{Created: true, Name: made.Localpart, SetupToken: token}
		return tx.InsertSetupToken(secretHash(token), made.ID, tx.Now().Add(setupLife))
	})
	return first, err
}

// NewSetupToken makes a one-time link with which the holder chooses an
// account's password: /login/setup?token=… It lives a day.
func (s *Service) NewSetupToken(ctx context.Context, p switchboard.Principal, id switchboard.AccountID) (string, error) {
	if err := p.Require(switchboard.ScopeUsersWrite); err != nil {
		return "", err
	}
	token := switchboard.NewToken()
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		if err := mayResetPassword(tx, p, id); err != nil {
			return err
		}
		record(tx, p, p.Tenant, switchboard.AccountChanged, id, change{Change: "setup-link"})
		return tx.InsertSetupToken(secretHash(token), id, tx.Now().Add(setupLife))
	})
	return token, err
}

// LocalAdmin is the principal of whoever runs commands on the server's own
// machine: an administrator of the tenant without an account. domain "" means
// the first tenant. It cannot have tokens.
func (s *Service) LocalAdmin(ctx context.Context, domain string) (switchboard.Principal, error) {
	var t Tenant
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		if domain == "" {
			t, err = tx.FirstTenant()
		} else {
			t, err = tx.TenantByDomain(domain)
		}
		return err
	})
	if err == store.ErrNone {
		err = errNoTenant
	}
	return switchboard.Principal{Tenant: t.ID, Account: -1, Kind: switchboard.Operator, Admin: true, Domain: t.Domain,
		Scopes: switchboard.AllScopes(), Dialect: switchboard.PublicDialect}, err
}

// Tenant is the principal's tenant.
func (s *Service) Tenant(ctx context.Context, p switchboard.Principal) (Tenant, error) {
	if !p.Known() {
		return Tenant{}, p.Require(switchboard.ScopeCompanyRead)
	}
	return s.tenantByID(ctx, p.Tenant)
}

func (s *Service) tenantByID(ctx context.Context, id switchboard.TenantID) (Tenant, error) {
	return s.tenantBy(ctx, func(tx *store.Tx) (Tenant, error) { return tx.Tenant(id) }, errNoTenant)
}

// TenantByGUID finds a tenant by the GUID in its widget's tag; anyone may.
func (s *Service) TenantByGUID(ctx context.Context, guid string) (Tenant, error) {
	if text("companyGuid", guid, 64) != nil {
		return Tenant{}, errNoTenant
	}
	return s.tenantBy(ctx, func(tx *store.Tx) (Tenant, error) { return tx.TenantByGUID(guid) }, errNoTenant)
}

// TenantByLicence finds a tenant by its licence key; an unknown one is Invalid "licence-unknown".
func (s *Service) TenantByLicence(ctx context.Context, key string) (Tenant, error) {
	if key == "" || text("licenseKey", key, 200) != nil {
		return Tenant{}, errLicence
	}
	return s.tenantBy(ctx, func(tx *store.Tx) (Tenant, error) { return tx.TenantByLicence(key) }, errLicence)
}

// TenantDomain is the domain of the tenant that a host name names, "" if it
// names none. The list of tenants may be some seconds old.
func (s *Service) TenantDomain(ctx context.Context, host string) string {
	j, err := switchboard.NewJID("", host, "")
	if err == nil && slices.Contains(s.domains(ctx), j.Domain) {
		return j.Domain
	}
	return ""
}

// CheckLicence returns nil if a licence key is that of the principal's tenant;
// a foreign one is as unknown as any other. An absent one is not asked for.
func (s *Service) CheckLicence(ctx context.Context, p switchboard.Principal, key string) error {
	if key == "" {
		return nil
	}
	t, err := s.TenantByLicence(ctx, key)
	if err == nil && t.ID != p.Tenant {
		err = errLicence
	}
	return err
}

func (s *Service) tenantBy(ctx context.Context, find func(*store.Tx) (Tenant, error), none error) (t Tenant, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		t, err = find(tx)
		return err
	})
	if err == store.ErrNone {
		err = none
	}
	return t, err
}

// UpdateTenant changes a tenant's name (unless empty) and settings (those given; "" removes one).
func (s *Service) UpdateTenant(ctx context.Context, p switchboard.Principal, name string, settings map[string]string) (Tenant, error) {
	if err := text("name", name, maxName); err != nil {
		return Tenant{}, err
	}
	for k, v := range settings {
		if err := text("settings", k, 100); err != nil {
			return Tenant{}, err
		}
		if err := text("settings", v, switchboard.MaxFieldText); err != nil {
			return Tenant{}, err
		}
		if err := checkSetting(k, v); err != nil {
			return Tenant{}, err
		}
	}
	if set := settings[settingJWKS]; set != "" {
		if err := checkSetURL(set, s.opts.AllowPrivate); err != nil {
			return Tenant{}, err
		}
	}
	c := tenantChange{change: change{Change: "settings"}}
	return s.changeTenant(ctx, p, &c, func(t *Tenant) error {
		c.Settings = nil
		if name != "" && name != t.Name {
			t.Name = name
			c.Settings = append(c.Settings, "name")
		}
		t.Settings = maps.Clone(t.Settings)
		if t.Settings == nil {
			t.Settings = map[string]string{}
		}
		for _, k := range slices.Sorted(maps.Keys(settings)) {
			v := settings[k]
			if v != t.Settings[k] {
				c.Settings = append(c.Settings, k)
			}
			if v == "" {
				delete(t.Settings, k)
			} else {
				t.Settings[k] = v
			}
		}
		if len(t.Settings) > maxSettings {
			return errField("settings", "settings-too-many", "too many settings")
		}
		return nil
	})
}

const maxDeviceSetting = 1000

// checkSetting checks the values of settings that rules read; "" removes one.
func checkSetting(name, value string) error {
	low, high := 0, maxGrace
	switch feature, is := strings.CutPrefix(name, switchboard.FeatureSetting("")); {
	case value == "":
		return nil
	case is && !switchboard.KnownFeature(switchboard.Feature(feature)):
		return errField(name, "feature-unknown", "there is no such feature")
	case is && value != "on" && value != "off":
		return errField(name, "setting-invalid", "a feature is on or off")
	case is:
		return nil
	case name == SettingDevices:
		low, high = 1, maxDeviceSetting
	case name != SettingDeletionGrace:
		return nil
	}
	if n, err := strconv.Atoi(value); err != nil || n < low || n > high {
		return switchboard.Ef(switchboard.Invalid, "setting-invalid", "this is a whole number from %d to %d", low, high).InField(name)
	}
	return nil
}

// EndTrial takes the tenant out of trial mode for good and gives it a new
// licence key.
func (s *Service) EndTrial(ctx context.Context, p switchboard.Principal) (Tenant, error) {
	licence := switchboard.NewToken()
	return s.changeTenant(ctx, p, &tenantChange{change: change{Change: "trial-ended"}}, func(t *Tenant) error {
		if t.Trial {
			t.Trial, t.Licence = false, licence
		}
		return nil
	})
}

// tenantChange is the payload of tenant.changed.
type tenantChange struct {
	change
	Settings []string `json:"settings,omitempty"` // the names of those that are different now
}

// changeTenant stores what fn makes of the tenant, and what fn says about it in c.
func (s *Service) changeTenant(ctx context.Context, p switchboard.Principal, c *tenantChange, fn func(*Tenant) error) (t Tenant, err error) {
	if err := p.RequireAdmin(); err != nil {
		return t, err
	}
	if err := p.Require(switchboard.ScopeCompanyWrite); err != nil {
		return t, err
	}
	err = s.db.Write(ctx, func(tx *store.Tx) (err error) {
		if t, err = tx.Tenant(p.Tenant); err != nil {
			return err
		}
		if err = fn(&t); err != nil {
			return err
		}
		tx.Append(&switchboard.Event{Tenant: t.ID, Kind: switchboard.TenantChanged, Subject: int64(t.ID), Actor: max(p.Account, 0),
			Payload: switchboard.Payload(c)})
		return tx.UpdateTenant(t)
	})
	return t, err
}
