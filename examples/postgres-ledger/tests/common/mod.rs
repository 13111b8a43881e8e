//! A PostgreSQL server of the test's own. Each test uses a part of this file.
#![allow(dead_code)]

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

use tokio::io::copy_bidirectional;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio_postgres::{Client, NoTls};

/// A server in a temporary directory, which ends when it is dropped.
pub struct Postgres {
    bin: PathBuf,
    directory: String,
}

impl Postgres {
    /// Starts a server. Returns `None` where PostgreSQL is not installed, unless `MESSAGES_API_DATABASES` is
    /// set: then the test fails.
    pub fn start() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Some(bin) = bin() else {
            assert!(env::var_os("MESSAGES_API_DATABASES").is_none(), "PostgreSQL is not installed");
            println!("skipped: PostgreSQL is not installed");
            return None;
        };
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = env::temp_dir().join(format!("ledger-{}-{number}", process::id()));
        let this = Self { bin, directory: directory.to_str().unwrap().to_owned() };
        this.run(
            "initdb",
            &["--pgdata", &this.directory, "--auth=trust", "--username=postgres", "--no-sync"],
        );
        let log = format!("{}/log", this.directory);
        let options = format!("-c listen_addresses='' -c fsync=off -k {}", this.directory);
        this.run(
            "pg_ctl",
            &["start", "--wait", "--pgdata", &this.directory, "--log", &log, "--options", &options],
        );
        Some(this)
    }

    /// Returns where to connect to.
    pub fn config(&self) -> String {
        format!("host={} user=postgres dbname=postgres", self.directory)
    }

    /// Connects for the checks of a test.
    pub async fn client(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.config(), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// Returns the directory of a socket that forwards to the server, and what freezes the connections that it
    /// has when that is set: they neither end nor forward anything.
    pub async fn freezable(&self) -> (String, watch::Sender<bool>) {
        let (directory, (freeze, frozen)) = (format!("{}/proxy", self.directory), watch::channel(false));
        fs::create_dir(&directory).unwrap();
        let (own, server) =
            (format!("{directory}/.s.PGSQL.5432"), format!("{}/.s.PGSQL.5432", self.directory));
        let listener = UnixListener::bind(own).unwrap();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let (mut server, mut frozen) = (UnixStream::connect(&server).await.unwrap(), frozen.clone());
                let is_new = *frozen.borrow();
                tokio::spawn(async move {
                    let frozen = async move { frozen.wait_for(|is_frozen| *is_frozen).await.map(drop) };
                    tokio::select! {
                        _ = frozen, if !is_new => std::future::pending().await,
                        _ = copy_bidirectional(&mut socket, &mut server) => {}
                    }
                });
            }
        });
        (directory, freeze)
    }

    /// Ends the server as a crash does, and starts it again.
    pub fn crash(&self) {
        self.run("pg_ctl", &["restart", "--wait", "--mode=immediate", "--pgdata", &self.directory]);
    }

    /// Runs a program of PostgreSQL, which refuses to run as root.
    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.bin.join(program);
        let is_root =
            fs::metadata("/proc/self").is_ok_and(|file| std::os::unix::fs::MetadataExt::uid(&file) == 0);
        let mut command = if is_root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let command = command.args(arguments).current_dir("/");
        let status =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(status.success(), "{command:?}");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.run("pg_ctl", &["stop", "--mode=immediate", "--pgdata", &self.directory]);
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Returns where the programs are: Debian's newest version, or the first in the path.
fn bin() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = versions.map(|version| version.path().join("bin")).max();
    let paths = env::var_os("PATH").unwrap_or_default();
    debian.into_iter().chain(env::split_paths(&paths)).find(|bin| bin.join("initdb").exists())
}
