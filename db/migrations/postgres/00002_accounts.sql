-- +goose Up
-- An address belongs to the user who has confirmed it; until then several users may claim it.
ALTER TABLE users DROP CONSTRAINT users_email_key_key;
ALTER TABLE users
    ADD COLUMN new_email    text NOT NULL DEFAULT '',
    ADD COLUMN picture      text NOT NULL DEFAULT '',
    ADD COLUMN self_version bigint NOT NULL DEFAULT 0,
    ADD COLUMN deleted_at   timestamptz,
    ADD COLUMN confirm_by   timestamptz; -- a sign-up not confirmed by then is forgotten
CREATE UNIQUE INDEX users_email_verified ON users (email_key) WHERE verified_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX users_email ON users (email_key);
CREATE UNIQUE INDEX users_picture ON users (picture) WHERE picture <> '';

-- Pending chat requests, by recipient.
CREATE INDEX memberships_asking ON memberships (other_id) WHERE asked_at IS NOT NULL;

CREATE TABLE exports (
    id         text PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users (id),
    blob       text NOT NULL DEFAULT '',
    size       bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    ready_at   timestamptz
);
CREATE INDEX exports_user ON exports (user_id);
