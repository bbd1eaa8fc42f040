package text

import "strings"

// Extension is the end of a file's name from its last dot on, if it has at most n bytes. A name that begins
// with its only dot has none.
func Extension(name string, n int) string {
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && len(name)-dot <= n {
		return name[dot:]
	}
	return ""
}

// maxExtension is how long an extension may be that a shortened name keeps, in bytes.
const maxExtension = 20

// ShortName is a file's name in at most n bytes. What is too much goes before its extension, by whole
// characters as people see them.
func ShortName(name string, n int) string {
	if len(name) <= n {
		return name
	}
	extension := Extension(name, min(maxExtension, n-1))
	return HeadBytes(name[:len(name)-len(extension)], n-len(extension)) + extension
}
