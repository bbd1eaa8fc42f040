package config

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"dchat/app/nearest"
)

const fromFile = "_FILE"

// settingNames returns the names of all settings, and of those that may come from a file.
func settingNames() (all, secret []string) {
	for field := range reflect.TypeFor[Config]().Fields() {
		name := field.Tag.Get("env")
		all = append(all, name)
		if field.Tag.Get("secret") != "" {
			secret = append(secret, name)
		}
	}
	return all, secret
}

// notOurs matches names with our prefix that other programs read: compose and stack files, tests, and the addresses that Kubernetes
// gives to all containers beside a service of this name.
var notOurs = regexp.MustCompile(`^DCHAT_(?:(?:IMAGE|BIND|BACKUPS|BACKUP_EVERY|BACKUP_KEEP|CPUS|MEMORY|SUBNET|MAIL_PORT|VERSION|CONFIG)|(?:TEST|REHEARSE)_.*|(?:.+_)?SERVICE_(?:HOST|PORT.*)|(?:.+_)?PORT_[0-9]+_(?:TCP|UDP|SCTP).*)$`)

// serviceAddress matches a value of Kubernetes' DCHAT_PORT.
var serviceAddress = regexp.MustCompile(`^(?:tcp|udp|sctp)://`)

// checkNames refuses a name in the environment that looks like a misspelt setting.
func checkNames(environment []string) error {
	all, secret := settingNames()
	known := slices.Clone(all)
	for _, name := range secret {
		known = append(known, name+fromFile)
	}
	set := map[string]bool{}
	for _, line := range environment {
		name, value, _ := strings.Cut(line, "=")
		set[name] = value != ""
	}
	slices.Sort(environment) // so that the error is the same each time
	for _, line := range environment {
		name, value, _ := strings.Cut(line, "=")
		if slices.Contains(known, name) || notOurs.MatchString(name) || serviceAddress.MatchString(value) {
			continue
		}
		if err := checkName(name, known, set); err != nil {
			return err
		}
	}
	return nil
}

func checkName(name string, known []string, set map[string]bool) error {
	if base, ok := strings.CutSuffix(name, fromFile); ok && slices.Contains(known, base) {
		return fmt.Errorf("%s is not read: %s cannot come from a file, set it directly", name, base)
	}
	if strings.HasPrefix(strings.ToUpper(name), "DCHAT_") {
		if bare := strings.ToUpper(name)[len("DCHAT_"):]; slices.Contains(known, bare) {
			return fmt.Errorf("%s is not a setting; did you mean %s?", name, bare)
		}
		if meant := nearest.Name(name, known); meant != "" {
			return fmt.Errorf("%s is not a setting; did you mean %s?", name, meant)
		}
		return fmt.Errorf("%s is not a setting; the README lists them", name)
	}
	// Other programs read DATABASE_HOST or SMTP_PORT. Only a name one typing error away from an unset setting is refused.
	for _, setting := range known {
		if !strings.HasPrefix(setting, "DCHAT_") && !set[setting] && nearest.Slip(name, setting) {
			return fmt.Errorf("%s is not a setting; did you mean %s? Set that one, or unset both", name, setting)
		}
	}
	return nil
}

// trimLists removes blanks around the items of lists, and empty items.
func (c *Config) trimLists() {
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		list, ok := v.Field(i).Interface().([]string)
		if !ok {
			continue
		}
		var kept []string
		for _, item := range list {
			if item = strings.TrimSpace(item); item != "" {
				kept = append(kept, item)
			}
		}
		v.Field(i).Set(reflect.ValueOf(kept))
	}
}

// readFiles reads secrets from the files that NAME_FILE names.
func (c *Config) readFiles() error {
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		name := tag.Get("env")
		path, given := os.LookupEnv(name + fromFile)
		if tag.Get("secret") == "" || !given {
			continue
		}
		if v.Field(i).String() != "" {
			return fmt.Errorf("%s and %s_FILE are both set; keep one", name, name)
		}
		text, err := readSecret(name+fromFile, path)
		if err != nil {
			return err
		}
		v.Field(i).SetString(text)
	}
	return nil
}

// readSecret refuses an empty file: a name that is set should have a value.
func readSecret(name, path string) (string, error) {
	if path == "" {
		return "", fmt.Errorf("%s is set to nothing; name a file, or unset it", name)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s cannot be read: %w", name, err)
	}
	value := strings.TrimSpace(string(text))
	if value == "" {
		return "", fmt.Errorf("%s names %s, and that file is empty", name, path)
	}
	return value, nil
}
