//! End-to-end tests: stock clients against `packhouse serve`, laid out like what they talk to.

mod aws;
mod codecommit;
mod git;
mod server;
mod tidy;
mod uploads;
