package xmpp

import (
	"slices"

	"switchboard/chat"
)

// With several nodes a message can reach a resource twice: live, from the node
// of its sender, and as an offline message that was read before that node knew
// of the delivery (see chat.Service.Attach). A resource remembers what it got
// last; that is more than a sender has on their way before it knows where its
// recipient is.
const remembered = 256

// had remembers that the resource gets the message with a number of its
// account's archive. It reports whether it has got that one before. The resource
// is locked.
func (r *resource) had(number int64) bool {
	if number == 0 || !r.server.opts.Bus.Shared() { // on one node nothing comes twice
		return false
	}
	if r.has(number) {
		return true
	}
	if len(r.got) < remembered {
		r.got = append(r.got, number)
		return false
	}
	r.got[r.gotNext] = number
	r.gotNext = (r.gotNext + 1) % remembered
	return false
}

// has reports whether the resource has got a message. What the client has not
// acknowledged still waits offline, however much it is.
func (r *resource) has(number int64) bool {
	if slices.Contains(r.got, number) {
		return true
	}
	return r.sm != nil && slices.ContainsFunc(r.sm.unacked, func(it item) bool { return it.came != nil && it.came.msg.Number == number })
}

// fresh are the messages of a page that the resource has not got yet; from now
// on it has.
func (r *resource) fresh(page []chat.Message) []chat.Message {
	if !r.server.opts.Bus.Shared() {
		return page
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(page), func(m chat.Message) bool { return r.had(m.Number) })
}
