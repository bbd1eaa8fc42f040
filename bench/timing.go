package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

var timingCommand = command{
	name:    "timing",
	aliases: []string{"doors"}, // its former name
	purpose: "compare the answering times of sign-in, forgot and sign-up for known and unknown addresses",
	about: "Sends each form in turn for an address that the server knows and for one that it does not, and compares\n" +
		"the medians. The server has to run with DCHAT_EMAIL_VERIFICATION=required (else sign-up says who is there)\n" +
		"and DCHAT_RATE_LIMITS=off. Sign-ups are stored: use a database for trying out.",
	bind: bindTiming,
}

type timingOptions struct {
	where
	known string
	tries int
}

func bindTiming(flags *pflag.FlagSet) runner {
	var o timingOptions
	o.bind(flags)
	flags.StringVar(&o.known, "known", "person00000@example.org", "`ADDRESS` of an account")
	flags.IntVar(&o.tries, "tries", 500, "`NUMBER` of tries of each form with each of the two addresses")
	return func(ctx context.Context) (report, error) { return o.run(ctx) }
}

// A timedForm is a form that must not tell, by its answering time, who has an account.
type timedForm struct {
	Name    string  `json:"name"`
	Known   summary `json:"known"`
	Unknown summary `json:"unknown"`
	Ratio   float64 `json:"ratio"` // of the medians, known to unknown

	path   string
	fields func(address string) url.Values
}

type timingReport struct {
	Forms []*timedForm `json:"forms"`
}

func (r *timingReport) rows() [][2]string {
	var rows [][2]string
	for _, d := range r.Forms {
		rows = append(rows,
			[2]string{d.Name + ", known", d.Known.String()},
			[2]string{d.Name + ", unknown", d.Unknown.String()},
			[2]string{d.Name + ", ratio of medians", fmt.Sprintf("%.3f", d.Ratio)})
	}
	return rows
}

// unusedName returns a username that has no account.
func unusedName() string { return "made-" + strings.ToLower(rand.Text()) }

func timedForms() []*timedForm {
	return []*timedForm{
		{Name: "sign-in", path: "/login", fields: func(address string) url.Values {
			return url.Values{"login": {address}, "password": {"surely not this one"}}
		}},
		{Name: "forgot", path: "/password/forgot", fields: func(address string) url.Values {
			return url.Values{"email": {address}}
		}},
		{Name: "sign-up", path: "/signup", fields: func(address string) url.Values {
			return url.Values{"email": {address}, "username": {unusedName()}, "password": {"four quiet lanterns"}}
		}},
	}
}

func (o *timingOptions) run(ctx context.Context) (report, error) {
	t, err := o.open(0)
	if err != nil {
		return nil, err
	}
	if o.tries < 1 {
		return nil, errors.New("needs --tries above 0")
	}
	client := &http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	found := &timingReport{Forms: timedForms()}
	for _, d := range found.Forms {
		if err := d.try(ctx, client, t, o.known, o.tries); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// try sends the form for both addresses in turn, and alternates which one is first, so that
// other work of the machine slows both down alike.
func (d *timedForm) try(ctx context.Context, client *http.Client, t *target, known string, tries int) error {
	var took [2][]time.Duration
	const warm = 5
	for i := range tries + warm {
		for k := range 2 {
			which := (i + k) % 2
			address := known
			if which == 1 {
				address = unusedName() + "@example.org"
			}
			elapsed, err := d.once(ctx, client, t, address)
			if err != nil {
				return err
			}
			if i >= warm {
				took[which] = append(took[which], elapsed)
			}
		}
	}
	d.Known, d.Unknown = summarize(took[0]), summarize(took[1])
	d.Ratio = d.Known.P50 / d.Unknown.P50
	return nil
}

func (d *timedForm) once(ctx context.Context, client *http.Client, t *target, address string) (time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.base.String()+d.path, strings.NewReader(d.fields(address).Encode()))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", t.origin)
	begun := time.Now()
	answer, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return 0, err
	}
	if answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode >= 500 {
		return 0, fmt.Errorf("%s answered %s (is DCHAT_RATE_LIMITS=off?)", d.path, answer.Status)
	}
	return time.Since(begun), nil
}
