// Package desk serves customers: open, queue, route, assign, transfer, close,
// survey, working hours.
//
// A conversation owns a chat group. What is said goes through chat.Send like
// any other message; the desk decides who is a member and writes the system
// notices. Every change of a conversation is one store.Write: the conversation,
// its group's members, the notice and the event commit together, and a change that
// depends on the status names the status it saw, so that of two operators who
// accept at the same moment one is told that it is taken.
package desk
