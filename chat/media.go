package chat

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"mime"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"switchboard"
	"switchboard/store"
)

// MediaOptions bound what accounts may upload. Fields that are 0 have defaults.
type MediaOptions struct {
	MaxSize int64 // bytes of one file
	Quota   int64 // bytes of all files of one account
}

// The bounds of media.
const (
	maxMedia      = 2000 << 20
	mediaQuota    = 20 << 30
	visitorMedia  = 32 << 20  // a visitor is whoever loads a web page
	visitorQuota  = 256 << 20 //
	maxWaiting    = 100       // uploads of one account that wait for their bytes
	uploadLife    = 24 * time.Hour
	maxMediaName  = 255 // bytes
	mediaInChat   = "message"
	mediaPicture  = "picture"
	octetStream   = "application/octet-stream"
	mediaPath     = "/media/"
	profilePrefix = store.PictureImage
)

// UploadDraft says what somebody wants to upload.
type UploadDraft struct {
	Name    string
	Type    string // media type; empty: what the name's ending says, or bytes
	Size    int64  // exact
	Purpose string // empty or "message"
}

// Upload is where and how to send the bytes.
type Upload struct {
	Token   string
	Path    string // "/media/TOKEN/NAME", escaped: where they go, and where they will be
	Secret  string // to be sent as a bearer token
	Expires time.Time
}

// Media is a file.
type Media struct {
	Token, Name, Type string
	Size              int64
	Owner             switchboard.AccountID
	Tenant            switchboard.TenantID
	Created           time.Time
	Picture           bool // a picture of a profile, or a small rendition of one
}

var (
	errNoMedia      = switchboard.E(switchboard.NotFound, "media-not-found", "there is no such file")
	errMediaOff     = switchboard.E(switchboard.Unavailable, "media-off", "this server keeps no files")
	errMediaName    = switchboard.E(switchboard.Invalid, "file-name-invalid", "a file needs a name, of 255 bytes at most").InField("name")
	errMediaType    = switchboard.E(switchboard.Invalid, "file-type-invalid", "the type of the file is no media type").InField("type")
	errMediaSize    = switchboard.E(switchboard.Invalid, "file-empty", "a file has one byte or more").InField("size")
	errQuota        = switchboard.E(switchboard.TooMany, "quota-exceeded", "there is no room for this file: your files take all the space that you have")
	errManyUploads  = switchboard.E(switchboard.TooMany, "too-many-uploads", "too many uploads have been begun and not finished")
	errUploadSecret = switchboard.E(switchboard.Unauthorized, "upload-secret-wrong", "this is not the upload's secret")
	errUploadOwner  = switchboard.E(switchboard.Forbidden, "account-disabled", "the account whose file this is may not sign in any more")
	errUploadDone   = switchboard.E(switchboard.NotAllowed, "upload-complete", "the file is complete; it cannot be changed")
	errUploadOffset = switchboard.E(switchboard.Conflict, "upload-offset", "the upload is at another place")
	errUploadCut    = switchboard.E(switchboard.Invalid, "upload-incomplete", "the file has not come whole; what came is kept for a while")
)

// MaxMedia is how many bytes one file may have.
func (s *Service) MaxMedia() int64 { return s.media.MaxSize }

// MaxMediaOf is how many bytes one file of the asker's may have.
func (s *Service) MaxMediaOf(p switchboard.Principal) int64 { return s.mediaLimit(p.Kind) }

// RequestUpload makes room for a file. It ends with TooLarge "file-too-large",
// with TooMany "quota-exceeded" or "too-many-uploads", or with Forbidden
// "feature-off" where the tenant does not want files of this type.
func (s *Service) RequestUpload(ctx context.Context, p switchboard.Principal, d UploadDraft) (Upload, error) {
	row, secret, err := s.prepareUpload(ctx, p, d)
	if err != nil {
		return Upload{}, err
	}
	if d.Size <= 0 {
		return Upload{}, errMediaSize
	}
	if err := s.insertUpload(ctx, p, &row); err != nil {
		return Upload{}, err
	}
	return Upload{Token: row.Token, Path: MediaPath(row.Token, row.Name), Secret: secret, Expires: row.Expires}, nil
}

