package chat

import (
	"time"

	"switchboard"
	"switchboard/store"
)

// Profile is what an account shows of itself.
type Profile = store.Profile

// Person is an account as others see it.
type Person struct {
	Account switchboard.AccountID
	JID     switchboard.JID
	Kind    switchboard.AccountKind
	Profile Profile
	Created time.Time
}

// PeopleQuery asks for persons of the tenant.
type PeopleQuery struct {
	Search         string
	Page           int                     // from 1
	Size           int                     // 0 means 50
	Kind           switchboard.AccountKind // "" means users
	MetadataKey    string                  // only persons that have this key …
	MetadataValues []string                // … with one of these values, if there are any
}

// PeoplePage is a page of persons.
type PeoplePage struct {
	People []Person
	Total  int
	Pages  int
}
