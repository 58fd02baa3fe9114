"""Where plain text says its level. Only the start of a line counts: what follows may be anybody's words.

Regular expressions are RE2's. Those of formats name the level `level`.
"""

from __future__ import annotations

_UPPER = (
    "EMERGENCY|EMERG|ALERT|CRITICAL|CRIT|CRT|FATAL|FTL|DPANIC|PANIC|PNC|SEVERE|ERROR|ERRO|EROR|ERR|WARNING|WARN|WRN"
    r"|NOTICE|INFORMATION|INFO|INF|DEBUG\d?|DBUG|DBG|FINEST|FINER|FINE|TRACE|TRCE|TRC|VERBOSE|VRB"
)
# Ordinary words too, so they must stand in brackets or before a colon.
_LOWER = rf"(?i:{_UPPER}|fail|note|log|system|config|success|silly|verb)"
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_ZONES = "UTC|GMT|WES?T|CES?T|EES?T|MSK|BST|IST|JST|[ECMP][SD]T|AE[SD]T"
# What stands before the level, piece by piece: times and numbers, brackets, separators, loggers, pid=1, user@database.
_BEFORE = (
    r"\d[\w.,:+/#]*(?:-[\w.,:+/#]+)*",
    r"\[[^\[\]\n]*\]",
    r"\{[^{}\n]*\}",
    r"\([^()\n]*\)",
    r"<[^<>\n]*>",
    r"\[",
    r"-[ \t]+[\w.$/-]+[ \t]+-",
    r"[-|:*,;=>+]+",
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|{_MONTHS}|AM|PM|{_ZONES})\b,?",
    r"\w+=[^\s\"]+",
    r"\S+@\S+",
    r"[A-Za-z_$][\w$]*(?:\.[\w$]+)+:?",
    r"[\w.-]+[ \t]+[\w./-]+\[\d+\]:",
)
_START = rf"^[ \t]*(?:(?:{'|'.join(_BEFORE)})[ \t]*)*?"
# `core:` of [core:error], `production.` of production.ERROR.
_QUALIFIED = r"(?:[A-Za-z_]\w*[:.])?"

# Web servers' lines of requests. A client chooses much of what stands in them, so they are asked for no level.
REQUEST_LINE = r"^[^\n]*?\[\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] \""

# RFC 3164 and 5424, and what systemd reads of a program's standard error: <11>…
SYSLOG_PRIORITY = r"^<(?P<priority>\d{1,3})>"

LEVEL_FORMATS = (
    # logfmt, logrus, slog's text: key=value from the start of the line to the level.
    r'^(?:[\w.@-]+=(?:"(?:[^"\\\n]|\\.)*"|[^\s"]*)[ \t]+)*?'
    r'(?:level|lvl|severity|log\.level|levelname)="?(?P<level>[A-Za-z]+[+-]?\d*)',
    # klog and glog: E1126 02:00:00.123456       1 file.go:12] …
    r"^(?P<level>[IWEF])\d{4,8} \d\d:\d\d:\d\d\.\d+\s+\d+ [^\s:]+:\d+\]",
    # Ruby's Logger: E, [2026-11-26T02:00:00.123456 #1] ERROR -- : …
    r"^(?P<level>[DIWEFA]), \[\d{4}-",
    # npm ERR! code …
    r"^npm (?P<level>ERR|WARN|error|warn|info|notice|verb|silly)!?\s",
    # PHP Fatal error:  …, behind a time or not
    r"^(?:\[[^\]\n]*\] )?PHP (?:Recoverable )?(?P<level>Fatal|Warning|Notice|Parse|Deprecated)[ :]",
    rf"{_START}{_QUALIFIED}(?P<level>{_UPPER})(?:[ \t:|\]>),/\[-]|$)",
    rf"{_START}[\[<(][ \t]*{_QUALIFIED}(?P<level>{_LOWER})[ \t]*[\]>):,]",
    rf"{_START}(?P<level>{_LOWER})[ \t]*[:|\t]",
)

# Lines that say what they are without a level. They raise a lower level, which a record may have of a line before it.
TELLING = (
    ("FATAL", r"^(panic|fatal error): |^Fatal Python error: |(?:^|\n)goroutine \d+ \[running\]:"),
    ("ERROR", r"^thread '[^'\n]*' (\(\d+\) )?panicked at |^Exception in thread |^Unhandled exception|^PHP Parse"),
    ("ERROR", r"(?:^|\n)Traceback \(most recent call last\):"),
    ("ERROR", r"(?:^|\n)(Caused by: |Uncaught )?[\w.$]*(Error|Exception|Throwable)\b[^\n]*(\n[^\n]*){0,3}\n\s+at "),
    ("ERROR", r"\n(Caused by: |Uncaught )?[\w$.]*(Error|Exception|Throwable)(: |\n|$)"),
    ("ERROR", r"\n\tfrom [^\s:]+:\d+:in "),
    ("WARN", r"^\(node:\d+\) |^\S+\.py:\d+: \w*Warning: |^PHP (Warning|Deprecated)"),
    # Redis: 1:M 26 Nov 2026 02:00:00.123 # …
    ("WARN", r"^\d+:[XCSM] \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d+ # "),
    ("INFO", r"^\d+:[XCSM] \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d+ \* "),
    ("DEBUG", r"^\d+:[XCSM] \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d+ [-.] "),
)
