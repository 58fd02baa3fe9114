"""Which lines go on with the record before them: stack traces, and the rest of what a program wrote at once."""

from __future__ import annotations

# RE2. A line that starts with a blank goes on, and so do these.
_GOES_ON = (
    r"[ \t]",
    r"[ \t\r]*$",
    r"[\]})]+[,;]?$",
    # Python
    r"Traceback \(most recent call last\):",
    r"During handling of the above exception, |The above exception was the direct cause ",
    # Python, Java, JavaScript, .NET: the class of what was thrown
    r"(Uncaught )?[\w$.]*(Error|Exception|Throwable|Exit|Interrupt|Group)(: |$)",
    r"(Caused by|Suppressed): ",
    r"\.\.\. \d+ (more|common frames omitted)",
    r"throw |\^$|Node\.js v\d",
    # Go
    r"goroutine \d+ (gp=\S+ m=\S+ )?\S*\[|\[signal |exit status \d+$|\[(recovered|originating)",
    r"created by [\w./*()-]+",
    r"[\w./·-]+\.(\(\*?[\w\[\].…·]+\)\.)?[\w\[\].…·]+\([0-9a-fx, {}?.+]*\)$",
    # Rust, PHP
    r"note: run with `RUST_BACKTRACE|stack backtrace:$",
    r"Stack trace:$|#\d+ ",
    # PostgreSQL: the other fields of a message, which it writes in one piece
    r"\d{4}-\d\d-\d\d .*?\b(DETAIL|HINT|STATEMENT|CONTEXT|QUERY|LOCATION): ",
)
# Lines that start with a blank and are records of their own: JSON, a time, an aligned level.
_BEGINS = (
    r"\{.*\}\s*$",
    r"\d{4}-\d\d-\d\d[T ]",
    r"(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\b",
)

GOES_ON = f"^({'|'.join(_GOES_ON)})"
BEGINS = rf"^\s+({'|'.join(_BEGINS)})"
