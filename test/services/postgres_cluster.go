package services

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// cluster is one PostgreSQL server with its data.
type cluster struct {
	bin, dir string
	settings []string
	password string
	port     int
	as       *owner
	err      error
	running  *process
	template template
}

// postgresBin returns the folder of PostgreSQL in PATH, else of the newest Debian package, or "".
func postgresBin() string {
	if path, err := exec.LookPath("initdb"); err == nil && hasPostgres(filepath.Dir(path)) {
		return filepath.Dir(path)
	}
	best, newest := "", 0
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	for _, dir := range found {
		version, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
		if version > newest && hasPostgres(dir) {
			best, newest = dir, version
		}
	}
	return best
}

func hasPostgres(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

func (c *cluster) create() (err error) {
	if c.as, err = unprivileged(); err != nil {
		return err
	}
	if c.dir, err = folder(c.parent()); err != nil {
		return err
	}
	if err := c.as.own(c.dir); err != nil {
		return err
	}
	if err := c.initdb(); err != nil {
		return err
	}
	atStop(c.stop)
	return retry(c.startSomewhere)
}

// parent is where the data lies: in memory, unless the server writes to disk as in production. A file system keeps looking
// for free places when every test makes hundreds of files and deletes them.
func (c *cluster) parent() string {
	if slices.Contains(c.settings, "fsync=on") {
		return ""
	}
	return memory()
}

func (c *cluster) initdb() error {
	secret := filepath.Join(c.dir, "password")
	if err := os.WriteFile(secret, []byte(c.password), 0o600); err != nil {
		return err
	}
	if err := c.as.own(secret); err != nil {
		return err
	}
	p, err := c.run("initdb", syscall.SIGKILL, "--pgdata="+c.data(), "--username=postgres", "--pwfile="+secret,
		"--auth=password", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
	if err != nil {
		return err
	}
	<-p.ended
	if !p.cmd.ProcessState.Success() {
		return fmt.Errorf("initdb: %s", p.logTail())
	}
	return nil
}

func (c *cluster) startSomewhere() (err error) {
	if c.port, err = freePort(); err != nil {
		return err
	}
	return c.start()
}

// start does nothing to a server that runs.
func (c *cluster) start() error {
	if c.running != nil {
		return nil
	}
	args := []string{"-D", c.data(), "-h", "127.0.0.1", "-p", strconv.Itoa(c.port), "-k", ""}
	fast := []string{"fsync=off", "full_page_writes=off", "max_connections=300", "shared_buffers=64MB", "max_wal_size=128MB"}
	for _, setting := range append(fast, c.settings...) {
		args = append(args, "-c", setting)
	}
	p, err := c.run("postgres", syscall.SIGQUIT, args...)
	if err != nil {
		return err
	}
	if err := p.ready(c.ping); err != nil {
		return err
	}
	c.running = p
	return nil
}

func (c *cluster) run(program string, death syscall.Signal, args ...string) (*process, error) {
	cmd := exec.Command(filepath.Join(c.bin, program), args...)
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC", "HOME=" + c.dir}
	return start(cmd, filepath.Join(c.dir, program+".log"), launch{as: c.as, death: death})
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }
