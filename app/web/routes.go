package web

import (
	"slices"

	"dchat/app/web/request"
	"dchat/app/web/upload"

	"github.com/gofiber/fiber/v2"
)

// Access is the condition for the use of a route.
type Access int

// The levels of access.
const (
	Anyone    Access = iota
	GuestOnly        // a signed-in browser is redirected to the start page
	SignedIn         // a signed-out browser is redirected to the sign-in
	Member           // as SignedIn, and an unconfirmed user is redirected to the confirmation
)

// Route is one line of the route table.
type Route struct {
	Method, Path string
	Access       Access
	handler      fiber.Handler
}

// large lists the routes that read their bodies themselves, of any size (package upload).
var large = map[string]bool{
	"POST /profile":                  true,
	"POST /chats/:username/messages": true,
	"PATCH /uploads/:id":             true,
}

// Routes lists all routes.
func (w *Web) Routes() []Route {
	return slices.Concat(w.guestRoutes(), w.accountRoutes(), w.chatRoutes(), w.fileRoutes(), w.serverRoutes())
}

func (w *Web) guestRoutes() []Route {
	link := linkHandlers{w}
	user, login, verify, password, email, digest := userHandlers{w}, loginHandlers{w}, verifyHandlers{link}, passwordHandlers{link}, emailHandlers{link}, digestHandlers{link}
	return []Route{
		{"GET", "/", Anyone, conversationHandlers{w}.home},
		{"GET", "/signup", GuestOnly, user.signupPage},
		{"POST", "/signup", GuestOnly, user.signup},
		{"GET", "/login", GuestOnly, login.loginPage},
		{"POST", "/login", GuestOnly, login.login},
		{"POST", "/logout", SignedIn, w.logout},
		{"GET", "/verify", Anyone, verify.verifyPage}, // also right after the sign-up
		{"POST", "/verify", Anyone, verify.verifyAgain},
		{"GET", "/verify/:token", Anyone, verify.verifyLink},
		{"POST", "/verify/:token", Anyone, verify.verify},
		{"GET", "/password/forgot", Anyone, password.forgotPage},
		{"POST", "/password/forgot", Anyone, password.forgot},
		{"GET", "/password/reset/:token", Anyone, password.resetLink},
		{"POST", "/password/reset/:token", Anyone, password.reset},
		{"GET", "/email/confirm/:token", Anyone, email.emailLink},
		{"POST", "/email/confirm/:token", Anyone, email.confirmEmail},
		{"GET", unsubscribePath + ":token", Anyone, digest.unsubscribeLink},
		{"POST", unsubscribePath + ":token", Anyone, digest.unsubscribe},
	}
}

func (w *Web) accountRoutes() []Route {
	user, search, profile, settings, push := userHandlers{w}, searchHandlers{w}, profileHandlers{w}, settingsHandlers{linkHandlers{w}}, pushHandlers{w}
	return []Route{
		{"GET", "/search", Member, search.search},
		{"GET", "/find", Member, search.find},
		{"GET", "/people/:username", Member, user.person},
		{"GET", "/profile", Member, profile.profile},
		{"POST", "/profile", Member, profile.changeProfile},
		{"GET", "/settings", Member, settings.settings},
		{"POST", "/settings/password", Member, settings.changePassword},
		{"POST", "/settings/email", SignedIn, settings.changeEmail}, // the first may be mistyped
		{"POST", "/settings/email/cancel", SignedIn, settings.cancelEmail},
		{"POST", "/settings/preferences", Member, settings.preferences},
		{"POST", "/settings/sessions/revoke", Member, settings.revokeOthers},
		{"POST", "/settings/sessions/:id/revoke", Member, settings.revoke},
		{"POST", "/push/subscribe", Member, push.subscribe},
		{"POST", "/push/unsubscribe", Member, push.unsubscribe},
		{"POST", "/settings/export", Member, settings.export},
		{"POST", "/settings/delete", SignedIn, settings.deleteAccount},
	}
}

