-- +goose NO TRANSACTION
-- +goose Up
-- An address belongs to the user who has confirmed it; until then several users may claim it. SQLite cannot drop a
-- UNIQUE from a table, so the table is recreated, as https://www.sqlite.org/lang_altertable.html says in its section
-- 7: with the foreign keys out of the way, which no transaction allows. It may run twice, if the process dies before
-- goose has recorded it.
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
CREATE TABLE new_users (
    id            integer PRIMARY KEY AUTOINCREMENT,
    username      text NOT NULL,
    username_key  text NOT NULL UNIQUE,
    email         text NOT NULL,
    email_key     text NOT NULL,
    display_name  text NOT NULL,
    name_key      text NOT NULL,
    password_hash text NOT NULL,
    zone          text NOT NULL DEFAULT '',
    verified_at   timestamp,
    created_at    timestamp NOT NULL,
    new_email     text NOT NULL DEFAULT '',
    picture       text NOT NULL DEFAULT '',
    self_version  integer NOT NULL DEFAULT 0,
    deleted_at    timestamp,
    confirm_by    timestamp -- a sign-up not confirmed by then is forgotten
);
INSERT INTO new_users (id, username, username_key, email, email_key, display_name, name_key, password_hash, zone, verified_at, created_at)
    SELECT id, username, username_key, email, email_key, display_name, name_key, password_hash, zone, verified_at, created_at FROM users;
DROP TABLE users;
ALTER TABLE new_users RENAME TO users;
CREATE INDEX users_name ON users (name_key);
CREATE UNIQUE INDEX users_email_verified ON users (email_key) WHERE verified_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX users_email ON users (email_key);
CREATE UNIQUE INDEX users_picture ON users (picture) WHERE picture <> '';

-- Pending chat requests, by recipient.
CREATE INDEX IF NOT EXISTS memberships_asking ON memberships (other_id) WHERE asked_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS exports (
    id         text PRIMARY KEY,
    user_id    integer NOT NULL REFERENCES users (id),
    blob       text NOT NULL DEFAULT '',
    size       integer NOT NULL DEFAULT 0,
    created_at timestamp NOT NULL,
    ready_at   timestamp
);
CREATE INDEX IF NOT EXISTS exports_user ON exports (user_id);
COMMIT;
PRAGMA foreign_keys = ON;
