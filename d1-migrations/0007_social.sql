-- The social layer: who follows whom, what sites did, what people left on pages, and what they say to each other.
-- A person acts as their site. Everything here goes when the site goes.

-- Counts are kept, not counted: a page shows them beside every name.
ALTER TABLE site ADD COLUMN followers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE site ADD COLUMN following INTEGER NOT NULL DEFAULT 0;
ALTER TABLE site ADD COLUMN messages_from TEXT NOT NULL DEFAULT 'everyone'
  CHECK (messages_from IN ('everyone', 'following', 'nobody'));    -- who may write first
ALTER TABLE site ADD COLUMN digest TEXT NOT NULL DEFAULT 'off' CHECK (digest IN ('off', 'daily'));
ALTER TABLE site ADD COLUMN digest_sent_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX site_digest ON site(digest_sent_at) WHERE digest = 'daily';
-- New members, newest first.
CREATE INDEX site_created ON site(created_at);
-- The few that are not to be shown. Whoever asks it of thousands asks here, and not in rows all over the table.
CREATE INDEX site_gone ON site(id) WHERE deleted_at IS NOT NULL OR taken_down_at IS NOT NULL OR former_domain IS NOT NULL;

CREATE TABLE follow (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of lists
  follower_id TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  followee_id TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  created_at  INTEGER NOT NULL,
  CHECK (follower_id <> followee_id)
) STRICT;
CREATE UNIQUE INDEX follow_pair ON follow(follower_id, followee_id);
CREATE INDEX follow_following ON follow(follower_id, seq);
CREATE INDEX follow_followers ON follow(followee_id, seq);
CREATE TRIGGER follow_counts_up AFTER INSERT ON follow
BEGIN
  UPDATE site SET following = following + 1 WHERE id = NEW.follower_id;
  UPDATE site SET followers = followers + 1 WHERE id = NEW.followee_id;
END;
CREATE TRIGGER follow_counts_down AFTER DELETE ON follow
BEGIN
  UPDATE site SET following = following - 1 WHERE id = OLD.follower_id;
  UPDATE site SET followers = followers - 1 WHERE id = OLD.followee_id;
END;

-- A block is silent and works both ways; a mute only keeps somebody out of what one sees.
CREATE TABLE block (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id    TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  other_id   TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  CHECK (site_id <> other_id)
) STRICT;
CREATE UNIQUE INDEX block_pair ON block(site_id, other_id);
CREATE INDEX block_list ON block(site_id, seq);
CREATE INDEX block_other ON block(other_id, site_id);
CREATE TABLE mute (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id    TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  other_id   TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  CHECK (site_id <> other_id)
) STRICT;
CREATE UNIQUE INDEX mute_pair ON mute(site_id, other_id);
CREATE INDEX mute_list ON mute(site_id, seq);
CREATE INDEX mute_other ON mute(other_id);

