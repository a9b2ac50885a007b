#!/usr/bin/env python3
"""bench: one export on one thread and on several, with a codec that costs nothing and one that costs most of the time.

    tools/bench/threads.py [BUILD-FOLDER] [--gib 0.5] [--rounds 5] [--threads 2] [--folder /var/tmp]

The stream has four partitions. CPU seconds are those of the command alone. Unlike in table.py the server sleeps when there is
nothing to do: it needs a core of its own only as long as it is sent something.
"""
import argparse
import subprocess

from table import GIB, Bench, make_lines

PARTITIONS = 4


def fill(bench, size):
    lines = bench.folder / 'lines'
    written = make_lines(lines, size // PARTITIONS)
    words = ('stream', 'create', 'orders', '--partitions', PARTITIONS)
    subprocess.run(bench.sluice(*words), env=bench.env, check=True, capture_output=True)
    for partition in range(PARTITIONS):
        with open(lines, 'rb') as source:
            command = bench.sluice('stream', 'append', 'orders', '--partition', partition)
            subprocess.run(command, env=bench.env, check=True, capture_output=True, stdin=source)
    lines.unlink()
    return written * PARTITIONS


def measure(bench, size, rounds, most):
    bench.servers = {}
    url = bench.start('--discard', '1MiB', spin=False)
    bench.env['AWS_ENDPOINT_URL_S3'] = url
    size = fill(bench, size)
    runs = [(codec, threads) for codec in ('none', 'zstd') for threads in (1, most)]
    for number in range(rounds):
        for codec, threads in runs if number % 2 == 0 else reversed(runs):
            words = ('export', '--from', 'log:orders', '--to', f's3://bench/{codec}{threads}-{number}', '--codec', codec,
                     '--threads', threads, '--state', bench.folder / f'{codec}{threads}-{number}', '--quiet')
            bench.run((codec, threads), bench.sluice(*words), size)
    print('| codec | threads | GiB/s | CPU s/GiB | peak MiB |\n|---|---|---|---|---|')
    for codec, threads in runs:
        _, _, wall, peak = bench.median((codec, threads))
        print(f'| {codec} | {threads} | {1 / wall:.2f} | {bench.cpu((codec, threads)):.2f} | {peak:.0f} |')


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('build', nargs='?', default='build')
    arguments.add_argument('--gib', type=float, default=0.5)
    arguments.add_argument('--rounds', type=int, default=5)
    arguments.add_argument('--threads', type=int, default=2)
    arguments.add_argument('--folder', default='/var/tmp')
    given = arguments.parse_args()
    bench = Bench(given.build, given.folder)
    try:
        measure(bench, int(given.gib * GIB), given.rounds, given.threads)
    finally:
        bench.close()


if __name__ == '__main__':
    main()
