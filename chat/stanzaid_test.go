package chat

import (
	"math"
	"testing"

	"switchboard"
)

func testKey(t testing.TB, secret string) *idKey {
	k, err := newIDKey([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestStanzaIDs(t *testing.T) {
	k := testKey(t, "0123456789abcdef0123456789abcdef")
	seen := map[string]bool{}
	numbers := []int64{1, 2, 3, 4, 1 << 31, 1<<32 - 1, 1 << 32, 1 << 40, math.MaxInt64}
	for n := int64(5); n < 2000; n++ {
		numbers = append(numbers, n)
	}
	for _, n := range numbers {
		id := k.encode(7, n)
		if len(id) != idLength || seen[id] {
			t.Fatalf("number %d: id %q has the wrong length or is not unique", n, id)
		}
		seen[id] = true
		if back, ok := k.decode(7, id); !ok || back != n {
			t.Fatalf("number %d: came back as %d, %v", n, back, ok)
		}
	}
	if k.encode(7, 0) != "" {
		t.Error("a message that is not archived has an id")
	}
}

func TestForeignStanzaIDs(t *testing.T) {
	k := testKey(t, "0123456789abcdef0123456789abcdef")
	other := testKey(t, "another secret of another tenant")
	for n := int64(1); n <= 1000; n++ {
		for who, id := range map[string]string{"another archive": k.encode(8, n), "another tenant": other.encode(7, n)} {
			if back, ok := k.decode(7, id); ok && back < 1<<40 {
				t.Errorf("id %d of %s is number %d here", n, who, back)
			}
		}
	}
	for _, id := range []string{"", "a", "aaaaaaaaaaaaaa", "aaaaaaaaaaaa", "AAAAAAAAAAAAA", "zaaaaaaaaaaaa", "aaaaaaaaaaaa0",
		"aaaaaaaaaaaa'", "\x00aaaaaaaaaaaa", "aaaaaaaaaaaaé"} {
		if n, ok := k.decode(7, id); ok {
			t.Errorf("%q is number %d", id, n)
		}
	}
}

func BenchmarkStanzaID(b *testing.B) {
	k := testKey(b, "0123456789abcdef0123456789abcdef")
	b.ReportAllocs()
	for i := range b.N {
		k.encode(switchboard.ArchiveID(7), int64(i+1))
	}
}
