"""Providers that a test controls from inside, beside the simulator of the binary.

The simulator misbehaves better; these remember what reached them.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Recorder:
    """Answers every POST the same way and remembers each request."""

    def __init__(self, status=200, body=None, headers=None):
        self.status, self.headers = status, headers or {}
        self.body = body if isinstance(body, bytes) else json.dumps(body or openai_answer()).encode()
        self.requests = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                content = self.rfile.read(int(self.headers.get("content-length", 0)))
                seen = {name.lower(): value for name, value in self.headers.items()}
                recorder.requests.append({"path": self.path, "headers": seen, "body": content})
                body, kind = recorder.body, "application/json"
                if recorder.status == 200 and b'"stream":true' in content.replace(b" ", b""):
                    body, kind = as_stream(json.loads(body)), "text/event-stream"
                self.send_response(recorder.status)
                for name, value in {"content-type": kind, **recorder.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Flood:
    """An OpenAI-dialect provider whose streams never end and are written as fast as they are taken."""

    EVENT = ('data: {"id":"chatcmpl-flood","object":"chat.completion.chunk","created":1700000000,"model":"flood",'
             '"choices":[{"index":0,"delta":{"content":"' + "word " * 20 + '"},"finish_reason":null}]}\n\n').encode()

    def __init__(self):
        self.written = 0
        self.abandoned = threading.Event()
        block = b"%x\r\n%s\r\n" % (len(self.EVENT), self.EVENT) * 64
        flood = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers.get("content-length", 0)))
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.send_header("transfer-encoding", "chunked")
                self.end_headers()
                try:
                    while True:
                        self.wfile.write(block)
                        flood.written += len(block)
                except OSError:
                    self.close_connection = True
                    flood.abandoned.set()

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def as_stream(answer: dict) -> bytes:
    """The same answer in the OpenAI dialect's stream, for whoever asked for one."""
    choice = answer["choices"][0]
    common = {"id": answer["id"], "object": "chat.completion.chunk", "created": answer["created"],
              "model": answer["model"]}
    deltas = [({"role": "assistant", "content": choice["message"]["content"]}, None), ({}, choice["finish_reason"])]
    chunks = [{**common, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
              for delta, finish in deltas]
    events = [json.dumps(chunk) for chunk in chunks] + ["[DONE]"]
    return "".join(f"data: {event}\n\n" for event in events).encode()


def openai_answer(text="Recorded.", model="recorded-model") -> dict:
    return {"id": "chatcmpl-recorded", "object": "chat.completion", "created": 1700000000, "model": model,
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "logprobs": None,
                         "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}}
