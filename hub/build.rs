//! Embeds the built pages. Without them (no Node, a fresh clone) a stub goes in, from this build's own
//! output folder, so that `cargo build` works alone.

use std::path::{Path, PathBuf};
use std::{env, fs};

const PAGES: [&str; 4] = ["customer", "guest", "console", "mailbox"];
const STUB: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Pages not built</title>\n\
    <h1>The pages are not built</h1>\n<p>This hub was built without them: run <code>make run</code>, or \
    <code>npm ci &amp;&amp; npm run build</code> in <code>web/</code>, and build it again.</p>\n</html>\n";

fn main() {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web");
    let built = web.join("dist");
    if built.join("customer.html").exists() {
        memory_serve::load_directory_with_embed(&built, true);
    } else {
        // So that the pages are found once they are there.
        println!("cargo::rerun-if-changed={}", web.display());
        memory_serve::load_directory_with_embed(stub(), true);
    }
}

fn stub() -> PathBuf {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("stub");
    fs::create_dir_all(&out).expect("the output folder can be written");
    for page in PAGES {
        fs::write(out.join(format!("{page}.html")), STUB).expect("the output folder can be written");
    }
    out
}
