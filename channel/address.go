package channel

import (
	"context"
	"net/netip"

	"switchboard/web"
)

// clientAddress is the address of the client whose request ctx belongs to.
func clientAddress(ctx context.Context) string { return web.ClientAddr(ctx).String() }

// clientNetwork is what a limit counts by: the address, or of IPv6 the /64 that
// one customer of a provider has for himself (RFC 6177 §2).
func clientNetwork(ctx context.Context) string { return network(web.ClientAddr(ctx)) }

func network(a netip.Addr) string {
	if p, err := a.Prefix(64); a.Is6() && err == nil {
		return p.String()
	}
	return a.String()
}
