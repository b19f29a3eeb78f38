package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// EnvPrefix begins the name of every environment variable that is read;
// SWITCHBOARD_CONFIG names the TOML file if nothing else does.
const EnvPrefix = "SWITCHBOARD_"

// Load makes a configuration: the defaults, then the TOML file (named by file,
// or else by SWITCHBOARD_CONFIG; none is needed), then the environment (as
// os.Environ returns it), then overrides (keys as in TOML, "http.address",
// from the command line). What does not exist is an error that names the
// nearest thing that does. The result is not checked yet.
func Load(file string, environ []string, overrides map[string]string) (Config, error) {
	c := Defaults()
	settings := settingsOf(&c)
	env := ours(environ)
	if file == "" {
		file = env["CONFIG"]
	}
	if file != "" {
		if err := loadFile(&c, settings, file); err != nil {
			return c, err
		}
	}
	var wrong []error
	for _, name := range sorted(env) {
		if name == "CONFIG" || orchestrated(name) {
			continue
		}
		if err := set(settings, func(s setting) bool { return s.env() == EnvPrefix+name }, env[name]); err != nil {
			wrong = append(wrong, describe(err, EnvPrefix+name, settings, setting.env, "environment variable"))
		}
	}
	for _, key := range sorted(overrides) {
		if err := set(settings, func(s setting) bool { return s.key == key }, overrides[key]); err != nil {
			wrong = append(wrong, describe(err, key, settings, func(s setting) string { return s.key }, "setting"))
		}
	}
	return c, errors.Join(wrong...)
}

// ours are the variables with our prefix, without it. SWITCHBOARD_TEST_ and so
// on belong to the tests, which may start us with them set.
func ours(environ []string) map[string]string {
	env := map[string]string{}
	for _, e := range environ {
		if name, value, ok := strings.Cut(e, "="); ok && strings.HasPrefix(name, EnvPrefix) && !strings.HasPrefix(name, EnvPrefix+"TEST_") {
			env[strings.TrimPrefix(name, EnvPrefix)] = value
		}
	}
	return env
}

// orchestrated reports the variables that Kubernetes and Docker set by
// themselves beside a service that is called switchboard.
func orchestrated(name string) bool {
	return name == "PORT" || strings.HasPrefix(name, "PORT_") || strings.HasPrefix(name, "SERVICE_") || name == "NAME"
}

var errUnknown = errors.New("unknown")

func set(settings []setting, is func(setting) bool, value string) error {
	for _, s := range settings {
		if is(s) {
			return s.parse(value)
		}
	}
	return errUnknown
}

func describe(err error, name string, settings []setting, nameOf func(setting) string, what string) error {
	if !errors.Is(err, errUnknown) {
		return fmt.Errorf("%s: %w", name, err)
	}
	names := make([]string, len(settings))
	for i, s := range settings {
		names[i] = nameOf(s)
	}
	return fmt.Errorf("there is no %s %s%s", what, name, didYouMean(name, names))
}

func loadFile(c *Config, settings []setting, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("the configuration file cannot be read: %w", err)
	}
	meta, err := toml.Decode(string(text), c)
	if err != nil {
		if p, ok := errors.AsType[toml.ParseError](err); ok {
			return fmt.Errorf("%s, line %d: %s", file, p.Position.Line, p.Message)
		}
		return fmt.Errorf("%s: %s", file, strings.TrimPrefix(err.Error(), "toml: "))
	}
	names := make([]string, len(settings))
	for i, s := range settings {
		names[i] = s.key
	}
	var wrong []error
	for _, key := range meta.Undecoded() {
		where := file
		if n := lineOf(string(text), key); n > 0 {
			where += ", line " + strconv.Itoa(n)
		}
		wrong = append(wrong, fmt.Errorf("%s: there is no setting %s%s", where, key, didYouMean(key.String(), names)))
	}
	return errors.Join(wrong...)
}

// lineOf finds where a key stands: it reads tables and plain assignments,
// which is what configuration files are made of. 0 means not found.
func lineOf(text string, key toml.Key) int {
	table := ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			name, _, _ := strings.Cut(strings.TrimLeft(line, "["), "]")
			if table = plain(name); table == key.String() {
				return i + 1
			}
			table += "."
			continue
		}
		name, _, ok := strings.Cut(line, "=")
		if ok && !strings.HasPrefix(line, "#") && table+plain(name) == key.String() {
			return i + 1
		}
	}
	return 0
}

func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '"' || r == '\'' {
			return -1
		}
		return r
	}, name)
}

// didYouMean names the nearest of names, if one is near.
func didYouMean(name string, names []string) string {
	best, distance := "", len(name)/2+1
	for _, n := range names {
		if d := edits(strings.ToLower(name), strings.ToLower(n)); d < distance {
			best, distance = n, d
		}
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	for _, n := range names { // the right word in the wrong table
		if best == "" && n[strings.LastIndexByte(n, '.')+1:] == last {
			best = n
		}
	}
	if best == "" {
		return `; "switchboard config" lists them all`
	}
	return "; did you mean " + best + "?"
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// setting is one field of Config, found by reflection.
type setting struct {
	key   string // "http.address"
	field reflect.StructField
	value reflect.Value
}

func (s setting) env() string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

// settingsOf lists c's settings, those of the root before those of tables.
func settingsOf(c *Config) []setting {
	var root, tables []setting
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := f.Tag.Get("toml")
		if f.Type.Kind() != reflect.Struct {
			root = append(root, setting{name, f, v.Field(i)})
			continue
		}
		for j := range f.Type.NumField() {
			inner := f.Type.Field(j)
			tables = append(tables, setting{name + "." + inner.Tag.Get("toml"), inner, v.Field(i).Field(j)})
		}
	}
	return append(root, tables...)
}

// parse sets the field from text, as the environment and flags have it.
func (s setting) parse(text string) error {
	switch v := s.value.Addr().Interface().(type) {
	case *string:
		*v = text
	case *bool:
		b, err := strconv.ParseBool(strings.ToLower(text))
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		*v = b
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		*v = n
	case *Duration:
		return v.UnmarshalText([]byte(text))
	case *[]string:
		*v = nil
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				*v = append(*v, part)
			}
		}
	default:
		panic("config: no way to read a " + s.field.Type.String())
	}
	return nil
}

// Std is d as package time knows it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is not a duration such as 30s, 5m or 1h30m", b)
	}
	*d = Duration(v)
	return nil
}

// MarshalText implements encoding.TextMarshaler: 5m, not 5m0s.
func (d Duration) MarshalText() ([]byte, error) {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return []byte(s), nil
}
