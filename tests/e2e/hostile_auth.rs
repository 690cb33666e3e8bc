//! Attacks on who one is. What is signed wrongly is told apart in unit tests of `shared/http`.

mod guessing;
mod requests;
mod users;

use packhouse_harness::{
    Server,
    http::{self, Connection, Response},
};

fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut connection = Connection::open(server.address());
    connection
        .send(&http::request("GET", path, headers, b""))
        .expect("the server reads");
    connection.response().expect("the server answers")
}
