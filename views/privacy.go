package views

// privacySwitch is a checkbox of the settings about what others may know.
type privacySwitch struct {
	Name, Label string
	On          bool
}

// ID is that of the checkbox.
func (s privacySwitch) ID() string { return "privacy-" + s.Name }

func privacySwitches(me Viewer) []privacySwitch {
	return []privacySwitch{
		{"show_read", "Show when I have read messages", me.ShowRead},
		{"show_typing", "Show when I am typing", me.ShowTyping},
		{"show_online", "Show when I am online", me.ShowOnline},
	}
}

// stale selects the switch on a page that shows it otherwise.
func (s privacySwitch) stale() string {
	if s.On {
		return "#" + s.ID() + ":not(:checked)"
	}
	return "#" + s.ID() + ":checked"
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
