//! The binary: everything is in the library.

#[tokio::main]
async fn main() -> std::process::ExitCode {
    hub::cli::run().await
}
