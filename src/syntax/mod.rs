//! Text to syntax tree, with every syntax error of a file reported at once.

pub mod ast;
