//! Counts the instructions that rejecting a wrong key takes, under valgrind, which must be installed. The counts
//! must not depend on the keys that would be right.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench auth
//! ```

use std::process::Command;

use futures::executor::block_on;
use http::Request;
use messages_api::server::{ApiKeys, Authenticator};

const KEYS: usize = 16;

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    if let [_, flag, right, wrong, position] = &*arguments
        && flag == "--reject"
    {
        return reject(right, wrong, position.parse().expect("a number"));
    }
    // Wrong in the first byte, in the middle, in the last one, and otherwise equal; and keys of other lengths.
    let right = "sk-api-0123456789abcdefghijklmn";
    let wrongs = [right.replacen('s', "x", 1), right.replace('9', "x"), right.replace("mn", "mx")];
    let others = ["", "s", "sk-api", "sk-api-0123456789abcdefghijklm", "sk-api-0123456789abcdefghijklmno"];
    let long = format!("{right}{}", "o".repeat(300));
    println!("instructions for a wrong key, beside {KEYS} keys");
    let mut counts = Vec::new();
    for wrong in &wrongs {
        for position in [0, KEYS / 2, KEYS - 1] {
            counts.push((format!("{wrong}, at {position}"), count(right, wrong, position)));
        }
        for other in others.iter().copied().chain([&*long]) {
            counts
                .push((format!("{wrong}, the right key has {} bytes", other.len()), count(other, wrong, 0)));
        }
    }
    let wanted = counts[0].1;
    for (what, count) in &counts {
        println!("  {what:<76} {count}");
    }
    println!("the caller's own key, by its length");
    for length in [1, 16, 31, 55, 56, 300] {
        let keys: Vec<_> = ["a", "s", "z"].iter().map(|byte| byte.repeat(length)).collect();
        let counts: Vec<_> = keys.iter().map(|wrong| count(right, wrong, 0)).collect();
        println!("  {length:<76} {}", counts[0]);
        assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    }
    assert!(counts.iter().all(|(_, count)| *count == wanted), "the count depends on the right key");
    println!("{} rejections, {wanted} instructions each", counts.len());
}

/// Returns the number of instructions by which `wrong` is rejected beside the key `right`.
fn count(right: &str, wrong: &str, position: usize) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*authenticate_once*"])
        .arg(std::env::current_exe().expect("a path"))
        .args(["--reject", right, wrong, &position.to_string()])
        .output()
        .expect("valgrind");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let collected = text.lines().find_map(|line| line.split_once("Collected : "));
    let count = collected.expect("a count").1.trim().parse().expect("a number");
    assert!(count > 1000, "{text}");
    count
}

fn reject(right: &str, wrong: &str, position: usize) {
    let mut keys: Vec<_> = (0..KEYS).map(|n| format!("another-{n}")).collect();
    right.clone_into(&mut keys[position]);
    let keys = ApiKeys::new(keys);
    let mut parts =
        Request::post("/v1/messages").header("x-api-key", wrong).body(()).expect("a request").into_parts().0;
    // Whatever is set up by the first call.
    let _ = block_on(keys.authenticate(&mut parts));
    assert!(!authenticate_once(&keys, &mut parts), "the key is wrong");
}

#[inline(never)]
fn authenticate_once(keys: &ApiKeys, parts: &mut http::request::Parts) -> bool {
    block_on(keys.authenticate(parts)).is_ok()
}
