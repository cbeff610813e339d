//! What starting the project does to files that are the repository's own: a lockfile written anew, something generated. It
//! is set aside. It stays where it lies, since the project runs with it, and is in no commit; of a file that a turn changes
//! as well, the commit has the turn's lines alone. Only where the two cannot be told apart does the file go as it is.

/// Functions for bash. What is set aside is noted in `.git/vetka-aside`, each file with what lay there when it was looked
/// at last: `MODE BLOB PATH`, `0 0` for a file that is gone.
pub(super) const FUNCTIONS: &str = r#"aside=.git/vetka-aside since=HEAD
lies() {
  if [ -L "$1" ]; then printf '120000 %s' "$(readlink -n -- "$1" | git hash-object -w --stdin)"
  elif [ ! -f "$1" ]; then printf '0 0'
  elif [ -x "$1" ]; then printf '100755 %s' "$(git hash-object -w -- "$1")"
  else printf '100644 %s' "$(git hash-object -w -- "$1")"
  fi
}
stands() {
  set -- $(git ls-tree "$1" -- "$2" | cut -f1)
  printf '%s %s' "${1:-0}" "${3:-0}"
}
put() {
  if [ "$1" = 0 ]; then git update-index --force-remove -- "$3"; else git update-index --add --cacheinfo "$1,$2,$3"; fi 2>/dev/null || true
}
lay() {
  if [ "$1" = 0 ]; then rm -f -- "$3"; else put "$@"; git checkout-index -q -f -- "$3" || true; fi
}
mix() {
  set -- $1 $2 $3
  case "$1 $3 $5" in 100*" "100*" "100*) ;; *) return 1 ;; esac
  local at blob; at=$(mktemp -d)
  git cat-file blob "$2" > "$at/onto" && git cat-file blob "$4" > "$at/from" && git cat-file blob "$6" > "$at/to" &&
  git merge-file -q -p "$at/onto" "$at/from" "$at/to" > "$at/mixed" 2>/dev/null && blob=$(git hash-object -w --no-filters --stdin < "$at/mixed") || blob=
  rm -rf "$at"
  [ -n "$blob" ] || return 1
  if [ "$5" = "$3" ]; then printf '%s %s' "$1" "$blob"; else printf '%s %s' "$5" "$blob"; fi
}
each() {
  [ -s $aside ] || return 0
  : > $aside.new
  while IFS= read -r -d '' entry; do
    path=${entry#* * }; was=${entry%" $path"}
    now=$(lies "$path"); head=$(stands $since "$path")
    "$1"
  done < $aside
  mv $aside.new $aside
}
note() { [ "$1" = "$2" ] || printf '%s %s\0' "$1" "$path" >> $aside.new; }
"#;

/// Notes what lies there otherwise than in the last commit.
pub(super) const SET: &str = "git reset -q\n\
    git diff --name-only -z --no-renames --ignore-submodules=all | while IFS= read -r -d '' path; do\n\
    printf '%s %s\\0' \"$(lies \"$path\")\" \"$path\"; done > $aside\n";

/// Takes what is set aside out of what `git add` has taken for the next commit, and out of what an agent has committed by
/// itself since `$since`.
pub(super) const KEEP: &str = r#"git cat-file -e "$since^{commit}" 2>/dev/null || since=HEAD
keep() {
  goes=$now
  if [ "$now" = "$was" ]; then goes=$head; elif mixed=$(mix "$head" "$was" "$now"); then goes=$mixed; fi
  put $goes "$path"
  note "$now" "$goes"
}
each keep
"#;

/// Takes what is set aside out of the workspace, for git wants to find its own there; [`BACK`] brings it back.
pub(super) const LIFT: &str = r#"old=$(git rev-parse HEAD)
lift() { lay $head "$path"; note "$now" "$head"; }
each lift
"#;

/// Defines `back`, which brings back what [`LIFT`] took, on top of what the last commit has there now.
pub(super) const BACK: &str = r#"bring() {
  before=$(stands $old "$path"); goes=$head
  if [ "$head" = "$before" ]; then goes=$was; elif mixed=$(mix "$head" "$before" "$was"); then goes=$mixed; fi
  lay $goes "$path"
  put $head "$path"
  note "$goes" "$head"
}
back() { each bring; }
"#;
