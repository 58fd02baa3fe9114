# A link for each container to the directory of its log file, called id,name,project,service: so the collector learns
# what a file's container is called. Where nothing is known the names are empty.
# Arguments: the directory of links, the engine's directory of containers, the directory of this script.

links=$1 containers=$2 here=$3
busybox mkdir -p "$links/.read"

link() {
  directory=$1 id=${1##*/} names=,,
  short=${id%"${id#????????????}"}
  # First the mark: what is written while the file is read is read again.
  : > "$links/.read/$id"
  [ ! -e "$directory/config.v2.json" ] || names=$(busybox awk -f "$here/names.awk" "$directory/config.v2.json") || return
  wanted=$links/$short,$names
  [ -L "$wanted" ] || busybox ln -s "$directory" "$wanted"
  for old in "$links/$short",*; do
    [ "$old" = "$wanted" ] || busybox rm -f "$old"
  done
}

# What is new and says its name.
new() {
  for directory in "$containers"/*; do
    [ ! -e "$directory/config.v2.json" ] || [ -e "$links/.read/${directory##*/}" ] || link "$directory"
  done
}

# What may have been renamed, what says no name, and what is gone.
known() {
  for directory in "$containers"/*; do
    [ ! -d "$directory" ] || [ -e "$links/.read/${directory##*/}" ] || link "$directory"
  done
  for mark in "$links"/.read/*; do
    directory=$containers/${mark##*/}
    if [ ! -d "$directory" ]; then busybox rm -f "$mark"
    elif [ "$directory/config.v2.json" -nt "$mark" ]; then link "$directory"
    fi
  done
  for old in "$links"/*,*; do
    [ -e "$old" ] || busybox rm -f "$old"
  done
}

# A container is linked before it starts, which takes longer after the engine has made its directory. The engine writes
# a container's file anew whenever its health is asked, so known ones are looked at every half minute only.
while true; do
  new
  known
  : > "$links/.scanned"
  turns=150
  while [ "$turns" -gt 0 ]; do
    new
    busybox sleep 0.2
    turns=$((turns - 1))
  done
done
