package main

// What is generated is committed, so that a plain clone builds with Go alone.

//go:generate node infra/vendor.mjs
//go:generate go tool -modfile=infra/tools/go.mod templ generate
//go:generate go run ./db/picture docs/graphics/DChat_MR.svg
