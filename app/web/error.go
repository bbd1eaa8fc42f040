package web

import (
	"context"
	"errors"
	"math"
	"strconv"
	"syscall"
	"time"

	"dchat/app/errs"
	"dchat/app/files"
	"dchat/app/limit"
	"dchat/app/text"
	"dchat/app/web/request"
	"dchat/views"

	"github.com/gofiber/fiber/v2"
)

// answer is the response to an error: it holds nothing that is for the log only.
type answer struct {
	status          int
	title, sentence string
	retryAfter      time.Duration
}

func (a answer) writeHead(c *fiber.Ctx) {
	c.Status(a.status)
	if a.retryAfter > 0 {
		c.Set("Retry-After", strconv.Itoa(int(math.Ceil(a.retryAfter.Seconds()))))
	}
}

// fail logs an error and answers with a page, a pane or a notice.
func (w *Web) fail(c *fiber.Ctx, err error) error {
	c.SetUserContext(context.Background()) // an ended context would stop the rendering
	w.setHeaders(c)                        // the server refuses malformed requests before the middleware runs
	a := answerTo(err)
	w.logError(c, a, err)
	a.writeHead(c)
	if !request.Partial(c) {
		return w.page(c, views.ErrorPage(a.status, a.title, a.sentence, request.TypedBody(c, err)))
	}
	if c.Method() == fiber.MethodGet && c.Get("HX-Target") == "main#pane" {
		return w.parts(c, views.ErrorPane(a.title, a.sentence))
	}
	c.Set("HX-Reswap", "none")
	return w.parts(c, views.Notice(a.sentence))
}

// failPlainly logs an error and answers with its sentence as plain text, for scripts.
func (w *Web) failPlainly(c *fiber.Ctx, err error) error {
	a := answerTo(err)
	w.logError(c, a, err)
	a.writeHead(c)
	return c.SendString(a.sentence)
}

func answerTo(err error) answer {
	var e *errs.Error
	var f *fiber.Error
	switch {
	case errors.As(err, &e):
		return answerToChat(e)
	case errors.As(err, &f) && f.Code < 500:
		return answerToFiber(f.Code)
	case errs.CodeOf(err) == errs.Unavailable, errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return answerToChat(&errs.Error{Code: errs.Unavailable})
	case files.IsFull(err):
		return answer{status: fiber.StatusInsufficientStorage, title: "No room", sentence: "There is no room left on the server for this. Please contact its administrator."}
	}
	return answer{status: 500, title: "Something went wrong", sentence: "That is our fault, and it has been noted. Please try again."}
}

func answerToChat(e *errs.Error) answer {
	a := answer{sentence: e.Sentence, retryAfter: e.RetryAfter}
	switch e.Code {
	case errs.Invalid:
		a.status, a.title = fiber.StatusUnprocessableEntity, "That did not work"
	case errs.NotFound:
		a.status, a.title = fiber.StatusNotFound, "Not found"
	case errs.Refused:
		a.status, a.title = fiber.StatusForbidden, "Not possible"
	case errs.TooLarge:
		a.status, a.title = fiber.StatusRequestEntityTooLarge, "Too large"
	case errs.TooFast:
		a.status, a.title = fiber.StatusTooManyRequests, "A moment, please"
	case errs.Unavailable:
		a.status, a.title, a.retryAfter = fiber.StatusServiceUnavailable, "Back in a moment", 2*time.Second
		a.sentence = "The server cannot answer right now. Nothing is lost; please try again in a moment."
	default:
		a.status, a.title = fiber.StatusInternalServerError, "Something went wrong"
	}
	return a
}

func answerToFiber(code int) answer {
	switch code {
	case fiber.StatusRequestEntityTooLarge:
		return answer{status: code, title: "Too large", sentence: "That is more than the server takes at once."}
	case fiber.StatusMethodNotAllowed, fiber.StatusNotFound:
		return answer{status: code, title: "Not found", sentence: "There is nothing at this address."}
	case fiber.StatusMisdirectedRequest:
		return answer{status: code, title: "Not at this address", sentence: request.ErrHost.Message}
	case fiber.StatusConflict:
		return answer{status: code, title: "This page is not yours", sentence: "Another person was signed in when this page was opened. Nothing was done; go back to find what was typed."}
	case fiber.StatusUpgradeRequired:
		return answer{status: code, title: "Not a page", sentence: "This address is for live updates, not for people."}
	}
	return answer{status: code, title: "That did not work", sentence: "The request could not be understood."}
}

// logError logs an error that is the server's fault. During an outage of the database every request fails, so single
// failures are logged at debug level.
func (w *Web) logError(c *fiber.Ctx, a answer, err error) {
	switch {
	case a.status < 500:
	case a.status != fiber.StatusServiceUnavailable:
		w.log(c).Error("a request failed", "status", a.status, "error", err)
	case w.draining.Load():
		w.log(c).Debug("a request came too late", "error", err)
	case w.Away != nil && w.Away():
		w.log(c).Debug("a request failed", "status", a.status, "error", err)
	default:
		w.log(c).Warn("a request failed", "status", a.status, "error", err)
	}
}

// formError shows a form again, with the typed values and the errors of its fields. It returns errors that do not
// concern the form.
func (w *Web) formError(c *fiber.Ctx, err error, mark func(views.FieldErrors), show func() error) error {
	var e *errs.Error
	if !errors.As(err, &e) || e.Code != errs.Invalid && e.Code != errs.TooFast {
		return err
	}
	wrong := views.FieldErrors(e.Fields)
	if len(wrong) == 0 {
		wrong = views.FieldErrors{"": e.Sentence}
	}
	mark(wrong)
	answerTo(e).writeHead(c)
	return show()
}

// allow returns a TooFast error if the key exceeds the limit.
func (w *Web) allow(c *fiber.Ctx, rule limit.Rule, key string) error {
	wait, ok := w.Limit.Allow(c.UserContext(), rule, key)
	if ok {
		return nil
	}
	if w.Refused != nil {
		w.Refused(rule.Name)
	}
	return &errs.Error{Code: errs.TooFast, Sentence: "That was a lot in a short time. Please wait " + text.Duration(wait) + " and try again.", RetryAfter: wait}
}
