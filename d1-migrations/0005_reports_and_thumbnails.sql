-- Pictures of what is live, and what people report about sites.

-- The picture of a site's live version, `thumbnails/<site_id>/<image_id>` in the bucket, and when the next one is to be
-- taken. A site without a row has never been live.
CREATE TABLE site_image (
  site_id     TEXT PRIMARY KEY REFERENCES site(id) ON DELETE CASCADE,
  image_id    TEXT,                               -- NULL: there is none yet
  snapshot_id TEXT,                               -- the version that it shows
  tries       INTEGER NOT NULL DEFAULT 0,         -- how often the live version was tried since it went live
  due_at      INTEGER                             -- when to try next; NULL: nothing to do, or given up
) STRICT, WITHOUT ROWID;
CREATE INDEX site_image_due ON site_image(due_at) WHERE due_at IS NOT NULL;
-- Whoever makes a version live has nothing to remember: a picture of it is due from then on.
CREATE TRIGGER site_image_is_due AFTER UPDATE OF live_snapshot_id ON site
WHEN NEW.subdomain IS NOT NULL AND NEW.live_snapshot_id IS NOT NULL AND NEW.live_snapshot_id IS NOT OLD.live_snapshot_id
BEGIN
  INSERT INTO site_image (site_id, due_at) VALUES (NEW.id, NEW.updated_at)
  ON CONFLICT (site_id) DO UPDATE SET tries = 0, due_at = NEW.updated_at;
END;
INSERT INTO site_image (site_id, due_at)
  SELECT id, updated_at FROM site WHERE live_snapshot_id IS NOT NULL AND subdomain IS NOT NULL;

-- What people report about sites, until somebody has looked at it and for a while after.
CREATE TABLE report (
  id         TEXT PRIMARY KEY,                    -- the reference that whoever reported it was given
  site_id    TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  url        TEXT NOT NULL,                       -- the page, as it was given
  reason     TEXT NOT NULL,                       -- `vetka_domain::report::Reason`
  details    TEXT NOT NULL DEFAULT '',
  email      TEXT,                                -- for an answer; NULL: none is wanted
  created_at INTEGER NOT NULL,
  closed_at  INTEGER,
  outcome    TEXT                                 -- what was done, in the operator's words
) STRICT;
CREATE INDEX report_site ON report(site_id);
CREATE INDEX report_open ON report(created_at) WHERE closed_at IS NULL;
CREATE INDEX report_closed ON report(closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX report_email ON report(email) WHERE email IS NOT NULL;
