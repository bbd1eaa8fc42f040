package text

import (
	"fmt"
	"strings"
)

// Bytes is a size in words: "817 bytes", "4.2 MB".
func Bytes(n int64) string {
	switch {
	case n == 1:
		return "1 byte"
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	}
	size := float64(n)
	for _, unit := range []string{"kB", "MB", "GB", "TB"} {
		if size /= 1000; size < 999.5 || unit == "TB" {
			digits := fmt.Sprintf("%.1f", size)
			if size >= 10 {
				digits = fmt.Sprintf("%.0f", size)
			}
			return strings.TrimSuffix(digits, ".0") + " " + unit
		}
	}
	return ""
}
