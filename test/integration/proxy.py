"""test: a store that can only be reached through a proxy."""
import base64
import select
import socket
import threading
from urllib.parse import quote

import events
from harness import Scratch, Simulator, Suite, contains, equal, expect

suite = Suite(__file__)
USER, PASSWORD = 'proxy-user', 'canary:of the+proxy'


class Proxy:
    """Answers CONNECT with a connection to `target`, whatever name was asked for; the names are kept in `asked`."""

    def __init__(self, target, status=200):
        self.target, self.status = target, status
        self.asked, self.users = [], []
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            head = b''
            while b'\r\n\r\n' not in head:
                more = client.recv(4096)
                if not more:
                    return
                head += more
            lines = head.decode().split('\r\n')
            method, name, _ = lines[0].split(' ')
            expect(method == 'CONNECT', lines[0])
            self.asked.append(name)
            self.users += [line.split(' ')[-1] for line in lines if line.lower().startswith('proxy-authorization:')]
            if self.status != 200:
                client.sendall(f'HTTP/1.1 {self.status} No\r\nContent-Length: 0\r\n\r\n'.encode())
                return
            with socket.create_connection(self.target) as server:
                client.sendall(b'HTTP/1.1 200 Connection established\r\n\r\n')
                self.relay(client, server)

    @staticmethod
    def relay(client, server):
        other = {client: server, server: client}
        while True:
            for ready in select.select(list(other), [], [])[0]:
                try:
                    data = ready.recv(1 << 16)
                    if not data:
                        return
                    other[ready].sendall(data)
                except OSError:
                    return


def with_proxy(status=200):
    scratch = Scratch()
    store = Simulator(scratch, '--bucket', 'bucket', '--min-part-size', '1KiB')
    return scratch, store, status


def hide_store(scratch, store, status):
    """The store has a name that only the proxy knows."""
    address = store.url.split('//')[1].split(':')
    proxy = Proxy((address[0], int(address[1])), status)
    scratch.env.update(
        AWS_ENDPOINT_URL_S3='http://store.nowhere.invalid:9000',
        HTTP_PROXY=f"http://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{proxy.port}",
    )
    return proxy


@suite.case
def a_stream_goes_there_and_back_through_a_proxy():
    scratch, store, status = with_proxy()
    with scratch, store, hide_store(scratch, store, status) as proxy:
        events.create(scratch, 'orders', count=2000)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bucket/a')
        scratch.sluice('import', '--from', 's3://bucket/a', '--to', 'log:back')
        equal(events.digest(scratch, 'back'), events.digest(scratch, 'orders'), 'events after the round trip')
        equal(set(proxy.asked), {'store.nowhere.invalid:9000'}, 'what the proxy was asked for')
        equal({base64.b64decode(user).decode() for user in proxy.users}, {f'{USER}:{PASSWORD}'}, 'who asked')


@suite.case
def a_proxy_that_refuses_is_named_and_its_password_is_not():
    scratch, store, status = with_proxy(407)
    with scratch, store, hide_store(scratch, store, status) as proxy:
        events.create(scratch, 'orders', count=10)
        done = scratch.sluice(
            'export', '--from', 'log:orders', '--to', 's3://bucket/a', '--retry-for', '1s', status=None
        )
        expect(done.returncode not in (0, 2), f'status {done.returncode}')
        contains(done.err, f'the proxy 127.0.0.1:{proxy.port}')
        contains(done.err, 'it wants a user and a password')
        for text in (done.out, done.err):
            expect('canary' not in text and base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode() not in text, 'a secret')


@suite.case
def no_proxy_goes_straight():
    scratch, store, status = with_proxy()
    with scratch, store, hide_store(scratch, store, status) as proxy:
        events.create(scratch, 'orders', count=10)
        done = scratch.sluice(
            'export', '--from', 'log:orders', '--to', 's3://bucket/a', '--retry-for', '1s', status=None,
            env={'NO_PROXY': '.invalid'},
        )
        expect(done.returncode != 0, 'there is no such host')
        equal(proxy.asked, [], 'what the proxy was asked for')


@suite.case
def a_proxy_that_is_not_there_is_named_as_one():
    with Scratch() as scratch:
        events.create(scratch, 'orders', count=10)
        for scheme in ('http', 'https'):
            done = scratch.sluice(
                'export', '--from', 'log:orders', '--to', 's3://bucket/a', '--retry-for', '1s', status=5,
                env={f'{scheme.upper()}_PROXY': 'http://127.0.0.1:1', 'AWS_ENDPOINT_URL_S3': f'{scheme}://store.nowhere.invalid',
                     'AWS_ACCESS_KEY_ID': 'k', 'AWS_SECRET_ACCESS_KEY': 's', 'AWS_REGION': 'eu-1'},
            )
            contains(done.err, f'no connection to the proxy 127.0.0.1:1 (Connection refused); is {scheme.upper()}_PROXY right?')


@suite.case
def a_server_that_speaks_no_tls_is_told_from_one_that_is_not_there():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket') as store:
        done = scratch.sluice('probe', 's3://bucket/a', env={'AWS_ENDPOINT_URL_S3': store.url.replace('http:', 'https:')}, status=None)
        expect(done.returncode not in (0, 2), f'status {done.returncode}')
        contains(done.err, 'the handshake failed: ')
        contains(done.err, 'does the server speak TLS there? (http:// is without)')


suite.run()
