//! Runs every property on its seeds and on the inputs that fuzzing has found.

use std::fs;
use std::path::Path;

/// Runs `check` on each file of `seeds/<target>` and, if they exist, of
/// `corpus/<target>` and `artifacts/<target>`.
fn replay(target: &str, check: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for folder in ["seeds", "corpus", "artifacts"] {
        let Ok(files) = fs::read_dir(root.join(folder).join(target)) else { continue };
        for file in files {
            let path = file.unwrap().path();
            // Shown if the test fails; the last name is that of the failing input.
            println!("{}", path.display());
            check(&fs::read(&path).unwrap());
            count += 1;
        }
    }
    assert!(count > 0, "no seeds for {target}");
    println!("{count} inputs");
}

macro_rules! targets {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            replay(stringify!($name), crate::$name::check);
        }
    )*};
}

targets! {
    sse_decode sse_chunks sse_encode event_codec accumulate check partial_input writer message_stream request_json
    openai_request openai_stream
}
