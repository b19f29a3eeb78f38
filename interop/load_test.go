package interop

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/boardtest"
	"switchboard/stanza"
)

// xmppClient is a stream of an account over STARTTLS.
func xmppClient(t testing.TB, b *boardtest.Binary, name string) *boardtest.XMPPClient {
	t.Helper()
	c := boardtest.DialXMPP(t, boardtest.XMPPAddress{TCP: b.XMPP, Domain: "localhost"})
	c.Open()
	c.StartTLS(&tls.Config{InsecureSkipVerify: true})
	if e := c.Auth("PLAIN", []byte("\x00"+name+"\x00"+boardtest.Password)); !e.Is(stanza.NSSASL, "success") {
		t.Fatalf("%s cannot sign in: %s", name, e.Raw())
	}
	c.Restart()
	c.Open()
	c.Bind("test")
	return c
}

// plainClient is a stream without TLS; the server has to run with
// --insecure-plain. It is not available yet.
func plainClient(t testing.TB, address, name string) *boardtest.XMPPClient {
	t.Helper()
	c := boardtest.DialXMPP(t, boardtest.XMPPAddress{TCP: address, Domain: "localhost"})
	c.Login(name, boardtest.Password)
	c.Bind("test")
	return c
}

// archived is a message as an archive shows it.
type archived struct{ id, body string }

// readArchive reads a whole archive, by XEP-0313: the client's own, or that of
// a group it is a member of.
func readArchive(t testing.TB, c *boardtest.XMPPClient, of string) (all []archived) {
	t.Helper()
	for page, after := 0, ""; ; page++ {
		id := fmt.Sprintf("page%d", page)
		to := ""
		if of != "" {
			to = " to='" + of + "'"
		}
		c.Send("<iq type='set' id='" + id + "'" + to + "><query xmlns='urn:xmpp:mam:2' queryid='" + id + "'>" +
			string(stanza.Page{Max: 250, HasAfter: after != "", After: after}.AppendTo(nil)) + "</query></iq>")
		answer := c.Until("a page of the archive", func(e stanza.Element) bool {
			if result := e.Child(stanza.NSMAM2, "result"); !result.IsZero() && result.Attr("queryid") == id {
				message := result.Child(stanza.NSForward, "forwarded").Child(stanza.NSClient, "message")
				all = append(all, archived{result.ID(), message.ChildText(stanza.NSClient, "body")})
			}
			return e.Name() == stanza.IQ && e.ID() == id
		})
		fin := answer.Child(stanza.NSMAM2, "fin")
		if fin.IsZero() {
			t.Fatalf("the archive answers %s", answer.Raw())
		}
		if fin.Bool("complete") {
			return all
		}
		result, _ := stanza.PageResultOf(fin)
		after = result.Last
	}
}

// texts are the texts of an archive. It fails when an id comes twice.
func texts(t testing.TB, all []archived) (bodies []string) {
	t.Helper()
	known := map[string]bool{}
	for _, a := range all {
		if known[a.id] {
			t.Errorf("%s (%q) is in the archive twice", a.id, a.body)
		}
		known[a.id] = true
		bodies = append(bodies, a.body)
	}
	return bodies
}

// window is how many messages a talk has on their way.
const window = 16

// talk is one account that writes to another as fast as it hears that its
// messages were handled (XEP-0198 §4).
type talk struct {
	from, to string

	mu        sync.Mutex
	progress  *sync.Cond
	sent      []string // texts, in their order
	acked     int      // the server has told the sender that it has so many …
	delivered int      // … and the receiver has so many
	faults    []string
	stopped   bool
	ended     sync.WaitGroup
	clients   []*boardtest.XMPPClient
}

func startTalk(t testing.TB, address, from, to string) *talk {
	t.Helper()
	k := &talk{from: from, to: to}
	k.progress = sync.NewCond(&k.mu)
	receiver, sender := plainClient(t, address, to), plainClient(t, address, from)
	receiver.Come("")
	sender.Send("<enable xmlns='urn:xmpp:sm:3'/>")
	sender.Until("<enabled/>", func(e stanza.Element) bool { return e.Is(stanza.NSSM3, "enabled") })
	k.clients = []*boardtest.XMPPClient{receiver, sender}
	k.ended.Go(func() { k.send(sender) })
	k.ended.Go(func() { k.receive(receiver) })
	return k
}

// send writes until it is stopped or the connection ends.
func (k *talk) send(c *boardtest.XMPPClient) {
	for {
		var batch strings.Builder
		k.mu.Lock()
		if k.stopped {
			k.mu.Unlock()
			return
		}
		for range window {
			body := fmt.Sprintf("%s to %s %d", k.from, k.to, len(k.sent))
			fmt.Fprintf(&batch, "<message type='chat' to='%s@localhost' id='%d'><body>%s</body></message>", k.to, len(k.sent), body)
			k.sent = append(k.sent, body)
		}
		k.mu.Unlock()
		batch.WriteString("<r xmlns='urn:xmpp:sm:3'/>")
		if c.TrySend(batch.String()) != nil {
			return
		}
		for {
			e, err := c.Read()
			if err != nil {
				return
			}
			if e.Is(stanza.NSSM3, "a") {
				h, err := strconv.Atoi(e.Attr("h"))
				k.note(func() {
					if err != nil || h > len(k.sent) {
						k.faults = append(k.faults, "acknowledged: "+e.Attr("h"))
					}
					k.acked = h
				})
				break
			}
		}
	}
}

// receive checks the order of what comes.
func (k *talk) receive(c *boardtest.XMPPClient) {
	for {
		e, err := c.Read()
		if err != nil {
			return
		}
		if e.Name() != stanza.Message {
			continue
		}
		body := e.ChildText(stanza.NSClient, "body")
		k.note(func() {
			if k.delivered >= len(k.sent) || k.sent[k.delivered] != body {
				k.faults = append(k.faults, fmt.Sprintf("message %d to come was %q", k.delivered, body))
			}
			k.delivered++
		})
	}
}

func (k *talk) note(change func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change()
	k.progress.Broadcast()
}

// acknowledged is how many messages either side knows to be safe.
func (k *talk) acknowledged() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return max(k.acked, k.delivered)
}

// until waits until so many messages are acknowledged.
func (k *talk) until(t testing.TB, n int) {
	t.Helper()
	k.wait(t, func() bool { return max(k.acked, k.delivered) >= n })
}

func (k *talk) wait(t testing.TB, condition func() bool) {
	t.Helper()
	late := errors.New("late")
	var err error
	timer := time.AfterFunc(patience, func() { k.note(func() { err = late }) })
	defer timer.Stop()
	k.mu.Lock()
	defer k.mu.Unlock()
	for !condition() && err == nil {
		k.progress.Wait()
	}
	if err != nil && !condition() {
		t.Fatalf("%s to %s: %d of %d messages acknowledged, %d delivered", k.from, k.to, k.acked, len(k.sent), k.delivered)
	}
}

// stop ends a talk when everything has been delivered.
func (k *talk) stop(t testing.TB) {
	t.Helper()
	k.note(func() { k.stopped = true })
	k.wait(t, func() bool { return k.delivered >= len(k.sent) })
	k.over(t)
}

// over waits until both sides know that their connections are gone.
func (k *talk) over(t testing.TB) {
	t.Helper()
	for _, c := range k.clients {
		c.Break()
	}
	k.ended.Wait()
	for _, f := range k.faults {
		t.Errorf("%s to %s: %s", k.from, k.to, f)
	}
}
