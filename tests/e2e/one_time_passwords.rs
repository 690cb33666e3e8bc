//! What an authenticator app shows.

use std::process::Command;

use packhouse_harness::python;

/// The password of a seed in base 32, so many half minutes from now.
pub(crate) fn shown(seed: &str, later: i32) -> String {
    const SCRIPT: &str = "
import base64, hashlib, hmac, struct, sys, time
step = int(time.time()) // 30 + int(sys.argv[2])
mac = hmac.digest(base64.b32decode(sys.argv[1]), struct.pack('>Q', step), 'sha1')
number = struct.unpack('>I', mac[mac[19] & 15:][:4])[0] & 0x7FFFFFFF
print(f'{number % 10**6:06}', end='')";
    let printed = Command::new(python::program("python"))
        .args(["-c", SCRIPT, seed, &later.to_string()])
        .env_clear()
        .output()
        .expect("the pinned python runs");
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    String::from_utf8(printed.stdout).expect("digits")
}
