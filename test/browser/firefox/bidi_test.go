package firefox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"dchat/test/services"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for an event that must happen.
const patience = 20 * time.Second

func TestMain(m *testing.M) {
	code := services.Wrap(m).Run()
	os.Exit(code)
}

// session is a connection to the browser by WebDriver BiDi. One connection serves all tests of the package.
type session struct {
	conn *websocket.Conn

	mu      sync.Mutex
	next    int
	waiting map[int]chan reply
	entries map[string][]string // console messages by browsing context
}

type reply struct {
	Result  json.RawMessage
	Message string
	Error   string
}

var shared struct {
	once    sync.Once
	session *session
	err     error
}

// connect returns the package's session.
func connect(t *testing.T) *session {
	t.Helper()
	url := services.Firefox(t)
	shared.once.Do(func() {
		conn, _, err := websocket.DefaultDialer.Dial(url+"/session", nil)
		if err != nil {
			shared.err = err
			return
		}
		s := &session{conn: conn, waiting: map[int]chan reply{}, entries: map[string][]string{}}
		go s.read()
		shared.session = s
		if shared.err = s.call("session.new", map[string]any{"capabilities": map[string]any{}}, nil); shared.err == nil {
			shared.err = s.call("session.subscribe", map[string]any{"events": []string{"log.entryAdded"}}, nil)
		}
	})
	require.NoError(t, shared.err)
	return shared.session
}

// message is what the browser sends: the answer to a command, or an event.
type message struct {
	Type    string
	ID      int
	Result  json.RawMessage
	Error   string
	Message string
	Method  string
	Params  struct {
		Level, Text string
		Source      struct{ Context string }
		StackTrace  struct{ CallFrames []frame }
	}
}

// frame is one call of a stack.
type frame struct {
	URL, FunctionName        string
	LineNumber, ColumnNumber int
}

func (s *session) read() {
	for {
		var m message
		if err := s.conn.ReadJSON(&m); err != nil {
			s.end(err)
			return
		}
		s.mu.Lock()
		if m.Type == "event" {
			if level := m.Params.Level; level == "error" || level == "warn" {
				context := m.Params.Source.Context
				s.entries[context] = append(s.entries[context], fmt.Sprintf("%s: %s %+v", level, m.Params.Text, m.Params.StackTrace.CallFrames))
			}
		} else if waiting := s.waiting[m.ID]; waiting != nil {
			delete(s.waiting, m.ID)
			waiting <- reply{m.Result, m.Message, m.Error}
		}
		s.mu.Unlock()
	}
}

// end answers every command that still waits.
func (s *session) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, waiting := range s.waiting {
		delete(s.waiting, id)
		waiting <- reply{Error: "connection closed", Message: err.Error()}
	}
}

// call sends a command and decodes its result into result, unless that is nil.
func (s *session) call(method string, params, result any) error {
	s.mu.Lock()
	s.next++
	id, waiting := s.next, make(chan reply, 1)
	s.waiting[id] = waiting
	err := s.conn.WriteJSON(map[string]any{"id": id, "method": method, "params": params})
	s.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case r := <-waiting:
		if r.Error != "" {
			return fmt.Errorf("%s: %s: %s", method, r.Error, r.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(r.Result, result)
	case <-time.After(patience):
		return errors.New(method + ": no answer")
	}
}

// logged returns and removes the errors of a page.
func (s *session) logged(context string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries := s.entries[context]
	delete(s.entries, context)
	return entries
}
