package chat

import (
	"context"

	"dchat/app/account"
	"dchat/app/attachment"
	"dchat/app/errs"
	"dchat/app/store"
	"dchat/app/text"
)

// What has moved to other rooms, for those who still call it by its old name.

type (
	User           = account.User
	Session        = account.Session
	Signup         = account.Signup
	Export         = account.Export
	ExportJob      = account.ExportJob
	LetterJob      = account.EmailJob
	Letter         = account.Email
	SeededSession  = account.SeededSession
	Attachment     = attachment.Attachment
	Upload         = attachment.Upload
	Stored         = attachment.Stored
	Preview        = attachment.Preview
	PreviewJob     = attachment.PreviewJob
	PreviewTurnJob = attachment.PreviewTurnJob
	Job            = store.Job
	BlobJob        = store.BlobJob
	Error          = errs.Error
	Code           = errs.Code
)

const (
	Internal       = errs.Internal
	Invalid        = errs.Invalid
	NotFound       = errs.NotFound
	Refused        = errs.Refused
	TooFast        = errs.TooFast
	TooLarge       = errs.TooLarge
	Unavailable    = errs.Unavailable
	NoPreview      = attachment.NoPreview
	PreviewPending = attachment.PreviewPending
	PreviewReady   = attachment.PreviewReady
	MaxAttachments = attachment.MaxAttachments
	UploadLife     = attachment.UploadLife
	ExportLife     = account.ExportLife
	ExportPatience = account.ExportPatience
	SessionIdle    = account.SessionIdle
	SessionLife    = account.SessionLife
	SignupLife     = account.SignupLife
	VerifyLife     = account.VerifyLife
	ResetLife      = account.ResetLife
	EmailLife      = account.EmailLife
	MaxDisplayName = account.MaxDisplayName
	MaxResults     = account.MaxResults
	Hues           = account.Hues

	LetterVerify       = account.EmailVerify
	LetterKnown        = account.EmailKnown
	LetterReset        = account.EmailReset
	LetterPassword     = account.EmailPasswordChanged
	LetterEmailConfirm = account.EmailConfirm
	LetterEmailAsked   = account.EmailChangeRequested
	LetterEmailChanged = account.EmailChanged
	LetterDeleted      = account.EmailDeleted
	LetterExport       = account.EmailExport
)

var (
	ErrHeld          = attachment.ErrHeld
	PreviewWidths    = attachment.PreviewWidths
	PictureWidths    = account.PictureWidths
	CodeOf           = errs.CodeOf
	InWords          = text.Duration
	Bytes            = text.Bytes
	PictureFile      = account.PictureFile
	MovingFile       = attachment.MovingFile
	FileName         = attachment.FileName
	NoPreviewPending = attachment.NoPreviewPending
	ValidZone        = account.ValidZone
	EachBlob         = attachment.EachBlob
)

func (s *Store) Letter(ctx context.Context, job LetterJob) (*Letter, error) {
	return s.accounts.Email(ctx, job)
}

func (s *Store) Refold(ctx context.Context) error { return s.accounts.RefreshSearchKeys(ctx) }
