//! What people leave on pages.

use crate::{
    operation::{Operation, Tag},
    schemas::Schemas,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use vetka_api::contract::{NewReaction, Reaction, ReactionChange, Reactions, ReceivedReactions, Who};
use vetka_domain::{
    routes::Api,
    social::annotation::{Annotation, AnnotationPage, MEDIA_TYPE},
};

/// The reaction that is there, beside a refusal.
#[derive(Serialize, JsonSchema)]
struct Already {
    /// Opaque; missing when it was taken back in this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

/// What a row takes and gives; `None` for rows that are described elsewhere, and for pages.
pub fn operation(row: Api) -> Option<Operation> {
    let about = |summary| Operation::new(Tag::Reactions, summary);
    let of_page = |summary| {
        about(summary)
            .needs("url", "The page, however it is written.", json!({ "type": "string", "maxLength": 2000 }))
            .refuses(400, &["invalid_url"])
            .refuses(404, &["not_found"])
    };
    let as_site = |summary| about(summary).refuses(403, &["site_needed"]).refuses(404, &["not_found"]);
    Some(match row {
        Api::ListReactions => of_page("What was left on a page")
            .about(
                "Everybody sees the same, but for what one left oneself, and those one has blocked or muted, who are left \
                 out. Comments are paged; stickers come with the first page alone.",
            )
            .paged()
            .gives::<Reactions>(200, "The stickers, and a page of the comments.")
            .refuses(403, &["wrong_origin"]),
        Api::React => as_site("Leaves something on a page")
            .about(
                "The page belongs to a member, and in the frame it is on the origin that the frame stands on. Near places \
                 are one place. Each person leaves one of a kind at a place.",
            )
            .takes::<NewReaction>()
            .gives::<Reaction>(201, "It is there.")
            .refuses(400, &["invalid_url"])
            .refuses(403, &["nonce_needed", "another_page"])
            .refuses_with::<Already>(409, &["already"])
            .refuses(422, &["invalid_anchor", "invalid_comment", "empty_comment", "invalid_tilt"]),
        Api::EditReaction => as_site("Writes the words of your own reaction anew")
            .takes::<ReactionChange>()
            .gives_nothing(204, "It is written.")
            .refuses(422, &["invalid_comment", "empty_comment"]),
        Api::UndoReaction => as_site("Takes your own reaction back").gives_nothing(204, "It is gone."),
        Api::HideReaction => as_site("Hides a reaction on a page of yours")
            .about("Nobody sees it any more but you and whoever left it. They are not told.")
            .gives_nothing(204, "It is hidden."),
        Api::ShowReaction => as_site("Shows it again").gives_nothing(204, "It is not hidden."),
        Api::WhoReacted => about("Who left the same at the same place")
            .about("With `signal`, the id is that of a place (`anchorId`), else that of a reaction.")
            .query("signal", "What they left.", json!({ "type": "string" }))
            .paged()
            .gives::<Who>(200, "A page of them, the latest first.")
            .refuses(400, &["invalid_signal"])
            .refuses(403, &["wrong_origin"])
            .refuses(404, &["not_found"]),
        Api::Annotations => of_page("What was left on a page, as W3C annotations")
            .about("Public: any page may ask.")
            .paged()
            .gives_file(200, MEDIA_TYPE, "A page of annotations, newest first.", Schemas::given::<AnnotationPage>),
        Api::GetAnnotation => about("What was left, as a W3C annotation")
            .gives_file(200, MEDIA_TYPE, "The annotation.", Schemas::given::<Annotation>)
            .refuses(404, &["not_found"]),
        Api::SiteReactions => about("What people left on the pages of your site, newest first")
            .about("Hidden ones and those that lost their place included.")
            .paged()
            .gives::<ReceivedReactions>(200, "A page of the list."),
        _ => return None,
    })
}
