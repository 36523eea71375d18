//! Tests of the runtime as a whole.

mod governance;
mod migrations;
mod node_cost;
mod state;
mod weights;
