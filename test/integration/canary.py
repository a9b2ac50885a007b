"""test: secrets are in nothing that a command says or keeps; bytes that would end a header are refused by name."""
import base64
import json
import pathlib
import re
import signal
import sqlite3
import subprocess

import events
from givers import Givers
from harness import SECRET_KEY, Scratch, Simulator, Suite, contains, equal, expect, sanitized, skip, wait_for

suite = Suite(__file__)
TO, FOLDER = 's3://bucket/a', 's3://bucket/a/orders'
USER, PASSWORD = 'canary-proxy-user', 'canary-proxy-password'


class Watched:
    """A user whose keys come from an agent; everything that commands say and keep is searched for secrets."""

    def __init__(self):
        self.scratch = Scratch()
        self.store = Simulator(self.scratch, '--bucket', 'bucket', '--temporary-keys', '--min-part-size', '1KiB')
        self.givers = Givers()
        self.said = []

    def __enter__(self):
        self.store.__enter__()
        self.givers.__enter__()
        env = self.scratch.env
        for name in ('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'):
            env.pop(name)
        (self.scratch / 'token').write_text(self.givers.agent_token)
        env.update(
            AWS_CONTAINER_CREDENTIALS_FULL_URI=self.givers.url + '/container',
            AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(self.scratch / 'token'),
            HTTPS_PROXY=f'http://{USER}:{PASSWORD}@127.0.0.1:1',
        )
        return self

    def __exit__(self, kind, *rest):
        self.givers.__exit__()
        self.store.__exit__()
        if kind is None:
            self.search()
        self.scratch.__exit__(kind, *rest)

    def run(self, *words, status=0, **how):
        done = self.scratch.sluice(*words, status=status, **how)
        self.said.append((' '.join(str(word) for word in words), done.out + done.err))
        return done

    def search(self):
        secrets = [SECRET_KEY, PASSWORD, base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode(), *self.givers.secrets()]
        kept = [
            (str(path), path.read_bytes().decode('latin-1'))
            for folder in ('state', 'data') for path in (self.scratch / folder).rglob('*') if path.is_file()
        ]
        expect(any('sqlite' in text[:16].lower() for _, text in kept), 'the state file was searched')
        for place, text in self.said + kept:
            for secret in secrets:
                expect(secret not in text, f'a secret is told by: {place}')


LOUD = ('-vv', '--log-format', 'json')


@suite.case
def no_command_tells_a_secret():
    with Watched() as user:
        user.run('stream', 'create', 'orders', '--partitions', '2')
        events.append(user.scratch, 'orders', 1, 500)
        user.run('plan', 'export', '--from', 'orders', '--to', TO, '--json', status=None)
        user.run('export', '--from', 'log:orders', '--to', TO, '--json', *LOUD)
        user.run('ls', 's3://bucket/', status=None)
        user.run('inspect', FOLDER)
        user.run('inspect', FOLDER, '--json')
        user.run('ls', FOLDER, '--json', status=None)
        user.run('cat', FOLDER, status=None)
        user.run('verify', FOLDER, '--against', 'orders', status=None)
        user.run('import', '--from', FOLDER, '--to', 'log:back', '--json', *LOUD)
        user.run('repair', FOLDER, '--from', 'orders', status=None)
        user.run('cleanup', FOLDER, status=None)
        listed = json.loads(user.run('transfer', 'list', '--json').out)
        names = [each['name'] for each in (listed['transfers'] if isinstance(listed, dict) else listed)]
        equal(len(names), 2, 'an export and an import')
        for name in names:
            user.run('transfer', 'show', name)
            user.run('transfer', 'show', name, '--json')
        user.run('transfer', 'list', status=None)
        user.run('probe', TO)
        user.run('probe', TO, '--json')
        for words in (('put', '--to'), ('get', '--from')):
            report, raw = user.scratch / 'state/report.json', user.scratch / 'state/raw.csv'
            user.run('bench', *words, TO, '--size', '4KiB', '--requests', 20, '--warmup', '0s', '--duration', '30s', '--json', report, '--raw', raw)
            expect(report.stat().st_size > 100 and raw.stat().st_size > 100, 'what is searched')
            user.search()
        expect(len(user.givers.given) >= 7, f'keys were given {len(user.givers.given)} times')


