package chat

import "dchat/app/errs"

var errPlanned = errs.New(errs.Refused, "This cannot be done yet.")
