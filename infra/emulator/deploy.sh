#!/usr/bin/env bash
# Deploys Packhouse to an emulator, by the same clients that deploy it to AWS. Prints the stack's outputs as JSON.
#   AWS_ENDPOINT_URL=http://127.0.0.1:PORT infra/emulator/deploy.sh sam|cdk STACK CODE [PARAMETER=VALUE…]
# CODE is a folder with <function>/bootstrap. Parameters have the names of template.yaml; CDK's settings are the same names.
# infra/emulator/strip.py takes out what the emulator lacks. What the clients say goes to stderr.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

usage() {
    sed -n '2,5s/^# //p' "$0" >&2
    exit 2
}

[ $# -ge 3 ] || usage
client=$1 stack=$2 code=$(cd "$3" && pwd)
shift 3

case "${AWS_ENDPOINT_URL:-}" in
    http://127.0.0.1:* | http://localhost:*) ;;
    *) echo "deploy.sh: AWS_ENDPOINT_URL must lead to an emulator on this machine; to deploy to AWS see docs/deploy.md" >&2; exit 2 ;;
esac
# Nothing of the caller's may reach the emulator, nor the other way round.
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null SAM_CLI_TELEMETRY=0 CDK_DISABLE_CLI_TELEMETRY=true
unset AWS_SESSION_TOKEN AWS_PROFILE
account=000000000000

sam=$("$root/infra/tools" sam)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

deploy_sam() {
    "$sam/python" "$root/infra/emulator/strip.py" "$root/template.yaml" "$work/template.json" --code "$code"
    local parameters=()
    [ $# = 0 ] || parameters=(--parameter-overrides "$@")
    "$sam/sam" deploy --template-file "$work/template.json" --stack-name "$stack" --resolve-s3 --capabilities CAPABILITY_IAM \
        --no-confirm-changeset --no-fail-on-empty-changeset --no-progressbar "${parameters[@]}"
}

deploy_cdk() {
    local cdk parameter context=(-c code="$code" -c stackName="$stack" -c account=$account -c region=$AWS_REGION)
    for parameter in "$@"; do context+=(-c "${parameter,}"); done
    cdk="$("$root/infra/tools" cdk)/cdk"
    cd "$root/infra/cdk"
    "$cdk" synth --quiet --output "$work/out" "${context[@]}"
    "$sam/python" "$root/infra/emulator/strip.py" "$work/out/$stack.template.json" "$work/out/$stack.template.json"
    # The bucket for assets asks for TLS too.
    "$cdk" bootstrap --show-template > "$work/bootstrap.yaml"
    "$sam/python" "$root/infra/emulator/strip.py" "$work/bootstrap.yaml" "$work/bootstrap.json"
    "$cdk" bootstrap "aws://$account/$AWS_REGION" --app "$work/out" --template "$work/bootstrap.json"
    "$cdk" deploy --app "$work/out" --require-approval never "$stack"
}

case "$client" in
    sam) deploy_sam "$@" >&2 ;;
    cdk) deploy_cdk "$@" >&2 ;;
    *) usage ;;
esac
"$sam/python" "$root/infra/emulator/outputs.py" "$stack"
