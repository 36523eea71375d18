//! The DDC runtime.
