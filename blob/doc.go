// Package blob is media bytes: directory or S3, encryption at rest, signed URLs with ranges.
//
// An object is a row of segments of one MiB, each of them sealed with
// AES-256-GCM under a key that belongs to the object alone, and kept as one
// blob of the storage. So an object is written piece by piece, goes on where an
// upload was cut, is read from any place, and is never whole in memory.
//
// The key of an object is derived from the master key and the object's name
// (HKDF, RFC 5869); the nonce is random, for a segment may be written twice.
// What is authenticated with a segment is its number and whether it is the last
// one: segments cannot be swapped, taken from another object or left out, and
// an object cannot be cut short.
//
// Whoever has the storage and not the master key can read nothing. Without the
// master key everything is lost: it belongs into the backup, apart from the
// storage.
package blob
