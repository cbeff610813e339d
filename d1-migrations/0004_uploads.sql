-- Publishing in several requests: first the list of files, then those that the site has not stored yet, then the commit.

-- What a site said that a blob weighs, and when it proved to have it by putting it. A blob is put while it is held, so
-- letting go of it forgets the proof; what others have stored says nothing about what this site may have.
ALTER TABLE blob_use ADD COLUMN size INTEGER;
ALTER TABLE blob_use ADD COLUMN stored_at INTEGER;                  -- NULL: not put, or not since these columns are here

-- A version that comes as an upload: a digest of what was asked for, by which asking again finds it, and its end.
ALTER TABLE site_snapshot ADD COLUMN upload_key TEXT;               -- NULL: came in one request
ALTER TABLE site_snapshot ADD COLUMN upload_expires_at INTEGER;
CREATE UNIQUE INDEX site_snapshot_upload ON site_snapshot(site_id, upload_key)
  WHERE status = 'building' AND upload_key IS NOT NULL;

-- Whom a token was made for: the agent, or a person who publishes files of their own.
ALTER TABLE deploy_token ADD COLUMN triggered_by TEXT NOT NULL DEFAULT 'agent' CHECK (triggered_by IN ('agent', 'manual'));
