package switchboard

import "net/netip"

// reservedNetworks are those that are not of the public internet (RFC 6890 and
// its registries), and the addresses at which clouds tell a machine its own secrets.
var reservedNetworks = networks("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
	"168.63.129.16/32", // Azure's host, under an address that looks public
	"2001::/23", "2001:db8::/32", "3fff::/20")

// globalV6 is the only part of IPv6 that is given out; nat64 leads to the IPv4
// address in its last 32 bits (RFC 6052 §2.1), sixToFour to that in bits 16 to 48 (RFC
// 3056 §2).
var globalV6, nat64, sixToFour = netip.MustParsePrefix("2000::/3"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("2002::/16")

func networks(all ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(all))
	for i, s := range all {
		list[i] = netip.MustParsePrefix(s)
	}
	return list
}

// PublicAddr tells whether an address is one of the public internet: what
// tenants have this server call must not be in its own network.
func PublicAddr(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	b := a.As16()
	switch {
	case a.Is4():
	case nat64.Contains(a):
		return PublicAddr(netip.AddrFrom4([4]byte(b[12:16])))
	case sixToFour.Contains(a):
		return PublicAddr(netip.AddrFrom4([4]byte(b[2:6])))
	case !globalV6.Contains(a):
		return false
	}
	for _, p := range reservedNetworks {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
