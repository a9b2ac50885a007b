#!/usr/bin/env python3
"""bench: one export, and one import, on one thread and on several, with encodings that cost nothing and that cost most of the time.

    tools/bench/threads.py [BUILD-FOLDER] [--gib 0.5] [--rounds 5] [--threads 2] [--folder /var/tmp] [--only exports|imports]

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


def export(bench, size, rounds, most):
    bench.env['AWS_ENDPOINT_URL_S3'] = bench.start('--discard', '1MiB', spin=False)
    runs = [(codec, threads) for codec in ('none', 'zstd') for threads in (1, most)]
    for number in range(rounds):
        for codec, threads in runs if number % 2 == 0 else reversed(runs):
            words = ('export', '--from', 'log:orders', '--to', f's3://bench/{codec}{threads}-{number}', '--codec', codec,
                     '--threads', threads, '--state', bench.folder / f'{codec}{threads}-{number}', '--quiet')
            bench.run((codec, threads), bench.sluice(*words), size)
    tell(bench, 'export', runs)


def bring(bench, size, rounds, most):
    bench.env['AWS_ENDPOINT_URL_S3'] = bench.start(spin=False)
    forms = {'avro none': '?codec=none', 'avro zstd': '?codec=zstd', 'ndjson none': '?format=ndjson&codec=none'}
    for number, (form, options) in enumerate(forms.items()):
        words = ('export', '--from', 'log:orders', '--to', f's3://bench/in{number}{options}', '--threads', 0, '--quiet')
        subprocess.run(bench.sluice(*words), env=bench.env, check=True, capture_output=True)
    runs = [(form, threads) for form in forms for threads in (1, most)]
    for number in range(rounds):
        for form, threads in runs if number % 2 == 0 else reversed(runs):
            place = f's3://bench/in{list(forms).index(form)}'
            words = ('import', '--from', place, '--to', 'back', '--threads', threads, '--quiet')
            bench.run((form, threads), bench.sluice(*words), size)
            for word in (('release', 'back'), ('delete', 'back', '--yes')):
                subprocess.run(bench.sluice('stream', *word), env=bench.env, check=True, capture_output=True)
    tell(bench, 'import', runs)


def tell(bench, what, runs):
    print(f'| {what} | threads | GiB/s | CPU s/GiB | peak MiB |\n|---|---|---|---|---|')
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
    arguments.add_argument('--only', choices=('exports', 'imports'))
    given = arguments.parse_args()
    bench = Bench(given.build, given.folder)
    try:
        bench.servers = {}
        size = fill(bench, int(given.gib * GIB))
        for run in (export, bring) if given.only is None else (export,) if given.only == 'exports' else (bring,):
            run(bench, size, given.rounds, given.threads)
    finally:
        bench.close()


if __name__ == '__main__':
    main()
