#!/usr/bin/env bash
# bash and curl: the key from a file descriptor, --max-time for each request, SECONDS for the deadline.
set -uo pipefail
base=$GATEWAY_URL/v1/generations
deadline=$GATEWAY_DEADLINE_S
again=()
[[ "${1:-}" == retry ]] && again=(--retry 2 --retry-all-errors --retry-delay 1) # a habit of many
field() { grep -o "\"$1\": *\"[^\"]*\"" "$2" | head -1 | cut -d'"' -f4; }
stop() { echo "$1" >&2; exit "${2:-1}"; }
api() { # api MAX_TIME ARGS... -> status in $status, body in answer.json; the exit code is curl's
  local most=$1; shift
  status=$(curl -sS -o answer.json -D head.txt -w '%{http_code}' --connect-timeout 5 --max-time "$most" \
    ${again[@]+"${again[@]}"} -H @<(printf 'Authorization: Bearer %s' "$GATEWAY_API_KEY") "$@" 2>error.txt)
}
later() { local s; s=$(grep -i '^retry-after:' head.txt | tr -dc '0-9'); sleep "${s:-1}"; }

if [[ -s id ]]; then
  id=$(<id); state=running
else
  while :; do
    (( SECONDS < deadline )) || stop "deadline" 3
    printf '{"model": "%s", "input": {"prompt": "%s"}}' "$GATEWAY_MODEL" "$GATEWAY_PROMPT" > body.json
    api 70 -H 'Content-Type: application/json' --data-binary @body.json "$base"; code=$?
    if [[ $code == 7 ]]; then sleep 0.5; continue; fi
    [[ $code == 0 ]] || stop "creation unclear: $(<error.txt)"
    case $status in
      429|503) later ;;
      2??) break ;;
      *) stop "refused: $status $(field code answer.json)" ;;
    esac
  done
  id=$(field id answer.json); state=$(field status answer.json)
  echo -n "$id" > id
fi
follow() {
  while [[ $state == queued || $state == running ]]; do
    left=$(( ${deadline%.*} - SECONDS ))
    (( left > 0 )) || stop "deadline, id $id" 3
    wait=$(( left < 60 ? left : 60 ))
    if ! api $(( wait + 6 < left + 1 ? wait + 6 : left + 1 )) "$base/$id?wait=$wait"; then sleep 0.7; continue; fi
    case $status in
      429) later ;;
      5??) sleep 0.7 ;;
      2??) state=$(field status answer.json) ;;
      *) stop "refused: $status" ;;
    esac
  done
  [[ $state == completed ]] || stop "$state: $(field code answer.json)" 2
}
save() {
  n=0
  while read -r url; do
    n=$((n + 1))
    curl -sSfL --max-time 20 -o "asset-$n" "$url" || return 1
  done < <(grep -o '"url": *"[^"]*"' answer.json | cut -d'"' -f4 | sed 's#\\/#/#g')
}
follow
save || { state=running; follow; save || stop "no download" 4; }
