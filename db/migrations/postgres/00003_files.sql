-- +goose Up
-- An unfinished upload: how many bytes have arrived, and which node takes the next chunk.
CREATE TABLE uploads (
    id           text PRIMARY KEY,
    user_id      bigint NOT NULL REFERENCES users (id),
    name         text NOT NULL,
    size         bigint NOT NULL,
    received     bigint NOT NULL DEFAULT 0,
    digest       bytea NOT NULL,
    holder       text NOT NULL DEFAULT '',
    held_until   timestamptz,
    created_at   timestamptz NOT NULL,
    seen_at      timestamptz NOT NULL
);
CREATE INDEX uploads_user ON uploads (user_id);

-- A finished upload; seq is 0 until a message refers to it.
CREATE TABLE attachments (
    id              text PRIMARY KEY,
    owner_id        bigint NOT NULL REFERENCES users (id),
    conversation_id bigint NOT NULL DEFAULT 0,
    seq             bigint NOT NULL DEFAULT 0,
    position        integer NOT NULL DEFAULT 0,
    name            text NOT NULL,
    type            text NOT NULL,
    size            bigint NOT NULL,
    sha256          bytea NOT NULL,
    blob            text NOT NULL,
    width           integer NOT NULL DEFAULT 0,
    height          integer NOT NULL DEFAULT 0,
    preview         text NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL
);
CREATE INDEX attachments_message ON attachments (conversation_id, seq) WHERE seq > 0;
CREATE INDEX attachments_owner ON attachments (owner_id);
CREATE INDEX attachments_blob ON attachments (blob);

ALTER TABLE messages
    ADD COLUMN files  smallint NOT NULL DEFAULT 0,
    ADD COLUMN images smallint NOT NULL DEFAULT 0;
