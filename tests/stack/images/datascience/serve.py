"""Serves the folder /srv on the port that PORT names; with --check, asks whether that is so."""

import functools
import http.server
import os
import sys
import urllib.request

PORT = int(os.environ["PORT"])

if "--check" in sys.argv:
    urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=5).close()
else:
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="/srv")
    http.server.ThreadingHTTPServer(("", PORT), handler).serve_forever()
