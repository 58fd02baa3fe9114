"""Answer every GET with one text, in the place of an exporter: PORT, TEXT (zlib and base64)."""

from __future__ import annotations

import base64
import sys
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def _serve(port: int, text: bytes) -> None:
    class Exporter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.end_headers()
            self.wfile.write(text)

    ThreadingHTTPServer(("", port), Exporter).serve_forever()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), zlib.decompress(base64.b64decode(sys.argv[2])))
