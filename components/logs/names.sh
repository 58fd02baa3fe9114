# A link for each container to the directory of its log file, called id,name,project,service: so the collector learns
# what a file's container is called. Where nothing is known the names are empty.
# Arguments: the directory of links, the engine's directory of containers, the directory of this script.

links=$1 containers=$2 here=$3
busybox mkdir -p "$links/.read"

link() {
  directory=$1 id=${1##*/}
  short=${id%"${id#????????????}"}
  # First the mark: what is written while the file is read is read again.
  : > "$links/.read/$id"
  names=,,
  [ ! -e "$directory/config.v2.json" ] || names=$(busybox awk -f "$here/names.awk" "$directory/config.v2.json") || return
  wanted=$links/$short,$names
  [ -L "$wanted" ] || busybox ln -s "$directory" "$wanted"
  for old in "$links/$short",*; do
    [ "$old" = "$wanted" ] || busybox rm -f "$old"
  done
}

scan() {
  for directory in "$containers"/*; do
    [ -d "$directory" ] || continue
    mark=$links/.read/${directory##*/} config=$directory/config.v2.json
    [ -e "$mark" ] && { [ ! -e "$config" ] || [ "$mark" -nt "$config" ]; } || link "$directory"
  done
  for old in "$links"/*,*; do
    [ -e "$old" ] || busybox rm -f "$old"
  done
  for mark in "$links"/.read/*; do
    [ -d "$containers/${mark##*/}" ] || busybox rm -f "$mark"
  done
  : > "$links/.scanned"
}

# A container is linked before it starts, which takes longer after the engine has made its directory.
while true; do
  scan
  busybox sleep 0.2
done
