//! A Redis server of a test.

use std::fs;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

/// A server that listens on a socket of its own, and stops when it is dropped.
pub(crate) struct Server {
    folder: PathBuf,
    process: Child,
}

impl Server {
    /// Starts a server, unless there is none on this machine.
    pub(crate) fn start() -> Option<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let is_there = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_ok();
        if !is_there {
            assert!(std::env::var_os("MESSAGES_API_DATABASES").is_none(), "there is no redis-server");
            println!("skipped: there is no redis-server");
            return None;
        }
        let name = format!("messages-api-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        let process = run(&folder);
        Some(Self { folder, process })
    }

    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.folder.join("socket").display())
    }

    /// Runs a command of the server and returns what it prints.
    pub(crate) fn cli(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("redis-cli");
        let output = command.arg("-s").arg(self.folder.join("socket")).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Takes over the address of another server, whose connections stay.
    pub(crate) fn take_the_place_of(&self, other: &Self) {
        fs::rename(self.folder.join("socket"), other.folder.join("socket")).unwrap();
    }

    /// Returns the URL of a proxy that drops the first connection on which a command has `word` in it, when
    /// the server has received the command and has not replied.
    pub(crate) fn proxy_that_drops(&self, word: &'static str) -> String {
        let (path, target) = (self.folder.join("proxy"), self.folder.join("socket"));
        let listener = UnixListener::bind(&path).unwrap();
        spawn(move || {
            let has_dropped = Arc::new(AtomicBool::new(false));
            for client in listener.incoming() {
                let (mut client, mut server) = (client.unwrap(), UnixStream::connect(&target).unwrap());
                let (mut replies, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                spawn(move || io::copy(&mut replies, &mut to));
                let has_dropped = Arc::clone(&has_dropped);
                spawn(move || {
                    let mut buffer = [0; 16_384];
                    while let Ok(length @ 1..) = client.read(&mut buffer) {
                        let has_word =
                            buffer[..length].windows(word.len()).any(|part| part == word.as_bytes());
                        if has_word && !has_dropped.swap(true, Ordering::Relaxed) {
                            client.shutdown(Shutdown::Both).unwrap();
                        }
                        let _ = server.write_all(&buffer[..length]);
                    }
                });
            }
        });
        format!("unix://{}", path.display())
    }

    /// Sends a signal to the process of the server, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        let status = Command::new("sh").args(["-c", &format!("kill -{name} {id}")]).status().unwrap();
        assert!(status.success());
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts the server again, which has forgotten everything.
    pub(crate) fn restart(&mut self) {
        self.process = run(&self.folder);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn run(folder: &PathBuf) -> Child {
    let socket = folder.join("socket");
    let _ = fs::remove_file(&socket);
    let mut command = Command::new("redis-server");
    command.args(["--port", "0", "--save", "", "--appendonly", "no", "--dir"]).arg(folder);
    let process = command.arg("--unixsocket").arg(&socket).stdout(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    while !socket.exists() {
        assert!(start.elapsed() < Duration::from_secs(30), "redis-server does not start");
        sleep(Duration::from_millis(10));
    }
    process
}
