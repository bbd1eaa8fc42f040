package views

import "context"

// AsField is the field of every form that says for whom its page was rendered.
const AsField = "as"

type forKey struct{}

// For is a context in which components are rendered for a person: their forms say so.
func For(ctx context.Context, username string) context.Context {
	return context.WithValue(ctx, forKey{}, username)
}

// renderedFor is the username that For was given, "" on a page for guests.
func renderedFor(ctx context.Context) string {
	username, _ := ctx.Value(forKey{}).(string)
	return username
}
