"""Where plain text says its level. Only the start of a line counts: what follows may be anybody's words.

Regular expressions are RE2's. Those of formats name the level `level`.
"""

from __future__ import annotations

# Of terminals: ESC [ … m, and the choice of a character set, ESC ( B, that some write with it.
COLOURS = r"\x1B(?:\[[0-?]*[ -/]*[@-~]|\([A-Z0-9])"

_UPPER = (
    "EMERGENCY|EMERG|EMER|EMG|ALERT|ALER|ALR|CRITICAL|CRIT|CRT|FATAL|FATA|FTL|DPANIC|PANIC|PANI|PNC|SEVERE"
    "|ERROR|ERRO|EROR|ERR|WARNING|WARN|WRN|NOTICE|NOTI|NTC|INFORMATION|INFO|INF|AUDIT"
    r"|DEBUG\d?|DEBU|DBUG|DBG|FINEST|FINER|FINE|TRACE|TRAC|TRCE|TRC|VERBOSE|VRB"
    # As PostgreSQL and Java write them in German, French, Spanish, Italian, Portuguese, Russian, Chinese, Japanese.
    "|PANIK|PANIQUE|PÁNICO|PANICO|PÂNICO|ПАНИКА|FATALE|ВАЖНО|致命错误|FEHLER|SCHWERWIEGEND|ERREUR|GRAVE|ERRORE|ERRO"
    "|ОШИБКА|错误|严重|エラー|重大|WARNUNG|ATTENTION|AVERTISSEMENT|ADVERTENCIA|ATTENZIONE|AVVERTENZA|AVISO"
    "|ПРЕДУПРЕЖДЕНИЕ|警告|HINWEIS|INFOS|СООБЩЕНИЕ|ИНФОРМАЦИЯ|ЗАМЕЧАНИЕ|日志|信息|情報"
)
# Ordinary words too, so they must stand in brackets or before a colon.
_LOWER = rf"(?i:{_UPPER}|fail|note|log|system|config|success|silly|verb)"
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_ZONES = "UTC|GMT|WES?T|CES?T|EES?T|MSK|BST|IST|JST|[ECMP][SD]T|AE[SD]T"
# What stands before the level, piece by piece: times and numbers, brackets, separators, loggers, pid=1, user@database.
_BEFORE = (
    r"\d[\w.,:+/#]*(?:-[\w.,:+/#]+)*",
    r"\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\]",
    r"\{[^{}\n]*\}",
    r"\([^()\n]*\)",
    r"<[^<>\n]*>",
    r"\[",
    r"-[ \t]+[\w.$/-]+[ \t]+-",
    r"[-|:*,;=>+!#\p{So}\x{FE0F}]+",
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|{_MONTHS}|AM|PM|{_ZONES})\b,?",
    r"\w+=[^\s\"]+",
    r"\S+@\S+",
    r"[A-Za-z_$][\w$]*(?:\.[\w$]+)+:?",
    r"[\w.-]+[ \t]+[\w./-]+\[\d+\]:?",
    # Names that are no words: P00, spid51, mysqld_safe, postfix/smtpd, unbound[1:0].
    r"[A-Za-z][A-Za-z.]*[\d_/-][\w./-]*(?:\[[\d:]+\])?[:|]?[ \t]",
    r"[A-Za-z]+\[[\d:]+\]:?[ \t]",
    r"(?:main[ \t]+)?pid[ \t]+\d+:",
    r"(?:main|PM2|LiteLLM)[ \t]",
    # Bitnami's images: postgresql 02:00:00.12
    r"[a-z]+[ \t]+\d\d:\d\d:\d\d\.\d\d",
)
_START = rf"^[ \t]*(?:(?:{'|'.join(_BEFORE)})[ \t]*)*?"
# `core:` of [core:error], `production.` of production.ERROR.
_QUALIFIED = r"(?:(?:[A-Za-z_]\w*)?[:.])?"
_TIME = r"(?:\d{4}[-/]\d\d[-/]\d\d|\d\d-[A-Z][a-z]{2}-\d{4})[T ]\d\d:\d\d:\d\d[\d.,]*(?:Z|[ ]?[+-]\d\d:?\d\d)?"

# Web servers' lines of requests. A client chooses much of what stands in them, so they are asked for no level. Nor is
# a number of errors.
NO_LEVEL = r"^[^\n]*?\[\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] \"|^[ \t]*\d{1,5}[ \t]+[A-Z]+\b"

# RFC 3164 and 5424, and what systemd reads of a program's standard error: <11>…
SYSLOG_PRIORITY = r"^<(?P<priority>\d{1,2}|1[0-8]\d|19[01])>"

