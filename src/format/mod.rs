//! Bytes into structure; nothing is judged here.

pub mod content;

