"""The page of a running container."""

import os
import urllib.request


def test_the_editor_opens():
    address = f"http://{os.environ['KEG_HOST']}:{os.environ['KEG_PORT_8787']}/"
    with urllib.request.urlopen(address, timeout=20) as page:
        assert "<title>RStudio</title>" in page.read().decode()
