-- What a site is set to, and which of its versions stay.

-- Settings. They reach the edge in the same object as the live version, and move forward by a count of their own.
ALTER TABLE site ADD COLUMN not_found TEXT NOT NULL DEFAULT 'auto' CHECK (not_found IN ('auto', 'app', 'page'));
ALTER TABLE site ADD COLUMN notch INTEGER NOT NULL DEFAULT 1 CHECK (notch IN (0, 1));
ALTER TABLE site ADD COLUMN custom_domain TEXT;                     -- the owner's own domain, once it is active
ALTER TABLE site ADD COLUMN canonical TEXT NOT NULL DEFAULT 'domain' CHECK (canonical IN ('domain', 'label'));
ALTER TABLE site ADD COLUMN taken_down_at INTEGER;                  -- by an operator; NULL: it is up
ALTER TABLE site ADD COLUMN taken_down_for TEXT CHECK (taken_down_for IN ('law', 'abuse', 'unsafe'));
ALTER TABLE site ADD COLUMN taken_down_note TEXT NOT NULL DEFAULT '';  -- why, for the owner
ALTER TABLE site ADD COLUMN settings_seq INTEGER NOT NULL DEFAULT 0;   -- counts changes of the settings
ALTER TABLE site ADD COLUMN edge_settings_seq INTEGER NOT NULL DEFAULT 0;  -- what the edge's copy was last confirmed to say
CREATE UNIQUE INDEX site_custom_domain ON site(custom_domain) WHERE custom_domain IS NOT NULL;
CREATE INDEX site_taken_down ON site(taken_down_at) WHERE taken_down_at IS NOT NULL;
-- Made anew: the edge may lack the version or the settings. A site without a version has nothing to tell it.
DROP INDEX site_unsettled;
CREATE INDEX site_unsettled ON site(updated_at) WHERE live_snapshot_id IS NOT NULL
  AND (live_snapshot_id IS NOT edge_snapshot_id OR settings_seq <> edge_settings_seq);

-- What people write beside a version, which ones they keep for good, and which ones visitors have seen.
ALTER TABLE site_snapshot ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE site_snapshot ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE site_snapshot ADD COLUMN pinned_at INTEGER;             -- retention passes over it; NULL: not pinned
ALTER TABLE site_snapshot ADD COLUMN go_live INTEGER NOT NULL DEFAULT 1 CHECK (go_live IN (0, 1));  -- 0: made to be looked at first
ALTER TABLE site_snapshot ADD COLUMN live_at INTEGER;               -- when its files first went live; NULL: never, a draft
UPDATE site_snapshot SET live_at = finished_at WHERE status = 'success';

-- Which sites may keep more than they should. `versions_seq` counts what happens to a site's versions, so that whoever
-- has worked out what may go can ask whether that still holds. Triggers, so that no writer can forget it.
ALTER TABLE site ADD COLUMN versions_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE site ADD COLUMN prune_at INTEGER;                       -- when to look; 0: at once; NULL: nothing to look for
CREATE INDEX site_prune ON site(prune_at) WHERE prune_at IS NOT NULL;
CREATE TRIGGER site_snapshot_begun AFTER INSERT ON site_snapshot
BEGIN
  UPDATE site SET versions_seq = versions_seq + 1,
    prune_at = CASE WHEN NEW.status = 'success' THEN 0 ELSE prune_at END WHERE id = NEW.site_id;
END;
CREATE TRIGGER site_snapshot_changed AFTER UPDATE OF status, pinned_at ON site_snapshot
BEGIN
  UPDATE site SET versions_seq = versions_seq + 1, prune_at = 0 WHERE id = NEW.site_id;
END;
-- Manifests of versions that are gone. Removed a day later, when nobody can be alive any more who might still write one.
CREATE TABLE manifest_doomed (
  manifest_id TEXT PRIMARY KEY,
  site_id     TEXT NOT NULL,                      -- which may be gone
  doomed_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX manifest_doomed_at ON manifest_doomed(doomed_at);
UPDATE site SET prune_at = 0 WHERE subdomain IS NOT NULL;
