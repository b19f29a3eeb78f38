package chat

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"io"
	"strings"

	"switchboard"
	"switchboard/store"
)

// Picture is the picture of an account. Token names it in ImagePaths and in the
// profile's image, as "media:" and the token. The other fields are of its
// avatar, which is what Avatar returns.
type Picture struct {
	Token         string
	Type          string
	SHA1          string // hexadecimal
	Size          int64
	Width, Height int
}

// Image is how the profile names the picture, "" for no picture.
func (p Picture) Image() string {
	if p.Token == "" {
		return ""
	}
	return profilePrefix + p.Token
}

var errNoPicture = switchboard.E(switchboard.NotFound, "picture-not-found", "there is no picture")

// SetPicture makes an image (PNG, JPEG, WebP or GIF) the asker's picture. What
// cameras write beside the image, such as the place, is left out; an image that has
// nothing of it and no more than 64 KiB is kept as it is, and is its own avatar.
// It ends with Invalid "picture-invalid" or TooLarge "picture-too-large".
func (s *Service) SetPicture(ctx context.Context, p switchboard.Principal, image []byte) (Picture, error) {
	return s.SetPictureOf(ctx, p, p.Account, image)
}

// CheckPicture says whether SetPicture would take an image, for who has to know
// before other things are done.
func (s *Service) CheckPicture(ctx context.Context, image []byte) error {
	if s.blob == nil {
		return errMediaOff
	}
	_, err := s.render(ctx, image, false)
	return err
}

// SetAvatar is SetPicture for an image that the asker has published itself over
// XMPP: Avatar returns exactly these bytes, because others ask for them by their hash.
func (s *Service) SetAvatar(ctx context.Context, p switchboard.Principal, image []byte) (Picture, error) {
	return s.ChangeProfile(ctx, p, p.Account, ProfileChange{Picture: given(image), Exact: true})
}

// SetPictureOf makes an image the picture of an account of the tenant; the asker
// needs users.write, or is the account.
func (s *Service) SetPictureOf(ctx context.Context, p switchboard.Principal, id switchboard.AccountID, image []byte) (Picture, error) {
	return s.ChangeProfile(ctx, p, id, ProfileChange{Picture: given(image)})
}

// given is an image that is there, be it empty.
func given(image []byte) []byte {
	if image == nil {
		return []byte{}
	}
	return image
}

// RemovePicture removes the asker's picture, and whatever else its profile has
// as an image.
func (s *Service) RemovePicture(ctx context.Context, p switchboard.Principal) error {
	return s.RemovePictureOf(ctx, p, p.Account)
}

// RemovePictureOf removes the picture of an account of the tenant.
func (s *Service) RemovePictureOf(ctx context.Context, p switchboard.Principal, id switchboard.AccountID) error {
	_, err := s.ChangeProfile(ctx, p, id, ProfileChange{RemovePicture: true})
	return err
}

// newPicture is a picture whose bytes are stored and that is nobody's yet.
type newPicture struct {
	row   store.Picture
	files [2]store.Media
}

// makePicture makes the renditions and stores them. Only then a transaction says
// that they are there: a crash leaves files that expire and no picture without
// its bytes.
func (s *Service) makePicture(ctx context.Context, p switchboard.Principal, id switchboard.AccountID, image []byte, exact bool) (*newPicture, error) {
	if s.blob == nil {
		return nil, errMediaOff
	}
	made, err := s.render(ctx, image, exact)
	if err != nil {
		return nil, err
	}
	main, err := s.putPicture(ctx, p, id, "picture", made.main)
	if err != nil {
		return nil, err
	}
	thumb, err := s.putPicture(ctx, p, id, "thumb", made.thumb)
	if err != nil {
		return nil, err
	}
	row := store.Picture{Account: id, Image: main.Token, Thumb: thumb.Token, Avatar: store.AvatarThumb}
	avatar := made.thumb
	if exact || len(made.main.data) <= maxAvatar {
		row.Avatar, avatar = store.AvatarImage, made.main
	}
	sum := sha1.Sum(avatar.data)
	row.SHA1, row.Type, row.Size, row.Width, row.Height = hex.EncodeToString(sum[:]), avatar.kind, int64(len(avatar.data)), avatar.width, avatar.height
	return &newPicture{row, [2]store.Media{main, thumb}}, nil
}

// store makes it the picture of its account.
func (n *newPicture) store(tx *store.Tx) error {
	for _, m := range n.files {
		switch stored, err := tx.StoreMedia(m.ID, m.Size); {
		case err != nil:
			return err
		case !stored: // its account was erased meanwhile, or it took a day
			return errNoMedia
		}
	}
	return tx.PutPicture(n.row)
}

