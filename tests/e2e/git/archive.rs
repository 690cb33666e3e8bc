//! Archives: what `curl` gets, unpacked, and beside what `git archive` makes.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use packhouse_harness::{
    Git, Server, basic,
    http::{self, Connection, Response},
    server::against_reference,
};

use super::new_repository;

/// How long the end of an abandoned answer may take to be logged.
const PATIENCE: Duration = Duration::from_secs(60);

fn authorization() -> String {
    let credentials = Server::shared().credentials();
    basic(
        credentials.get("PACKHOUSE_GIT_USERNAME"),
        credentials.get("PACKHOUSE_GIT_PASSWORD"),
    )
}

fn get(path: &str, headers: &[(&str, &str)]) -> Response {
    let mut connection = Connection::open(Server::shared().address());
    let authorization = authorization();
    let headers = [&[("Authorization", authorization.as_str())], headers].concat();
    connection
        .send(&http::request("GET", path, &headers, b""))
        .expect("the server reads");
    connection.response().expect("the server answers whole")
}

/// Runs a program of Python on this machine; what it prints.
fn python(program: &str, arguments: &[&str]) -> String {
    let output = Command::new("python3").arg("-c").arg(program).args(arguments).output();
    let output = output.expect("python3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

/// A commit with all kinds of files, on a branch whose name has a slash.
fn work(git: &Git) -> Git {
    let work = git.init("work");
    let folder = work.dir().to_owned();
    work.commit("plain", "text\n");
    let run = folder.join("bin/run");
    fs::create_dir_all(folder.join("bin")).expect("the work tree is writable");
    fs::write(&run, "#!/bin/sh\n").expect("the work tree is writable");
    fs::set_permissions(&run, PermissionsExt::from_mode(0o755)).expect("it is ours");
    symlink("../plain", folder.join("bin/link")).expect("the work tree is writable");
    let module = "1".repeat(40);
    work.run(&format!("update-index --add --cacheinfo 160000,{module},module"))
        .ok();
    fs::write(folder.join(".gitattributes"), "* -text\n").expect("the work tree is writable");
    let long = format!("{}/{}", "d".repeat(120), "f".repeat(120));
    work.commit(&long, "long\n");
    work.run("add bin .gitattributes").ok();
    work.commit("bin/größe", vec![b'x'; 3_000_000]);
    work.run("branch topic/one").ok();
    work
}

fn by_git(work: &Git, arguments: &str) -> Vec<u8> {
    work.run(&format!("-c tar.umask=0002 archive -o made.tar {arguments}"))
        .ok();
    fs::read(work.dir().join("made.tar")).expect("it was made")
}

#[test]
fn a_tar_is_the_one_of_git_archive() {
    if against_reference() {
        return;
    }
    let git = Git::newest();
    let url = new_repository(&git, "archived");
    let work = work(&git);
    work.run(&format!("push --quiet {url} --all")).ok();
    work.run(&format!("push --quiet {url} HEAD:refs/tags/v1.0")).ok();
    let id = work.rev("HEAD");
    let check = |file: &str, arguments: &str| {
        let answer = get(&format!("/v1/repos/archived/archive/{file}"), &[]);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.body == by_git(&work, arguments), "{file}");
    };
    check("main.tar", "--prefix=archived-main/ main");
    check("topic/one.tar", "--prefix=archived-topic-one/ main");
    check("v1.0.tar?prefix=", "main");
    check("refs/heads/topic/one.tar?prefix=a/b", "--prefix=a/b/ main");
    check(&format!("{id}.tar?prefix=x/"), "--prefix=x/ main");
}

#[test]
fn archives_unpack_with_stock_programs() {
    if against_reference() {
        return;
    }
    let git = Git::newest();
    let url = new_repository(&git, "unpacked");
    let work = work(&git);
    work.run(&format!("push --quiet {url} --all")).ok();
    let fetch = |file: &str| {
        let answer = get(&format!("/v1/repos/unpacked/archive/{file}"), &[]);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let name = answer.header("content-disposition").expect("a name").to_owned();
        let file = work.dir().join("fetched");
        fs::write(&file, answer.body).expect("the work tree is writable");
        (name, file.to_str().expect("UTF-8").to_owned())
    };
    let (name, zip) = fetch("main.zip?path=bin&prefix=p");
    assert_eq!(name, "attachment; filename=\"unpacked-main.zip\"");
    let listed = python(
        "import sys, zipfile\n\
         with zipfile.ZipFile(sys.argv[1]) as z:\n    \
             assert z.testzip() is None\n    \
             print(z.comment.decode())\n    \
             for i in z.infolist(): print(oct(i.external_attr >> 16), i.file_size, i.filename)\n    \
             print(z.read('p/link'))",
        &[&zip],
    );
    let id = work.rev("HEAD");
    assert_eq!(
        listed,
        format!("{id}\n0o40755 0 p/\n0o100644 3000000 p/größe\n0o120777 8 p/link\n0o100755 10 p/run\nb'../plain'\n")
    );
    let (name, gzip) = fetch("topic/one.tar.gz");
    assert_eq!(name, "attachment; filename=\"unpacked-topic-one.tar.gz\"");
    let unpacked = work.dir().join("unpacked-tar");
    fs::create_dir(&unpacked).expect("the work tree is writable");
    let tar = Command::new("tar")
        .args(["-xzf", &gzip])
        .current_dir(&unpacked)
        .status();
    assert!(tar.expect("tar runs").success());
    let root = unpacked.join("unpacked-topic-one");
    assert!(root.join("module").is_dir());
    assert_eq!(
        fs::read_link(root.join("bin/link")).expect("a link"),
        Path::new("../plain")
    );
    assert_eq!(fs::read(root.join("bin/link")).expect("it leads to a file"), b"text\n");
    let empty = fetch("main.zip?path=bin&prefix=").1;
    assert!(
        python(
            "import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).namelist())",
            &[&empty]
        )
        .contains("'run'")
    );
}

#[test]
fn what_a_client_has_is_not_sent_again_and_heads_have_no_body() {
    if against_reference() {
        return;
    }
    let git = Git::newest();
    let url = new_repository(&git, "archived-known");
    let work = git.init("work");
    work.commit("file", "1");
    work.run(&format!("push --quiet {url} main")).ok();
    let path = "/v1/repos/archived-known/archive/main.zip";
    let first = get(path, &[]);
    let tag = first.header("etag").expect("it is tagged").to_owned();
    assert_eq!(first.header("content-type"), Some("application/zip"));
    assert_eq!(get(path, &[]).body, first.body);
    let again = get(path, &[("If-None-Match", &tag)]);
    assert_eq!((again.status, again.header("etag")), (304, Some(tag.as_str())));
    work.commit("file", "2");
    work.run(&format!("push --quiet {url} main")).ok();
    let changed = get(path, &[("If-None-Match", &tag)]);
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), Some(tag.as_str()));
    let told = python(
        "import sys, urllib.request as u\n\
         r = u.urlopen(u.Request(sys.argv[1], method='HEAD', headers={'Authorization': sys.argv[2]}))\n\
         print(r.status, r.headers['content-type'], len(r.read()))",
        &[&format!("{}{path}", Server::shared().base_url()), &authorization()],
    );
    assert_eq!(told, "200 application/zip 0\n");
}

