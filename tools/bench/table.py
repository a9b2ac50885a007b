#!/usr/bin/env python3
"""bench: the first table of docs/performance.md: export, import, append and framing beside curl on the same server.

    tools/bench/table.py [BUILD-FOLDER] [--gib 1] [--rounds 3] [--folder /var/tmp] [--unpaced]

Every figure is of the client process alone (user and system CPU seconds from wait4, peak resident memory), per GiB of
payload, the median of the rounds; the rounds interleave the tools, because machines are noisy and ratios less so. The
server is sluice-s3sim on loopback, which verifies signatures and checksums. Downloads come from one that keeps objects in
memory; uploads go to one that checks them and does not keep them, so that its memory is not what is measured. The one
in use never sleeps (--spin) and the other is stopped: on one machine, whoever sends something to a sleeping process pays
for waking it, which over a network nobody does, and which would tell the tools apart by how often the server slept.
`ninja tools/bench/sluice-bench-floor` in the build folder brings the row of what is received and thrown away.

With --unpaced all of it runs in a network namespace of its own whose TCP does not pace (reno). Where the machine's does
(`sysctl net.ipv4.tcp_congestion_control` says bbr), a timer of the kernel beats for each connection that began lately or has
rested: a client that sends parts pays up to 0.1 CPU s/GiB for it, one that sends everything as one body next to nothing.
"""
import argparse
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

GIB = 1 << 30
RECEIVE = 'receive from loopback, nothing else'
KEYS = {'AWS_ACCESS_KEY_ID': 'AKIDBENCH', 'AWS_SECRET_ACCESS_KEY': 'bench-secret', 'AWS_REGION': 'us-east-1'}


class Bench:
    def __init__(self, build, folder):
        self.build = pathlib.Path(build).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='sluice-bench-', dir=folder))
        self.env = {**os.environ, **KEYS}
        self.env.update(XDG_DATA_HOME=str(self.folder / 'data'), XDG_STATE_HOME=str(self.folder / 'state'))
        self.samples = {}

    def sluice(self, *words):
        return [str(self.build / 'tools/sluice/sluice'), *[str(word) for word in words]]

    def serve(self):
        self.servers = {}
        self.url = self.start()
        self.discarding = self.start('--discard', '1MiB')
        self.env['AWS_ENDPOINT_URL_S3'] = self.url

    def start(self, *options, spin=True):
        """Starts a server and returns its address; without `spin` it sleeps when there is nothing to do."""
        server = subprocess.Popen(
            [str(self.build / 'tools/s3sim/sluice-s3sim'), '--listen', '127.0.0.1:0', '--access-key', 'AKIDBENCH',
             '--secret-key', 'bench-secret', '--bucket', 'bench', '--quiet', *(['--spin'] if spin else []), *options],
            stdout=subprocess.PIPE, text=True)
        url = server.stdout.readline().split()[-1]
        self.servers[url] = server
        self.use(url)
        return url

    def use(self, url):
        """Only this server runs; none where it is None."""
        for each, server in self.servers.items():
            server.send_signal(signal.SIGCONT if each == url else signal.SIGSTOP)

    def close(self):
        for server in self.servers.values():
            server.kill()
            server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, name, command, payload, stdin=None):
        """Runs to the end; keeps CPU seconds and wall seconds per GiB and the peak memory under the name."""
        began = time.monotonic()
        with open(self.folder / 'out', 'wb') as out:
            process = subprocess.Popen(command, env=self.env, stdin=stdin or subprocess.DEVNULL, stdout=out, stderr=out)
            _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        if status != 0:
            sys.exit(f'{name} failed: {" ".join(command)}\n{(self.folder / "out").read_text()[-2000:]}')
        gib = payload / GIB
        sample = (usage.ru_utime / gib, usage.ru_stime / gib, wall / gib, usage.ru_maxrss / 1024)
        self.samples.setdefault(name, []).append(sample)
        return (self.folder / 'out').read_text()

    def median(self, name):
        return [statistics.median(column) for column in zip(*self.samples[name])]

    def cpu(self, name):
        user, system, _, _ = self.median(name)
        return user + system

    def curl(self, *words):
        return ['curl', '-sS', '--fail', '--aws-sigv4', 'aws:amz:us-east-1:s3', '--user', 'AKIDBENCH:bench-secret',
                '-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD', *words]


def make_lines(path, size):
    """Lines of 1 KiB that compress badly and are made fast."""
    block = os.urandom(3 << 20).hex().encode()
    line = 1023
    with open(path, 'wb') as out:
        written = 0
        while written < size:
            lines = b'\n'.join(block[n:n + line] for n in range(0, len(block) - line, line)) + b'\n'
            out.write(lines)
            written += len(lines)
    return written


