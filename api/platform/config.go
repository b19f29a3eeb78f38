package platform

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"switchboard"
	"switchboard/chat"
	"switchboard/web"
)

// configModel is what a registered device is told of the server. The names are
// the documented ones; a service that there is not has an empty value, a limit
// of something that there is not is 0. The last block is ours.
type configModel struct {
	Domain                    string      `json:"domain" doc:"Host of the server"`
	VideoLimit                int         `json:"videoLimit" doc:"Megabytes of a video"`
	AudioLimit                int         `json:"audioLimit" doc:"Megabytes of audio"`
	RecallTime                int         `json:"recallTime"`
	PrivateTime               int         `json:"privateTime"`
	XMPPDomain                string      `json:"xmppDomain" doc:"What stands after the @ in addresses"`
	XMPPHost                  string      `json:"xmppHost"`
	XMPPPort                  int         `json:"xmppPort" doc:"For XMPP over TCP; 0 if there is none"`
	AdminUser                 string      `json:"adminUser"`
	GoogleTranslate           string      `json:"googleTranslate"`
	SignalServerDomain        string      `json:"signalServerDomain"`
	NotificationHelpURL       *string     `json:"notificationHelpUrl"`
	SDKURL                    *string     `json:"sdkUrl"`
	PinExpireDays             int         `json:"pinExpireDays"`
	PinTimeOut                int         `json:"pinTimeOut"`
	FileSizeLimit             int         `json:"fileSizeLimit" doc:"Megabytes of a file"`
	STUNs                     []string    `json:"stuns"`
	TURNs                     []turnModel `json:"turns"`
	LiveStreamingSignalServer string      `json:"liveStreamingSignalServer"`
	IsLiveStreamingEnabled    bool        `json:"isLiveStreamingEnabled"`
	SIPCallEnabled            bool        `json:"sipcallEnabled"`
	SIPServer                 *string     `json:"sipServer"`
	CallRoutingServer         string      `json:"callRoutingServer"`
	ChatBackupType            *string     `json:"chatBackupType"`
	ChatBackupFrequency       *string     `json:"chatBackupFrequency"`
	XMPPPortWeb               string      `json:"xmppPortWeb" doc:"For XMPP over WebSocket"`
	IV                        string      `json:"iv"`
	IVProfile                 string      `json:"ivProfile"`

	GroupDomain  string `json:"groupDomain" doc:"What stands after the @ in addresses of groups"`
	WebSocketURL string `json:"webSocketUrl" doc:"XMPP over WebSocket (RFC 7395)"`
}

type turnModel struct {
	TURN     string `json:"turn"`
	Username string `json:"username"`
	Password string `json:"password"`
}

// Lock screens of clients: days and seconds, as documented.
const (
	pinExpireDays = 31
	pinTimeOut    = 32
)

// settings serves what registering has told, to a device that has lost it.
func (a *API) settings() {
	web.Handle(a.rest, web.Op{Method: "GET", Path: "/users/config", Tag: "Sign-in", Scope: switchboard.ScopeChat,
		Summary: "What a registered device is told of the server"},
		func(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[envelope[configModel]], error) {
			return answer(a.config(ctx, p.Domain), retrieved)
		})
}

func (a *API) config(ctx context.Context, domain string) configModel {
	host, port, socket := a.webAddress(ctx)
	m := configModel{
		Domain: host, XMPPDomain: domain, XMPPHost: host, XMPPPortWeb: port, GroupDomain: chat.GroupHost(domain), WebSocketURL: socket,
		VideoLimit: megabytes(a.Chat.MaxMedia()), AudioLimit: megabytes(a.Chat.MaxMedia()), FileSizeLimit: megabytes(a.Chat.MaxMedia()),
		PinExpireDays: pinExpireDays, PinTimeOut: pinTimeOut, STUNs: []string{}, TURNs: []turnModel{},
	}
	if listens, port, err := net.SplitHostPort(a.XMPP); err == nil {
		m.XMPPPort, _ = strconv.Atoi(port)
		if !everywhere(listens) {
			m.XMPPHost = listens
		}
	}
	return m
}

func megabytes(n int64) int { return int(n >> 20) }

// webAddress is where browsers reach the server: as configured, or, where that
// says "on every address", as this client did.
func (a *API) webAddress(ctx context.Context) (host, port, socket string) {
	u := a.address(ctx)
	host, port = u.Hostname(), u.Port()
	scheme := "ws"
	if u.Scheme == "https" {
		scheme = "wss"
	}
	if port == "" {
		port = map[string]string{"ws": "80", "wss": "443"}[scheme]
	}
	return host, port, scheme + "://" + net.JoinHostPort(host, port) + "/xmpp-websocket"
}

// origin is what stands before a path of this server, for the asking client.
func (a *API) origin(ctx context.Context) string {
	u := a.address(ctx)
	return u.Scheme + "://" + u.Host
}

func (a *API) address(ctx context.Context) url.URL {
	u, err := url.Parse(a.PublicURL)
	if err != nil || u.Scheme == "" {
		u = &url.URL{Scheme: "http"}
	}
	if host := u.Hostname(); everywhere(host) {
		if host = web.ClientHost(ctx); host == "" {
			host = a.Domain
		}
		switch port := u.Port(); {
		case port != "":
			u.Host = net.JoinHostPort(host, port)
		case strings.Contains(host, ":"):
			u.Host = "[" + host + "]"
		default:
			u.Host = host
		}
	}
	return *u
}

// everywhere reports whether a host is no place that a client can go to.
func everywhere(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "" || err == nil && ip.IsUnspecified()
}
