//! Finding something to book, with any host, by words (R070).

use parlor_domain::{
    access::Member,
    id::UserId,
    service::{SERVICES_MAX, Service},
};
use uuid::Uuid;

use super::{ServiceError, Services};

/// Most services in one answer.
pub const FOUND_MAX: usize = 50;
/// Most hosts that are looked through.
const HOSTS_MAX: usize = 2_000;
/// Most words that are looked for, and the longest text of them, in characters.
const WORDS_MAX: usize = 8;
const QUERY_CHARS_MAX: usize = 200;

impl Services {
    /// What can be booked and has all these words in its title, its details or the name of its host,
    /// at most [`FOUND_MAX`]: words of the title first. Whom a host blocked does not find theirs.
    pub fn find_services(
        &self,
        viewer: Option<Member>,
        query: &str,
    ) -> Result<Vec<(String, Service)>, ServiceError> {
        let query: String = query.chars().take(QUERY_CHARS_MAX).collect();
        let query = query.to_lowercase();
        let words: Vec<_> = query.split_whitespace().take(WORDS_MAX).collect();
        let viewer = viewer.map_or(UserId(Uuid::nil()), |it| it.user);
        let mut found = Vec::new();
        for host in self.known_hosts().into_iter().take(HOSTS_MAX) {
            // Only who can be found among the hosts.
            if self.host_page(viewer, host).is_err() || self.is_blocked(host, viewer)? {
                continue;
            }
            // Nothing can be booked with who may not host at present.
            let Ok((name, all)) = self.services_of(host) else {
                continue;
            };
            for service in all.into_iter().take(SERVICES_MAX) {
                let title = service.draft.title.to_lowercase();
                let rest = format!("{} {}", service.draft.details, name).to_lowercase();
                if words
                    .iter()
                    .all(|it| title.contains(it) || rest.contains(it))
                {
                    let in_title = words.iter().filter(|it| title.contains(*it)).count();
                    found.push((std::cmp::Reverse(in_title), title, name.clone(), service));
                }
            }
        }
        found.sort_by(|a, b| (a.0, &a.1, &a.2, a.3.id).cmp(&(b.0, &b.1, &b.2, b.3.id)));
        let found = found.into_iter().take(FOUND_MAX);
        Ok(found.map(|(_, _, name, service)| (name, service)).collect())
    }
}
