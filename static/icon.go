package static

import (
	"strings"
	"sync"
)

var icons = sync.OnceValue(func() map[string]string {
	entries, err := files.ReadDir("vendor")
	if err != nil {
		panic(err) // embedded at build time
	}
	found := map[string]string{}
	for _, entry := range entries {
		if name, isIcon := strings.CutSuffix(entry.Name(), ".svg"); isIcon {
			found[name] = shapes(string(read(files, "vendor/"+entry.Name())))
		}
	}
	return found
})

// Icon is the shapes of a vendored Lucide icon, without the <svg> around them: how thick and which
// colour is the stylesheet's business. It panics if there is none: names are constants.
func Icon(name string) string {
	found, ok := icons()[name]
	if !ok {
		panic("static: no icon " + name)
	}
	return found
}

func shapes(svg string) string {
	_, rest, _ := strings.Cut(svg, "<svg")
	_, rest, _ = strings.Cut(rest, ">")
	inner, _, _ := strings.Cut(rest, "</svg>")
	var b strings.Builder
	for line := range strings.Lines(inner) {
		b.WriteString(strings.TrimSpace(line))
	}
	return b.String()
}
