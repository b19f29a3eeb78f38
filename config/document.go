package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Document is every setting with its explanation and default, as a TOML file
// that Load accepts.
func Document() string {
	return `# Every setting of Switchboard with its default. None is needed: change what you want to change.
# A setting may also come from the environment, by the name given with it, or from the command line;
# the command line wins over the environment, the environment over this file.

` + Defaults().Document()
}

// Document is the configuration as TOML with explanations. Secrets are left out.
func (c Config) Document() string {
	var b strings.Builder
	table := ""
	for i, s := range settingsOf(&c) {
		name := s.key
		if t, rest, ok := strings.Cut(s.key, "."); ok {
			name = rest
			if t != table {
				table = t
				fmt.Fprintf(&b, "\n[%s]\n", t)
			} else {
				b.WriteByte('\n')
			}
		} else if i > 0 {
			b.WriteByte('\n')
		}
		for _, line := range wrap(s.field.Tag.Get("doc"), 100) {
			b.WriteString("# " + line + "\n")
		}
		if example := s.field.Tag.Get("example"); example != "" {
			if s.value.Kind() == reflect.String {
				example = strconv.Quote(example)
			}
			fmt.Fprintf(&b, "# Example: %s = %s\n", name, example)
		}
		fmt.Fprintf(&b, "# Environment: %s\n", s.env())
		if s.field.Tag.Get("secret") != "" && !s.value.IsZero() {
			fmt.Fprintf(&b, "# %s = (set; not shown)\n", name)
			continue
		}
		fmt.Fprintf(&b, "%s = %s\n", name, tomlValue(s.value))
	}
	return b.String()
}

func tomlValue(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case string:
		return strconv.Quote(x)
	case Duration:
		text, _ := x.MarshalText()
		return strconv.Quote(string(text))
	case []string:
		all := make([]string, len(x))
		for i, s := range x {
			all[i] = strconv.Quote(s)
		}
		return "[" + strings.Join(all, ", ") + "]"
	}
	return fmt.Sprint(v.Interface())
}

func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
