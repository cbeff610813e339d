-- Domains that people own and want their generated sites at: how far each has got, and what is still to be undone elsewhere.

CREATE TABLE custom_domain (
  id                  TEXT PRIMARY KEY,
  hostname            TEXT NOT NULL,                -- 'www.ann.example', without a port
  -- No foreign key: what was made at Cloudflare outlives its site until it is undone there. Left behind, whoever the
  -- domain goes to next would find it leading to us.
  site_id             TEXT NOT NULL,
  state               TEXT NOT NULL CHECK (state IN
                        ('unproven', 'unpointed', 'certificate', 'active', 'moved', 'blocked', 'refused', 'leaving')),
  since               INTEGER NOT NULL,             -- since when it is in this state
  proved_at           INTEGER,                      -- when the proof was last seen; NULL: never, and the domain is nobody's
  proof_misses        INTEGER NOT NULL DEFAULT 0,   -- as of connected sites, see 0002
  proof_missing_since INTEGER,
  proof_lost_at       INTEGER,
  pointing            TEXT CHECK (pointing IN ('here', 'elsewhere', 'nowhere')),  -- where its DNS led at the last look
  hostname_id         TEXT,                         -- Cloudflare's name for it; NULL: not made there, as far as is known
  hostname_status     TEXT NOT NULL DEFAULT '',     -- in Cloudflare's words, at the last look
  ssl_status          TEXT NOT NULL DEFAULT '',
  trouble             TEXT,                         -- why the last look came to nothing: 'silent', 'full', 'taken'
  looked_at           INTEGER,
  attempts            INTEGER NOT NULL DEFAULT 0,   -- looks in this state
  turn                INTEGER NOT NULL DEFAULT 0,   -- counts every change: whoever finds another number was overtaken
  busy_until          INTEGER NOT NULL DEFAULT 0,   -- when whoever has the turn must be done at the latest
  linger_until        INTEGER NOT NULL DEFAULT 0,   -- somebody had the turn when it began to leave, and may still make things
  due_at              INTEGER NOT NULL,             -- when the schedule looks next
  created_at          INTEGER NOT NULL
) STRICT;
-- A site has one. What it had before may still be on its way out.
CREATE UNIQUE INDEX custom_domain_site ON custom_domain(site_id) WHERE state <> 'leaving';
-- Many may want a domain, one has proven it, and it stays theirs until the last of it is undone.
CREATE UNIQUE INDEX custom_domain_holder ON custom_domain(hostname) WHERE proved_at IS NOT NULL;
CREATE INDEX custom_domain_due ON custom_domain(due_at);
CREATE INDEX custom_domain_of ON custom_domain(site_id);

-- A site that goes takes its domain along, whichever way it goes.
CREATE TRIGGER custom_domain_leaves_a_closed_site AFTER UPDATE OF deleted_at ON site WHEN NEW.deleted_at IS NOT NULL
BEGIN
  UPDATE custom_domain SET state = 'leaving', since = NEW.deleted_at, attempts = 0, turn = turn + 1, due_at = NEW.deleted_at,
    linger_until = busy_until, busy_until = 0
  WHERE site_id = NEW.id AND state <> 'leaving';
END;
CREATE TRIGGER custom_domain_leaves_a_deleted_site AFTER DELETE ON site
BEGIN
  UPDATE custom_domain SET state = 'leaving', attempts = 0, turn = turn + 1, due_at = 0,
    linger_until = busy_until, busy_until = 0
  WHERE site_id = OLD.id AND state <> 'leaving';
END;
