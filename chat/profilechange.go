package chat

import (
	"context"
	"maps"
	"reflect"
	"strings"

	"switchboard"
	"switchboard/store"
)

// ProfileChange is what an account shows of itself from now on: all of it or
// nothing, and whoever knows the account is told once.
type ProfileChange struct {
	Fields        func(*Profile) // changes what the profile says; nil: nothing
	Picture       []byte         // an image that becomes the picture; nil: none does
	Exact         bool           // its bytes are the avatar, as SetAvatar has it
	RemovePicture bool           // the picture goes, and whatever else is the profile's image
	VCard         []byte         // what SetVCard stores; nil: nothing
}

// SetProfile stores the asker's profile.
func (s *Service) SetProfile(ctx context.Context, p switchboard.Principal, profile Profile) error {
	return s.SetProfileOf(ctx, p, p.Account, func(old *Profile) { *old = profile })
}

// SetProfileOf changes a profile: one's own, or any with users.write (that of an
// administrator only as one).
func (s *Service) SetProfileOf(ctx context.Context, p switchboard.Principal, id switchboard.AccountID, change func(*Profile)) error {
	_, err := s.ChangeProfile(ctx, p, id, ProfileChange{Fields: change})
	return err
}

// SetMetadata replaces the metadata in the asker's profile.
func (s *Service) SetMetadata(ctx context.Context, p switchboard.Principal, metadata map[string]string) error {
	return s.SetProfileOf(ctx, p, p.Account, func(old *Profile) { old.Metadata = metadata })
}

// ChangeProfile changes a profile as SetProfileOf does, with the picture and the
// vCard. It returns the picture that was set, if one was.
func (s *Service) ChangeProfile(ctx context.Context, p switchboard.Principal, id switchboard.AccountID, c ProfileChange) (Picture, error) {
	if err := s.mayChangeProfile(ctx, p, id); err != nil {
		return Picture{}, err
	}
	if c.VCard != nil {
		if _, err := s.publisher(ctx, p); err != nil {
			return Picture{}, err
		}
		if err := CheckVCard(c.VCard); err != nil {
			return Picture{}, err
		}
	}
	var made *newPicture
	if c.Picture != nil {
		var err error
		if made, err = s.makePicture(ctx, p, id, c.Picture, c.Exact); err != nil {
			return Picture{}, err
		}
	}
	err := s.db.Write(ctx, func(tx *store.Tx) error { return changeProfile(tx, p, id, c, made) })
	if c.Picture != nil || c.RemovePicture {
		s.wakeJanitor() // for what was the picture before
	}
	switch {
	case made == nil:
		return Picture{}, err
	case err != nil:
		s.dropPicture(context.WithoutCancel(ctx), made)
		return Picture{}, err
	}
	return pictureOf(made.row), nil
}

// mayChangeProfile checks that an account is the asker's own, or of the tenant
// whose users it may change.
func (s *Service) mayChangeProfile(ctx context.Context, p switchboard.Principal, id switchboard.AccountID) error {
	if id == p.Account {
		_, err := s.asker(ctx, p)
		return err
	}
	if err := p.Require(switchboard.ScopeUsersWrite); err != nil {
		return err
	}
	return s.db.Read(ctx, func(tx *store.Tx) error {
		_, err := changeable(tx, p, id)
		return err
	})
}

// changeable returns an account whose profile somebody may change.
func changeable(tx *store.Tx, p switchboard.Principal, id switchboard.AccountID) (store.Account, error) {
	row, err := tx.Account(id)
	switch {
	case err == store.ErrNone, err == nil && (row.Tenant != p.Tenant || row.Gone() || row.Kind == switchboard.Client):
		return row, errNoPerson
	case err == nil && row.Admin && !p.Admin && id != p.Account:
		return row, p.RequireAdmin()
	}
	return row, err
}

// changeProfile is the transaction of ChangeProfile.
func changeProfile(tx *store.Tx, p switchboard.Principal, id switchboard.AccountID, c ProfileChange, made *newPicture) error {
	row, err := changeable(tx, p, id)
	if err != nil {
		return err
	}
	was := row.Profile
	if c.Fields != nil {
		was.Metadata = maps.Clone(was.Metadata)
		c.Fields(&row.Profile)
		if err := checkProfile(row.Profile); err != nil {
			return err
		}
		if err := checkImage(was.Image, row.Image); err != nil {
			return err
		}
	}
	switch {
	case made != nil:
		row.Image = profilePrefix + made.row.Image
	case c.RemovePicture:
		row.Image = ""
	}
	if row.Image != was.Image && strings.HasPrefix(was.Image, profilePrefix) {
		if err := tx.DeletePicture(id); err != nil {
			return err
		}
	}
	if made != nil {
		if err := made.store(tx); err != nil {
			return err
		}
	}
	if c.VCard != nil {
		if err := tx.PutVCard(id, c.VCard); err != nil {
			return err
		}
	}
	if sameProfile(row.Profile, was) {
		return nil
	}
	recordProfile(tx, row.Tenant, id, max(p.Account, 0))
	return tx.UpdateProfile(id, row.Profile)
}

// sameProfile tells whether two profiles say the same: then nobody need be told.
func sameProfile(a, b Profile) bool {
	same := maps.Equal(a.Metadata, b.Metadata)
	a.Metadata, b.Metadata = nil, nil
	return same && reflect.DeepEqual(a, b)
}

// recordProfile appends the fact that an account has another profile or
// picture. Whoever knows the account is told of it once it is committed.
func recordProfile(tx *store.Tx, tenant switchboard.TenantID, id, actor switchboard.AccountID) {
	tx.Append(&switchboard.Event{Tenant: tenant, Kind: switchboard.AccountChanged, Subject: int64(id), Actor: actor,
		Payload: switchboard.Payload(accountChange{Changed: changedProfile})})
}
