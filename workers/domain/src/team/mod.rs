//! Teams: organizations, their projects, and the sessions in which an agent changes a repository for them. Words in
//! capitals on the wire and in the database, such as `ADMIN` and `TIMED_OUT`, are those of the API.

pub mod organization;
pub mod project;
pub mod session;
