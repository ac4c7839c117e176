//! A server with the people of the demo, two of whom tests speak for.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::Server;

/// Somebody who is logged in.
pub struct Known {
    pub token: String,
    pub id: String,
    email: String,
    password: String,
}

impl Known {
    /// One of the two whom the demo's greeting names.
    pub fn of(server: &Server, label: &str) -> Self {
        let line = server.greeting.iter().find(|it| it.starts_with(label));
        let password = line.unwrap().split("password: ").nth(1).unwrap();
        let (email, password) = (server.printed(label).to_owned(), password.trim().to_owned());
        Self::log_in(server, email, password)
    }

    fn log_in(server: &Server, email: String, password: String) -> Self {
        let body = json!({"email": email, "password": password});
        let session = server.post("/api/auth/login", "", &body);
        let text = |it: &Value| it.as_str().unwrap().to_owned();
        Self {
            token: text(&session["accessToken"]),
            id: text(&session["user"]["userId"]),
            email,
            password,
        }
    }

    /// The same person at another server.
    pub fn again(self, server: &Server) -> Self {
        Self::log_in(server, self.email, self.password)
    }
}

/// The server, a host and a client.
pub struct Place {
    pub server: Server,
    pub host: Known,
    pub client: Known,
    pub folder: TempDir,
    settings: &'static [(&'static str, &'static str)],
}

impl Place {
    /// Starts one in a folder of its own.
    pub fn open(settings: &'static [(&'static str, &'static str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path(), "--demo", settings);
        Self {
            host: Known::of(&server, "Log in as host:"),
            client: Known::of(&server, "Log in as client:"),
            server,
            folder,
            settings,
        }
    }

    /// Ends the server as a cut of the power does, starts it again, and logs both in.
    pub fn kill_and_start(self) -> Self {
        drop(self.server); // SIGKILL
        let server = Server::start(self.folder.path(), "--demo", self.settings);
        Self {
            host: self.host.again(&server),
            client: self.client.again(&server),
            server,
            ..self
        }
    }
}
