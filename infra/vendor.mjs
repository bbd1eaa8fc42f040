// Copies what browsers get from others out of node_modules into static/vendor, with licences and checksums.
// `node infra/vendor.mjs` copies; `node infra/vendor.mjs --check` says in one sentence what differs, and exits with 1.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const vendor = join(root, "static", "vendor");
const sums = "SHA256SUMS";

const icons = [
  "archive", "archive-restore", "arrow-down", "arrow-up", "ban", "bell", "bell-off", "bookmark", "bookmark-minus", "check", "check-check", "chevron-left",
  "chevron-right", "circle-alert", "clock", "copy", "download", "ellipsis", "ellipsis-vertical", "eye-off", "file",
  "file-archive", "file-code", "file-image", "file-music", "file-play", "file-spreadsheet", "file-text", "forward",
  "info", "log-out", "mail", "message-circle", "monitor", "paperclip", "pencil", "pin", "pin-off", "reply", "rotate-cw", "search", "settings",
  "smartphone", "smile", "smile-plus", "timer", "trash-2", "user-round", "user-round-minus", "x",
];

// Flat on purpose: Go's module archives leave out folders below one named "vendor".
const sources = {
  "htmx.min.js": "htmx.org/dist/htmx.min.js",
  "hx-ws.min.js": "htmx.org/dist/ext/hx-ws.min.js",
  "hx-upsert.min.js": "htmx.org/dist/ext/hx-upsert.min.js",
  "tus.min.js": "tus-js-client/dist/tus.min.js",
  "LICENSE-emoji": "unicode-emoji-json/LICENSE",
  "LICENSE-htmx": "htmx.org/LICENSE",
  "LICENSE-lucide": "lucide-static/LICENSE",
  "LICENSE-tus": "tus-js-client/LICENSE",
  ...Object.fromEntries(icons.map((name) => [`${name}.svg`, `lucide-static/icons/${name}.svg`])),
};

// What every system of today can draw; skin tones are left out. A group is its name, and for each emoji a line: it
// and its name.
const newest = 15;

function emoji() {
  const groups = JSON.parse(readFileSync(join(modules, "unicode-emoji-json/data-by-group.json")));
  const isKnown = ({ emoji_version: version }) => Number(version) <= newest;
  const line = ({ emoji, name }) => `${emoji} ${name}`;
  const short = groups.map(({ name, emojis }) => [name, emojis.filter(isKnown).map(line).join("\n")]);
  return Buffer.from(JSON.stringify(short) + "\n");
}

function wanted() {
  const files = new Map([["emoji.json", emoji()]]);
  for (const [name, source] of Object.entries(sources)) files.set(name, readFileSync(join(modules, source)));
  const lines = [...files].map(([name, body]) => `${createHash("sha256").update(body).digest("hex")}  ${name}\n`);
  files.set(sums, Buffer.from(lines.sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)).join("")));
  return files;
}

function copy(files) {
  rmSync(vendor, { recursive: true, force: true });
  mkdirSync(vendor, { recursive: true });
  for (const [name, body] of files) writeFileSync(join(vendor, name), body);
}

function difference(files) {
  const present = new Set(readdirSync(vendor));
  for (const [name, body] of files) {
    if (!present.delete(name)) return `static/vendor/${name} is missing`;
    if (!readFileSync(join(vendor, name)).equals(body)) return `static/vendor/${name} differs from its package`;
  }
  const [extra] = present;
  return extra && `static/vendor/${extra} comes from no package`;
}

try {
  const files = wanted();
  if (process.argv.includes("--check")) {
    const found = difference(files);
    if (found) throw new Error(`${found}; run "npm ci && node infra/vendor.mjs".`);
  } else {
    copy(files);
  }
} catch (error) {
  const missing = error.code === "ENOENT" && error.path?.startsWith(modules);
  console.error(missing ? `${error.path.slice(root.length + 1)} is missing; run "npm ci" first.` : error.message);
  process.exit(1);
}
