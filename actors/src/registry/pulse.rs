//! Whether the threads that actors run on still turn.

use std::time::Duration;

use super::Realtime;

impl Realtime {
    /// Asks every arbiter for a sign of life; false when one gives none within `wait`.
    pub async fn answers(&self, wait: Duration) -> bool {
        for arbiter in &self.hub.arbiters {
            let (alive, sign) = tokio::sync::oneshot::channel();
            let asked = arbiter.spawn_fn(move || {
                let _ = alive.send(());
            });
            if !asked || !matches!(tokio::time::timeout(wait, sign).await, Ok(Ok(()))) {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    #[actix::test]
    async fn an_arbiter_that_stopped_gives_no_sign() {
        let arbiter = actix_rt::Arbiter::new();
        let handle = arbiter.handle();
        let (alive, sign) = tokio::sync::oneshot::channel();
        assert!(handle.spawn_fn(move || {
            let _ = alive.send(());
        }));
        assert!(sign.await.is_ok());
        arbiter.stop();
        arbiter.join().unwrap();
        let (alive, sign) = tokio::sync::oneshot::channel::<()>();
        let asked = handle.spawn_fn(move || {
            let _ = alive.send(());
        });
        let answered = tokio::time::timeout(Duration::from_millis(200), sign).await;
        assert!(!asked || !matches!(answered, Ok(Ok(()))));
    }
}
