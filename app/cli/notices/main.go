// Command notices writes the licences of all that is in the program: Go and its library, the modules that it is built
// from for any of the systems that it is released for, and what browsers get from others.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// systems are those of a release. Processors make no difference to what is linked.
var systems = []string{"linux", "darwin", "windows"}

// licenceFile is by what names licences are known. Those of single folders of a module count too.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|copyright|patents)([-.].*)?$`)

// compiledTo says what of the decoders of pictures is in the program, and where its source is. The LGPL asks for both.
var compiledTo = map[string]string{
	"aom":      " 3.10.0 (WebAssembly, from https://aomedia.googlesource.com/aom)",
	"libavif":  " 1.1.1 and libyuv (WebAssembly, from https://github.com/AOMediaCodec/libavif)",
	"libde265": " 1.0.15 (WebAssembly, from https://github.com/strukturag/libde265)",
	"libheif":  " 1.18.2 (WebAssembly, from https://github.com/strukturag/libheif)",
	"avif":     " 0.4.4 (how the decoder of AVIF is built, https://github.com/gen2brain/avif/tree/v0.4.4/lib)",
	"heic":     " 0.4.5 (how the decoder of HEIC is built, https://github.com/gen2brain/heic/tree/v0.4.5/lib)",
}

// part is something of others in the program.
type part struct {
	name  string
	texts []string
}

func main() {
	parts, err := collect(systems)
	if err == nil {
		err = write(os.Stdout, parts)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

func collect(systems []string) ([]part, error) {
	root, err := goRoot()
	if err != nil {
		return nil, err
	}
	parts := []part{{name: "Go and its standard library", texts: licences(root)}}
	modules, err := linked(systems)
	if err != nil {
		return nil, err
	}
	for _, m := range modules {
		parts = append(parts, part{name: m.Path + " " + m.Version, texts: licences(m.Dir)})
	}
	vendored, err := filepath.Glob("static/vendor/LICENSE-*")
	if err != nil || len(vendored) == 0 {
		return nil, errors.Join(err, errors.New("static/vendor has no licences: run it in the main folder of the source"))
	}
	for _, path := range vendored {
		_, name, _ := strings.Cut(filepath.Base(path), "-")
		parts = append(parts, part{name: name + " (in the browser)", texts: texts([]string{path})})
	}
	decoders, err := filepath.Glob("app/files/heif/LICENSE-*")
	if err != nil || len(decoders) == 0 {
		return nil, errors.Join(err, errors.New("app/files/heif has no licences: run it in the main folder of the source"))
	}
	for _, path := range decoders {
		_, name, _ := strings.Cut(filepath.Base(path), "-")
		parts = append(parts, part{name: name + compiledTo[name], texts: texts([]string{path})})
	}
	for _, p := range parts {
		if len(p.texts) == 0 {
			return nil, fmt.Errorf("%s has no licence", p.name)
		}
	}
	return parts, nil
}

func goRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	return strings.TrimSpace(string(out)), err
}

// module is what `go list` says of one.
type module struct {
	Path, Version, Dir string
	Main               bool
}

// linked are the modules of all packages in the program.
func linked(systems []string) ([]module, error) {
	found := map[string]module{}
	for _, system := range systems {
		list := exec.Command("go", "list", "-deps", "-json=Module", ".")
		list.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		list.Stderr = os.Stderr
		out, err := list.Output()
		if err != nil {
			return nil, fmt.Errorf("go list for %s: %w", system, err)
		}
		for in := json.NewDecoder(bytes.NewReader(out)); ; {
			var p struct{ Module *module }
			err := in.Decode(&p)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
			if p.Module != nil && !p.Module.Main {
				found[p.Module.Path] = *p.Module
			}
		}
	}
	var modules []module
	for _, m := range found {
		modules = append(modules, m)
	}
	slices.SortFunc(modules, func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	return modules, nil
}

// licences are the texts of a folder and, where it has none, of those below.
func licences(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var files, folders []string
	for _, e := range entries {
		switch path := filepath.Join(dir, e.Name()); {
		case e.IsDir() && e.Name() != "testdata":
			folders = append(folders, path)
		case licenceFile.MatchString(e.Name()):
			files = append(files, path)
		}
	}
	if len(files) > 0 {
		return texts(files)
	}
	var below []string
	for _, folder := range folders {
		below = append(below, licences(folder)...)
	}
	return below
}

// texts are the contents of files, each once.
func texts(files []string) (list []string) {
	for _, path := range files {
		text, err := os.ReadFile(path)
		clean := strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n"))
		if err == nil && clean != "" && !slices.Contains(list, clean) {
			list = append(list, clean)
		}
	}
	return list
}

// write puts the names first; a text that several share stands once.
func write(out io.Writer, parts []part) error {
	var b strings.Builder
	b.WriteString("DChat is under the MIT licence. It is made with the following, each under the licence below its name.\n\n")
	var order []string
	names := map[string][]string{}
	for _, p := range parts {
		text := strings.Join(p.texts, "\n\n")
		if names[text] == nil {
			order = append(order, text)
		}
		names[text] = append(names[text], p.name)
	}
	rule := strings.Repeat("-", 80)
	for _, text := range order {
		fmt.Fprintf(&b, "%s\n%s\n%s\n\n%s\n\n", rule, strings.Join(names[text], "\n"), rule, text)
	}
	_, err := io.WriteString(out, b.String())
	return err
}