func (w *Web) chatRoutes() []Route {
	conversation, relation := conversationHandlers{w}, relationHandlers{w}
	side := sideHandlers{relation}
	message, action := messageHandlers{conversation}, messageActionHandlers{conversation}
	return []Route{
		{"GET", "/chats/:username", Member, conversation.conversation},
		{"GET", "/chats/:username/messages", Member, message.messages},
		{"POST", "/chats/:username/messages", Member, message.send},
		{"GET", "/chats/:username/messages/:id", Member, action.messagePage},
		{"POST", "/chats/:username/messages/:id/edit", Member, action.edit},
		{"POST", "/chats/:username/messages/:id/delete", Member, action.update(w.Chat.Delete)},
		{"POST", "/chats/:username/messages/:id/hide", Member, action.update(w.Chat.Hide)},
		{"POST", "/chats/:username/messages/:id/react", Member, action.react},
		{"POST", "/chats/:username/messages/:id/save", Member, action.save},
		{"POST", "/chats/:username/messages/:id/forward", Member, action.forward},
		{"GET", "/saved", Member, savedHandlers{w}.saved},
		{"GET", sharePath, Member, shareHandlers{action}.share},
		{"POST", sharePath, Member, shareHandlers{action}.share},
		{"POST", "/chats/:username/timer", Member, relation.timer},
		{"POST", "/chats/:username/mute", Member, side.mute},
		{"POST", "/chats/:username/pin", Member, side.pin},
		{"POST", "/chats/:username/archive", Member, side.archive},
		{"POST", "/chats/:username/unread", Member, side.unread},
		{"POST", "/chats/:username/read", Member, relation.read},
		{"POST", "/chats/:username/request", Member, relation.request},
		{"POST", "/chats/:username/cancel", Member, relation.update(w.Chat.Cancel)},
		{"POST", "/chats/:username/accept", Member, relation.update(w.Chat.Accept)},
		{"POST", "/chats/:username/reject", Member, relation.update(w.Chat.Reject)},
		{"POST", "/chats/:username/remove", Member, relation.update(w.Chat.Remove)},
		{"POST", "/chats/:username/block", Member, relation.update(w.Chat.Block)},
		{"POST", "/chats/:username/unblock", Member, relation.update(w.Chat.Unblock)},
	}
}

func (w *Web) fileRoutes() []Route {
	return []Route{
		{"GET", "/files/:id/:name", Member, w.downloads.Serve},
		{"GET", "/files/auth", Anyone, w.downloads.Auth}, // for a media server, which cannot follow a redirect
		{"OPTIONS", "/uploads", Anyone, w.uploads.Describe},
		{"POST", "/uploads", Member, w.uploads.Tus(w.uploads.Create)},
		{"HEAD", "/uploads/:id", Member, w.uploads.Tus(w.uploads.Position)},
		{"PATCH", "/uploads/:id", Member, w.uploads.Tus(w.uploads.Append)},
		{"DELETE", "/uploads/:id", Member, w.uploads.Tus(w.uploads.Drop)},
	}
}

func (w *Web) serverRoutes() []Route {
	socket, dev := socketHandlers{w}, devHandlers{w}
	return []Route{
		{"GET", "/dev/emails", Anyone, dev.devEmails}, // in development only
		{"GET", "/dev/emails/:name", Anyone, dev.devEmail},
		{"GET", "/dev/letters", Anyone, dev.devLetters},
		{"GET", "/dev/letters/:name", Anyone, dev.devLetters},
		{"GET", "/dev/views", Anyone, dev.devViews},
		{"GET", "/dev/state", Anyone, dev.devState},
		{"GET", "/ws", Anyone, socket.socket}, // refuses inside the socket: a refused handshake would be retried forever
		{"GET", "/static/*", Anyone, serveStatic},
		{"GET", "/sw.js", Anyone, serveWorker},
		{"GET", "/healthz", Anyone, healthz},
		{"GET", "/readyz", Anyone, w.readyz},
	}
}

func (w *Web) routes() {
	m := middleware{w}
	w.app.Use(m.identify, m.recover, m.count, request.WithTimeout, m.headers, m.compress(), request.CheckHost(w.BaseURL, w.Listens), m.sameOrigin)
	for _, r := range w.Routes() {
		handlers := []fiber.Handler{onRoute(r.Path), upload.Small, m.sameUser}
		if large[r.Method+" "+r.Path] {
			handlers[1] = upload.Large
		}
		switch r.Access {
		case SignedIn:
			handlers = append(handlers, m.signedIn)
		case Member:
			handlers = append(handlers, m.signedIn, m.admitted)
		case GuestOnly:
			handlers = append(handlers, m.guestOnly)
		}
		handlers = append(handlers, r.handler)
		w.app.Add(r.Method, r.Path, handlers...)
		if r.Method == fiber.MethodGet {
			w.app.Add(fiber.MethodHead, r.Path, handlers...)
		}
	}
}
