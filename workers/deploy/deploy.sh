#!/bin/sh
# Publishes a folder as a new version of a Vetka site. Sends only the files that the site does not have yet; when it was
# cut off, running it again goes on from there. Needs curl, find, awk, sed and one of sha256sum, shasum and openssl.
#
#   VETKA_DEPLOY_URL=https://vetka.sh/api/agent/deploy VETKA_DEPLOY_TOKEN=vdt_... sh deploy.sh -m "Added a menu" DIR
#
#   -m WORDS  what changed, one plain sentence for the list of versions
#   -d        make a draft: it can be looked at, and visitors see what they saw before
#   -u URL    instead of VETKA_DEPLOY_URL
#   -t TOKEN  instead of VETKA_DEPLOY_TOKEN, which other programs on this machine cannot see
#
# Exit codes: 0 published, 1 asked for in a wrong way, 2 refused, 3 the token is not good (any more), 4 not reached.

set -u
LC_ALL=C
export LC_ALL
umask 077

fail() { # CODE WORDS
  printf 'deploy.sh: %s\n' "$2" >&2
  exit "$1"
}
note() { printf '%s\n' "$1" >&2; }
usage() { fail 1 'Usage: VETKA_DEPLOY_URL=... VETKA_DEPLOY_TOKEN=... sh deploy.sh [-d] [-m "What changed"] DIR'; }

base=${VETKA_DEPLOY_URL-} token=${VETKA_DEPLOY_TOKEN-} message='' live=true
unset VETKA_DEPLOY_TOKEN
while getopts 'm:du:t:h' option; do
  case $option in
    m) message=$OPTARG ;;
    d) live=false ;;
    u) base=$OPTARG ;;
    t) token=$OPTARG ;;
    *) usage ;;
  esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || usage
base=${base%/}
case $base in http://* | https://*) ;; *) fail 1 'Say where to publish in VETKA_DEPLOY_URL.' ;; esac
case $token in '' | *[!A-Za-z0-9_-]*) fail 3 'VETKA_DEPLOY_TOKEN does not hold a deploy token.' ;; esac
for tool in curl find awk sed; do
  command -v "$tool" >/dev/null || fail 1 "This needs $tool, which is not here."
done
if command -v sha256sum >/dev/null; then
  hasher='sha256sum'
elif command -v shasum >/dev/null; then
  hasher='shasum -a 256'
elif command -v openssl >/dev/null; then
  hasher='openssl dgst -sha256 -r'
else
  fail 1 'This needs sha256sum, shasum or openssl, and none of them is here.'
fi
parallel=''
case $(curl --help all 2>/dev/null) in *--parallel-max*) parallel='--parallel --parallel-max 6' ;; esac

cd -- "$1" || fail 1 "There is no folder $1."
tmp=$(mktemp -d) || fail 1 'There is no room for temporary files.'
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
mkdir "$tmp/refused"
# In a file, since whoever lists the running programs sees what they were called with.
printf 'header = "Authorization: Bearer %s"\nheader = "Expect:"\n' "$token" >"$tmp/auth"

files() { # WHAT TO DO WITH THEM
  find . \( -name .git -o -name .hg -o -name .svn -o -name .DS_Store -o -name Thumbs.db -o -name .env -o -name '.env.*' \) \
    -prune -o -type f "$@"
}

# What JSON and curl would need escaped, and no site can have.
odd=$(files \( -name '*[[:cntrl:]]*' -o -name '*\\*' \) -exec printf '%s  ' {} \; | tr '\001-\037\177' '?' | cut -c 1-300)
[ -z "$odd" ] || fail 2 "A name has a backslash or an invisible character in it; rename it: $odd"
# shellcheck disable=SC2086
files -exec $hasher {} + >"$tmp/hashes" || fail 1 'Some files cannot be read.'
files -exec wc -c {} + >"$tmp/sizes" || fail 1 'Some files cannot be read.'
# hash, size and name of each file; quotation marks as JSON and curl want them
awk 'FNR == NR { sub(/^ */, ""); at = index($0, " "); size[substr($0, at + 1)] = substr($0, 1, at - 1); next }
  { name = substr($0, 67); print substr($0, 1, 64), size[name], name }' "$tmp/sizes" "$tmp/hashes" | sed 's/"/\\"/g' >"$tmp/list"
count=$(awk 'END { print NR }' "$tmp/list")
[ "$count" -gt 0 ] || fail 1 "There are no files in $1."
words=$(printf '%s' "$message" | tr '\001-\037\177' ' ' | sed 's/[\\"]/\\&/g')
{
  printf '{"live":%s,' "$live"
  [ -z "$words" ] || printf '"message":"%s",' "$words"
  awk 'BEGIN { printf "\"files\":[" } { printf "%s{\"path\":\"%s\",\"sha256\":\"%s\",\"size\":%s}", comma, substr($0, 69 + length($2)), $1, $2; comma = ",\n" } END { print "]}" }' "$tmp/list"
} >"$tmp/listing"
printf '{}' >"$tmp/nothing"

