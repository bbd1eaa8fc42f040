// Package redis opens clients of a Redis or of a Redis Cluster.
package redis

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

// Server is the Redis of a URL. It is safe for concurrent use.
type Server struct {
	mu     sync.Mutex
	option rueidis.ClientOption
}

var errURL = errors.New("the Redis URL must be like redis://host:6379 or rediss://user:password@host:6379/0")

// Parse reads a URL (redis://, rediss:// or unix://, of any node of a Cluster) and connects to nothing. Each
// connection gets two buffers of the given size. The error repeats nothing of the URL, since any part of a
// misread one may be the password.
func Parse(url string, buffer int) (*Server, error) {
	option, err := rueidis.ParseURL(url)
	if err != nil {
		return nil, errURL
	}
	option.DisableCache = true
	option.DisableRetry = true
	option.PipelineMultiplex = -1 // one connection: packets must not overtake each other
	option.ReadBufferEachConn = buffer
	option.WriteBufferEachConn = buffer
	option.ConnWriteTimeout = 3 * time.Second // how long a silent Redis counts as alive
	option.Dialer.Timeout = 2 * time.Second
	return &Server{option: option}, nil
}

// Connect opens a client, and of a Cluster remembers the addresses of its nodes: any of them may be down when
// the next client is opened. A change applies to this client only.
func (s *Server) Connect(changes ...func(*rueidis.ClientOption)) (rueidis.Client, error) {
	s.mu.Lock()
	option := s.option
	option.InitAddress = slices.Clone(option.InitAddress)
	s.mu.Unlock()
	for _, change := range changes {
		change(&option)
	}
	client, err := rueidis.NewClient(option)
	if err == nil && IsCluster(client) {
		s.remember(client)
	}
	return client, err
}

func (s *Server) remember(cluster rueidis.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for address := range cluster.Nodes() {
		if !slices.Contains(s.option.InitAddress, address) {
			s.option.InitAddress = append(s.option.InitAddress, address)
		}
	}
}

// IsCluster reports whether the client is one of a Redis Cluster.
func IsCluster(client rueidis.Client) bool { return client.Mode() == rueidis.ClientModeCluster }
