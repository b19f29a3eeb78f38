// Package public is the REST dialect of the contact centre and of
// administration.
//
// Each handler is decode, rule, encode: the rules are in auth, chat, desk and
// webhook. The console uses nothing else.
package public
