package channel

import (
	"context"

	"switchboard/web"
)

// clientAddress is the address of the client whose request ctx belongs to.
func clientAddress(ctx context.Context) string { return web.ClientAddr(ctx).String() }
