package backup

import "fmt"

// Summary is what an archive holds.
type Summary struct {
	Rows    map[string]int64 `json:"rows"` // by table
	Jobs    int64            `json:"jobs"`
	Files   int64            `json:"files"`
	Bytes   int64            `json:"bytes"`   // of the files
	Missing int64            `json:"missing"` // files that were not there
}

// String says it in words.
func (s *Summary) String() string {
	text := fmt.Sprintf("%d people, %d conversations, %d messages, %d files (%s)",
		s.Rows["users"], s.Rows["conversations"], s.Rows["messages"], s.Files, inWords(s.Bytes))
	if s.Missing > 0 {
		text += fmt.Sprintf("; %d files were missing before, and the log names them", s.Missing)
	}
	return text
}

func inWords(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	f, unit := float64(n), 0
	for ; f >= 1000 && unit < 4; unit++ {
		f /= 1000
	}
	return fmt.Sprintf("%.1f %cB", f, " kMGT"[unit])
}
