"""Serves one page that greets, its style sheet, and /health."""

import os
import signal
import sys
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

STYLE = Path("/app/static/page.css")
PORT = 8080


def page() -> str:
    greeting = escape(os.environ.get("GREETING") or "Hello")
    branch = os.environ.get("BRANCH")
    where = f"<p>Branch: <code>{escape(branch)}</code></p>" if branch else ""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<title>{greeting}</title><link rel="stylesheet" href="/page.css"><h1>{greeting}</h1>{where}</html>\n'
    )


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        match self.path.partition("?")[0]:
            case "/":
                self.answer(200, "text/html; charset=utf-8", page())
            case "/page.css":
                self.answer(200, "text/css; charset=utf-8", STYLE.read_text())
            case "/health":
                self.answer(200, "text/plain; charset=utf-8", "ok\n")
            case _:
                self.answer(404, "text/plain; charset=utf-8", "not found\n")

    def answer(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-") -> None:
        # The health check asks every two seconds and would fill the log.
        if self.path != "/health":
            super().log_request(code, size)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"listening on port {PORT}")
    ThreadingHTTPServer(("", PORT), Handler).serve_forever()


if __name__ == "__main__":
    main()
