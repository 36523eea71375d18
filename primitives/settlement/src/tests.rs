//! The kernel against exact rationals, over ranges with their extremes.

mod exact;
mod examples;
