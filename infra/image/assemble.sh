#!/usr/bin/env bash
# Makes the root file system of the data plane's image: the binary, the libraries that it is linked to, certificates, a user.
#   infra/image/assemble.sh FOLDER [BINARY]          makes FOLDER; without BINARY it builds one
#   infra/image/assemble.sh --start FOLDER [ARG…]    runs the binary in FOLDER, as the image would (needs root)
# The Dockerfile calls it, and it works without any container engine.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

# No name: the kernel knows numbers only, and the image has no other user.
user=65532

usage() {
    sed -n '2,5s/^# //p' "$0" >&2
    exit 2
}

build() {
    cargo build --manifest-path "$root/Cargo.toml" --locked --release --package packhouse-server --bin packhouse >&2
    echo "${CARGO_TARGET_DIR:-$root/target}/release/packhouse"
}

# The files that the loader would open for $1, the loader itself among them.
libraries() {
    ldd "$1" | sed -nE 's#^.*[[:space:]](/[^ ]+) \(0x[0-9a-f]+\)$#\1#p'
}

assemble() {
    local folder=$1 binary=$2 library certificates=/etc/ssl/certs/ca-certificates.crt
    if [ -e "$folder" ] && [ -n "$(ls -A "$folder")" ]; then
        echo "assemble.sh: $folder is not empty" >&2
        exit 1
    fi
    if [ ! -e "$certificates" ]; then
        echo "assemble.sh: no $certificates; install ca-certificates" >&2
        exit 1
    fi
    install -D -m 0755 "$binary" "$folder/usr/local/bin/packhouse"
    for library in $(libraries "$binary"); do
        install -D -m 0755 "$library" "$folder$library"
    done
    install -D -m 0644 "$certificates" "$folder$certificates"
    install -d -m 1777 "$folder/tmp"
    install -d "$folder/etc"
    echo "packhouse:x:$user:$user::/tmp:/nonexistent" > "$folder/etc/passwd"
    echo "packhouse:x:$user:" > "$folder/etc/group"
    echo "$folder: $(du -sk "$folder" | cut -f1) kB" >&2
}

start() {
    local folder=$1
    shift
    [ $# -gt 0 ] || set -- serve --store aws
    exec chroot --userspec=$user:$user "$folder" /usr/local/bin/packhouse "$@"
}

case "${1:-}" in
    '' | -h | --help) usage ;;
    --start)
        [ $# -ge 2 ] || usage
        shift
        start "$@"
        ;;
    *)
        binary=${2:-$(build)}
        assemble "$1" "$binary"
        ;;
esac