// prepareUpload checks a draft and makes the row for it.
func (s *Service) prepareUpload(ctx context.Context, p switchboard.Principal, d UploadDraft) (row store.Media, secret string, err error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return row, "", err
	}
	if s.blob == nil {
		return row, "", errMediaOff
	}
	if d.Name, err = mediaName(d.Name); err != nil {
		return row, "", err
	}
	if d.Type, err = mediaType(d.Type, d.Name); err != nil {
		return row, "", err
	}
	if d.Purpose != "" && d.Purpose != mediaInChat {
		return row, "", switchboard.E(switchboard.Invalid, "purpose-unknown", "files are for messages").InField("purpose")
	}
	if err := s.mayAttach(ctx, p, d.Type); err != nil {
		return row, "", err
	}
	if limit := s.mediaLimit(a.kind); d.Size > limit {
		return row, "", tooLarge(limit)
	}
	secret = switchboard.NewToken()
	hash := sha256.Sum256([]byte(secret))
	return store.Media{Tenant: a.tenant.id, Owner: a.id, Token: switchboard.NewToken(), Hash: hash[:], Object: switchboard.NewToken(),
		Name: d.Name, Type: d.Type, Size: d.Size, State: store.MediaWaiting, Purpose: mediaInChat, Expires: s.now().Add(uploadLife)}, secret, nil
}

// mediaLimit is how many bytes a file of such an account may have.
func (s *Service) mediaLimit(kind switchboard.AccountKind) int64 {
	if kind == switchboard.Visitor {
		return min(visitorMedia, s.media.MaxSize)
	}
	return s.media.MaxSize
}

func tooLarge(limit int64) error {
	return switchboard.Ef(switchboard.TooLarge, "file-too-large", "a file may have %d bytes at most (%d MB)", limit, limit>>20).InField("size")
}

// insertUpload stores the row if the account has room for it.
func (s *Service) insertUpload(ctx context.Context, p switchboard.Principal, row *store.Media) error {
	quota := s.media.Quota
	if p.Kind == switchboard.Visitor {
		quota = min(quota, visitorQuota)
	}
	return s.db.Write(ctx, func(tx *store.Tx) (err error) {
		used, waiting, err := tx.MediaUse(row.Owner, row.Purpose)
		switch {
		case err != nil:
			return err
		case used+row.Size > quota:
			return errQuota
		case waiting >= maxWaiting:
			return errManyUploads
		}
		row.ID, err = tx.InsertMedia(*row)
		return err
	})
}

// mayAttach checks the tenant's features for a file of a type.
func (s *Service) mayAttach(ctx context.Context, p switchboard.Principal, kind string) error {
	if err := s.Feature(ctx, p, switchboard.FeatureAttachment); err != nil {
		return err
	}
	f := switchboard.FeatureDocument
	switch main, _, _ := strings.Cut(kind, "/"); main {
	case "image":
		f = switchboard.FeatureImageAttachment
	case "video":
		f = switchboard.FeatureVideoAttachment
	case "audio":
		f = switchboard.FeatureAudioAttachment
	}
	return s.Feature(ctx, p, f)
}

// mediaName is a file's name without what a path could hide in.
func mediaName(name string) (string, error) {
	name = path.Base(strings.ReplaceAll(strings.TrimSpace(name), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Cf, r) && r != '\u200d' { // right-to-left marks fake endings
			return -1
		}
		return r
	}, name)
	if name == "" || name == "." || name == ".." || name == "/" || len(name) > maxMediaName {
		return "", errMediaName
	}
	return name, nil
}

