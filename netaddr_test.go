package switchboard_test

import (
	"net/netip"
	"strings"
	"testing"

	"switchboard"
)

func TestPublicAddresses(t *testing.T) {
	for _, s := range strings.Fields(`0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1
		172.31.255.255 192.0.0.192 192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1
		255.255.255.255 168.63.129.16 :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.1.2.3 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
		64:ff9b:1::808:808 fe80::1 fe80::1%eth0 2606:4700::1%eth0 fec0::1 fc00::1 fd00:ec2::254 ff02::1 2001:db8::1 2001::1 2002:7f00:1:: 2002:a00:1::1
		100::1 5f00::1 3fff::1`) {
		if switchboard.PublicAddr(netip.MustParseAddr(s)) {
			t.Errorf("%s passes", s)
		}
	}
	for _, s := range strings.Fields(`1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.167.1.1 193.0.0.1 223.255.255.255
		2606:4700::1111 2a00:1450::1 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::1`) {
		if !switchboard.PublicAddr(netip.MustParseAddr(s)) {
			t.Errorf("%s does not pass", s)
		}
	}
	if switchboard.PublicAddr(netip.Addr{}) {
		t.Error("no address passes")
	}
}
