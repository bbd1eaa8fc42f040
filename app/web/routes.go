package web

import (
	"github.com/gofiber/fiber/v2"
)

// Access says who may use a route.
type Access int

// The accesses.
const (
	Anyone   Access = iota
	Outside         // whoever is signed in is sent to the start page
	SignedIn        // whoever is not is sent to sign-in
)

// Route is one line of the route table.
type Route struct {
	Method, Path string
	Access       Access
	handler      fiber.Handler
}

// Routes is every route there is.
func (w *Web) Routes() []Route {
	return []Route{
		{"GET", "/", Anyone, w.home},
		{"GET", "/signup", Outside, w.signupPage},
		{"POST", "/signup", Outside, w.signup},
		{"GET", "/login", Outside, w.loginPage},
		{"POST", "/login", Outside, w.login},
		{"POST", "/logout", SignedIn, w.logout},

		{"GET", "/search", SignedIn, w.search},
		{"GET", "/profile", SignedIn, w.profile},
		{"GET", "/people/:username", SignedIn, w.person},

		{"GET", "/chats/:username", SignedIn, w.conversation},
		{"GET", "/chats/:username/messages", SignedIn, w.messages},
		{"POST", "/chats/:username/messages", SignedIn, w.send},
		{"POST", "/chats/:username/read", SignedIn, w.read},
		{"POST", "/chats/:username/request", SignedIn, w.ask},
		{"POST", "/chats/:username/cancel", SignedIn, w.settle(w.Store.Cancel)},
		{"POST", "/chats/:username/accept", SignedIn, w.settle(w.Store.Accept)},
		{"POST", "/chats/:username/reject", SignedIn, w.settle(w.Store.Reject)},
		{"POST", "/chats/:username/remove", SignedIn, w.settle(w.Store.Remove)},
		{"POST", "/chats/:username/block", SignedIn, w.settle(w.Store.Block)},
		{"POST", "/chats/:username/unblock", SignedIn, w.settle(w.Store.Unblock)},

		{"GET", "/ws", Anyone, w.socket}, // refuses inside the socket: a refused handshake is retried for ever
		{"GET", "/static/*", Anyone, w.static},
		{"GET", "/healthz", Anyone, w.healthz},
		{"GET", "/readyz", Anyone, w.readyz},
	}
}

func (w *Web) routes() {
	w.app.Use(w.recover, w.count, w.bound, w.headers, w.compress(), w.sameOrigin)
	for _, r := range w.Routes() {
		handlers := []fiber.Handler{r.handler}
		switch r.Access {
		case SignedIn:
			handlers = []fiber.Handler{w.signedIn, r.handler}
		case Outside:
			handlers = []fiber.Handler{w.outside, r.handler}
		}
		w.app.Add(r.Method, r.Path, handlers...)
		if r.Method == fiber.MethodGet {
			w.app.Add(fiber.MethodHead, r.Path, handlers...)
		}
	}
}
