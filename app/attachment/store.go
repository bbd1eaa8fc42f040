// Package attachment is the files on messages: their upload, the room they take, their previews, and which
// blobs are still referenced. It does not know who may see a file: the conversation decides.
package attachment

import (
	"dchat/app/store"
)

// Store reads and changes attachments and uploads. Each change is one transaction.
type Store struct {
	db        *store.DB
	maxUpload int64
	quota     int64
}

// Options are what a Store needs from outside.
type Options struct {
	DB *store.DB
	// MaxUpload is the largest file, and Quota how much all files of one person may take, in bytes; 0 is
	// no limit.
	MaxUpload, Quota int64
}

// NewStore returns a store.
func NewStore(o Options) *Store { return &Store{db: o.DB, maxUpload: o.MaxUpload, quota: o.Quota} }
