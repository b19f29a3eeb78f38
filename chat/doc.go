// Package chat is people talk to people: send, archive, receipts, profile, block, last seen, roster, groups, media.
//
// Every rule about who may say what to whom lives here, once: XMPP, the REST
// dialects, the widget and the desk call the same functions with a Principal.
//
// A message takes this way. [Service.SendAsync] checks the rules from caches
// in memory, then queues a ledger row with a place in the archive of each side.
// After the commit the sender is told first; then the message is signalled on
// the bus to whoever is connected (see [Delivery]), and what nobody took waits
// as an offline message (see [Service.Attach]). What need not last, like
// typing, goes over the bus alone and keeps its place among its sender's
// messages.
//
// What happens to an account that its streams have to know arrives on the topic
// bus.Account of it. The kinds are [KindDeliver], [KindRoster],
// [KindSubscription], [KindPresence], [KindBlocking] and [KindGroup]; each says
// what a stream does with it.
//
// Groups live at the host "mix." + the tenant's domain. A member just sends to
// the group's address; there is nothing to join. Everybody gets the message
// from group@mix.domain/localpart-of-the-sender, and it is stored once.
package chat
