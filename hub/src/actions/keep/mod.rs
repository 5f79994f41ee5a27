//! What an operator does with everything that a hub holds, its rows and its files: the command line's.

pub mod check;
