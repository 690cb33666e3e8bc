//! End-to-end tests: stock clients against `packhouse serve`, laid out like what they talk to.

mod aws;
mod codecommit;
mod command_line;
mod events;
mod git;
mod hostile_auth;
mod iam;
mod notifications;
mod one_time_passwords;
mod permissions;
mod server;
mod sts;
mod tidy;
mod uploads;
