// Package xmpp is the XMPP server: streams, SASL, routing; one file per XEP.
//
// # How it is built
//
// A stream is one connection of a client, over TCP (RFC 6120) or WebSocket
// (RFC 7395); the link type hides which. Negotiation ends with a resource: a
// bound full address of an account. The resource outlives its stream when
// stream management (XEP-0198) is on. All resources of an account on this node
// share one account, which is subscribed to bus.Account: messages, presence
// and iq stanzas reach them through that topic alone, so that it does not
// matter on which node a stream is.
//
// One goroutine reads each stream and handles its stanzas in order. Messages
// are given to chat.SendAsync, and reading goes on while their commits are in
// flight; any other stanza waits until those of the same stream are committed.
// What is to be written goes into a bounded queue; a writer goroutine exists
// only while it holds something. A stream that waits owns no buffer and no
// timer: one sweeper looks after all deadlines.
//
// # Adding a specification
//
// One file registers one: its namespaces, the features that service discovery
// shows, its iq handlers and its elements beside stanzas. A specification that
// stands in the path of other stanzas fills a named stage:
//
//   - negotiate: offer a stream feature, or take an element between
//     authentication and bind;
//   - inbound: hear that a stanza has been handled, and what it led to is
//     committed;
//   - deliver: hold back or keep what goes to a resource;
//   - closing: keep a resource when its stream has gone.
//
// What the stages do, and in which order, is written once where they are
// called. Two specifications that claim the same name panic when the program
// starts.
package xmpp
