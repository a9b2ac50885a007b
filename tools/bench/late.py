#!/usr/bin/env python3
"""bench: what requests whose answers are late cost, and what asking again costs.

    tools/bench/late.py [BUILD-FOLDER] [--requests 1600] [--connections 16] [--latency 300ms] [--late 5s] [--share 0.01]

`sluice bench put` (parts) and `get` (ranges), all of 64 KiB, against sluice-s3sim, which answers after the latency. Then one
request in a hundred, by chance with a seed, waits for 5 s more. Parts are sent again only where equal bytes have equal ETags:
against a store whose ETags are unique they are waited for, which is what the other rows are compared with. Last, half-way,
the store becomes five times as slow for good: nothing is late then, and nothing should be asked again.
"extra" is how many requests were made beyond one for each that was asked for.
"""
import argparse
import json
import pathlib
import subprocess
import threading
import time
import urllib.request

KEYS = {'AWS_ACCESS_KEY_ID': 'simulator', 'AWS_SECRET_ACCESS_KEY': 'simulator-secret', 'AWS_REGION': 'us-east-1',
        'PATH': '/usr/bin:/bin'}
UNITS = {'ms': 1, 's': 1000}
RANGES = 32  # of the object, each read once before anything is counted


def milliseconds(text):
    unit = 'ms' if text.endswith('ms') else 's'
    return int(float(text[:-len(unit)]) * UNITS[unit])


class Store:
    """A simulator of its own for one run."""

    def __init__(self, build, profile, latency):
        self.process = subprocess.Popen(
            [str(build / 'tools/s3sim/sluice-s3sim'), '--listen', '127.0.0.1:0', '--bucket', 'bench', '--quiet', '--profile',
             profile, '--latency', f'{latency}ms', '--min-part-size', '1KiB', '--synthetic', '2MiB', '--seed', '1'],
            stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def ask(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, data=json.dumps(body).encode() if body else None, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text.strip() else None

    def requests(self, operation):
        return self.ask('GET', '/_sim/counters')['operations'].get(operation, {}).get('requests', 0)

    def slow_down_after(self, operation, requests, latency):
        def run():
            while self.process.poll() is None and self.requests(operation) < requests:
                time.sleep(0.02)
            self.ask('PUT', '/_sim/scenario', {'latency': f'{latency}ms'})
        threading.Thread(target=run, daemon=True).start()


def measure(given, operation, profile='aws', late=False, slower=False):
    """What one run told."""
    with Store(given.build, profile, given.latency) as store:
        if late:
            store.ask('PUT', '/_sim/faults', [{'operation': operation, 'kind': 'delay', 'milliseconds': given.late, 'count': 0,
                                               'probability': given.share}])
        if slower:
            store.slow_down_after(operation, RANGES + given.requests // 2, given.latency * 5)
        words = (
            ('put', '--to', 's3://bench', '--size', '64MiB', '--objects', '1') if operation == 'UploadPart'
            else ('get', '--existing', '--from', 's3://bench/synthetic')
        )
        done = subprocess.run(
            [str(given.build / 'tools/sluice/sluice'), 'bench', *words, '--part-size', '64KiB', '--endpoint', store.url,
             '--connections', str(given.connections), '--requests', str(given.requests), '--warmup', '0s', '--duration', '1h',
             '--json', '-'], env=KEYS, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f'{" ".join(words)}: {done.stderr}')
        return json.loads(done.stdout)


def rows(given):
    for operation, what in (('UploadPart', 'parts'), ('GetObject', 'ranges')):
        plain = measure(given, operation)
        yield f'{what}, none late', plain, plain
        yield f'{what}, some late, asked again', measure(given, operation, late=True), plain
        if operation == 'UploadPart':
            yield f'{what}, some late, waited for', measure(given, operation, profile='strict', late=True), plain
        yield f'{what}, all become slow', measure(given, operation, slower=True), None


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('build', nargs='?', default='build', type=lambda text: pathlib.Path(text).resolve())
    arguments.add_argument('--requests', type=int, default=1600)
    arguments.add_argument('--connections', type=int, default=16)
    arguments.add_argument('--latency', type=milliseconds, default='300ms')
    arguments.add_argument('--late', type=milliseconds, default='5s')
    arguments.add_argument('--share', type=float, default=0.01)
    given = arguments.parse_args()
    print('| what | seconds | ratio | extra | p50 ms | p99 ms | slowest ms |\n|---|---|---|---|---|---|---|')
    for name, told, plain in rows(given):
        ratio = f'{told["seconds"] / plain["seconds"]:.2f}' if plain else ''
        times = told['request_ms']
        print(f'| {name} | {told["seconds"]:.1f} | {ratio} | {100 * told["retries"] / told["requests"]:.1f} % | {times["p50"]:.0f} | '
              f'{times["p99"]:.0f} | {times["slowest"]:.0f} |', flush=True)


if __name__ == '__main__':
    main()
