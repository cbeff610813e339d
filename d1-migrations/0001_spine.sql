-- Accounts, sites, versions and conversations. Times are Unix milliseconds UTC. Ids are opaque lower-case strings.
-- Forward only: a change to this schema is a new file.

CREATE TABLE user (
  id             TEXT PRIMARY KEY,
  name           TEXT NOT NULL DEFAULT '',
  email          TEXT NOT NULL UNIQUE,            -- lower-cased at the border
  email_verified INTEGER NOT NULL DEFAULT 0,
  image          TEXT,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL
) STRICT;

-- D1 is the truth about who is signed in; KV holds a copy for reads. `token` is the public name of a session on the
-- BetterAuth wire, never an authority: a cookie is believed for its signature.
CREATE TABLE session (
  id         TEXT PRIMARY KEY,
  token      TEXT NOT NULL UNIQUE,
  user_id    TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL,
  ip_address TEXT NOT NULL DEFAULT '',
  user_agent TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX session_user ON session(user_id);
CREATE INDEX session_expiry ON session(expires_at);

-- One pending proof per identifier ('sign-in-otp-<email>'): the primary key makes a second code replace the first.
CREATE TABLE verification (
  identifier   TEXT PRIMARY KEY,
  value        TEXT NOT NULL,                     -- keyed hash of the code
  browser_hash TEXT NOT NULL,                     -- hash of the secret of the browser that asked
  attempts     INTEGER NOT NULL DEFAULT 0,
  expires_at   INTEGER NOT NULL,
  created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX verification_expiry ON verification(expires_at);

CREATE TABLE site (
  id               TEXT PRIMARY KEY,
  domain           TEXT NOT NULL UNIQUE,
  user_id          TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  kind             TEXT NOT NULL CHECK (kind IN ('external', 'generated')),
  subdomain        TEXT UNIQUE,                   -- the label; generated sites only
  status           TEXT NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'building', 'live', 'error')),
  build_log        TEXT,
  live_snapshot_id TEXT,                          -- the truth about what is live
  edge_snapshot_id TEXT,                          -- what the edge's copy was last confirmed to say
  deleted_at       INTEGER,                       -- set first, so that a deletion cut short can be finished
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  CHECK ((kind = 'generated') = (subdomain IS NOT NULL))
) STRICT;
-- One site per account for now. Dropping this index is all that more sites would need here.
CREATE UNIQUE INDEX site_user ON site(user_id);
CREATE INDEX site_deleted ON site(deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX site_unsettled ON site(updated_at) WHERE live_snapshot_id IS NOT edge_snapshot_id;

-- A version, or the restoring of one. `seq` orders all starts, over all sites, for ever: AUTOINCREMENT never reuses.
CREATE TABLE site_snapshot (
  seq           INTEGER PRIMARY KEY AUTOINCREMENT,
  id            TEXT NOT NULL UNIQUE,
  site_id       TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  manifest_id   TEXT NOT NULL,                    -- manifests/<site_id>/<manifest_id>; a restore names the old one's
  restored_from TEXT,
  file_count    INTEGER NOT NULL,
  byte_size     INTEGER NOT NULL,
  message       TEXT NOT NULL DEFAULT '',
  status        TEXT NOT NULL CHECK (status IN ('pending', 'building', 'success', 'failed')),
  triggered_by  TEXT NOT NULL CHECK (triggered_by IN ('agent', 'manual')),
  created_at    INTEGER NOT NULL,
  finished_at   INTEGER
) STRICT;
CREATE INDEX site_snapshot_site ON site_snapshot(site_id, seq);
-- What the schedule looks for: versions that have been building for too long.
CREATE INDEX site_snapshot_building ON site_snapshot(created_at) WHERE status = 'building';

CREATE TABLE deploy_token (
  id         TEXT PRIMARY KEY,
  site_id    TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  token_hash TEXT NOT NULL UNIQUE,
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX deploy_token_site ON deploy_token(site_id);
CREATE INDEX deploy_token_expiry ON deploy_token(expires_at);

-- Who may speak in which conversation; what is said lives in the conversation's own object.
CREATE TABLE conversation (
  id         TEXT PRIMARY KEY,
  site_id    TEXT NOT NULL UNIQUE REFERENCES site(id) ON DELETE CASCADE,
  user_id    TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX conversation_user ON conversation(user_id);