-- An RSS, Atom or JSON Feed out on the web: a member's own, or one of a website that somebody follows.
CREATE TABLE feed (
  id            TEXT PRIMARY KEY,
  url           TEXT NOT NULL UNIQUE,             -- of the feed itself, normalised
  home_url      TEXT NOT NULL,                    -- of the website
  domain        TEXT NOT NULL,                    -- its host, with a port where there is one
  title         TEXT NOT NULL DEFAULT '',
  site_id       TEXT REFERENCES site(id) ON DELETE CASCADE,  -- the member whose feed it is
  etag          TEXT,                             -- byte for byte, as it came
  last_modified TEXT,
  body_hash     TEXT,
  moved_to      TEXT,                             -- where a permanent redirect led, and how often in a row
  moved_seen    INTEGER NOT NULL DEFAULT 0,
  moved_since   INTEGER,
  interval_ms   INTEGER NOT NULL DEFAULT 3600000,
  failures      INTEGER NOT NULL DEFAULT 0,
  failing_since INTEGER,
  looked_at     INTEGER,                          -- NULL: never
  due_at        INTEGER,                          -- NULL: given up
  created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX feed_due ON feed(due_at) WHERE due_at IS NOT NULL;
CREATE INDEX feed_site ON feed(site_id) WHERE site_id IS NOT NULL;
CREATE INDEX feed_domain ON feed(domain);
-- Which entries of a feed are known, by hashes of their ids and addresses: what was there before somebody followed it is no
-- news, and neither is an entry whose id changed.
CREATE TABLE feed_seen (
  feed_id TEXT NOT NULL REFERENCES feed(id) ON DELETE CASCADE,
  entry   TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (feed_id, entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE subscription (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id    TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  feed_id    TEXT NOT NULL REFERENCES feed(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX subscription_pair ON subscription(site_id, feed_id);
CREATE INDEX subscription_of ON subscription(site_id, seq);
CREATE INDEX subscription_feed ON subscription(feed_id);
-- To whoever follows, a website that is no member's is followed like any other.
CREATE TRIGGER subscription_counts_up AFTER INSERT ON subscription
BEGIN
  UPDATE site SET following = following + 1 WHERE id = NEW.site_id;
END;
CREATE TRIGGER subscription_counts_down AFTER DELETE ON subscription
BEGIN
  UPDATE site SET following = following - 1 WHERE id = OLD.site_id;
END;

-- What the feed shows, in the order in which it became known. `source_id` is the site's id, or the feed's of a website
-- that is no member's.
CREATE TABLE feed_item (
  seq          INTEGER PRIMARY KEY AUTOINCREMENT,
  kind         TEXT NOT NULL CHECK (kind IN ('version', 'member', 'post')),
  source_id    TEXT NOT NULL,
  site_id      TEXT REFERENCES site(id) ON DELETE CASCADE,
  feed_id      TEXT REFERENCES feed(id) ON DELETE CASCADE,
  guid         TEXT NOT NULL,                     -- one item for each: the version's id, 'member', the entry's id
  url          TEXT NOT NULL DEFAULT '',          -- where to read it; empty: the site's address
  title        TEXT NOT NULL DEFAULT '',          -- a post's title; a version's message
  summary      TEXT NOT NULL DEFAULT '',          -- plain text; a version's note
  published_at INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  CHECK (site_id IS NOT NULL OR feed_id IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX feed_item_guid ON feed_item(source_id, guid);
CREATE INDEX feed_item_source ON feed_item(source_id, seq);
CREATE INDEX feed_item_global ON feed_item(seq) WHERE site_id IS NOT NULL;
CREATE INDEX feed_item_site ON feed_item(site_id) WHERE site_id IS NOT NULL;
CREATE INDEX feed_item_feed ON feed_item(feed_id) WHERE feed_id IS NOT NULL;
-- Whoever makes a version live has nothing to remember. A restore is no news, and neither is going back and forth.
CREATE TRIGGER feed_item_version AFTER UPDATE OF live_snapshot_id ON site
WHEN NEW.live_snapshot_id IS NOT NULL AND NEW.live_snapshot_id IS NOT OLD.live_snapshot_id
BEGIN
  INSERT INTO feed_item (kind, source_id, site_id, guid, title, summary, published_at, created_at)
    SELECT 'version', NEW.id, NEW.id, n.id, n.message, n.note, NEW.updated_at, NEW.updated_at FROM site_snapshot n
    WHERE n.id = NEW.live_snapshot_id AND n.restored_from IS NULL
    ON CONFLICT (source_id, guid) DO NOTHING;
END;
-- A site is a member once there is something to see: a connected one at once, a generated one with its first version.
CREATE TRIGGER feed_item_member AFTER INSERT ON site WHEN NEW.kind = 'external'
BEGIN
  INSERT INTO feed_item (kind, source_id, site_id, guid, published_at, created_at)
  VALUES ('member', NEW.id, NEW.id, 'member', NEW.created_at, NEW.created_at) ON CONFLICT (source_id, guid) DO NOTHING;
END;
CREATE TRIGGER feed_item_member_live AFTER UPDATE OF live_snapshot_id ON site
WHEN NEW.live_snapshot_id IS NOT NULL AND OLD.live_snapshot_id IS NULL
BEGIN
  INSERT INTO feed_item (kind, source_id, site_id, guid, published_at, created_at)
  VALUES ('member', NEW.id, NEW.id, 'member', NEW.updated_at, NEW.updated_at) ON CONFLICT (source_id, guid) DO NOTHING;
END;
-- The note that an owner writes on a version is the item's, whenever they write it.
CREATE TRIGGER feed_item_note AFTER UPDATE OF note ON site_snapshot WHEN NEW.note IS NOT OLD.note
BEGIN
  UPDATE feed_item SET summary = NEW.note WHERE source_id = NEW.site_id AND guid = NEW.id;
END;

-- Pages of members' sites on which somebody left something, by their normalised address.
CREATE TABLE page (
  id           TEXT PRIMARY KEY,
  url          TEXT NOT NULL UNIQUE,
  site_id      TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  title        TEXT NOT NULL DEFAULT '',
  anchored_for TEXT,                              -- the version whose text the anchors were last held against
  created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX page_site ON page(site_id);

-- A place on a page: W3C Web Annotation selectors, and the first specification's percentages for when they fail.
CREATE TABLE anchor (
  id         TEXT PRIMARY KEY,
  page_id    TEXT NOT NULL REFERENCES page(id) ON DELETE CASCADE,
  exact      TEXT NOT NULL DEFAULT '',            -- TextQuoteSelector; empty: the place has no text
  prefix     TEXT NOT NULL DEFAULT '',
  suffix     TEXT NOT NULL DEFAULT '',
  start      INTEGER,                             -- TextPositionSelector, in code points of the normalised text
  css        TEXT NOT NULL DEFAULT '',            -- CssSelector, of the element that holds it
  x          REAL NOT NULL,                       -- 0 to 100, of the page
  y          REAL NOT NULL,
  state      TEXT NOT NULL DEFAULT 'placed' CHECK (state IN ('placed', 'moved', 'changed', 'lost')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX anchor_page ON anchor(page_id);

CREATE TABLE reaction (
  seq            INTEGER PRIMARY KEY AUTOINCREMENT,
  id             TEXT NOT NULL UNIQUE,
  anchor_id      TEXT NOT NULL REFERENCES anchor(id) ON DELETE CASCADE,
  page_id        TEXT NOT NULL REFERENCES page(id) ON DELETE CASCADE,
  site_id        TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,   -- on whose page
  author_user_id TEXT REFERENCES user(id) ON DELETE CASCADE,            -- NULL: came as a webmention
  author_site_id TEXT REFERENCES site(id) ON DELETE CASCADE,
  author_name    TEXT NOT NULL DEFAULT '',        -- of a webmention's author
  author_url     TEXT NOT NULL DEFAULT '',
  source_url     TEXT NOT NULL DEFAULT '',        -- the page that the webmention came from
  signal         TEXT NOT NULL,                   -- `vetka_domain::social::signal::Signal`; 'comment' has none of the eight
  body           TEXT NOT NULL DEFAULT '',
  tilt           REAL NOT NULL DEFAULT 0,         -- degrees, -13 to 13, drawn when it was placed
  hidden_at      INTEGER,                         -- by the owner of the page
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX reaction_one ON reaction(anchor_id, author_user_id, signal) WHERE author_user_id IS NOT NULL;
CREATE INDEX reaction_page ON reaction(page_id, seq);
CREATE INDEX reaction_comments ON reaction(page_id, seq) WHERE body <> '';
CREATE INDEX reaction_anchor ON reaction(anchor_id, signal, seq);
CREATE INDEX reaction_site ON reaction(site_id, seq);
CREATE INDEX reaction_author ON reaction(author_user_id, seq) WHERE author_user_id IS NOT NULL;
CREATE INDEX reaction_author_page ON reaction(author_user_id, page_id) WHERE author_user_id IS NOT NULL;
CREATE INDEX reaction_author_site ON reaction(author_site_id, page_id) WHERE author_site_id IS NOT NULL;
-- A place at which nothing is left says nothing, and a page without places is no page of ours.
CREATE TRIGGER anchor_bare AFTER DELETE ON reaction
BEGIN
  DELETE FROM anchor WHERE id = OLD.anchor_id AND NOT EXISTS (SELECT 1 FROM reaction WHERE anchor_id = OLD.anchor_id);
END;
CREATE TRIGGER page_bare AFTER DELETE ON anchor
BEGIN
  DELETE FROM page WHERE id = OLD.page_id AND NOT EXISTS (SELECT 1 FROM anchor WHERE page_id = OLD.page_id);
END;

-- The same signal at the same anchor is one sticker with a count.
CREATE TABLE sticker (
  anchor_id TEXT NOT NULL REFERENCES anchor(id) ON DELETE CASCADE,
  signal    TEXT NOT NULL,
  page_id   TEXT NOT NULL REFERENCES page(id) ON DELETE CASCADE,
  tilt      REAL NOT NULL,                        -- of whoever was first
  count     INTEGER NOT NULL,
  PRIMARY KEY (anchor_id, signal)
) STRICT, WITHOUT ROWID;
CREATE INDEX sticker_page ON sticker(page_id, count);
CREATE TRIGGER sticker_up AFTER INSERT ON reaction WHEN NEW.hidden_at IS NULL
BEGIN
  INSERT INTO sticker (anchor_id, signal, page_id, tilt, count) VALUES (NEW.anchor_id, NEW.signal, NEW.page_id, NEW.tilt, 1)
  ON CONFLICT (anchor_id, signal) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER sticker_down AFTER DELETE ON reaction WHEN OLD.hidden_at IS NULL
BEGIN
  UPDATE sticker SET count = count - 1 WHERE anchor_id = OLD.anchor_id AND signal = OLD.signal;
  DELETE FROM sticker WHERE anchor_id = OLD.anchor_id AND signal = OLD.signal AND count <= 0;
END;
CREATE TRIGGER sticker_hidden AFTER UPDATE OF hidden_at ON reaction WHEN NEW.hidden_at IS NOT NULL AND OLD.hidden_at IS NULL
BEGIN
  UPDATE sticker SET count = count - 1 WHERE anchor_id = NEW.anchor_id AND signal = NEW.signal;
  DELETE FROM sticker WHERE anchor_id = NEW.anchor_id AND signal = NEW.signal AND count <= 0;
END;
CREATE TRIGGER sticker_shown AFTER UPDATE OF hidden_at ON reaction WHEN NEW.hidden_at IS NULL AND OLD.hidden_at IS NOT NULL
BEGIN
  INSERT INTO sticker (anchor_id, signal, page_id, tilt, count) VALUES (NEW.anchor_id, NEW.signal, NEW.page_id, NEW.tilt, 1)
  ON CONFLICT (anchor_id, signal) DO UPDATE SET count = count + 1;
END;

-- What two sites write to each other. `thread`, because `conversation` is the one with the agent.
CREATE TABLE thread (
  id         TEXT PRIMARY KEY,
  low_id     TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,     -- the two, in the order of their ids
  high_id    TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  CHECK (low_id < high_id)
) STRICT;
CREATE UNIQUE INDEX thread_pair ON thread(low_id, high_id);
CREATE INDEX thread_high ON thread(high_id);
CREATE TABLE thread_member (
  site_id   TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  thread_id TEXT NOT NULL REFERENCES thread(id) ON DELETE CASCADE,
  other_id  TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  last_seq  INTEGER NOT NULL DEFAULT 0,           -- of the newest message; what the list is ordered by
  read_seq  INTEGER NOT NULL DEFAULT 0,           -- up to here it was read
  unread    INTEGER NOT NULL DEFAULT 0,
  wrote     INTEGER NOT NULL DEFAULT 0,           -- whether they ever wrote in it: then the other may go on
  PRIMARY KEY (site_id, thread_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX thread_member_list ON thread_member(site_id, last_seq);
CREATE INDEX thread_member_unread ON thread_member(site_id) WHERE unread > 0;
CREATE INDEX thread_member_thread ON thread_member(thread_id);
CREATE INDEX thread_member_other ON thread_member(other_id);
CREATE TABLE message (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  id         TEXT NOT NULL UNIQUE,
  thread_id  TEXT NOT NULL REFERENCES thread(id) ON DELETE CASCADE,
  from_id    TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  to_id      TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  client_id  TEXT NOT NULL,                       -- chosen by the sender's page: sending twice is sending once
  body       TEXT NOT NULL,                       -- empty once deleted
  withheld   INTEGER NOT NULL DEFAULT 0,          -- written to somebody who had blocked its author: it is there for them alone, for good
  created_at INTEGER NOT NULL,
  edited_at  INTEGER,
  deleted_at INTEGER,
  read_at    INTEGER
) STRICT;
CREATE UNIQUE INDEX message_once ON message(from_id, client_id);
CREATE INDEX message_thread ON message(thread_id, seq);
CREATE INDEX message_to ON message(to_id);
CREATE TRIGGER message_arrives AFTER INSERT ON message
BEGIN
  INSERT INTO thread_member (site_id, thread_id, other_id, last_seq, wrote)
    VALUES (NEW.from_id, NEW.thread_id, NEW.to_id, NEW.seq, 1)
    ON CONFLICT (site_id, thread_id) DO UPDATE SET last_seq = NEW.seq, wrote = 1;
  INSERT INTO thread_member (site_id, thread_id, other_id, last_seq, unread)
    SELECT NEW.to_id, NEW.thread_id, NEW.from_id, NEW.seq, 1 WHERE NEW.withheld = 0
    ON CONFLICT (site_id, thread_id) DO UPDATE SET last_seq = NEW.seq, unread = unread + 1;
END;
CREATE TRIGGER message_taken_back AFTER UPDATE OF deleted_at ON message
WHEN NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL AND NEW.withheld = 0
BEGIN
  UPDATE thread_member SET unread = unread - 1
    WHERE site_id = NEW.to_id AND thread_id = NEW.thread_id AND read_seq < NEW.seq AND unread > 0;
END;

CREATE TABLE notification (
  seq           INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id       TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,    -- whose
  kind          TEXT NOT NULL CHECK (kind IN ('follow', 'reaction', 'comment', 'message', 'mention', 'placement')),
  actor_site_id TEXT REFERENCES site(id) ON DELETE CASCADE,             -- NULL: somebody who is no member, or nobody
  actor_name    TEXT NOT NULL DEFAULT '',
  actor_url     TEXT NOT NULL DEFAULT '',
  page_url      TEXT NOT NULL DEFAULT '',
  subject_id    TEXT NOT NULL DEFAULT '',         -- the reaction's or the message's id: the same thing is told once
  text          TEXT NOT NULL DEFAULT '',         -- a signal, the beginning of a comment, what moved
  created_at    INTEGER NOT NULL,
  read_at       INTEGER
) STRICT;
CREATE INDEX notification_site ON notification(site_id, seq);
CREATE INDEX notification_unread ON notification(site_id) WHERE read_at IS NULL;
CREATE UNIQUE INDEX notification_once ON notification(site_id, kind, actor_site_id, subject_id)
  WHERE actor_site_id IS NOT NULL;
CREATE UNIQUE INDEX notification_once_elsewhere ON notification(site_id, kind, subject_id)
  WHERE actor_site_id IS NULL AND subject_id <> '';
CREATE INDEX notification_actor ON notification(actor_site_id, site_id) WHERE actor_site_id IS NOT NULL;

-- On which sites somebody is known in the frame. The cookie names the grant and is believed for its signature when reading,
-- and for this row when writing.
CREATE TABLE notch_grant (
  id          TEXT PRIMARY KEY,
  user_id     TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  origin      TEXT NOT NULL,                      -- exactly, as the browser says it
  site_id     TEXT REFERENCES site(id) ON DELETE CASCADE,  -- whose origin that was; NULL: ours, for trying the frame out
  share       INTEGER NOT NULL CHECK (share IN (0, 1)),  -- whether the page may learn who it is
  code_hash   TEXT UNIQUE,                        -- NULL once redeemed
  challenge   TEXT NOT NULL,                      -- base64url of the SHA-256 of the frame's verifier
  code_until  INTEGER NOT NULL,
  code_tries  INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL,
  used_at     INTEGER NOT NULL,                   -- exact to the hour
  expires_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX notch_grant_user ON notch_grant(user_id);
CREATE INDEX notch_grant_site ON notch_grant(site_id) WHERE site_id IS NOT NULL;
CREATE UNIQUE INDEX notch_grant_challenge ON notch_grant(challenge) WHERE code_hash IS NOT NULL;
CREATE INDEX notch_grant_expiry ON notch_grant(expires_at);
-- Proof that an act was begun inside the frame: single use, half a minute.
CREATE TABLE notch_nonce (
  hash       TEXT PRIMARY KEY,
  grant_id   TEXT NOT NULL REFERENCES notch_grant(id) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX notch_nonce_expiry ON notch_nonce(expires_at);
CREATE INDEX notch_nonce_grant ON notch_nonce(grant_id);

-- Mentions of members' pages elsewhere (webmention), from the moment that somebody told us of one.
CREATE TABLE mention (
  id            TEXT PRIMARY KEY,
  source        TEXT NOT NULL,
  target        TEXT NOT NULL,
  site_id       TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  state         TEXT NOT NULL CHECK (state IN ('pending', 'shown', 'waiting', 'refused', 'gone')),  -- waiting: for the owner's yes
  reason        TEXT NOT NULL DEFAULT '',         -- why it was refused
  kind          TEXT NOT NULL DEFAULT 'mention' CHECK (kind IN ('mention', 'comment', 'like', 'repost', 'bookmark')),
  author_name   TEXT NOT NULL DEFAULT '',
  author_url    TEXT NOT NULL DEFAULT '',
  body          TEXT NOT NULL DEFAULT '',
  content_hash  TEXT,
  reaction_id   TEXT,
  tries         INTEGER NOT NULL DEFAULT 0,
  missing_since INTEGER,
  due_at        INTEGER,                          -- when to look at the source next; NULL: never
  created_at    INTEGER NOT NULL,
  verified_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX mention_pair ON mention(source, target);
CREATE INDEX mention_due ON mention(due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mention_site ON mention(site_id, state);
CREATE INDEX mention_reaction ON mention(reaction_id) WHERE reaction_id IS NOT NULL;
-- Websites whose mentions are shown without asking, since the owner has said yes to one.
CREATE TABLE mention_host (
  site_id    TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  host       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (site_id, host)
) STRICT, WITHOUT ROWID;
-- Webmentions that we send for links on members' pages. One for each link; a version that changes it sends it again.
CREATE TABLE mention_sent (
  site_id    TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  source     TEXT NOT NULL,
  target     TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'none', 'refused')),  -- none: nobody listens there
  snapshot_id TEXT NOT NULL,                      -- the version for which it is due, or was sent
  gone       INTEGER NOT NULL DEFAULT 0,          -- the link is not there any more; told once
  tries      INTEGER NOT NULL DEFAULT 0,
  status_url TEXT,
  due_at     INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (site_id, source, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX mention_sent_due ON mention_sent(due_at) WHERE due_at IS NOT NULL;
-- Versions that went live and whose pages are still to be looked through: for links, and for the places of reactions.
CREATE TABLE version_due (
  site_id     TEXT PRIMARY KEY REFERENCES site(id) ON DELETE CASCADE,
  from_id     TEXT,                               -- the version before; NULL: there was none
  snapshot_id TEXT NOT NULL,
  due_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX version_due_at ON version_due(due_at);
CREATE TRIGGER version_is_due AFTER UPDATE OF live_snapshot_id ON site
WHEN NEW.live_snapshot_id IS NOT NULL AND NEW.live_snapshot_id IS NOT OLD.live_snapshot_id
BEGIN
  INSERT INTO version_due (site_id, from_id, snapshot_id, due_at)
  VALUES (NEW.id, OLD.live_snapshot_id, NEW.live_snapshot_id, NEW.updated_at)
  ON CONFLICT (site_id) DO UPDATE SET snapshot_id = NEW.live_snapshot_id, due_at = NEW.updated_at;
END;

-- Other places of a member on the web, which they link to with rel=me, and whether those link back.
CREATE TABLE rel_me (
  site_id     TEXT NOT NULL REFERENCES site(id) ON DELETE CASCADE,
  url         TEXT NOT NULL,
  verified_at INTEGER,                            -- NULL: not, or not any more
  failures    INTEGER NOT NULL DEFAULT 0,
  due_at      INTEGER NOT NULL,
  PRIMARY KEY (site_id, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX rel_me_due ON rel_me(due_at);
-- When a member's first page is looked at next: for its feed and for rel=me links.
CREATE TABLE home_look (
  site_id TEXT PRIMARY KEY REFERENCES site(id) ON DELETE CASCADE,
  due_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX home_look_due ON home_look(due_at);
CREATE TRIGGER home_look_begins AFTER INSERT ON site WHEN NEW.kind = 'external'
BEGIN
  INSERT INTO home_look (site_id, due_at) VALUES (NEW.id, NEW.created_at) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER home_look_live AFTER UPDATE OF live_snapshot_id ON site
WHEN NEW.live_snapshot_id IS NOT NULL AND NEW.live_snapshot_id IS NOT OLD.live_snapshot_id
BEGIN
  INSERT INTO home_look (site_id, due_at) VALUES (NEW.id, NEW.updated_at) ON CONFLICT (site_id) DO UPDATE SET due_at = NEW.updated_at;
END;

-- Sites that were there before all this.
INSERT INTO feed_item (kind, source_id, site_id, guid, published_at, created_at)
  SELECT 'member', id, id, 'member', created_at, created_at FROM site
  WHERE deleted_at IS NULL AND (kind = 'external' OR live_snapshot_id IS NOT NULL) ORDER BY created_at;
INSERT INTO home_look (site_id, due_at) SELECT id, created_at FROM site
  WHERE deleted_at IS NULL AND (kind = 'external' OR live_snapshot_id IS NOT NULL);
