//! Arbitrary bytes as a sequence of calls: `cargo +nightly fuzz run calls` in `tests/model`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
	ddc_model_tests::fuzz_one(data);
});
