package main

// What is generated is committed, so that a plain clone builds with Go alone.

//go:generate node infra/vendor.mjs
//go:generate go tool -modfile=infra/tools/go.mod templ generate
//go:generate go tool -modfile=infra/tools/go.mod esbuild static/js/main.js --bundle --minify --target=es2022 --log-level=warning --outfile=static/dchat.js
//go:generate go tool -modfile=infra/tools/go.mod esbuild static/css/dchat.css static/css/upload.css static/css/viewer.css static/css/action.css static/css/emoji.css static/js/viewer.js upload=static/js/upload/main.js action=static/js/action/main.js notify=static/js/notify/main.js worker=static/js/worker/main.js emoji=static/js/emoji/main.js store=static/js/store/main.js keep=static/js/keep/main.js share=static/js/share/main.js --bundle --minify --format=esm --target=es2022 --log-level=warning --entry-names=[name] --outdir=static/min
//go:generate go run ./db/picture docs
