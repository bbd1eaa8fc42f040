package services

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// RedisServer is a Redis for one test. Stop deletes its data.
type RedisServer struct {
	URL string // redis://…; unchanged by Stop and Start

	tb       testing.TB
	bin, dir string
	port     int
	password string
	more     []string // additional arguments
	running  *process
}

// Redis starts a server. The end of the test stops it.
func Redis(tb testing.TB) *RedisServer {
	tb.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		missing(tb, "Redis", "redis-server in PATH")
	}
	s := &RedisServer{tb: tb, bin: bin, dir: tb.TempDir(), password: rand.Text()}
	if err := retry(s.startSomewhere); err != nil {
		tb.Fatalf("Redis: %v", err)
	}
	tb.Cleanup(s.Stop)
	return s
}

func (s *RedisServer) startSomewhere() error {
	port, err := freePort()
	if err != nil {
		return err
	}
	s.port = port
	s.URL = fmt.Sprintf("redis://:%s@%s", s.password, s.addr())
	return s.start()
}

// Stop ends the server immediately, as a crash does. Stopping a stopped server does nothing.
func (s *RedisServer) Stop() {
	if s.running != nil {
		s.running.stop(os.Kill)
		s.running = nil
	}
}

// Start restarts a stopped server, empty, on the same port.
func (s *RedisServer) Start() {
	s.tb.Helper()
	if s.running != nil {
		return
	}
	if err := s.start(); err != nil {
		s.tb.Fatalf("Redis: %v", err)
	}
}

func (s *RedisServer) start() error {
	args := []string{
		"--bind", "127.0.0.1", "--port", strconv.Itoa(s.port),
		"--requirepass", s.password, "--save", "", "--appendonly", "no", "--dir", s.dir,
	}
	cmd := exec.Command(s.bin, append(args, s.more...)...)
	p, err := start(cmd, filepath.Join(s.dir, "log"), launch{death: syscall.SIGKILL})
	if err != nil {
		return err
	}
	if err := p.ready(s.ping); err != nil {
		return err
	}
	s.running = p
	return nil
}

func (s *RedisServer) addr() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// ping uses the password, so that another server on the same port fails.
func (s *RedisServer) ping() error {
	_, err := s.Ask("PING")
	return err
}

// Ask sends a command and returns its reply, which must be a single value.
func (s *RedisServer) Ask(command string) (string, error) {
	conn, err := net.DialTimeout("tcp", s.addr(), time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(conn, "AUTH %s\r\n%s\r\n", s.password, command); err != nil {
		return "", err
	}
	answers := bufio.NewReader(conn)
	if _, err := redisAnswer(answers); err != nil {
		return "", err
	}
	return redisAnswer(answers)
}

// redisAnswer reads a string or a number.
func redisAnswer(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	kind, text := line[0], strings.TrimSpace(line[1:])
	switch kind {
	case '+', ':':
		return text, nil
	case '$':
		length, err := strconv.Atoi(text)
		if err != nil || length < 0 {
			return "", fmt.Errorf("redis replied %q", line)
		}
		body := make([]byte, length)
		_, err = io.ReadFull(r, body)
		return string(body), err
	}
	return "", fmt.Errorf("redis replied %q", line)
}

// retry repeats a start, as another process may take the chosen port first.
func retry(start func() error) (err error) {
	for range 5 {
		if err = start(); err == nil {
			return nil
		}
	}
	return err
}