# The first text of this name in the last answer.
said() {
  awk -v name="$1" '{ text = text $0 } END {
    if (match(text, "\"" name "\":\"([^\"\\\\]|\\\\.)*\"")) {
      value = substr(text, RSTART + length(name) + 4, RLENGTH - length(name) - 5); gsub(/\\"/, "\"", value); print value } }' "$tmp/answer"
}
missing() { tr '[],' '\n\n\n' <"$tmp/answer" | sed -n 's/^"\([0-9a-f]\{64\}\)"$/\1/p' >"$tmp/missing"; }
refused() { # STATUS
  words=$(said message)
  case $1 in
    401) fail 3 "${words:-The token is not good.}" ;;
    *) fail 2 "${words:-Refused with status $1.}" ;;
  esac
}

# Asks, again and again while that may help. Leaves $status and the answer.
ask() { # METHOD PATH FILE
  pause=1
  while :; do
    : >"$tmp/answer"
    : >"$tmp/headers"
    status=$(curl --silent --show-error --config "$tmp/auth" --connect-timeout 20 --max-time 300 --request "$1" \
      --header 'Content-Type: application/json' --data-binary "@$3" --dump-header "$tmp/headers" \
      --output "$tmp/answer" --write-out '%{http_code}' "$base$2" 2>"$tmp/error") || status=000
    case $status in 000 | 429 | 5??) ;; *) return ;; esac
    [ "$pause" -le 32 ] || fail 4 "$(said message; sed 1q "$tmp/error") Nothing has changed; run this again later."
    asked=$(awk -v least="$pause" 'tolower($1) == "retry-after:" { asked = $2 + 0 } END { print asked > least && asked <= 60 ? asked : least }' "$tmp/headers")
    sleep "$asked"
    pause=$((pause * 2))
  done
}

# Puts what is missing, some hundred at a time and several at once, until it is there.
send() {
  pause=1
  while left=$(awk 'END { print NR }' "$tmp/missing") && [ "$left" -gt 0 ]; do
    note "$left of $count files to send"
    sed 200q "$tmp/missing" >"$tmp/some"
    awk -v at="$base/uploads/$id/blobs/" -v to="$tmp/refused/" 'FNR == NR { wanted[$1]; next } $1 in wanted { delete wanted[$1]
      printf "url = \"%s%s\"\nupload-file = \"%s\"\noutput = \"%s%s\"\n", at, $1, substr($0, 67 + length($2)), to, $1 }' \
      "$tmp/some" "$tmp/list" >"$tmp/puts"
    # shellcheck disable=SC2086
    curl --silent --globoff --config "$tmp/auth" --connect-timeout 20 --speed-limit 1 --speed-time 60 $parallel \
      --header 'Content-Type: application/octet-stream' \
      --write-out '%{http_code} %{url_effective}\n' --config "$tmp/puts" >"$tmp/statuses" 2>"$tmp/error"
    bad=$(awk '$1 ~ /^4/ && $1 != 429 && $1 != 408 { sub(/.*\//, "", $2); print $1, $2; exit }' "$tmp/statuses")
    if [ -n "$bad" ]; then
      cp "$tmp/refused/${bad#* }" "$tmp/answer" 2>/dev/null || : >"$tmp/answer"
      note "$(awk -v hash="${bad#* }" '$1 == hash { print substr($0, 69 + length($2)) ":"; exit }' "$tmp/list")"
      refused "${bad% *}"
    fi
    awk 'FNR == NR { if ($1 == 204) { sub(/.*\//, "", $2); done[$2] } next } !($1 in done)' "$tmp/statuses" "$tmp/missing" >"$tmp/rest"
    mv "$tmp/rest" "$tmp/missing"
    if [ "$(awk 'END { print NR }' "$tmp/missing")" -lt "$left" ]; then
      pause=1
    else
      [ "$pause" -le 32 ] || fail 4 "$(sed 1q "$tmp/error") Not all files arrived. Run this again to go on."
      sleep "$pause"
      pause=$((pause * 2))
    fi
  done
}

ask POST /uploads "$tmp/listing"
case $status in 200 | 201) ;; *) refused "$status" ;; esac
id=$(said uploadId)
missing
rounds=0
while :; do
  send
  ask POST "/uploads/$id/commit" "$tmp/nothing"
  case $status in 200 | 201) break ;; esac
  rounds=$((rounds + 1))
  [ "$status" = 409 ] && [ "$(said code)" = blobs_missing ] && [ "$rounds" -lt 4 ] || refused "$status"
  missing
done

awk '{ text = text $0 } END {
  while (match(text, /\{"file":"([^"\\]|\\.)*","line":[0-9]+,"message":"([^"\\]|\\.)*"/)) {
    one = substr(text, RSTART, RLENGTH); text = substr(text, RSTART + RLENGTH)
    split(one, part, "\""); line = part[7]; gsub(/[^0-9]/, "", line)
    sub(/.*"message":"/, "", one); sub(/"$/, "", one); gsub(/\\"/, "\"", one)
    printf "Warning: %s, line %s: %s\n", part[4], line, one } }' "$tmp/answer"
case $(tr -d '\n' <"$tmp/answer") in
  *'"live":true'*) printf 'Published: %s\n' "$(said url)" ;;
  *) [ "$live" = true ] && note 'This version is kept, and visitors do not see it: one that was begun later is live.' ;;
esac
printf 'This version: %s\n' "$(said previewUrl)"
