package files

// Path is where a Disk keeps a blob, below its folder and with slashes: for a server that serves files
// from there. Of what cannot be the name of a blob it is "".
func Path(name string) string {
	if !ValidName(name) {
		return ""
	}
	return name[:2] + "/" + name[2:]
}
