//! What leaves rel as a document: JSON with a version, and the phases as a graph.
//!
//! The types here are formats. Each JSON document of rel's own starts with `"version": 1` and has its schema
//! under `docs/schema/`.

mod annotations;
mod diagnostics;
mod document;
mod dot;
mod graph;
mod mermaid;
mod rails;
mod sarif;
mod svg;

pub use annotations::{github, gitlab};
pub use diagnostics::{
    DiagnosticDocument, EditDocument, FixDocument, LabelDocument, PlaceDocument, diagnostics,
};
pub use document::{Document, FORMAT, json};
pub use dot::dot;
pub use graph::{Graph, GraphPhase};
pub use mermaid::mermaid;
pub use rails::{Row, rails};
pub use sarif::sarif;
pub use svg::svg;
