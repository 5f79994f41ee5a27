//! The table of routes, the file of permissions and the page of the protocol say the same.
