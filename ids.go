package switchboard

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"strings"
)

// Ids are 64 bits inside; those that a contract types as int32 stay below 2^31
// because each of their tables counts from one. None of them is shown to a
// stranger: who is not signed in sees tokens (NewToken), group localparts
// (NewName) and archive ids (chat) only.
type (
	TenantID       int64 // an isolated workspace
	DepartmentID   int64 // a part of a tenant
	AccountID      int64 // someone or something that can authenticate
	DeviceID       int64 // one login of an account; 0 means no device credential
	GroupID        int64 // a chat with members
	QueueID        int64 // an operator group of a department: where conversations wait
	ConversationID int64 // one customer contact
	ArchiveID      int64 // a numbered view onto the ledger
)

// Position is a place in the ledger. Positions count from 1 without gaps, in
// the order of commits, on every store.
type Position int64

// Revision numbers the versions of a roster or a similar small list.
type Revision int64

var nameEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewToken returns 32 lower-case hexadecimal characters (128 random bits).
func NewToken() string {
	var b [16]byte
	rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// NewName returns a random localpart of 16 characters, a to z and 2 to 7.
func NewName() string {
	var b [10]byte
	rand.Read(b[:])
	return nameEncoding.EncodeToString(b[:])
}

// NewUUID returns a random UUID (RFC 9562 §5.4) in its usual spelling.
func NewUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}
