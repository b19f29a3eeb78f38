package store

import (
	"encoding/json"
	"strings"
)

// settingsText is the stored form of a string map.
func settingsText(m map[string]string) string {
	if len(m) == 0 {
		return "{}"
	}
	b, _ := json.Marshal(m) // a map of strings always has a JSON form
	return string(b)
}

// likeText makes a text stand for itself in a LIKE pattern with ESCAPE '\'.
func likeText(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(s))
}

// oneRow turns "no row was changed" into ErrNone.
func oneRow(n int64, err error) error {
	if err == nil && n == 0 {
		return ErrNone
	}
	return err
}
