package chat

// What people show of themselves, as conditions of a statement: me and other are rows of users. A person who does not
// show something does not see it of others either.
const (
	showTyping  = "(me.show_typing AND other.show_typing)"
	showOnline  = "(me.show_online AND other.show_online)"
	showsOnline = "u.show_online"
)
