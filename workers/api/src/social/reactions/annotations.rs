//! What was left on a page as W3C annotations. All of it is public, and the same for everybody who asks.

use super::{AnchorRow, AuthorRow, page};
use crate::{ask::Ask, paging::Wanted};
use vetka_domain::{
    social::{
        anchor::State,
        annotation::{Annotation, AnnotationPage, Left},
        signal::Signal,
    },
    target::encode_component,
};
use vetka_edge::{Result, d1, error, time};

const SELECT: &str = "SELECT r.seq, r.id AS reaction_id, r.signal, r.body, r.source_url, r.created_at, r.updated_at,
    p.url AS page_url, r.author_name, r.author_url, s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name,
    i.image_id, a.exact, a.prefix, a.suffix, a.start, a.css, a.x, a.y, a.state
    FROM page p CROSS JOIN reaction r ON r.page_id = p.id CROSS JOIN anchor a ON a.id = r.anchor_id
    LEFT JOIN site s ON s.id = r.author_site_id LEFT JOIN user u ON u.id = s.user_id
    LEFT JOIN site_image i ON i.site_id = s.id
    WHERE p.url = ?1 AND r.seq < ?2 AND r.hidden_at IS NULL ORDER BY r.seq DESC LIMIT ?3";
const SELECT_ONE: &str = "SELECT r.seq, r.id AS reaction_id, r.signal, r.body, r.source_url, r.created_at, r.updated_at,
    p.url AS page_url, r.author_name, r.author_url, s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name,
    i.image_id, a.exact, a.prefix, a.suffix, a.start, a.css, a.x, a.y, a.state
    FROM reaction r CROSS JOIN page p ON p.id = r.page_id CROSS JOIN anchor a ON a.id = r.anchor_id
    CROSS JOIN site o ON o.id = r.site_id LEFT JOIN site s ON s.id = r.author_site_id LEFT JOIN user u ON u.id = s.user_id
    LEFT JOIN site_image i ON i.site_id = s.id
    WHERE r.id = ?1 AND r.hidden_at IS NULL AND o.deleted_at IS NULL AND o.taken_down_at IS NULL";

#[derive(d1::FromRow)]
struct Row {
    seq: i64,
    reaction_id: String,
    #[column(parse)]
    signal: Signal,
    body: String,
    source_url: String,
    created_at: i64,
    updated_at: i64,
    page_url: String,
    #[column(flatten)]
    author: AuthorRow,
    #[column(flatten)]
    anchor: AnchorRow,
}

impl Row {
    fn into_annotation(self, ask: &Ask) -> Annotation {
        let author = self.author.into_author(ask.config());
        let (anchor, state) = self.anchor.split();
        Annotation::of(Left {
            // What came from elsewhere has an address there; ours tells of it here.
            id: format!("{}/api/notch/annotations/{}", ask.config().app_origin, self.reaction_id),
            source: &self.page_url,
            signal: self.signal,
            body: &self.body,
            anchor: &anchor,
            lost: state == State::Lost,
            via: &self.source_url,
            creator_url: &author.url,
            creator_name: &author.name,
            created: time::rfc3339(self.created_at),
            modified: (self.updated_at > self.created_at).then(|| time::rfc3339(self.updated_at)),
        })
    }
}

/// What was left on the page at this address, newest first.
///
/// # Errors
/// 400 for what is no address, 404 for a page of nobody who is here.
pub async fn on_page(ask: &Ask, url: &str, wanted: Wanted) -> Result<AnnotationPage> {
    let page = page::find(ask, url).await?;
    let values = [(&page.url).into(), wanted.before().into(), wanted.to_fetch().into()];
    let mut rows: Vec<Row> = d1::all(&ask.db()?, SELECT, values).await?;
    let next = wanted.cut(&mut rows, |row| row.seq);
    let all = format!("{}/api/notch/annotations?url={}", ask.config().app_origin, encode_component(&page.url));
    let here = match ask.param("cursor") {
        Some(cursor) => format!("{all}&cursor={}", encode_component(&cursor)),
        None => all.clone(),
    };
    let next = next.map(|cursor| format!("{all}&cursor={cursor}"));
    let items = rows.into_iter().map(|row| row.into_annotation(ask)).collect();
    Ok(AnnotationPage::of(format!("{all}#all"), here, next, &page.url, items))
}

/// One of them.
///
/// # Errors
/// 404 when it is not there, or not to be seen.
pub async fn one(ask: &Ask, id: &str) -> Result<Annotation> {
    let row: Option<Row> = d1::first(&ask.db()?, SELECT_ONE, [id.into()]).await?;
    let row = row.ok_or_else(|| error::not_found("There is no such annotation."))?;
    Ok(row.into_annotation(ask).alone())
}
