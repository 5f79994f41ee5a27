//! Proofs of who somebody is: cookies, passwords, codes, keys. Pure of storage: what is kept (digests,
//! hashes, key files) is handed to and from the layers above. It knows nothing of the store or of HTTP.

pub mod codes;
pub mod cookies;
pub mod keys;
pub mod links;
pub mod passwords;
pub mod tokens;
mod weak;

pub use keys::Keys;
pub use passwords::{Password, Passwords};
pub use tokens::Token;
