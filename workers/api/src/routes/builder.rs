//! `/sites/:domain/builder`: the page where a site is made, and the form that brings an earlier version back.

use crate::{
    answer::{self, Answer},
    archive,
    ask::{Ask, Named},
    facts,
    pages::{
        self, Notice,
        builder::{Builder, Tab},
    },
    paging::Wanted,
    site,
    version::{self, Wish},
};
use vetka_edge::log;

/// The builder. Only generated sites have one.
pub async fn show(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.page_viewer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let facts = facts::of_viewer(&ask, &viewer).await?;
    if site.label.is_none() {
        return answer::page(404, pages::connect::no_builder(facts.shell(), &site.card()));
    }
    let listed = version::list(&ask, &site, Wanted::FIRST).await?;
    let versions: Vec<pages::Version> = listed.snapshots.into_iter().map(version::for_page).collect();
    let view = Builder {
        site: &site.card(),
        versions: &versions,
        archive_files: archive::most_objects(ask.env()),
        tab: Tab::from_query(&ask.param("tab").unwrap_or_default()),
        notice: ask.param("notice").as_deref().and_then(Notice::from_code),
    };
    answer::page(200, pages::builder::page(facts.shell(), view))
}

/// Brings a version back.
pub async fn restore(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let viewer = ask.form_writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let wish = Wish { snapshot_id: ask.form(&body)?.get("snapshotId"), expected_live: None };
    let said = version::restore(&ask, &site, &wish).await?;
    let notice = match said.status {
        200..=299 => Notice::Restored,
        404 => return Err(version::not_found().into()),
        status => {
            log::error(ask.request_id(), "not_restored", &format!("deploy answered {status}"));
            Notice::NotRestored
        }
    };
    Ok(answer::see_other(&format!("{}?tab=versions&notice={}", site.card().builder_path(), notice.code())))
}
