#!/usr/bin/env python3
"""bench: our client beside others, on the same server, interleaved.

    tools/bench/peers.sh [BUILD-FOLDER] [--gib 2] [--rounds 5] [--only WORD ...]

Every figure is CPU seconds (user and system) of the client process alone per GiB of payload, from wait4: the median of
the rounds, and its ratio to curl moving the same bytes. The server is sluice-s3sim on loopback: downloads are of an
object that takes 4 MiB of its memory, uploads are checked and dropped. Before the first round everything ran once.
What is not installed is skipped by name. --only runs the rows that contain one of the words (curl always runs).
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

GIB = 1 << 30
MIB = 1 << 20
RANGE = 8 * MIB
KEYS = {'AWS_ACCESS_KEY_ID': 'simulator', 'AWS_SECRET_ACCESS_KEY': 'simulator-secret', 'AWS_REGION': 'us-east-1',
        'AWS_DEFAULT_REGION': 'us-east-1', 'AWS_EC2_METADATA_DISABLED': 'true'}


class Row:
    """One tool: how it is called, and how many bytes it moves at least; ours tells how many it moved."""

    def __init__(self, name, command, against, payload, stdin=None, tells=False):
        self.name, self.command, self.against, self.payload = name, command, against, payload
        self.stdin, self.tells, self.samples = stdin, tells, []


class Peers:
    def __init__(self, given):
        self.build = pathlib.Path(given.build).resolve()
        self.size = int(given.gib * GIB) // RANGE * RANGE
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='sluice-peers-', dir=given.folder))
        self.env = {**os.environ, **KEYS}
        self.env.pop('AWS_CA_BUNDLE', None)  # rclone takes none
        self.servers, self.rows, self.skipped = [], [], []

    def start(self, *options, tls=False):
        if tls:
            options += ('--tls-cert', str(self.folder / 'cert.pem'), '--tls-key', str(self.folder / 'key.pem'))
        self.servers.append(subprocess.Popen(
            [str(self.build / 'tools/s3sim/sluice-s3sim'), '--listen', '127.0.0.1:0', '--bucket', 'bench', '--quiet',
             *options], stdout=subprocess.PIPE, text=True))
        return self.servers[-1].stdout.readline().split()[-1]

    def serve(self):
        certificate = ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                       '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1',
                       '-keyout', str(self.folder / 'key.pem'), '-out', str(self.folder / 'cert.pem')]
        subprocess.run(certificate, check=True, capture_output=True)
        options = ('--synthetic', str(self.size), '--discard', '1MiB')
        self.plain, self.secure = self.start(*options), self.start(*options, tls=True)
        # In a process of its own: what this one has held is the least that the kernel tells of its children.
        self.file = self.folder / 'file'
        subprocess.run(['dd', 'if=/dev/urandom', f'of={self.file}', 'bs=1M', f'count={self.size // MIB}'], check=True,
                       capture_output=True)

    def close(self):
        for server in self.servers:
            server.kill()
            server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, name, command, against, tool=None, **more):
        if tool and not (shutil.which(tool, path=self.env['PATH']) or os.path.exists(tool)):
            self.skipped.append(f'{name}: {tool} is not installed')
            return
        self.rows.append(Row(name, [str(word) for word in command], against, more.pop('payload', self.size), **more))

    def sluice(self, *words):
        return [self.build / 'tools/sluice/sluice', 'bench', *words, '--warmup', '0s', '--duration', '10m', '--json', '-']

    def get(self, connections, url):
        return self.sluice('get', '--existing', '--from', 's3://bench/synthetic', '--endpoint', url, '--connections',
                           connections, '--requests', self.size // RANGE)

    def put(self, connections, url, *more):
        return self.sluice('put', '--to', 's3://bench', '--endpoint', url, '--connections', connections, '--size', '1GiB',
                           '--objects', 4, '--requests', self.size // RANGE, *more)

    def curl(self, *words):
        return ['curl', '-sS', '--fail', '--aws-sigv4', 'aws:amz:us-east-1:s3', '--user', 'simulator:simulator-secret',
                '-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD', '-o', '/dev/null', *words]

    def list_rows(self):
        floor = self.build / 'tools/bench/sluice-bench-floor'
        built = 'ninja -C build tools/bench/sluice-bench-floor'
        if floor.exists():
            self.add('raw copy over loopback, both ends', [floor, 'copy', self.size], None)
        else:
            self.skipped.append(f'raw copy, asio::ssl::stream: {built}')
        down, up = 'curl > /dev/null', 'curl -T'
        there, target = f'{self.plain}/bench/synthetic', f'{self.plain}/bench/curl'
        self.add(down, self.curl(there), down, 'curl')
        for connections in (1, 4, 16, 64):
            self.add(f'sluice get, {connections} connections', self.get(connections, self.plain), down, tells=True)
        self.add('rclone cat', ['rclone', 'cat', f':s3,provider=Other,env_auth,endpoint="{self.plain}":bench/synthetic'],
                 down, 'rclone')
        self.add('s5cmd cat', ['s5cmd', '--endpoint-url', self.plain, 'cat', 's3://bench/synthetic'], down, 's5cmd')
        self.add('aws s3 cp to nowhere', ['aws', '--endpoint-url', self.plain, 's3', 'cp', '--quiet', 's3://bench/synthetic', '-'],
                 down, 'aws')
        self.add(up, self.curl('-T', self.file, target), up, 'curl')
        for connections in (1, 4, 16, 64):
            self.add(f'sluice put, {connections} connections', self.put(connections, self.plain), up, tells=True)
        self.add('rclone copyto', ['rclone', 'copyto', '--ignore-times', self.file, f':s3,provider=Other,env_auth,endpoint="{self.plain}":bench/r'],
                 up, 'rclone')
        self.add('s5cmd cp', ['s5cmd', '--endpoint-url', self.plain, 'cp', self.file, 's3://bench/s'], up, 's5cmd')
        self.add('aws s3 cp', ['aws', '--endpoint-url', self.plain, 's3', 'cp', '--quiet', self.file, 's3://bench/a'], up, 'aws')
        self.add_crt(up)
        loop, over = 'TLS: asio::ssl::stream loop', f'{self.secure}/bench/synthetic'
        if floor.exists():
            self.add(loop, [floor, 'tls', self.secure, 'bench', 'synthetic', self.size, RANGE], loop)
        self.add('TLS: curl > /dev/null', self.curl('--cacert', self.folder / 'cert.pem', over), loop, 'curl')
        for connections in (1, 4, 16):
            trusting = ['env', f'AWS_CA_BUNDLE={self.folder / "cert.pem"}', *self.get(connections, self.secure)]
            self.add(f'TLS: sluice get, {connections} connections', trusting, loop, tells=True)

    def add_crt(self, against):
        if subprocess.run([sys.executable, '-c', 'import boto3, awscrt'], capture_output=True).returncode != 0:
            self.skipped.append('boto3[crt]: is not installed')
            return
        # boto3's own door takes no plain HTTP for it and no endpoint: this is what lies behind that door.
        program = ("import sys, botocore.session, s3transfer.crt as crt; session = botocore.session.get_session(); "
                   "requests = crt.BotocoreCRTRequestSerializer(session, {'endpoint_url': sys.argv[1]}); "
                   "keys = crt.BotocoreCRTCredentialsWrapper(session.get_credentials()).to_crt_credentials_provider(); "
                   "client = crt.create_s3_crt_client('us-east-1', keys, use_ssl=False); "
                   "manager = crt.CRTTransferManager(client, requests); "
                   "manager.upload(sys.argv[2], 'bench', 'crt').result(); manager.shutdown()")
        self.add('boto3[crt] upload', [sys.executable, '-c', program, self.plain, self.file], against)

    def run(self, row, keep):
        with open(self.folder / 'out', 'wb') as out, open(self.folder / 'err', 'wb') as err:
            # What goes to a pipe or a file would cost the tool a copy more than the others have.
            into = out if row.tells else subprocess.DEVNULL
            began = time.monotonic()
            process = subprocess.Popen(row.command, env=self.env, stdin=subprocess.DEVNULL, stdout=into, stderr=err)
            _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        if status != 0:
            print(f'{row.name} failed: {" ".join(row.command)}\n{(self.folder / "err").read_text()[-500:]}', file=sys.stderr)
            return False
        if row.tells:
            told = json.loads((self.folder / 'out').read_text())
            sample = (told['cpu_user'], told['cpu_system'], told['seconds'], told['peak_memory'] / MIB, told['bytes'])
        else:
            sample = (usage.ru_utime, usage.ru_stime, wall, usage.ru_maxrss / 1024, row.payload)
        gib = sample[4] / GIB
        if keep:
            row.samples.append((sample[0] / gib, sample[1] / gib, sample[2] / gib, sample[3]))
        return True

    def tell(self):
        print('| what | CPU s/GiB | user | system | wall s/GiB | peak MiB | ratio |')
        print('|---|---|---|---|---|---|---|')
        cpu = {row.name: [sample[0] + sample[1] for sample in row.samples] for row in self.rows}
        for row in self.rows:
            user, system, wall, memory = (statistics.median(column) for column in zip(*row.samples))
            ratio = ''
            if row.against in cpu and row.against != row.name:
                # Round by round: what disturbs one disturbs its neighbour.
                ratio = f'{statistics.median(a / b for a, b in zip(cpu[row.name], cpu[row.against])):.2f}'
            print(f'| {row.name} | {statistics.median(cpu[row.name]):.3f} | {user:.3f} | {system:.3f} | {wall:.2f} | '
                  f'{memory:.0f} | {ratio} |')
        for each in self.skipped:
            print(f'skipped: {each}')


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('build', nargs='?', default='build')
    arguments.add_argument('--gib', type=float, default=2)
    arguments.add_argument('--rounds', type=int, default=5)
    arguments.add_argument('--folder', default='/dev/shm' if os.path.isdir('/dev/shm') else None)
    arguments.add_argument('--only', nargs='*', default=[])
    given = arguments.parse_args()
    peers = Peers(given)
    try:
        peers.serve()
        peers.list_rows()
        if given.only:
            peers.rows = [row for row in peers.rows
                          if row.against == row.name or any(word in row.name for word in given.only)]
        peers.rows = [row for row in peers.rows if peers.run(row, keep=False)]
        for _ in range(given.rounds):
            for row in peers.rows:
                if not peers.run(row, keep=True):
                    sys.exit(1)
        peers.tell()
    finally:
        peers.close()


if __name__ == '__main__':
    main()
