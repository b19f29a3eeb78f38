// Package channel is the ways into and out of a conversation: web chat,
// generic, bots, e-mail, …; one file per channel.
package channel
