package domain

import (
	"sync"
	"testing"

	"dchat/app/errs"

	"github.com/stretchr/testify/require"
)

// Race runs a function n times at once and returns the outcomes.
func Race(n int, do func(i int) error) []error {
	outcomes := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			<-start
			outcomes[i] = do(i)
		}()
	}
	close(start)
	wg.Wait()
	return outcomes
}

// Once makes sure that exactly one of several attempts succeeded, and how the others failed.
func Once(t *testing.T, outcomes []error, code errs.Code) {
	t.Helper()
	succeeded := 0
	for _, err := range outcomes {
		if err == nil {
			succeeded++
		} else {
			require.Equal(t, code, errs.CodeOf(err), "%v", err)
		}
	}
	require.Equal(t, 1, succeeded)
}

// WrongField makes sure that an error is about one field.
func WrongField(t *testing.T, err error, field string) {
	t.Helper()
	var e *errs.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, errs.Invalid, e.Code)
	require.Len(t, e.Fields, 1)
	require.NotEmpty(t, e.Fields[field], "%v", e.Fields)
}

// Ptr is the address of a value.
func Ptr[T any](v T) *T { return &v }
