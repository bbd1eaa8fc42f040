package web

import (
	"slices"

	"github.com/gofiber/fiber/v2"
)

// Access says who may use a route.
type Access int

// The accesses.
const (
	Anyone   Access = iota
	Outside         // whoever is signed in is sent to the start page
	SignedIn        // whoever is not is sent to sign-in
	Member          // and whoever has to confirm their address first is sent to do so
)

// Route is one line of the route table.
type Route struct {
	Method, Path string
	Access       Access
	handler      fiber.Handler
}

// large are the routes that read their own bodies, of any size (body.go).
var large = map[string]bool{
	"POST /profile":                  true,
	"POST /chats/:username/messages": true,
	"PATCH /uploads/:id":             true,
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

		{"GET", "/verify", Anyone, w.verifyPage}, // the waiting page, also for those who have just signed up
		{"POST", "/verify", Anyone, w.verifyAgain},
		{"GET", "/verify/:token", Anyone, w.verifyLink},
		{"POST", "/verify/:token", Anyone, w.verify},
		{"GET", "/password/forgot", Anyone, w.forgotPage},
		{"POST", "/password/forgot", Anyone, w.forgot},
		{"GET", "/password/reset/:token", Anyone, w.resetLink},
		{"POST", "/password/reset/:token", Anyone, w.reset},
		{"GET", "/email/confirm/:token", Anyone, w.emailLink},
		{"POST", "/email/confirm/:token", Anyone, w.confirmEmail},

		{"GET", "/search", Member, w.search},
		{"GET", "/people/:username", Member, w.person},
		{"GET", "/profile", Member, w.profile},
		{"POST", "/profile", Member, w.changeProfile},
		{"GET", "/settings", Member, w.settings},
		{"POST", "/settings/password", Member, w.changePassword},
		{"POST", "/settings/email", SignedIn, w.changeEmail}, // it may have been mistyped
		{"POST", "/settings/email/cancel", SignedIn, w.cancelEmail},
		{"POST", "/settings/sessions/revoke", Member, w.revokeOthers},
		{"POST", "/settings/sessions/:id/revoke", Member, w.revoke},
		{"POST", "/settings/export", Member, w.export},
		{"POST", "/settings/delete", SignedIn, w.deleteAccount},

		{"GET", "/chats/:username", Member, w.conversation},
		{"GET", "/chats/:username/messages", Member, w.messages},
		{"POST", "/chats/:username/messages", Member, w.send},
		{"POST", "/chats/:username/read", Member, w.read},
		{"POST", "/chats/:username/request", Member, w.ask},
		{"POST", "/chats/:username/cancel", Member, w.settle(w.Store.Cancel)},
		{"POST", "/chats/:username/accept", Member, w.settle(w.Store.Accept)},
		{"POST", "/chats/:username/reject", Member, w.settle(w.Store.Reject)},
		{"POST", "/chats/:username/remove", Member, w.settle(w.Store.Remove)},
		{"POST", "/chats/:username/block", Member, w.settle(w.Store.Block)},
		{"POST", "/chats/:username/unblock", Member, w.settle(w.Store.Unblock)},

		{"GET", "/dev/letters", Anyone, w.devLetters}, // in development only
		{"GET", "/dev/letters/:name", Anyone, w.devLetter},
		{"GET", "/dev/views", Anyone, w.devViews},
		{"GET", "/dev/state", Anyone, w.devState},

		{"GET", "/files/:id/:name", Member, w.file},
		{"GET", "/files/auth", Anyone, w.fileAuth}, // for a media server: yes or no, and never a redirect
		{"OPTIONS", "/uploads", Anyone, w.uploadOptions},
		{"POST", "/uploads", Member, w.tus(w.beginUpload)},
		{"HEAD", "/uploads/:id", Member, w.tus(w.uploadState)},
		{"PATCH", "/uploads/:id", Member, w.tus(w.takeUpload)},
		{"DELETE", "/uploads/:id", Member, w.tus(w.dropUpload)},

		{"GET", "/ws", Anyone, w.socket}, // refuses inside the socket: a refused handshake is retried for ever
		{"GET", "/static/*", Anyone, w.static},
		{"GET", "/healthz", Anyone, w.healthz},
		{"GET", "/readyz", Anyone, w.readyz},
	}
}

func (w *Web) routes() {
	w.app.Use(w.identify, w.recover, w.count, w.bound, w.headers, w.compress(), w.sameOrigin)
	for _, r := range w.Routes() {
		handlers := []fiber.Handler{r.handler}
		switch r.Access {
		case SignedIn:
			handlers = []fiber.Handler{w.signedIn, r.handler}
		case Member:
			handlers = []fiber.Handler{w.signedIn, w.admitted, r.handler}
		case Outside:
			handlers = []fiber.Handler{w.outside, r.handler}
		}
		take := w.takeBody
		if large[r.Method+" "+r.Path] {
			take = w.takeTyped
		}
		handlers = slices.Insert(handlers, 0, onRoute(r.Path), take, w.samePerson)
		w.app.Add(r.Method, r.Path, handlers...)
		if r.Method == fiber.MethodGet {
			w.app.Add(fiber.MethodHead, r.Path, handlers...)
		}
	}
}
