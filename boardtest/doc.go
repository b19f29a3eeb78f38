// Package boardtest is the test kit: a node in a temp dir, XMPP dialogue scripts, API scenarios, fake clock.
//
// It is imported by external tests (package x_test) only: it builds on node,
// and node builds on nearly everything.
package boardtest
