package config

import (
	"fmt"
	"log/slog"
	"reflect"
	"strings"
)

// Database is the kind of database: postgres or sqlite.
func (c *Config) Database() string {
	if c.DatabaseURL != "" {
		return "postgres"
	}
	return "sqlite"
}

// Changed are the settings that are not at their defaults, in the order of Config.
func (c *Config) Changed() (list []slog.Attr) {
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
