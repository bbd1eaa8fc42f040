package account

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

var usernamePattern = regexp.MustCompile(`^[A-Za-z0-9._-]{4,50}$`)

// reserved are names of pages and of those who run a server: a link or a message from one would mislead.
var reserved = strings.Fields(`
	account accounts admin administrator admins api assets chats contacts dchat deleted dev download downloads email everyone
	favicon.ico file files find forgot healthz help helpdesk hostmaster index localhost login logout mailer-daemon messages
	metrics moderator moderators noreply no-reply official operator operators password passwords people person postmaster
	privacy profile push readyz register reset robots root saved search security settings share sign-in sign-out sign-up
	signin signout signup sitemap static status support sysadmin system terms uploads verify webmaster well-known www
`)

// extensions make a file of a name, which browsers and proxies ask for by themselves.
var extensions = []string{
	".asp", ".aspx", ".css", ".exe", ".gif", ".htm", ".html", ".ico", ".jpeg", ".jpg", ".js", ".json", ".map", ".mjs", ".pdf", ".php",
	".png", ".svg", ".txt", ".wasm", ".webmanifest", ".webp", ".xml", ".zip",
}

// misleads reports whether a username, which is well-formed, could be taken for a page, a file, those who
// run the server, or a deleted account, or has nothing that one can say.
func misleads(username string) bool {
	name := strings.ToLower(username)
	bare := strings.Trim(name, "-_.")
	return bare == "" || slices.Contains(reserved, name) || slices.Contains(reserved, bare) || slices.Contains(reserved, strings.NewReplacer("-", "", "_", "", ".", "").Replace(name)) ||
		slices.Contains(extensions, path.Ext(name)) || looksDeleted(username)
}