LEVEL_FORMATS = (
    # JSON that is cut or not JSON (NaN, an object and more behind it): the level of its first, simple fields.
    r'^\s*\{\s*(?:"[^"\\]*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[^"{\[,\s]+)\s*,\s*)*?'
    r'"(?i:level|lvl|severity|log[._]?level|levelname)"\s*:\s*"?(?P<level>\w+)',
    # logfmt, logrus, slog's text: key=value from the start of the line, or behind a time, to the level.
    rf"^(?:{_TIME}[ \t]+(?:[\w.-]+[ \t]+)?)?"
    r"""(?:[\w.@-]+=(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s"']*)[ \t]+)*?"""
    r"""(?i:level|lvl|severity|log[._]?level|levelname)=["']?(?P<level>[A-Za-z]+[+-]?\d*)""",
    r"^at=(?P<level>error|warn|info|debug|fatal)\b",
    # klog, glog, Abseil, CockroachDB: E1126 02:00:00.123456       1 file.go:12] …, in brackets as PyTorch has it
    r"^(?:\[rank\d+\]:)?\[?(?P<level>[IWEFDC])\d{4,8} \d\d:\d\d:\d\d[\d.]+\s+(?:\w+ )?(?:\d+@)?[^\s:]+:\d+[\] ]",
    # Tornado and Jupyter: [E 2026-11-26 02:00:00.123 name] …
    r"^\[(?P<level>[DIWEC]) \d[\d-]{5,9} \d\d:\d\d:\d\d",
    # A letter after the time, and a sign of whose it is: etcd (E |), Telegraf (E!), TensorFlow (E file.cc:1]),
    # MongoDB before 4.4 (E  STORAGE  [), semantic_logger (E [1:main]), Ray ([… E 1 1]).
    rf"^\[?{_TIME}:?[ ](?P<level>[TDIWEFC])(?:!| \| | +[^\s:]+:\d+\] | +[A-Z-]+ +\[| \[\d+:| \d+ \d+\])",
    # Ruby's Logger: E, [2026-11-26T02:00:00.123456 #1] ERROR -- : …
    r"^(?P<level>[DIWEF]), \[\d{4}-",
    # npm ERR! code …
    r"^npm (?P<level>ERR|WARN|error|warn|info|notice|verb|silly)!?\s",
    # PHP Fatal error:  …, behind a time or not
    r"^(?:\[[^\]\n]*\] )?PHP (?:Recoverable )?(?P<level>Fatal|Warning|Notice|Parse|Deprecated)[ :]",
    rf"{_START}{_QUALIFIED}(?P<level>{_UPPER})(?:[ \t:|\]>),/\[-]|$)",
    # Behind a program's name too (nginx: [emerg]), or a thread's ([Server thread/WARN]).
    rf"{_START}(?:[\w./-]+:[ \t]+)?[\[<(][ \t]*(?:[\w #-]+/)?{_QUALIFIED}(?P<level>{_LOWER})[ \t]*[\]>):,]",
    rf"{_START}(?P<level>{_LOWER})[ \t]*[:|\t]",
    # BIND, Squid: the time, a part of the program, the level
    rf"^{_TIME}[ ][\w.-]+[:|][ ](?P<level>{_LOWER}):",
    # Next.js before 13.5, Mattermost
    r"^(?P<level>error|warn|info|debug)(?:[ ]+-[ ]|[ ]+\[\d{4}-)",
)

_REDIS = r"^(\d+:(\d+:)?[XCSM]|\[\d+\]) \d{1,2} [A-Z][a-z]{2} (\d{4} )?\d\d:\d\d:\d\d\.\d+ "

# Lines that say what they are without a level. They raise a lower level, which a record may have of a line before it.
TELLING = (
    ("FATAL", r"^(panic|(PHP )?[Ff]atal error): |^Fatal Python error: |^goroutine \d+ \[running\]:"),
    ("ERROR", r"^thread '[^'\n]*' (\(\d+\) )?panicked at |^Exception in thread |^Unhandled exception|^PHP Parse"),
    ("ERROR", r"^=(CRASH|SUPERVISOR) REPORT|^[^\w\n]*(Exception Group )?Traceback \(most recent call last\)"),
    ("WARN", r"^\(node:\d+\) |^\S+\.py:\d+: \w*Warning: |^PHP (Warning|Deprecated)"),
    # Next.js
    ("ERROR", r"^\s*\x{2A2F} "),
    ("WARN", r"^\s*⚠"),
    # Redis: 1:M 26 Nov 2026 02:00:00.123 # …
    ("WARN", _REDIS + "# "),
    ("INFO", _REDIS + r"\* "),
    ("DEBUG", _REDIS + "[-.] "),
)
# The same of lines that were joined to a first one. They are looked for in the whole record, so not where there is but
# one line, as in most.
TELLING_BEHIND = (
    ("FATAL", r"\ngoroutine \d+ \[running\]:"),
    ("ERROR", r"\n[^\w\n]*(Exception Group )?Traceback \(most recent call last\)|\nNode\.js v\d"),
    ("ERROR", r"(?:^|\W)[\w.$]*(Error|Exception|Throwable)\b[^\n]*(\n[^\n]*){0,3}\n\s+at "),
    ("ERROR", r"\n(Caused by: |Uncaught )?[\w$.]*(Error|Exception|Throwable)(: |\n|$)"),
    ("ERROR", r"\n\tfrom [^\s:]+:\d+:in "),
)