#[test]
fn what_is_not_there_and_what_makes_no_sense_is_said() {
    if against_reference() {
        return;
    }
    let git = Git::newest();
    let url = new_repository(&git, "asked");
    let work = git.init("work");
    work.commit("dir/file", "1");
    work.run(&format!("push --quiet {url} main")).ok();
    let check = |path: &str, status: u16, says: &str| {
        let answer = get(&format!("/v1/repos/{path}"), &[]);
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(answer.text().contains(says), "{path}: {}", answer.text());
    };
    check("asked/archive/absent.zip", 404, "Commit absent does not exist");
    check(
        "asked/archive/main.zip?path=absent",
        404,
        "Could not find folder absent",
    );
    check("asked/archive/main.zip?path=dir/file", 404, "Could not find folder");
    check("asked/archive/main.zip?path=../x", 400, "");
    check("asked/archive/main.zip?prefix=../x", 400, "prefix");
    check("asked/archive/main.rar", 400, ".tar.gz");
    check("asked/archive/a..b.zip", 400, "not the name of a commit");
    check("asked/archive/%00.zip", 400, "not the path of a folder");
    check("asked/archive", 404, "");
    check("absent/archive/main.zip", 404, "absent does not exist");
    let mut stranger = Connection::open(Server::shared().address());
    stranger
        .send(&http::request("GET", "/v1/repos/asked/archive/main.zip", &[], b""))
        .expect("the server reads");
    let refused = stranger.response().expect("the server answers");
    assert_eq!(refused.status, 401);
    assert!(
        refused
            .header("www-authenticate")
            .is_some_and(|asks| asks.starts_with("Basic"))
    );
    let mut poster = Connection::open(Server::shared().address());
    let authorization = authorization();
    let headers = [("Authorization", authorization.as_str())];
    poster
        .send(&http::request(
            "POST",
            "/v1/repos/asked/archive/main.zip",
            &headers,
            b"",
        ))
        .expect("the server reads");
    assert_eq!(poster.response().expect("the server answers").status, 405);
}

#[test]
fn a_client_that_goes_away_ends_the_work() {
    if against_reference() {
        return;
    }
    let git = Git::newest();
    let url = new_repository(&git, "left");
    let work = git.init("work");
    // More than sockets and queues on the way can hold.
    let mut number = 1u64;
    let noise = std::iter::repeat_with(|| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        number.to_be_bytes()
    });
    let noise: Vec<u8> = noise.take(6 << 20).flatten().collect();
    work.commit("noise", noise);
    work.run(&format!("push --quiet {url} main")).ok();
    let mut connection = TcpStream::connect(Server::shared().address()).expect("the server listens");
    let authorization = authorization();
    let path = "/v1/repos/left/archive/main.tar";
    let request = http::request("GET", path, &[("Authorization", &authorization)], b"");
    connection.write_all(&request).expect("the server reads");
    connection.read_exact(&mut [0; 1000]).expect("the answer begins");
    drop(connection);
    let until = Instant::now() + PATIENCE;
    let sent = || {
        let log = Server::shared().log();
        let ended = log
            .lines()
            .find(|line| line.contains("answered") && line.contains(path))?;
        let (_, bytes) = ended.split_once(" bytes=")?;
        bytes.split(' ').next()?.parse::<u64>().ok()
    };
    let sent = loop {
        if let Some(sent) = sent() {
            break sent;
        }
        assert!(Instant::now() < until, "the answer never ended");
        std::thread::yield_now();
    };
    assert!(sent < 48 << 20, "all of it was made: {sent}");
}
