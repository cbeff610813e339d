-- Everything else about who somebody is and what is theirs: profiles, providers, devices, what was done, connected sites,
-- and what each site keeps in the bucket.

ALTER TABLE user ADD COLUMN handle TEXT;                            -- `ann`: lower-cased at the border; NULL until chosen
ALTER TABLE user ADD COLUMN deletion_at INTEGER;                    -- when the account goes for good; NULL: nobody asked
ALTER TABLE user ADD COLUMN deleting_at INTEGER;                    -- since when it is going; no way back from here
CREATE UNIQUE INDEX user_handle ON user(handle);
CREATE INDEX user_deletion ON user(deletion_at) WHERE deletion_at IS NOT NULL;

ALTER TABLE session ADD COLUMN place TEXT NOT NULL DEFAULT '';      -- 'Graz, AT', as the edge saw it; '' when it did not
ALTER TABLE session ADD COLUMN last_seen_at INTEGER NOT NULL DEFAULT 0;  -- exact to the hour
UPDATE session SET last_seen_at = updated_at;

-- Who somebody is at Google or GitHub. Only the identity is kept: no token of theirs is stored for signing in.
CREATE TABLE account (
  id          TEXT PRIMARY KEY,
  user_id     TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  provider_id TEXT NOT NULL,                      -- 'google', 'github'
  account_id  TEXT NOT NULL,                      -- Google's `sub`, GitHub's numeric id
  email       TEXT NOT NULL DEFAULT '',           -- what the provider called verified, for the person to tell two apart
  scope       TEXT NOT NULL DEFAULT '',           -- comma separated
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_provider ON account(provider_id, account_id);
CREATE INDEX account_user ON account(user_id);

-- A sign-in on its way through a provider. Single use; verifier and nonce are derived from the state, never stored.
CREATE TABLE oauth_state (
  state_hash    TEXT PRIMARY KEY,
  provider_id   TEXT NOT NULL,
  callback_url  TEXT NOT NULL,
  error_url     TEXT,
  new_user_url  TEXT,
  link_user_id  TEXT REFERENCES user(id) ON DELETE CASCADE,         -- connecting to this account, not signing in
  expires_at    INTEGER NOT NULL,
  created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX oauth_state_expiry ON oauth_state(expires_at);
CREATE INDEX oauth_state_link ON oauth_state(link_user_id) WHERE link_user_id IS NOT NULL;

-- One pending code an address and browser, so that nobody who asks for a code ends somebody else's. Codes live five
-- minutes, so the table is made anew without carrying any over.
DROP TABLE verification;
CREATE TABLE verification (
  identifier   TEXT NOT NULL,
  browser_hash TEXT NOT NULL,                     -- hash of the secret of the browser that asked
  value        TEXT NOT NULL,                     -- keyed hash of the code
  attempts     INTEGER NOT NULL DEFAULT 0,
  expires_at   INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  PRIMARY KEY (identifier, browser_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX verification_expiry ON verification(expires_at);

-- What was done with an account, for its owner to read. Rows are added; they go only together with the account.
CREATE TABLE audit_event (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id    TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  kind       TEXT NOT NULL,                       -- `vetka_domain::audit::Kind`
  subject    TEXT NOT NULL DEFAULT '',            -- what it was done to: a domain, a device, a provider
  ip_address TEXT NOT NULL DEFAULT '',            -- from where, when a person did it
  user_agent TEXT NOT NULL DEFAULT '',
  place      TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_event_user ON audit_event(user_id, seq);
CREATE TRIGGER audit_event_stays BEFORE UPDATE ON audit_event
BEGIN SELECT RAISE(ABORT, 'what was done stays written'); END;
CREATE TRIGGER audit_event_goes_with_its_account BEFORE DELETE ON audit_event
WHEN EXISTS (SELECT 1 FROM user WHERE id = OLD.user_id)
BEGIN SELECT RAISE(ABORT, 'what was done stays written'); END;

-- Connected sites: how the domain was proven, and when that is looked at again.
ALTER TABLE site ADD COLUMN proof_method TEXT CHECK (proof_method IN ('tag', 'dns'));
ALTER TABLE site ADD COLUMN proved_at INTEGER;                      -- when the proof was last seen
ALTER TABLE site ADD COLUMN proof_missing_since INTEGER;            -- first of the looks in a row that did not find it
ALTER TABLE site ADD COLUMN proof_misses INTEGER NOT NULL DEFAULT 0;  -- how many those are
ALTER TABLE site ADD COLUMN proof_lost_at INTEGER;                  -- marked; its data stays
ALTER TABLE site ADD COLUMN proof_due_at INTEGER;                   -- when to look again; NULL: never
-- The domain that was this site's until somebody else proved it. `domain` is then `lost--<id>.invalid`.
ALTER TABLE site ADD COLUMN former_domain TEXT;
CREATE INDEX site_proof_due ON site(proof_due_at) WHERE proof_due_at IS NOT NULL;

-- Which sites hold which blobs, written before a version uploads, so that what nobody holds can be deleted.
CREATE TABLE blob_use (
  hash    TEXT NOT NULL,
  site_id TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  PRIMARY KEY (hash, site_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_use_site ON blob_use(site_id);
-- Blobs that lost a holder. `deleting_at` is set only while nobody holds the blob, and whoever wants to hold it waits then.
CREATE TABLE blob_doomed (
  hash        TEXT PRIMARY KEY,
  doomed_at   INTEGER NOT NULL,
  deleting_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_doomed_at ON blob_doomed(doomed_at);
CREATE INDEX blob_deleting ON blob_doomed(deleting_at) WHERE deleting_at IS NOT NULL;
-- Versions from before these tables, whose blobs are still to be written into `blob_use`.
ALTER TABLE site_snapshot ADD COLUMN blobs_recorded INTEGER NOT NULL DEFAULT 0;
CREATE INDEX site_snapshot_unrecorded ON site_snapshot(seq) WHERE blobs_recorded = 0;
