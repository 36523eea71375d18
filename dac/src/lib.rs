//! ddc_dac
