package app

import "runtime/debug"

// release is stamped at the build of a release: -ldflags "-X dchat/app.release=1.2.3".
var release string

// Version says which program this is: its release, or the module's version with which it was installed, or the revision
// of the clone that it was built from.
func Version() string {
	info, _ := debug.ReadBuildInfo()
	return describe(release, info)
}

func describe(release string, info *debug.BuildInfo) string {
	if release != "" {
		return release
	}
	if info == nil {
		return "(unknown)"
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	revision := settings["vcs.revision"]
	if revision == "" {
		return "(devel)"
	}
	version := "devel-" + revision[:min(12, len(revision))]
	if settings["vcs.modified"] == "true" {
		version += "+changes"
	}
	return version
}
