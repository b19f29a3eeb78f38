// Package switchboard holds the words of the system: types, ids, limits,
// events and errors. It does no I/O, and every other room may import it.
package switchboard
