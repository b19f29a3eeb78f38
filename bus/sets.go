package bus

import "sync"

// topicSet gathers topics for a goroutine that works them off, each once
// however often it was added.
type topicSet struct {
	mu     sync.Mutex
	topics map[Topic]struct{}
	all    bool
	ready  chan struct{} // ready when there is something to take
}

func (s *topicSet) init() {
	s.topics = make(map[Topic]struct{})
	s.ready = make(chan struct{}, 1)
}

func (s *topicSet) add(t Topic) {
	s.mu.Lock()
	s.topics[t] = struct{}{}
	s.mu.Unlock()
	poke(s.ready)
}

func (s *topicSet) addAll() {
	s.mu.Lock()
	s.all = true
	s.mu.Unlock()
	poke(s.ready)
}

// take empties the set.
func (s *topicSet) take() (topics []Topic, all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	topics = make([]Topic, 0, len(s.topics))
	for t := range s.topics {
		topics = append(topics, t)
	}
	all = s.all
	s.topics, s.all = make(map[Topic]struct{}), false
	return topics, all
}

// wakeSet gathers the names of queues to wake other nodes for, so that many
// calls make one packet.
type wakeSet struct {
	mu     sync.Mutex
	queues map[string]struct{}
	ready  chan struct{}
}

func (s *wakeSet) init() {
	s.queues = make(map[string]struct{})
	s.ready = make(chan struct{}, 1)
}

func (s *wakeSet) add(queue string) {
	s.mu.Lock()
	s.queues[queue] = struct{}{}
	s.mu.Unlock()
	poke(s.ready)
}

func (s *wakeSet) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	queues := make([]string, 0, len(s.queues))
	for q := range s.queues {
		queues = append(queues, q)
	}
	clear(s.queues)
	return queues
}
