package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size parses a number of bytes; k, M, G and T are powers of 1000. "" is 0.
func Size(text string) (int64, error) {
	digits, unit := text, int64(1)
	if text == "" {
		return 0, nil
	}
	if power := strings.IndexByte("kmgt", text[len(text)-1]|0x20); power >= 0 {
		digits = text[:len(text)-1]
		for range power + 1 {
			unit *= 1000
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt64/unit || digits[0] == '+' {
		return 0, fmt.Errorf("invalid size %q", text)
	}
	return n * unit, nil
}

// checkSizes returns an error for an invalid limit.
func (c *Config) checkSizes() error {
	for _, limit := range []struct{ name, value string }{{"DCHAT_MAX_UPLOAD", c.MaxUpload}, {"DCHAT_QUOTA", c.Quota}} {
		if _, err := Size(limit.value); err != nil {
			return fmt.Errorf("%s must be a number of bytes, like 500M or 5G (k, M, G and T are allowed), not %q; unset, there is no limit", limit.name, limit.value)
		}
	}
	return nil
}
