//! The service from end to end over HTTP, on a chain and a clock that the tests set.

mod audit;
mod batch;
mod billing;
mod client;
mod doors;
mod durability;
mod follow;
mod ingest;
mod openapi;
mod rates;
mod rows;
mod sealing;
mod serving;
mod settings;
mod shards;
mod stalls;
mod verify;
mod world;
