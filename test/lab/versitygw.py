"""test: versitygw, an S3 gateway over a directory, where it is installed.

It is a program in Go: GOBIN=/usr/local/bin go install github.com/versity/versitygw/cmd/versitygw@v1.8.0
SLUICE_VERSITYGW names it where it is not in the PATH.
"""
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request


def program():
    return os.environ.get('SLUICE_VERSITYGW') or shutil.which('versitygw')


def missing():
    """Why it cannot run here, or None."""
    return None if program() else 'versitygw is not installed'


class Versitygw:
    """One gateway on a port of its own, with versions; everything is gone when it closes."""

    access_key, secret_key, region = 'AKIDEXAMPLEEXAMPLE00', 'secret-of-versitygw', 'us-east-1'

    def __init__(self):
        self.folder = self.process = self.url = None

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='sluice-versitygw-'))
        for name in ('data', 'versions'):
            (self.folder / name).mkdir()
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            port = probe.getsockname()[1]
        self.url = f'http://127.0.0.1:{port}'
        self.process = subprocess.Popen(
            [program(), '--keep-alive', '--quiet', '--port', f'127.0.0.1:{port}', '--health', '/health', 'posix',
             '--versioning-dir', str(self.folder / 'versions'), str(self.folder / 'data')],
            env={'PATH': os.environ['PATH'], 'HOME': str(self.folder), 'ROOT_ACCESS_KEY': self.access_key,
                 'ROOT_SECRET_KEY': self.secret_key},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        self._wait()
        return self

    def _wait(self):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        until = time.monotonic() + 30
        while True:
            try:
                with opener.open(self.url + '/health', timeout=5) as answer:
                    answer.read()
                    return
            except OSError:
                if time.monotonic() > until or self.process.poll() is not None:
                    self.__exit__()
                    raise
                time.sleep(0.05)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