def enter_unpaced_network():
    """Begins anew in a network of its own; returns there."""
    if os.environ.get('SLUICE_BENCH_UNPACED') != '1':
        unshared = ['unshare', '--net'] if os.geteuid() == 0 else ['unshare', '--user', '--map-root-user', '--net']
        os.environ['SLUICE_BENCH_UNPACED'] = '1'
        os.execvp(unshared[0], [*unshared, sys.executable, *sys.argv])
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    pathlib.Path('/proc/sys/net/ipv4/tcp_congestion_control').write_text('reno')


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('build', nargs='?', default='build')
    arguments.add_argument('--gib', type=float, default=1)
    arguments.add_argument('--rounds', type=int, default=3)
    arguments.add_argument('--folder', default='/var/tmp')
    arguments.add_argument('--unpaced', action='store_true', help='in a network namespace whose TCP does not pace')
    arguments.add_argument('--make-lines', metavar='FILE', help='only write the lines')
    given = arguments.parse_args()
    if given.make_lines:
        make_lines(given.make_lines, int(given.gib * GIB))
        return
    if given.unpaced:
        enter_unpaced_network()
    bench = Bench(given.build, given.folder)
    try:
        measure(bench, int(given.gib * GIB), given.rounds)
    finally:
        bench.close()


def measure(bench, size, rounds):
    bench.serve()
    lines = bench.folder / 'lines'
    # In a process of its own: what this one has held is the least that the kernel tells of its children.
    subprocess.run([sys.executable, __file__, '--make-lines', str(lines), '--gib', str(size / GIB)], check=True)
    size = lines.stat().st_size
    for relaxed in ((), ('--relaxed',)):
        name = 'relaxed' if relaxed else 'orders'
        subprocess.run(bench.sluice('stream', 'create', name, *relaxed), env=bench.env, check=True, capture_output=True)
        with open(lines, 'rb') as source:
            label = 'append, without sync' if relaxed else 'append, group commit'
            bench.run(label, bench.sluice('stream', 'append', name), size, stdin=source)
    subprocess.run(bench.sluice('stream', 'delete', 'relaxed', '--yes'), env=bench.env, check=True, capture_output=True)
    upload = f'{bench.discarding}/bench/curl-object'
    bench.use(bench.url)
    there = bench.sluice('export', '--from', 'log:orders', '--to', 's3://bench/there', '--quiet', '--state', bench.folder / 'state-there')
    subprocess.run(there, env=bench.env, check=True, capture_output=True)
    target = f'{bench.url}/bench/curl-object'
    subprocess.run(bench.curl('-T', str(lines), '-o', '/dev/null', target), env=bench.env, check=True)
    to = ('--endpoint-url', bench.discarding)
    floor = bench.build / 'tools/bench/sluice-bench-floor'
    for n in range(rounds):
        state = ('--state', bench.folder / f'state-{n}')
        bench.use(bench.discarding)
        bench.run('curl -T', bench.curl('-T', str(lines), '-o', '/dev/null', upload), size)
        bench.run('export', bench.sluice('export', '--from', 'log:orders', '--to', f's3://bench/r{n}', '--quiet', *state, *to), size)
        if floor.exists():
            bench.use(None)
            bench.run(RECEIVE, [str(floor), 'receive', str(size)], size)
        bench.use(bench.url)
        bench.run('curl > /dev/null', bench.curl('-o', '/dev/null', target), size)
        bench.run('import', bench.sluice('import', '--from', 's3://bench/there', '--to', 'log:back', '--quiet', *state), size)
        for word in (('release', 'back'), ('delete', 'back', '--yes')):
            subprocess.run(bench.sluice('stream', *word), env=bench.env, check=False, capture_output=True)
    bench.use(bench.discarding)
    for part in ('5MiB', '64MiB', '512MiB'):
        bench.run(
            f'export, --part-size {part} --memory 32MiB',
            bench.sluice('export', '--from', 'log:orders', '--to', f's3://bench/part{part}', '--quiet', '--part-size', part,
                         '--memory', '32MiB', '--object-bytes', '1GiB', '--state', bench.folder / f'state-{part}', *to), size)
    bench.use(bench.url)
    bench.run('import, --memory 32MiB', bench.sluice(
        'import', '--from', 's3://bench/there', '--to', 'log:small', '--quiet', '--memory', '32MiB'), size)
    tell(bench, size)


def tell(bench, size):
    print(f'{size / GIB:.2f} GiB of 1 KiB lines, median of rounds\n')
    print('| what | CPU s/GiB | user | system | wall s/GiB | peak MiB |')
    print('|---|---|---|---|---|---|')
    for name in bench.samples:
        user, system, wall, memory = bench.median(name)
        print(f'| {name} | {user + system:.2f} | {user:.2f} | {system:.2f} | {wall:.2f} | {memory:.0f} |')
    print(f'\nexport / curl -T: {bench.cpu("export") / bench.cpu("curl -T"):.2f}')
    print(f'import / curl > /dev/null: {bench.cpu("import") / bench.cpu("curl > /dev/null"):.2f}')
    if RECEIVE in bench.samples:
        print(f'import / {RECEIVE}: {bench.cpu("import") / bench.cpu(RECEIVE):.2f}')


if __name__ == '__main__':
    main()
