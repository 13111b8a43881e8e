#!/usr/bin/env bash
# Prints what a user of this crate pays every day, beside a user of reqwest alone
# with the same TLS: the CPU seconds of a rebuild after a change of one line and
# of a cold build, both in release, and the size of the stripped binary.
#
# It takes some minutes. Times depend on the machine and on what else it does, so
# only a binary that is too large fails.
set -euo pipefail
crate="$(cd "$(dirname "$0")/.." && pwd)"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
unset CARGO_TARGET_DIR CARGO_BUILD_TARGET_DIR CARGO_INCREMENTAL RUSTFLAGS

# Writes the manifest of a program with the dependencies in the second argument:
# `package NAME DEPENDENCIES`.
package() {
    mkdir -p "$scratch/$1/src"
    cat >"$scratch/$1/Cargo.toml" <<TOML
[package]
name = "$1"
version = "0.0.0"
edition = "2024"

[dependencies]
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
$2

[profile.release]
strip = true
TOML
    cat >"$scratch/$1/src/main.rs"
}

package ours "messages-api = { path = '$crate', default-features = false, features = ['reqwest', 'rustls'] }" <<'RUST'
use messages_api::{Client, CreateMessageRequest};

#[tokio::main]
async fn main() -> Result<(), messages_api::Error> {
    let client = Client::from_env()?;
    let request = CreateMessageRequest::new("claude-sonnet-5", 1024).user("Hello! 0");
    println!("{}", client.create_message(&request).await?.text());
    let mut text = client.stream_message(&request).await?.text_stream();
    while let Some(piece) = text.next().await {
        print!("{}", piece?);
    }
    Ok(())
}
RUST

package plain "futures = { version = '0.3', default-features = false }
reqwest = { version = '0.13.2', default-features = false, features = ['stream', 'rustls'] }" <<'RUST'
use futures::StreamExt;

#[tokio::main]
async fn main() -> Result<(), reqwest::Error> {
    let client = reqwest::Client::new();
    let url = "https://api.anthropic.com/v1/messages";
    let body = r#"{"model":"claude-sonnet-5","max_tokens":1024,"messages":[{"role":"user","content":"Hello! 0"}]}"#;
    println!("{}", client.post(url).body(body).send().await?.text().await?);
    let mut bytes = client.post(url).body(body).send().await?.bytes_stream();
    while let Some(piece) = bytes.next().await {
        println!("{:?}", piece?);
    }
    Ok(())
}
RUST

# Builds a program and sets `cpu` to the CPU seconds of it.
build() {
    local TIMEFORMAT='%U %S' times
    times="$({ time cargo build --quiet --locked --release --manifest-path "$scratch/$1/Cargo.toml" 2>&3; } 3>&2 2>&1)"
    cpu="$(awk '{ print $1 + $2 }' <<<"$times")"
}

# Prints a line of the table: `row WHAT OURS PLAIN GOAL`.
row() {
    awk -v what="$1" -v ours="$2" -v plain="$3" -v goal="$4" 'BEGIN {
        printf "%-24s %8.2f %10.2f %8.2f %+12.2f   at most %+.0f: %s\n", what, ours, plain, ours / plain,
            ours - plain, goal, ours - plain <= goal ? "met" : "missed"
    }'
}

# Both programs use the versions that the crate is tested with.
cp "$crate/Cargo.lock" "$scratch/ours/"
cargo fetch --quiet --manifest-path "$scratch/ours/Cargo.toml"
cp "$scratch/ours/Cargo.lock" "$scratch/plain/"
cargo fetch --quiet --manifest-path "$scratch/plain/Cargo.toml"

declare -A cold rebuild size
for name in plain ours; do
    build "$name"
    cold[$name]="$cpu"
    size[$name]="$(stat -c %s "$scratch/$name/target/release/$name")"
done
for round in 1 2 3 4 5; do
    for name in plain ours; do
        sed -i "s/Hello! [0-9]*/Hello! $round/" "$scratch/$name/src/main.rs"
        build "$name"
        rebuild[$name]="$(printf '%s\n' "$cpu" ${rebuild[$name]:-} | sort -g | head -n 1)"
    done
done

megabytes() { awk -v bytes="$1" 'BEGIN { print bytes / 1e6 }'; }
printf '%-24s %8s %10s %8s %12s   %s\n' "" "with us" "reqwest" "ratio" "difference" "goal"
row "rebuild, CPU seconds" "${rebuild[ours]}" "${rebuild[plain]}" 5
row "cold build, CPU seconds" "${cold[ours]}" "${cold[plain]}" 40
row "stripped binary, MB" "$(megabytes "${size[ours]}")" "$(megabytes "${size[plain]}")" 3
[ $((size[ours] - size[plain])) -le 3000000 ] || { echo "the binary is too large" >&2; exit 1; }
