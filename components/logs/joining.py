"""Which lines go on with the record before them: stack traces, and the rest of what a program wrote at once."""

from __future__ import annotations

# RE2. A line that starts with a blank goes on, and so do these.
_GOES_ON = (
    r"[ \t]",
    r"[ \t\r]*$",
    r"\"?[\]})]+[,;]?$",
    # a box, as Rich and Terraform draw it
    r"[│╰╵]",
    # Python
    r"Traceback \(most recent call last\):",
    r"> File \"|(Current thread|Thread) 0x[0-9a-f]+ |\[(SQL|parameters): |\(Background on this error at: ",
    r"During handling of the above exception, |The above exception was the direct cause ",
    # Python, Java, JavaScript, .NET: the class of what was thrown
    r"(Uncaught )?[\w$.]*(Error|Exception|Throwable|Exit|Interrupt|Group)(: |$)",
    # such a class by its module, whatever it is called
    r"([a-z_]\w*\.)+[A-Z]\w*(: |$)",
    r"(Caused by|Suppressed|Wrapped by): |nested exception is |--- End of ",
    r"\.\.\. \d+ (more|common frames omitted)",
    r"throw |\^$|Node\.js v\d|\(Use `node --trace-|\[UnhandledPromiseRejection",
    r"Require stack:$|- /\S+\.[cm]?[jt]sx?$",
    # Go
    r"goroutine \d+ [^\[]*\[|runtime stack:$|panic\(|\[signal |exit status \d+$|\[(recovered|originating)",
    r"created by [\w./*()-]+",
    r"(Previous )?(Read|Write|read|write) at 0x\S+ by |Goroutine \d+ \(\w+\) created at:$",
    r"[\w./·%-]+\.(\(\*?[\w\[\].…·]+\)\.)?[\w\[\].…·]+\([0-9a-fx, {}?.+]*\)$",
    # zap writes Go's functions without their arguments: a package by its path, or one that every program has.
    r"(main|runtime|net/http|[\w-]+(\.[\w-]+)+/[\w./-]+)\.(\(\*?[\w\[\].]+\)\.)?\w+(\.func\d+(\.\d+)*)?$",
    # Rust, PHP
    r"note: run with `RUST_BACKTRACE|note: Some details are omitted|stack backtrace:$",
    r"called `(Option|Result)::|index out of bounds: |(Caused by|Location):$",
    r"Stack trace:$|\[stacktrace\]$|#\d+ |Next [\w\\]+: ",
    # Elixir
    r"\*\* \(\w|Last message( \(from .*\))?: |State: [%{\[#]",
)
# Lines that start with a blank and are records of their own: JSON, a time, an aligned level.
_BEGINS = (
    r"\{.*\}\s*$",
    r"\d{4}-\d\d-\d\d[T ]",
    r"(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\b",
)

GOES_ON = f"^({'|'.join(_GOES_ON)})"
# PostgreSQL writes a message in one piece; the other fields than the first stand after its prefix, before two blanks.
# English, German, French, Spanish, Italian, Portuguese, Russian.
POSTGRES_FIELD = ":  "
POSTGRES_GOES_ON = (
    r"^(\S+ ){0,12}\S*(DETAIL|HINT|STATEMENT|CONTEXT|QUERY|LOCATION|TIPP|ANWEISUNG|KONTEXT|ANFRAGE|DÉTAIL|ASTUCE"
    r"|INSTRUCTION|CONTEXTE|REQUÊTE|DETALLE|SUGERENCIA|SENTENCIA|CONTEXTO|DETTAGLI|SUGGERIMENTO|ISTRUZIONE|CONTESTO"
    r"|DETALHE|DICA|COMANDO|ПОДРОБНОСТИ|ПОДСКАЗКА|ОПЕРАТОР|КОНТЕКСТ): {2}"  # noqa: RUF001
)
BEGINS = rf"^\s+({'|'.join(_BEGINS)})"
