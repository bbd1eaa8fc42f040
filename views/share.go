package views

import "dchat/app/account"

// SharePage is the content of the page that sends what another program shares.
type SharePage struct {
	Viewer   Viewer
	Contacts []*account.User
	Body     string
	Key      string // makes a repeated submission harmless
}
