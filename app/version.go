package app

import "runtime/debug"

// release is set by the build of a release: -ldflags "-X dchat/app.release=1.2.3".
var release string

// Version is the release, else the module's version that was installed, else the revision of the clone it was built from.
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