// mediaType is a file's type without parameters that could say something else.
func mediaType(kind, name string) (string, error) {
	if kind == "" {
		kind = mime.TypeByExtension(path.Ext(name))
	}
	if kind == "" {
		return octetStream, nil
	}
	kind, _, err := mime.ParseMediaType(kind)
	if err != nil || !strings.Contains(kind, "/") || len(kind) > 127 {
		return "", errMediaType
	}
	return kind, nil
}

// uploading returns a file that waits or is complete, for who knows its secret
// while its owner may sign in.
func (s *Service) uploading(ctx context.Context, token, secret string) (row store.Media, err error) {
	if s.blob == nil {
		return row, errMediaOff
	}
	var owner store.Account
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		if row, err = tx.Media(token); err == nil {
			owner, err = tx.Account(row.Owner)
		}
		return err
	})
	hash := sha256.Sum256([]byte(secret))
	switch {
	case err == store.ErrNone, err == nil && row.State == store.MediaDoomed,
		err == nil && row.State == store.MediaWaiting && !s.now().Before(row.Expires):
		return row, errNoMedia
	case err != nil:
		return row, err
	case subtle.ConstantTimeCompare(hash[:], row.Hash) != 1:
		return row, errUploadSecret
	case owner.Disabled:
		return row, errUploadOwner
	case row.State == store.MediaWaiting && row.Received == row.Size: // all has come, and then the server stopped
		if err := s.complete(ctx, row, row.Size); err != nil {
			return row, err
		}
		row.State = store.MediaStored
	}
	return row, nil
}

// UploadOffset tells how many bytes of an upload have come, and how many it has.
func (s *Service) UploadOffset(ctx context.Context, token, secret string) (received, size int64, err error) {
	row, err := s.uploading(ctx, token, secret)
	return row.Received, row.Size, err
}

// FromStart is the offset of a whole file: what came before is forgotten.
const FromStart = -1

// WriteUpload reads bytes of an upload from r, up to the file's end, and
// returns how many it has then. offset must be how many there are
// (Conflict "upload-offset" with the true number otherwise), or FromStart. What
// came before r ended or failed is kept, for as long as the upload does not
// expire; after a failure the error is Invalid "upload-incomplete".
func (s *Service) WriteUpload(ctx context.Context, token, secret string, offset int64, r io.Reader) (received int64, err error) {
	row, err := s.uploading(ctx, token, secret)
	switch {
	case err != nil:
		return 0, err
	case row.State == store.MediaStored:
		return row.Received, errUploadDone
	case offset == FromStart && row.Received > 0:
		if err := s.advance(ctx, &row, 0); err != nil {
			return row.Received, err
		}
		offset = 0
	case offset == FromStart:
		offset = 0
	case offset != row.Received:
		return row.Received, errUploadOffset
	}
	keep := context.WithoutCancel(ctx) // what came is kept although the client has left
	input := &remembering{r: r}
	to, err := s.blob.Append(ctx, row.Object, offset, row.Size, input, func(to int64) error { return s.advance(keep, &row, to) })
	switch {
	case input.err != nil && (err == nil || errors.Is(err, input.err)):
		return row.Received, errUploadCut.Because(input.err)
	case err != nil:
		return row.Received, err
	case to == row.Size:
		return to, s.complete(keep, row, to)
	}
	return to, nil
}

// remembering knows why its reader failed.
type remembering struct {
	r   io.Reader
	err error
}

func (m *remembering) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if err != nil && err != io.EOF {
		m.err = err
	}
	return n, err
}

// advance stores how far an upload has come, if nobody else moved it.
func (s *Service) advance(ctx context.Context, row *store.Media, to int64) error {
	moved := false
	err := s.db.Write(ctx, func(tx *store.Tx) (err error) {
		moved, err = tx.AdvanceMedia(row.ID, row.Received, to, s.now().Add(uploadLife))
		return err
	})
	if err != nil || moved {
		if moved {
			row.Received = to
		}
		return err
	}
	return s.overtaken(ctx, row)
}

