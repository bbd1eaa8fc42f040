-- +goose Up
-- An unfinished upload: how many bytes have arrived, and which node takes the next chunk.
CREATE TABLE uploads (
    id           text PRIMARY KEY,
    user_id      integer NOT NULL REFERENCES users (id),
    name         text NOT NULL,
    size         integer NOT NULL,
    received     integer NOT NULL DEFAULT 0,
    digest       blob NOT NULL,
    holder       text NOT NULL DEFAULT '',
    held_until   timestamp,
    created_at   timestamp NOT NULL,
    seen_at      timestamp NOT NULL
);
CREATE INDEX uploads_user ON uploads (user_id);

-- A finished upload; seq is 0 until a message refers to it.
CREATE TABLE attachments (
    id              text PRIMARY KEY,
    owner_id        integer NOT NULL REFERENCES users (id),
    conversation_id integer NOT NULL DEFAULT 0,
    seq             integer NOT NULL DEFAULT 0,
    position        integer NOT NULL DEFAULT 0,
    name            text NOT NULL,
    type            text NOT NULL,
    size            integer NOT NULL,
    sha256          blob NOT NULL,
    blob            text NOT NULL,
    width           integer NOT NULL DEFAULT 0,
    height          integer NOT NULL DEFAULT 0,
    preview         text NOT NULL DEFAULT '',
    created_at      timestamp NOT NULL
);
CREATE INDEX attachments_message ON attachments (conversation_id, seq) WHERE seq > 0;
CREATE INDEX attachments_owner ON attachments (owner_id);
CREATE INDEX attachments_blob ON attachments (blob);

ALTER TABLE messages ADD COLUMN files integer NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN images integer NOT NULL DEFAULT 0;
