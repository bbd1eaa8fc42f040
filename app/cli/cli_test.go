package cli_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"dchat/app/cli"

	"github.com/rogpeppe/go-internal/testscript"
)

// The program is this test binary by the name of dchat, so the scripts see what people see: words, codes and files.
func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"dchat": cli.Main}) }

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			e.Setenv("ADDR", listener.Addr().String())
			return listener.Close()
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": code, "jsonlines": jsonLines, "mode": mode, "awaithealth": awaitHealth, "umask": umask,
		},
	})
}

// code runs a command that has to end with a certain code: code 2 dchat …
func code(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	if got := fmt.Sprint(err); got != "exit status "+args[0] {
		ts.Fatalf("%v ends with %s, not with %s", args[1:], got, args[0])
	}
}

// jsonlines wants every line of a file to be JSON.
func jsonLines(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	if text == "" {
		ts.Fatalf("%s is empty", args[0])
	}
	for line := range strings.Lines(text) {
		if !json.Valid([]byte(line)) {
			ts.Fatalf("this line is not JSON: %s", line)
		}
	}
}

// mode wants a file to have a mode: mode 0600 file
func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, not %s", args[1], got, args[0])
	}
}

// awaithealth returns when the server answers.
func awaitHealth(ts *testscript.TestScript, _ bool, _ []string) {
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		err := ts.Exec("dchat", "health")
		if err == nil {
			return
		}
		if time.Now().After(until) {
			ts.Fatalf("the server does not answer: %v", err)
		}
	}
}