// overtaken finds out why an upload is not where it was. What its removal may
// have missed is removed.
func (s *Service) overtaken(ctx context.Context, row *store.Media) error {
	var now store.Media
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		now, err = tx.Media(row.Token)
		return err
	})
	switch {
	case err == store.ErrNone:
		return errors.Join(errNoMedia, s.blob.Delete(ctx, row.Object))
	case err != nil:
		return err
	case now.State == store.MediaDoomed:
		return errNoMedia
	}
	row.Received = now.Received
	return errUploadOffset
}

func (s *Service) complete(ctx context.Context, row store.Media, size int64) error {
	done := false
	err := s.db.Write(ctx, func(tx *store.Tx) (err error) {
		done, err = tx.StoreMedia(row.ID, size)
		return err
	})
	if err == nil && !done {
		if err = s.overtaken(ctx, &row); errors.Is(err, errUploadOffset) {
			err = nil // another request completed it with the same bytes
		}
	}
	return err
}

// CancelUpload gives an upload up, complete or not: whoever knows its secret
// may take the file back.
func (s *Service) CancelUpload(ctx context.Context, token, secret string) error {
	if _, err := s.uploading(ctx, token, secret); err != nil {
		return err
	}
	return s.doom(ctx, token)
}

func (s *Service) doom(ctx context.Context, token string) error {
	err := s.db.Write(ctx, func(tx *store.Tx) error { _, err := tx.DoomMedia(token); return err })
	if err == nil {
		s.wakeJanitor()
	}
	return err
}

// OpenMedia opens a file for whoever knows its token. Pictures of profiles have
// addresses that end: see OpenPicture. The reader has the file's bytes at any
// place.
func (s *Service) OpenMedia(ctx context.Context, token string) (Media, io.ReadSeekCloser, error) {
	row, err := s.storedMedia(ctx, token)
	if err != nil {
		return Media{}, nil, err
	}
	if row.Purpose == mediaPicture {
		return Media{}, nil, errNoMedia
	}
	return s.openMedia(ctx, row)
}

// OpenTenantMedia opens a file for a user of the tenant that it is of, or the
// picture of somebody whom the asker may see.
func (s *Service) OpenTenantMedia(ctx context.Context, p switchboard.Principal, token string) (Media, io.ReadSeekCloser, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return Media{}, nil, err
	}
	row, err := s.storedMedia(ctx, token)
	switch {
	case err != nil:
		return Media{}, nil, err
	case row.Tenant != a.tenant.id:
		return Media{}, nil, errNoMedia
	case row.Purpose == mediaPicture && row.Owner != a.id && p.Require(switchboard.ScopeUsersRead) != nil:
		if err := s.showsPicture(ctx, a, row.Owner); err != nil {
			return Media{}, nil, err
		}
	}
	return s.openMedia(ctx, row)
}

// showsPicture says whether an account may see the picture of another.
func (s *Service) showsPicture(ctx context.Context, a *account, owner switchboard.AccountID) error {
	var other *account
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		row, err := tx.Account(owner)
		if err == nil {
			other, err = s.accountOf(tx, row)
		}
		return err
	})
	if err == store.ErrNone || err == nil && !other.visibleTo(a) {
		err = errNoMedia
	}
	return err
}

func (s *Service) storedMedia(ctx context.Context, token string) (row store.Media, err error) {
	if s.blob == nil {
		return row, errNoMedia
	}
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		row, err = tx.Media(token)
		return err
	})
	if err == store.ErrNone || err == nil && row.State != store.MediaStored {
		err = errNoMedia
	}
	return row, err
}

func (s *Service) openMedia(ctx context.Context, row store.Media) (Media, io.ReadSeekCloser, error) {
	r, err := s.blob.Reader(ctx, row.Object, row.Size)
	return mediaOf(row), r, err
}

func mediaOf(row store.Media) Media {
	return Media{Token: row.Token, Name: row.Name, Type: row.Type, Size: row.Size, Owner: row.Owner, Tenant: row.Tenant, Created: row.Created,
		Picture: row.Purpose == mediaPicture}
}
