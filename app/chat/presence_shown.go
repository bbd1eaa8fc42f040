package chat

// What people show of themselves, as conditions of a statement: me and other are rows of users. The columns
// users.show_typing and users.show_online decide it once they exist.
const (
	showTyping  = "TRUE"
	showOnline  = "TRUE"
	showsOnline = "TRUE" // of the row u
)
