package nearest_test

import (
	"testing"

	"dchat/app/nearest"

	"github.com/stretchr/testify/require"
)

func TestName(t *testing.T) {
	known := []string{"DCHAT_ADDR", "DCHAT_BASE_URL", "DCHAT_SECRET", "DATABASE_URL", "backup", "port"}
	for unknown, want := range map[string]string{
		"DCHAT_BASEURL": "DCHAT_BASE_URL", "DCHAT_SECRT": "DCHAT_SECRET", "dchat-addr": "DCHAT_ADDR",
		"bakcup": "backup", "prot": "port", "": "", "something else": "",
	} {
		require.Equal(t, want, nearest.Name(unknown, known), unknown)
	}
}

func TestSlip(t *testing.T) {
	for name, want := range map[string]bool{
		"DATABASEURL": true, "DATABSE_URL": true, "DATABSAE_URL": true, "DATABASE_URI": true, "database_url": true,
		"DATABASE_URL": false, "DATABASE_HOST": false, "DATABASE_USER": false, "DATABASE_SSL": false,
	} {
		require.Equal(t, want, nearest.Slip(name, "DATABASE_URL"), name)
	}
}