@suite.case
def no_failure_tells_a_secret():
    with Watched() as user:
        events.create(user.scratch, 'orders', count=200)
        export = ('export', '--from', 'log:orders', '--to', TO, '--json', '--retry-for', '1s', *LOUD)
        for status, code in ((403, 'AccessDenied'), (403, 'SignatureDoesNotMatch'), (400, 'ExpiredToken'), (500, 'InternalError')):
            user.store.set_faults([{'operation': '*', 'kind': 'status', 'status': status, 'code': code, 'count': 0}])
            user.run(*export, status=None)
        user.store.clear_faults()
        user.givers.refuse = 403
        user.run(*export, status=7)
        user.givers.refuse = None
        user.run(*export, '--region', 'eu-9', status=None)
        for status, code in ((403, 'SignatureDoesNotMatch'), (500, 'InternalError')):
            user.store.set_faults([{'operation': '*', 'kind': 'status', 'status': status, 'code': code, 'count': 0}])
            user.run('probe', TO, '--json', status=None)
            user.run('bench', 'put', '--to', TO, '--size', '4KiB', '--requests', 4, '--duration', '5s', '--json', '-', status=None)
        user.store.clear_faults()
        user.run(*export, env={'AWS_ENDPOINT_URL_S3': 'https://store.nowhere.invalid'}, status=5)
        user.run(*export, env={'AWS_ENDPOINT_URL_S3': f'http://{USER}:{PASSWORD}@127.0.0.1:1'}, status=2)
        user.store.stop()
        user.run(*export, status=5)


@suite.case
def memory_goes_into_no_core_file():
    if sanitized():
        skip('the sanitizer has handlers of its own')
    with Scratch() as scratch:
        scratch.sluice('stream', 'create', 'orders')
        process = scratch.start_sluice('stream', 'append', 'orders', stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        limits = pathlib.Path(f'/proc/{process.pid}/limits')
        core = lambda: re.search(r'Max core file size +(\S+)', limits.read_text())[1]
        wait_for(lambda: core() == '0', 'no core file', process)
        process.send_signal(signal.SIGSEGV)
        equal(process.wait(30), -signal.SIGSEGV, 'how it ended')
        equal([each.name for each in scratch.path.glob('core*')], [], 'files')


# What enters a request's head, as a person can give it: the words, the environment, and a part of the line.
CONTROL = (
    ('region', ['--region', 'eu\r\nX-Evil: 1'], {}, 'control bytes in the region'),
    ('region of the address', ['--to', TO + '?region=eu%0d%0aX-Evil'], {}, 'region'),
    ('region of the environment', [], {'AWS_REGION': 'eu\nX-Evil: 1'}, 'control bytes in the region'),
    ('session token', [], {'AWS_ACCESS_KEY_ID': 'k', 'AWS_SECRET_ACCESS_KEY': 's', 'AWS_SESSION_TOKEN': 'canary\r\nX: 1'},
     'control bytes in the session token'),
    ('access key', [], {'AWS_ACCESS_KEY_ID': 'canary\x7f', 'AWS_SECRET_ACCESS_KEY': 's'}, 'control bytes in the access key'),
    ('endpoint', ['--endpoint-url', 'http://127.0.0.1\r\nX-Evil: 1'], {}, 'endpoint'),
    ('bucket', ['--to', 's3://buc\nket/a'], {}, 'bucket'),
    ('container', [], {'AWS_CONTAINER_CREDENTIALS_FULL_URI': 'http://127.0.0.1/a\r\nX-Evil: 1'},
     'AWS_CONTAINER_CREDENTIALS_FULL_URI'),
    ('token', [], {'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE': '', 'AWS_CONTAINER_AUTHORIZATION_TOKEN': 'canary\r\nX-Evil: 1'},
     'control bytes'),
)


@suite.cases_for(CONTROL, name=lambda each: each[0].replace(' ', '-'))
def control_bytes_are_refused_in_one_line(each):
    _, words, env, part = each
    with Watched() as user:
        user.run('stream', 'create', 'orders')
        to = [] if '--to' in words else ['--to', TO]
        done = user.run('export', '--from', 'log:orders', *to, '--quiet', *words, env=env, status=None)
        expect(done.returncode in (2, 7), f'status {done.returncode}: {done.err}')
        equal(done.err.count('\n'), 1, f'lines of {done.err!r}')
        contains(done.err, part)
        expect('canary' not in done.err and 'Evil' not in user.store.counters().get('operations', {}), done.err)
        if not (user.scratch / 'state').exists():
            (user.scratch / 'state').mkdir()
            sqlite3.connect(user.scratch / 'state/none').execute('create table t (a)')


suite.run()
