package chat

import (
	"context"

	"switchboard"
	"switchboard/store"
)

const maxVCard = 64 << 10

var errVCardLarge = switchboard.Ef(switchboard.TooLarge, "vcard-too-large", "a vCard has at most %d bytes beside its picture", maxVCard)

// VCard returns what somebody has published as their vCard (XEP-0054), without
// the picture, nil if nothing; and the person, who is the truth where the two
// differ. It is found for whom Person finds it.
func (s *Service) VCard(ctx context.Context, p switchboard.Principal, jid switchboard.JID) ([]byte, Person, error) {
	person, err := s.Person(ctx, p, jid.Bare())
	if err != nil {
		return nil, person, err
	}
	var vcard []byte
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		vcard, err = tx.VCard(person.Account)
		if err == store.ErrNone {
			err = nil
		}
		return err
	})
	return vcard, person, err
}

// CheckVCard says whether SetVCard would take it.
func CheckVCard(vcard []byte) error {
	if len(vcard) > maxVCard {
		return errVCardLarge
	}
	return nil
}

// SetVCard stores what the asker publishes as a vCard, without the picture. The
// profile is stored by SetProfile.
func (s *Service) SetVCard(ctx context.Context, p switchboard.Principal, vcard []byte) error {
	if vcard == nil {
		vcard = []byte{}
	}
	_, err := s.ChangeProfile(ctx, p, p.Account, ProfileChange{VCard: vcard})
	return err
}
