# Prints name,project,service of a container from its config.v2.json; what is missing or no plain name is left empty.
# Of a JSON document the scalar values matter that stand at three places. A string of JSON never holds a line break, so
# one behind each token takes it apart.

function plain(token) {
  token = substr(token, 2, length(token) - 2)
  return token ~ /^[A-Za-z0-9][A-Za-z0-9_.-]*$/ && length(token) <= 80 ? token : ""
}

{ text = text $0 }

END {
  gsub(/"([^"\\]|\\.)*"|[][{}:,]|[^][{}:," \t]+/, "&\n", text)
  count = split(text, tokens, /[ \t]*\n[ \t]*/)
  for (i = 1; i <= count; i++) {
    token = tokens[i]
    if (token == "," || token == ":") continue
    if (token == "{" || token == "[") key[++depth] = ""
    else if (token == "}" || token == "]") depth--
    else if (tokens[i + 1] == ":") key[depth] = token
    else if (depth == 1 && key[1] == "\"Name\"") name = token
    else if (depth == 3 && key[1] == "\"Config\"" && key[2] == "\"Labels\"") {
      if (key[3] == "\"com.docker.compose.project\"") project = token
      if (key[3] == "\"com.docker.compose.service\"") service = token
    }
  }
  sub(/^"\//, "\"", name)
  # While Compose makes a container anew, its name starts with the id of the one before.
  sub(/^"[0-9a-f]{12}_/, "\"", name)
  print plain(name) "," plain(project) "," plain(service)
}
