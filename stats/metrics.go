package stats

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"switchboard/store"
)

const namespace = "switchboard"

// metrics is what this node counts of its own work.
type metrics struct {
	requests *prometheus.HistogramVec
	logins   *prometheus.CounterVec
	streams  *prometheus.GaugeVec
}

func (s *Service) register() {
	s.requests = prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: "http_request_duration_seconds",
		Help: "HTTP requests of this node, by route and status.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}},
		[]string{"route", "status"})
	s.logins = prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "logins_total",
		Help: "Attempts to sign in on this node, by what was presented and whether it was accepted."}, []string{"how", "result"})
	s.streams = prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: "streams",
		Help: "XMPP streams connected to this node, by transport."}, []string{"transport"})
	version := s.Version
	if version == "" {
		version = "unknown"
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "build_info", Help: "The version that runs; always 1.",
		ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	s.registry.MustRegister(s.requests, s.logins, s.streams, build, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), folded{s})
	if s.Bus != nil {
		s.Gauge("bus_connected", "Whether signals reach the other nodes, if there are any.", func() float64 {
			if s.Bus.Connected() {
				return 1
			}
			return 0
		})
	}
}

// Handler serves /metrics in the formats of Prometheus.
func (s *Service) Handler() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4,
		Timeout: 10 * time.Second})
}

// Observe counts an HTTP request; it is made for web.Options.Observe.
func (s *Service) Observe(pattern string, status int, took time.Duration) {
	if pattern == "" {
		pattern = "none"
	}
	s.requests.WithLabelValues(pattern, strconv.Itoa(status)).Observe(took.Seconds())
}

// Login counts an attempt to sign in: how (password, token, key, …), and
// whether it succeeded. how must come from a short list, never from a client.
func (s *Service) Login(how string, ok bool) {
	result := "refused"
	if ok {
		result = "accepted"
	}
	s.logins.WithLabelValues(how, result).Inc()
}

// Stream counts a stream that was opened (+1) or closed (-1), by transport
// (tcp, websocket).
func (s *Service) Stream(transport string, delta int) {
	s.streams.WithLabelValues(transport).Add(float64(delta))
}

// Counter registers a figure of another room that only grows, read at each
// scrape; its name gets the prefix switchboard_ and should end in _total. A
// second one of that name panics.
func (s *Service) Counter(name, help string, read func() float64) {
	s.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, read))
}

// Gauge registers a figure of another room, read at each scrape; its name gets
// the prefix switchboard_. A second one of that name panics.
func (s *Service) Gauge(name, help string, read func() float64) {
	s.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, read))
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

var (
	descConversations = desc("conversations", "Conversations that are not over, of all nodes, by where they stand.", "state")
	descOnline        = desc("operators_online", "Operators of all nodes who are online.")
	descOpened        = desc("conversations_opened_total", "Conversations begun on all nodes since this one was started.")
	descHandled       = desc("conversations_handled_total", "Conversations that an operator had and that ended on all nodes since this one was started.")
	descEvents        = desc("ledger_events_total", "Facts committed by all nodes since this one was started, by kind.", "kind")
	descPosition      = desc("ledger_position", "The newest position of the ledger that this node knows.")
	descBehind        = desc("ledger_behind", "Facts (not messages) that a consumer of the ledger has yet to handle; 10000 are counted at most.", "consumer")
)

// folded collects what is folded from the ledger. Every node shows the figures of
// all: take the maximum over nodes, not the sum.
type folded struct{ s *Service }

// Describe implements prometheus.Collector.
func (folded) Describe(c chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descConversations, descOnline, descOpened, descHandled, descEvents, descPosition, descBehind} {
		c <- d
	}
}

// Collect implements prometheus.Collector.
func (f folded) Collect(c chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		c <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(descPosition, float64(f.s.DB.Last()))
	f.behind(gauge)
	f.s.mu.RLock()
	defer f.s.mu.RUnlock()
	st := f.s.state
	if st == nil {
		return
	}
	gauge(descConversations, float64(st.all.in[waiting]), "waiting")
	gauge(descConversations, float64(st.all.in[active]), "active")
	gauge(descConversations, float64(st.all.in[wrapping]), "wrapping")
	gauge(descOnline, float64(st.all.online))
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		c <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	counter(descOpened, float64(st.all.opened))
	counter(descHandled, float64(st.all.handled))
	for kind, n := range st.events {
		counter(descEvents, float64(n), string(kind))
	}
}

// behind tells how far behind each consumer is.
func (f folded) behind(gauge func(*prometheus.Desc, float64, ...string)) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := f.s.DB.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.Behind()
		for name, n := range all {
			gauge(descBehind, float64(n), name)
		}
		return err
	})
	if err != nil {
		f.s.Log.Warn("stats: cannot read the cursors", "error", err)
	}
}
