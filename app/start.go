package app

import (
	"fmt"
	"log/slog"
	"reflect"
	"strings"
)

// Describe is what the log says of a node that starts: its version, where it keeps things, and each setting that is not
// at its default, of secrets only that they are set.
func Describe(config Config) []any {
	return []any{"version", Version(), "database", config.databaseKind(), slog.GroupAttrs("settings", config.changed()...)}
}

func (c *Config) databaseKind() string {
	if c.DatabaseURL != "" {
		return "postgres"
	}
	return "sqlite"
}

// changed are the settings that are not at their defaults, in the order of Config.
func (c *Config) changed() (list []slog.Attr) {
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		value := fmt.Sprint(v.Field(i).Interface())
		if list, ok := v.Field(i).Interface().([]string); ok {
			value = strings.Join(list, ",")
		}
		if value == tag.Get("envDefault") {
			continue
		}
		if tag.Get("secret") != "" {
			value = "set"
		}
		list = append(list, slog.String(tag.Get("env"), value))
	}
	return list
}

// logRunning says that people can come.
func (a *App) logRunning() {
	where := []any{"url", a.URL()}
	if a.listener != nil {
		where = append(where, "address", a.listener.Addr().String())
	}
	a.log.Info("running", where...)
}
