package store

import (
	"time"

	"switchboard"
)

// Media is a file that an account has uploaded or is uploading.
type Media struct {
	ID       int64
	Tenant   switchboard.TenantID
	Owner    switchboard.AccountID
	Token    string
	Hash     []byte // of the secret for the upload
	Object   string // in the storage
	Name     string
	Type     string
	Size     int64
	Received int64
	State    string
	Purpose  string
	Created  time.Time
	Expires  time.Time // zero: it stays
}

// The states of media.
const (
	MediaWaiting = "waiting" // for its bytes
	MediaStored  = "stored"
	MediaDoomed  = "doomed" // its bytes are to be removed, then it
)

const mediaColumns = "id, tenant, owner, token, hash, object, name, type, size, received, state, purpose, created, expires"

func scanMedia(scan func(...any) error) (m Media, err error) {
	var created, expires int64
	err = scan(&m.ID, &m.Tenant, &m.Owner, &m.Token, &m.Hash, &m.Object, &m.Name, &m.Type, &m.Size, &m.Received, &m.State,
		&m.Purpose, &created, &expires)
	m.Created, m.Expires = fromMicros(created), fromMicros(expires)
	return m, err
}

// InsertMedia stores a file's row and returns its id.
func (tx *Tx) InsertMedia(m Media) (id int64, err error) {
	err = tx.mutate(`INSERT INTO media (tenant, owner, token, hash, object, name, type, size, received, state, purpose, created, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id`,
		int64(m.Tenant), int64(m.Owner), m.Token, blob(m.Hash), m.Object, m.Name, m.Type, m.Size, m.Received, m.State, m.Purpose,
		micros(tx.Now()), micros(m.Expires)).Scan(&id)
	return id, err
}

// Media returns a file's row by its token, or ErrNone.
func (tx *Tx) Media(token string) (Media, error) {
	return scanMedia(tx.row("SELECT "+mediaColumns+" FROM media WHERE token = $1", token).Scan)
}

// AdvanceMedia stores how much of a waiting file has come, and when it expires
// otherwise; false means that it is not where it was.
func (tx *Tx) AdvanceMedia(id, from, to int64, expires time.Time) (bool, error) {
	n, err := tx.exec("UPDATE media SET received = $1, expires = $2 WHERE id = $3 AND received = $4 AND state = 'waiting'",
		to, micros(expires), id, from)
	return n > 0, err
}

// StoreMedia stores that a waiting file is complete; false means that it does
// not wait.
func (tx *Tx) StoreMedia(id, size int64) (bool, error) {
	n, err := tx.exec("UPDATE media SET state = 'stored', size = $1, received = $2, expires = 0 WHERE id = $3 AND state = 'waiting'",
		size, size, id)
	return n > 0, err
}

// DoomMedia gives a file up; false means that there is none.
func (tx *Tx) DoomMedia(token string) (bool, error) {
	n, err := tx.exec("UPDATE media SET state = 'doomed', expires = 1 WHERE token = $1 AND state <> 'doomed'", token)
	return n > 0, err
}

// DropMedia gives a file up that waits; false means that it does not.
func (tx *Tx) DropMedia(token string) (bool, error) {
	n, err := tx.exec("UPDATE media SET state = 'doomed', expires = 1 WHERE token = $1 AND state = 'waiting'", token)
	return n > 0, err
}

// DoomExpired gives a file up whose time is over; false means that it is not, any more.
func (tx *Tx) DoomExpired(id int64) (bool, error) {
	n, err := tx.exec("UPDATE media SET state = 'doomed' WHERE id = $1 AND expires > 0 AND expires <= $2", id, micros(tx.Now()))
	return n > 0, err
}

// DoomMediaOf gives up all files of an account and its picture.
func (tx *Tx) DoomMediaOf(account switchboard.AccountID) error {
	if _, err := tx.exec("DELETE FROM pictures WHERE account = $1", int64(account)); err != nil {
		return err
	}
	_, err := tx.exec("UPDATE media SET state = 'doomed', expires = 1 WHERE owner = $1 AND state <> 'doomed'", int64(account))
	return err
}

// ExpiredMedia lists files that are to be removed, oldest first.
func (tx *Tx) ExpiredMedia(limit int) ([]Media, error) {
	rows, err := tx.query("SELECT "+mediaColumns+" FROM media WHERE expires > 0 AND expires <= $1 ORDER BY expires, id LIMIT $2",
		micros(tx.Now()), limit)
	return collect(rows, err, scanMedia)
}

// DeleteMedia removes the row of a doomed file.
func (tx *Tx) DeleteMedia(id int64) error {
	_, err := tx.exec("DELETE FROM media WHERE id = $1 AND state = 'doomed'", id)
	return err
}

