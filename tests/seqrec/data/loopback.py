"""A web server on this machine that can do what bad ones do.

Break off, refuse, ignore where one wants to begin.
"""

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


@contextmanager
def serving(data, *, breaks_after=None, knows_ranges=True, status=None):
    """Yields (url, requests): the list of the first bytes asked for, None where all was.

    breaks_after: bytes of the first answer, after which the line is cut.
    knows_ranges: whether it can begin where it is asked to.
    status:       an error to answer with.
    """
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            begin = int(asked[1]) if asked else None
            requests.append(begin)
            if status is not None:
                return self.send_error(status)
            if begin is not None and knows_ranges:
                if begin >= len(data):
                    return self.send_error(416)
                self.send_response(206)
                rest = data[begin:]
            else:
                self.send_response(200)
                rest = data
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            self.wfile.write(rest[:breaks_after] if len(requests) == 1 else rest)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/file.zip", requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
