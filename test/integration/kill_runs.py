"""test: SIGKILL at random moments of exports and imports: nothing lost, doubled or altered, no upload left open.

The number of runs is SLUICE_KILL_RUNS (25 by default); SLUICE_KILL_SEED repeats a sequence of moments.
"""
import os
import random
import time

import events
from harness import Scratch, Simulator, Suite, equal, expect, sanitized, stop

suite = Suite(__file__)
RUNS = int(os.environ.get('SLUICE_KILL_RUNS', '8' if sanitized() else '25'))
SEED = int(os.environ.get('SLUICE_KILL_SEED', str(random.randrange(1 << 30))))
ENCODINGS = [('avro', codec) for codec in ('none', 'deflate', 'zstd')] + [
    (form, codec) for form in ('ndjson', 'delimited', 'raw') for codec in ('none', 'gzip', 'zstd')
]


def killed_until_done(scratch, rng, command, longest):
    """Runs the command again and again, killing it after a random while, until it ends by itself."""
    kills = 0
    while True:
        process = scratch.start_sluice(*command, '--quiet')
        wait = rng.random() ** 2 * longest
        until = time.monotonic() + wait
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.002)
        if process.poll() is None and kills < 6:
            stop(process)
            kills += 1
            continue
        equal(process.wait(120), 0, f'exit status after {kills} kills')
        return kills


@suite.case
def random_kills_lose_double_and_alter_nothing():
    print(f'# seed {SEED}, {RUNS} runs', flush=True)
    rng = random.Random(SEED)
    kills = 0
    with Scratch() as scratch, Simulator(
        scratch, '--bucket', 'bkt', '--min-part-size', '1KiB', '--data-dir', scratch / 'store'
    ) as store:
        events.create(scratch, 'orders', count=4000, large=8)
        source = {form: events.left_by(scratch, 'orders', form) for form in ('avro', 'ndjson', 'delimited', 'raw')}
        for run in range(RUNS):
            form, codec = rng.choice(ENCODINGS)
            second, second_codec = rng.choice(ENCODINGS)
            sizes = ('--object-bytes', rng.choice(('400KiB', '3MiB', '1GiB')), '--part-size', rng.choice(('300KiB', '1MiB')))
            faults = []
            if rng.random() < 0.5:
                operation = rng.choice(('UploadPart', 'CompleteMultipartUpload', 'PutObject', 'CreateMultipartUpload'))
                kind = rng.choice(('reset-before', 'reset-after', 'lost-answer'))
                faults = [{'operation': operation, 'nth': rng.randrange(1, 5), 'kind': kind}]
            delay = {'operation': '*', 'nth': 1, 'count': 0, 'kind': 'delay', 'milliseconds': rng.choice((1, 5, 20))}
            store.set_faults(faults + [delay])
            place = f's3://bkt/run{run}'
            kills += killed_until_done(
                scratch, rng,
                ('export', '--from', 'log:orders', '--to', f'{place}?format={form}&codec={codec}', '--to',
                 f'{place}-second?format={second}&codec={second_codec}', *sizes), 0.8,
            )
            store.clear_faults()
            equal(store.uploads(), [], f'open uploads after run {run}')
            scratch.sluice('verify', place, '--against', 'log:orders')
            scratch.sluice('verify', f'{place}-second', '--against', 'log:orders')
            store.set_faults([{**delay, 'operation': 'GetObject'}])
            kills += killed_until_done(scratch, rng, ('import', '--from', place, '--to', 'log:back'), 0.4)
            store.clear_faults()
            equal(events.left_by(scratch, 'back', form), source[form], f'events after run {run} ({form}, {codec}, {sizes})')
            scratch.sluice('stream', 'release', 'back', status=None)
            scratch.sluice('stream', 'delete', 'back', '--yes')
        expect(kills > RUNS / 2, f'only {kills} kills hit a running transfer')
        print(f'# {kills} kills', flush=True)


suite.run()
