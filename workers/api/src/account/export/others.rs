//! What somebody has to do with others, for `account.json`. The database writes it as it is exported: there is nothing to
//! work out in between.

/// Of the newest notifications as many as tell something.
pub const SELECT: &str = "SELECT json_object(
    'messagesFrom', s.messages_from, 'digest', s.digest,
    'follows', (SELECT json_group_array(json_object('site', o.domain, 'since', strftime('%Y-%m-%dT%H:%M:%SZ', f.created_at / 1000, 'unixepoch')))
      FROM follow f JOIN site o ON o.id = f.followee_id WHERE f.follower_id = s.id),
    'followsElsewhere', (SELECT json_group_array(json_object('feed', d.url, 'title', d.title, 'since', strftime('%Y-%m-%dT%H:%M:%SZ', b.created_at / 1000, 'unixepoch')))
      FROM subscription b JOIN feed d ON d.id = b.feed_id WHERE b.site_id = s.id),
    'blocked', (SELECT json_group_array(o.domain) FROM block b JOIN site o ON o.id = b.other_id WHERE b.site_id = s.id),
    'muted', (SELECT json_group_array(o.domain) FROM mute m JOIN site o ON o.id = m.other_id WHERE m.site_id = s.id),
    'notifications', (SELECT json_group_array(json_object('kind', kind, 'by', by, 'page', page_url, 'text', text,
        'at', strftime('%Y-%m-%dT%H:%M:%SZ', created_at / 1000, 'unixepoch')))
      FROM (SELECT n.kind, COALESCE(o.domain, NULLIF(n.actor_url, ''), n.actor_name) AS by, n.page_url, n.text, n.created_at
        FROM notification n LEFT JOIN site o ON o.id = n.actor_site_id WHERE n.site_id = s.id ORDER BY n.seq DESC LIMIT 1000))
    ) AS others FROM site s WHERE s.user_id = ?1 AND s.deleted_at IS NULL";

/// All of it, as JSON.
#[derive(vetka_edge::d1::FromRow)]
pub struct Others {
    others: String,
}

impl Others {
    /// As a part of something larger.
    ///
    /// # Errors
    /// Internal only.
    pub fn read(self) -> vetka_edge::Result<serde_json::Value> {
        Ok(serde_json::from_slice(self.others.as_bytes())?)
    }
}
