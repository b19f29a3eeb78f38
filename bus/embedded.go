package bus

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"switchboard"
)

// EmbeddedOptions configure a NATS server inside this process. The zero value
// serves this machine alone.
type EmbeddedOptions struct {
	Node    string   // name of the node
	Listen  string   // host:port for clients, this node's Bus above all; a free loopback port when empty
	Cluster string   // host:port where the other nodes' servers connect; "" means no cluster; port 0 takes a free one
	Routes  []string // other nodes' Cluster addresses, host:port or nats://host:port; those that they know are found by themselves
	Secret  string   // shared by the servers of the cluster; needed with Cluster
	Log     *slog.Logger
}

// Server is a NATS server inside this process.
type Server struct {
	nats  *server.Server
	token string
}

// Embedded starts a NATS server. Its URL holds a random token, so that nobody
// else can listen in.
func Embedded(o EmbeddedOptions) (*Server, error) {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	host, port, err := address(o.Listen)
	if err != nil {
		return nil, err
	}
	s := &Server{token: switchboard.NewToken()}
	options := &server.Options{
		ServerName: strings.Trim(strings.Join(strings.Fields(o.Node), "-")+"-"+switchboard.NewName(), "-"),
		Host:       host, Port: port,
		Authorization: s.token,
		NoSigs:        true, NoSystemAccount: true,
		PingInterval: 5 * time.Second, MaxPingsOut: 2,
		WriteDeadline: 5 * time.Second,
	}
	if err := clusterOptions(options, o); err != nil {
		return nil, err
	}
	if s.nats, err = server.NewServer(options); err != nil {
		return nil, fmt.Errorf("bus: embedded NATS server: %w", err)
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s.nats.SetLoggerV2(serverLog{o.Log}, false, false, false)
	s.nats.Start()
	if !s.nats.ReadyForConnections(10 * time.Second) {
		s.Stop()
		return nil, errors.New("bus: embedded NATS server does not get ready; is the cluster address free?")
	}
	return s, nil
}

func clusterOptions(options *server.Options, o EmbeddedOptions) error {
	if o.Cluster == "" {
		return nil
	}
	host, port, err := address(o.Cluster)
	if err != nil {
		return err
	}
	if o.Secret == "" {
		return errors.New("bus: a cluster needs a secret")
	}
	options.Cluster = server.ClusterOpts{Name: "switchboard", Host: host, Port: port,
		Username: "node", Password: o.Secret,
		PingInterval: 5 * time.Second, MaxPingsOut: 2, WriteDeadline: 5 * time.Second}
	for _, route := range o.Routes {
		if _, rest, found := strings.Cut(route, "://"); found {
			route = rest
		}
		if _, _, err := address(route); err != nil {
			return err
		}
		options.Routes = append(options.Routes,
			&url.URL{Scheme: "nats-route", User: url.UserPassword("node", o.Secret), Host: route})
	}
	return nil
}

// address splits host:port for the server, which writes "any port" as -1.
func address(hostPort string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(hostPort)
	if err != nil {
		return "", 0, fmt.Errorf("bus: address: %w", err)
	}
	port, err = strconv.Atoi(text)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("bus: address %s: no such port", hostPort)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	return host, port, nil
}

// URL is where a Bus connects. It is secret.
func (s *Server) URL() string {
	u, err := url.Parse(s.nats.ClientURL())
	if err != nil {
		return ""
	}
	u.User = url.User(s.token)
	return u.String()
}

// ClusterAddr is the host:port for other servers' Routes; "" without a cluster.
func (s *Server) ClusterAddr() string {
	if a := s.nats.ClusterAddr(); a != nil {
		return a.String()
	}
	return ""
}

// Stop ends the server and returns when it has ended.
func (s *Server) Stop() {
	s.nats.Shutdown()
	s.nats.WaitForShutdown()
}

// serverLog writes the server's log where ours goes.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Noticef(f string, a ...any) { l.log.Debug("NATS server: " + fmt.Sprintf(f, a...)) }
func (l serverLog) Warnf(f string, a ...any)   { l.log.Warn("NATS server: " + fmt.Sprintf(f, a...)) }
func (l serverLog) Errorf(f string, a ...any)  { l.log.Error("NATS server: " + fmt.Sprintf(f, a...)) }
func (l serverLog) Fatalf(f string, a ...any)  { l.log.Error("NATS server: " + fmt.Sprintf(f, a...)) }
func (l serverLog) Debugf(string, ...any)      {}
func (l serverLog) Tracef(string, ...any)      {}
