package web

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// timeLayout is ISO-8601 with microseconds and a numeric offset, also for UTC:
// 2024-05-02T16:05:24.454661+02:00.
const timeLayout = "2006-01-02T15:04:05.000000-07:00"

// Time is written as FormatTime does (null when zero) and read as ParseTime
// does. It works in bodies and as a query field.
type Time struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + FormatTime(t.Time) + `"`), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *Time) UnmarshalJSON(b []byte) error { return unmarshalText(b, t) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Time) UnmarshalText(b []byte) (err error) {
	t.Time, err = ParseTime(string(b), nil)
	return err
}

// Schema implements huma.SchemaProvider.
func (Time) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Nullable: true,
		Examples: []any{"2024-05-02T16:05:24.454661+02:00"}}
}

// Duration is written as an ISO-8601 duration and read as ParseDuration does.
type Duration struct{ time.Duration }

// MarshalJSON implements json.Marshaler.
func (d Duration) MarshalJSON() ([]byte, error) {
	return []byte(`"` + FormatDuration(d.Duration) + `"`), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (d *Duration) UnmarshalJSON(b []byte) error { return unmarshalText(b, d) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) (err error) {
	d.Duration, err = ParseDuration(string(b))
	return err
}

// Schema implements huma.SchemaProvider. The format is ISO-8601's, which huma
// would check as Go's, so it stands in the description only.
func (Duration) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: "ISO-8601 duration", Examples: []any{"PT1M12.5S"}}
}

func unmarshalText(b []byte, v interface{ UnmarshalText([]byte) error }) error {
	var s *string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if s == nil {
		return nil
	}
	return v.UnmarshalText([]byte(*s))
}

// FormatTime writes 2024-05-02T16:05:24.454661+02:00.
func FormatTime(t time.Time) string { return t.Format(timeLayout) }

var timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05.999999999",
	"2006-01-02T15:04", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02"}

// ParseTime reads the forms of date and time that clients send: RFC 3339, the
// same without seconds or without a zone (then in zone, nil meaning UTC), a
// date alone. A "+" that a query turned into a space is understood.
func ParseTime(s string, zone *time.Location) (time.Time, error) {
	if zone == nil {
		zone = time.UTC
	}
	s = strings.TrimSpace(s)
	if i := strings.LastIndexByte(s, ' '); i > 10 && i == len(s)-6 && strings.IndexByte(s, 'T') == 10 {
		s = s[:i] + "+" + s[i+1:]
	}
	for _, layout := range timeLayouts {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			if y := t.Year(); y < 1 || y > 9999 {
				break
			}
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("expected a date and time such as 2024-05-02T16:05:24Z")
}

// FormatDuration writes PT1H2M3.5S; zero is PT0S.
func FormatDuration(d time.Duration) string {
	if d == 0 {
		return "PT0S"
	}
	var b strings.Builder
	u := uint64(d)
	if d < 0 {
		b.WriteByte('-')
		u = -u
	}
	b.WriteString("PT")
	if h := u / uint64(time.Hour); h > 0 {
		fmt.Fprintf(&b, "%dH", h)
	}
	if m := u / uint64(time.Minute) % 60; m > 0 {
		fmt.Fprintf(&b, "%dM", m)
	}
	if ns := u % uint64(time.Minute); ns > 0 {
		s := strconv.FormatUint(ns/uint64(time.Second), 10)
		if frac := ns % uint64(time.Second); frac > 0 {
			s += strings.TrimRight(fmt.Sprintf(".%09d", frac), "0")
		}
		b.WriteString(s + "S")
	}
	return b.String()
}

var (
	isoDuration = regexp.MustCompile(`^(-?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$`)
	spanPattern = regexp.MustCompile(`^(-?)(?:(\d+)\.)?(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?$`)
	errDuration = fmt.Errorf("expected a duration such as PT1M30S or 00:01:30")
)

// ParseDuration reads an ISO-8601 duration without years and months, or
// [-][d.]hh:mm[:ss[.f]] as .NET writes a TimeSpan.
func ParseDuration(s string) (time.Duration, error) {
	s = strings.TrimSpace(s)
	var sign string
	var weeks, days, hours, minutes, seconds string
	if m := isoDuration.FindStringSubmatch(strings.ToUpper(s)); m != nil && len(s) > 2 && !strings.HasSuffix(strings.ToUpper(s), "T") {
		sign, weeks, days, hours, minutes, seconds = m[1], m[2], m[3], m[4], m[5], strings.ReplaceAll(m[6], ",", ".")
	} else if m := spanPattern.FindStringSubmatch(s); m != nil {
		sign, days, hours, minutes, seconds = m[1], m[2], m[3], m[4], m[5]
	} else {
		return 0, errDuration
	}
	var total float64
	for _, part := range []struct {
		text string
		unit time.Duration
	}{{weeks, 7 * 24 * time.Hour}, {days, 24 * time.Hour}, {hours, time.Hour}, {minutes, time.Minute}, {seconds, time.Second}} {
		if part.text == "" {
			continue
		}
		n, err := strconv.ParseFloat(part.text, 64)
		if err != nil {
			return 0, errDuration
		}
		total += n * float64(part.unit)
	}
	if total > float64(1<<62) {
		return 0, errDuration
	}
	if sign == "-" {
		total = -total
	}
	return time.Duration(total).Round(time.Microsecond), nil
}

// Optional is a query, path or header field that may be absent: huma knows no
// pointers there.
type Optional[T any] struct {
	Value T
	Set   bool
}

// Schema implements huma.SchemaProvider.
func (o Optional[T]) Schema(r huma.Registry) *huma.Schema {
	return huma.SchemaFromType(r, reflect.TypeFor[T]())
}

// Receiver implements huma.ParamWrapper.
func (o *Optional[T]) Receiver() reflect.Value { return reflect.ValueOf(o).Elem().Field(0) }

// OnParamSet implements huma.ParamReactor.
func (o *Optional[T]) OnParamSet(set bool, _ any) { o.Set = set }
