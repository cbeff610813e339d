-- Who is in the frame in browsers that do not keep its cookie: what the frame keeps instead, where a script can read it. One
-- for each grant, a day at most, another one each hour; it goes with its grant.
CREATE TABLE notch_bearer (
  grant_id     TEXT PRIMARY KEY REFERENCES notch_grant(id) ON DELETE CASCADE,
  hash         TEXT NOT NULL UNIQUE,
  made_at      INTEGER NOT NULL,
  former_hash  TEXT UNIQUE,                       -- the one before it, for requests that were under way
  former_until INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
