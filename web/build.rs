//! Says in words what is missing when the browser app was not built before the binary.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=ui/dist");
    let wanted = std::env::var_os("CARGO_FEATURE_UI").is_some();
    if wanted && !std::path::Path::new("ui/dist/index.html").exists() {
        println!(
            "cargo:error=the web app is not built: run `make ui` first (needs Node), or build \
             without it: cargo build --no-default-features"
        );
        std::process::exit(1);
    }
}