// StoredMedia lists stored files after an id, in the order of their ids.
func (tx *Tx) StoredMedia(after int64, limit int) ([]Media, error) {
	rows, err := tx.query("SELECT "+mediaColumns+" FROM media WHERE id > $1 AND state = 'stored' ORDER BY id LIMIT $2", after, limit)
	return collect(rows, err, scanMedia)
}

// MediaUse is how many bytes an account's files of a purpose have or will have,
// and how many of them wait.
func (tx *Tx) MediaUse(account switchboard.AccountID, purpose string) (bytes int64, waiting int, err error) {
	err = tx.row(`SELECT coalesce(sum(size), 0), coalesce(sum(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), 0) FROM media
		WHERE owner = $1 AND purpose = $2 AND state IN ('waiting', 'stored')`, int64(account), purpose).Scan(&bytes, &waiting)
	return bytes, waiting, err
}

// Picture is the picture of an account.
type Picture struct {
	Account       switchboard.AccountID
	Image, Thumb  string // tokens of media
	Avatar        string // which of the two XMPP clients get: AvatarImage or AvatarThumb
	SHA1, Type    string // of the avatar
	Size          int64
	Width, Height int
	Changed       time.Time
}

// PictureImage is what a profile's image begins with that is a picture of ours;
// the token follows.
const PictureImage = "media:"

// What the avatar of a picture is.
const (
	AvatarImage = "image"
	AvatarThumb = "thumb"
)

const pictureColumns = "account, image, thumb, avatar, sha1, type, size, width, height, changed"

func scanPicture(scan func(...any) error) (p Picture, err error) {
	var changed int64
	err = scan(&p.Account, &p.Image, &p.Thumb, &p.Avatar, &p.SHA1, &p.Type, &p.Size, &p.Width, &p.Height, &changed)
	p.Changed = fromMicros(changed)
	return p, err
}

// PutPicture stores the picture of an account in the place of the one before.
func (tx *Tx) PutPicture(p Picture) error {
	_, err := tx.exec(`INSERT INTO pictures (account, image, thumb, avatar, sha1, type, size, width, height, changed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (account) DO UPDATE SET image = excluded.image, thumb = excluded.thumb, avatar = excluded.avatar,
		sha1 = excluded.sha1, type = excluded.type, size = excluded.size, width = excluded.width, height = excluded.height,
		changed = excluded.changed`,
		int64(p.Account), p.Image, p.Thumb, p.Avatar, p.SHA1, p.Type, p.Size, p.Width, p.Height, micros(tx.Now()))
	return err
}

// Picture returns the picture of an account, or ErrNone.
func (tx *Tx) Picture(account switchboard.AccountID) (Picture, error) {
	return scanPicture(tx.row("SELECT "+pictureColumns+" FROM pictures WHERE account = $1", int64(account)).Scan)
}

// PictureByToken returns a picture by the token of its image, or ErrNone.
func (tx *Tx) PictureByToken(token string) (Picture, error) {
	return scanPicture(tx.row("SELECT "+pictureColumns+" FROM pictures WHERE image = $1", token).Scan)
}

// MovePicture gives the picture of an account another token, so that nobody who
// knows the one before gets it any more; false means that it has none.
func (tx *Tx) MovePicture(account switchboard.AccountID) (bool, error) {
	p, err := tx.Picture(account)
	if err == ErrNone {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	image, thumb := switchboard.NewToken(), switchboard.NewToken()
	for _, q := range [...]struct {
		query string
		args  []any
	}{
		{"UPDATE media SET token = $1 WHERE token = $2", []any{image, p.Image}},
		{"UPDATE media SET token = $1 WHERE token = $2", []any{thumb, p.Thumb}},
		{"UPDATE pictures SET image = $1, thumb = $2 WHERE account = $3", []any{image, thumb, int64(account)}},
		{"UPDATE accounts SET image = $1 WHERE id = $2 AND image = $3", []any{PictureImage + image, int64(account), PictureImage + p.Image}},
	} {
		if _, err := tx.exec(q.query, q.args...); err != nil {
			return false, err
		}
	}
	return true, nil
}

// DeletePicture removes the picture of an account and gives its files up.
func (tx *Tx) DeletePicture(account switchboard.AccountID) error {
	p, err := tx.Picture(account)
	if err == ErrNone {
		return nil
	}
	if err != nil {
		return err
	}
	for _, token := range [...]string{p.Image, p.Thumb} {
		if _, err := tx.DoomMedia(token); err != nil {
			return err
		}
	}
	_, err = tx.exec("DELETE FROM pictures WHERE account = $1", int64(account))
	return err
}
