-- +goose Up
CREATE TABLE meta (
    name  text PRIMARY KEY,
    value text NOT NULL
);
-- The epoch changes when a backup is restored: cursors of another epoch are invalid.
INSERT INTO meta VALUES ('epoch', lower(hex(randomblob(6))));

CREATE TABLE users (
    id            integer PRIMARY KEY AUTOINCREMENT,
    username      text NOT NULL,
    username_key  text NOT NULL UNIQUE,
    email         text NOT NULL,
    email_key     text NOT NULL UNIQUE,
    display_name  text NOT NULL,
    name_key      text NOT NULL,
    password_hash text NOT NULL,
    zone          text NOT NULL DEFAULT '',
    verified_at   timestamp,
    created_at    timestamp NOT NULL
);
CREATE INDEX users_name ON users (name_key);

-- One narrow row per person, increased with every change that their pages show: the most frequently written row.
CREATE TABLE person_versions (
    user_id integer PRIMARY KEY REFERENCES users (id),
    version integer NOT NULL
);

CREATE TABLE sessions (
    id         integer PRIMARY KEY AUTOINCREMENT,
    user_id    integer NOT NULL REFERENCES users (id),
    token_hash blob NOT NULL UNIQUE,
    user_agent text NOT NULL,
    created_at timestamp NOT NULL,
    seen_at    timestamp NOT NULL,
    expires_at timestamp NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE conversations (
    id         integer PRIMARY KEY AUTOINCREMENT,
    low_id     integer NOT NULL REFERENCES users (id),
    high_id    integer NOT NULL REFERENCES users (id),
    seq        integer NOT NULL DEFAULT 0,
    rev        integer NOT NULL DEFAULT 0,
    last_at    timestamp,
    contact_at timestamp,
    UNIQUE (low_id, high_id),
    CHECK (low_id < high_id)
);

CREATE TABLE memberships (
    conversation_id integer NOT NULL REFERENCES conversations (id),
    user_id         integer NOT NULL REFERENCES users (id),
    other_id        integer NOT NULL REFERENCES users (id),
    last_read_seq   integer NOT NULL DEFAULT 0,
    version         integer NOT NULL DEFAULT 0,
    asked_at        timestamp,
    ask_hidden      boolean NOT NULL DEFAULT false,
    rejections      integer NOT NULL DEFAULT 0,
    rejected_at     timestamp,
    blocked_at      timestamp,
    shown_at        timestamp,
    PRIMARY KEY (conversation_id, user_id)
);
CREATE UNIQUE INDEX memberships_user ON memberships (user_id, other_id);

-- No foreign keys: a message is only written under the lock of its conversation.
CREATE TABLE messages (
    conversation_id integer NOT NULL,
    seq             integer NOT NULL,
    rev             integer NOT NULL,
    sender_id       integer NOT NULL,
    key             text NOT NULL,
    digest          blob NOT NULL,
    body            text NOT NULL,
    created_at      timestamp NOT NULL,
    prev_at         timestamp,
    edited_at       timestamp,
    deleted_at      timestamp,
    PRIMARY KEY (conversation_id, seq),
    UNIQUE (sender_id, key)
) WITHOUT ROWID;
CREATE INDEX messages_rev ON messages (conversation_id, rev);
