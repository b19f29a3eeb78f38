package chat

import (
	"bytes"
	"context"
	"encoding/xml"
	"math"
	"strconv"
	"strings"

	"switchboard"
)

// Location is a place on Earth, in degrees (XEP-0080).
type Location struct{ Latitude, Longitude float64 }

// ContactCard is somebody's name and telephone numbers (XEP-0292).
type ContactCard struct {
	Name   string
	Phones []string
}

var (
	errLocation = switchboard.E(switchboard.Invalid, "location-invalid", "a place has a latitude from -90 to 90 and a longitude from -180 to 180").InField("latitude")
	errContact  = switchboard.E(switchboard.Invalid, "contact-invalid", "a contact has a name of 255 characters at most and one to ten numbers").InField("contactName")
)

// SendLocation sends a place. Clients that do not know places show a geo: address
// (RFC 5870).
func (s *Service) SendLocation(ctx context.Context, p switchboard.Principal, to switchboard.JID, l Location, o SendOptions) (Message, error) {
	if !(math.Abs(l.Latitude) <= 90) || !(math.Abs(l.Longitude) <= 180) { // not a number is neither
		return Message{}, errLocation
	}
	lat, lon := degrees(l.Latitude), degrees(l.Longitude)
	b := appendLeaf([]byte("<geoloc xmlns='http://jabber.org/protocol/geoloc'>"), "lat", lat)
	o.payload = append(appendLeaf(b, "lon", lon), "</geoloc>"...)
	return s.SendText(ctx, p, to, "geo:"+lat+","+lon, o)
}

func degrees(d float64) string { return strconv.FormatFloat(d, 'f', -1, 64) }

// Location is the place that a message brings; false for a message without one.
func (m *Message) Location() (Location, bool) {
	if !bytes.Contains(m.Stanza, []byte("http://jabber.org/protocol/geoloc")) {
		return Location{}, false
	}
	var w struct {
		Geoloc *struct {
			Lat float64 `xml:"lat"`
			Lon float64 `xml:"lon"`
		} `xml:"http://jabber.org/protocol/geoloc geoloc"`
	}
	if xml.Unmarshal(m.Stanza, &w) != nil || w.Geoloc == nil {
		return Location{}, false
	}
	return Location{w.Geoloc.Lat, w.Geoloc.Lon}, true
}

// SendContact sends somebody's name and numbers.
func (s *Service) SendContact(ctx context.Context, p switchboard.Principal, to switchboard.JID, c ContactCard, o SendOptions) (Message, error) {
	if c.Name == "" || len([]rune(c.Name)) > 255 || !validText(c.Name) || len(c.Phones) == 0 || len(c.Phones) > 10 {
		return Message{}, errContact
	}
	b := appendLeaf([]byte("<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn>"), "text", c.Name)
	b = append(b, "</fn>"...)
	for _, phone := range c.Phones {
		if phone == "" || len(phone) > 100 || !validText(phone) {
			return Message{}, errContact
		}
		b = append(appendLeaf(append(b, "<tel>"...), "text", phone), "</tel>"...)
	}
	o.payload = append(b, "</vcard>"...)
	return s.SendText(ctx, p, to, c.Name+": "+strings.Join(c.Phones, ", "), o)
}

// Contact is the contact that a message brings; false for a message without one.
func (m *Message) Contact() (ContactCard, bool) {
	if !bytes.Contains(m.Stanza, []byte("urn:ietf:params:xml:ns:vcard-4.0")) {
		return ContactCard{}, false
	}
	type value struct {
		Text string `xml:"text"`
		URI  string `xml:"uri"`
	}
	var w struct {
		Card *struct {
			Name value   `xml:"fn"`
			Tel  []value `xml:"tel"`
		} `xml:"urn:ietf:params:xml:ns:vcard-4.0 vcard"`
	}
	if xml.Unmarshal(m.Stanza, &w) != nil || w.Card == nil {
		return ContactCard{}, false
	}
	c := ContactCard{Name: w.Card.Name.Text}
	for _, t := range w.Card.Tel {
		if t.Text == "" {
			t.Text = strings.TrimPrefix(t.URI, "tel:")
		}
		if t.Text != "" {
			c.Phones = append(c.Phones, t.Text)
		}
	}
	return c, c.Name != "" || len(c.Phones) > 0
}
