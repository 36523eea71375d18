//! Tests of the runtime as a whole.

mod governance;
mod migrations;
mod state;
