#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| segments_tests::properties::recorded::check(input));