// dropPicture gives up what nobody's picture has become; or it goes by itself in a day.
func (s *Service) dropPicture(ctx context.Context, n *newPicture) {
	_ = s.db.Write(ctx, func(tx *store.Tx) error {
		for _, m := range n.files {
			if _, err := tx.DropMedia(m.Token); err != nil {
				return err
			}
		}
		return nil
	})
	s.wakeJanitor()
}

// putPicture stores one rendition as a file that nobody has confirmed yet.
func (s *Service) putPicture(ctx context.Context, p switchboard.Principal, owner switchboard.AccountID, name string, r rendition) (store.Media, error) {
	m := store.Media{Tenant: p.Tenant, Owner: owner, Token: switchboard.NewToken(), Object: switchboard.NewToken(), Name: name + r.ending(),
		Type: r.kind, Size: int64(len(r.data)), State: store.MediaWaiting, Purpose: mediaPicture, Expires: s.now().Add(uploadLife)}
	err := s.db.Write(ctx, func(tx *store.Tx) (err error) {
		m.ID, err = tx.InsertMedia(m)
		return err
	})
	if err != nil {
		return m, err
	}
	return m, s.blob.Put(ctx, m.Object, r.data)
}

var errImage = switchboard.E(switchboard.Invalid, "image-invalid", "a picture is uploaded, or has an address elsewhere").InField("image")

// checkImage is for a profile whose image is set as a text: it may not name a
// picture of ours that is not its own.
func checkImage(before, after string) error {
	if after != before && strings.HasPrefix(after, profilePrefix) {
		return errImage
	}
	return nil
}

// movePicture ends the addresses of an account's picture, if it has one.
func movePicture(tx *store.Tx, a *account) error {
	moved, err := tx.MovePicture(a.id)
	if moved && err == nil {
		recordProfile(tx, a.tenant.id, a.id, a.id)
	}
	return err
}

func pictureOf(row store.Picture) Picture {
	return Picture{Token: row.Image, Type: row.Type, SHA1: row.SHA1, Size: row.Size, Width: row.Width, Height: row.Height}
}

// Picture tells what picture somebody has, whom the asker may see; the zero
// Picture for none, and for an image that is elsewhere.
func (s *Service) Picture(ctx context.Context, p switchboard.Principal, jid switchboard.JID) (Picture, error) {
	row, err := s.pictureRow(ctx, p, jid)
	if err != nil {
		return Picture{}, err
	}
	return pictureOf(row), nil
}

func (s *Service) pictureRow(ctx context.Context, p switchboard.Principal, jid switchboard.JID) (row store.Picture, err error) {
	account, err := s.person(ctx, p, jid)
	if err != nil {
		return row, err
	}
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		row, err = tx.Picture(account.ID)
		return err
	})
	if err == store.ErrNone || err == nil && account.Image != profilePrefix+row.Image {
		return store.Picture{}, nil
	}
	return row, err
}

// Avatar returns the picture of somebody whom the asker may see, as XMPP clients
// get it: the bytes that were published with SetAvatar, or a rendition of 64 KiB at
// most. It ends with NotFound "picture-not-found" where there is none.
func (s *Service) Avatar(ctx context.Context, p switchboard.Principal, jid switchboard.JID) (data []byte, mime, sha1 string, width, height int, err error) {
	row, err := s.pictureRow(ctx, p, jid)
	if err != nil {
		return nil, "", "", 0, 0, err
	}
	if row.Image == "" {
		return nil, "", "", 0, 0, errNoPicture
	}
	token := row.Image
	if row.Avatar == store.AvatarThumb {
		token = row.Thumb
	}
	m, err := s.storedMedia(ctx, token)
	if err != nil {
		return nil, "", "", 0, 0, err
	}
	data, err = s.blob.Get(ctx, m.Object, m.Size)
	return data, row.Type, row.SHA1, row.Width, row.Height, err
}

// OpenPicture opens a picture by the parts of an address that ImagePaths made.
func (s *Service) OpenPicture(ctx context.Context, token, end, signature string, thumb bool) (Media, io.ReadSeekCloser, error) {
	if !s.pictureAddress(token, end, signature) {
		return Media{}, nil, errNoMedia
	}
	if thumb {
		err := s.db.Read(ctx, func(tx *store.Tx) error {
			row, err := tx.PictureByToken(token)
			token = row.Thumb
			return err
		})
		if err == store.ErrNone {
			err = errNoMedia
		}
		if err != nil {
			return Media{}, nil, err
		}
	}
	row, err := s.storedMedia(ctx, token)
	if err == nil && row.Purpose != mediaPicture {
		err = errNoMedia
	}
	if err != nil {
		return Media{}, nil, err
	}
	return s.openMedia(ctx, row)
}

// ending is what the name of a file with the rendition ends with.
func (r rendition) ending() string {
	return map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif"}[r.kind]
}
