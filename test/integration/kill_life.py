"""test: SIGKILL at random moments of all else that happens to an export in its life: pauses, appends it follows, ends it
is given, other settings, uploads that vanish, stop, cancel, repair, cleanup, imports beside it. Each run is one such life,
and ends with an export that is whole, leaves nothing behind, and comes back as it was."""
import json
import shutil
import signal
import urllib.error

import events
from harness import Suite, equal, expect, wait_for
from killing import SEED, Killing, folder_of, runs

suite = Suite(__file__)
RUNS = runs(14, 4)
NOTHING_THERE, PAUSED = 3, 10


class Export:
    """The export of one life: its words, and where it goes."""

    def __init__(self, life, run, stream=''):
        self.life, self.name = life, f'life{run}'
        self.form, self.codec = life.encoding()
        self.stream = stream or life.stream_for(self.form)
        self.place = f's3://bkt/run{run}'
        self.sizes = life.sizes()

    def words(self, *more):
        return (
            'export', '--from', f'log:{self.stream}', '--to', f'{self.place}?format={self.form}&codec={self.codec}',
            *(('--name', self.name) if self.name else ()), *self.sizes, *more,
        )

    def append(self, turn, large=0):
        """A hundred events more, where the stream is its own."""
        events.append(self.life.scratch, self.stream, turn, 100, large=large, form=self.form)

    def run(self, *more):
        """Killed now and then, and at last done."""
        self.life.killed_until_done(self.words(*more))

    def killed(self, *more):
        """Killed once."""
        self.life.killed(self.words(*more), 1)

    def is_whole(self, expected=None):
        self.life.calm()
        self.life.is_whole(self.place, self.stream)
        self.life.comes_back(self.place, self.form, self.stream, expected)


def ended(process, *statuses):
    status = process.wait(120)
    expect(status in statuses, f'exit status {status} of {" ".join(process.args)}')


def pausing(life, process, name):
    """Pauses a running export in one of two ways; it may be killed while it pauses, or be done before."""
    wish = life.rng.random() < 0.5
    if not wish:
        process.send_signal(signal.SIGINT)
    if life.rng.random() < 0.4:
        if wish:
            life.scratch.sluice('transfer', 'pause', name, status=None)
        life.moment(0.3)
        life.kill(process)
        return
    # An export takes an earlier wish back when it begins, so that one wish may come to nothing.
    wait_for(
        lambda: process.poll() is not None or (wish and life.scratch.sluice('transfer', 'pause', name, status=None) is None),
        f'{name} ends when asked to pause',
    )
    ended(process, 0, PAUSED, -signal.SIGINT)  # that signal as it is, where it came before anybody listened


def paused_and_killed(life, run):
    export = Export(life, run)
    for _ in range(life.rng.randrange(1, 4)):
        rule = ('--on-pause', life.rng.choice(('keep', 'seal', 'abort')))
        if life.rng.random() < 0.5:
            export.killed(*rule)
        process = life.start(export.words(*rule))
        life.moment(1)
        pausing(life, process, export.name)
    export.run()
    export.is_whole()


def followed(life, run):
    """Appends, kills and pauses in turns; the rest without --follow."""
    export = growing(life, run)
    follow = ('--follow', '--object-age', life.rng.choice(('50ms', '200ms', '1h')))
    for turn in range(life.rng.randrange(1, 4)):
        process = life.start(export.words(*follow))
        export.append(turn, large=turn % 2)
        life.moment(1)
        if life.rng.random() < 0.5:
            pausing(life, process, export.name)
        else:
            life.kill(process)
    export.run()
    export.is_whole()
    life.gone(export.stream)


def growing(life, run):
    """The export of a stream of its own, to which a life may append."""
    export = Export(life, run, f'live{run}')
    events.create(life.scratch, export.stream, seed=run, count=300, large=2, form=export.form)
    return export


def given_its_ends(life, run):
    """A part of the stream, and then more of it, with the same beginning."""
    export = Export(life, run)
    export.form, export.codec = life.rng.choice((('avro', 'zstd'), ('ndjson', 'gzip')))
    export.stream = 'orders'
    half = life.count // 2
    start = life.rng.randrange(half // 2)
    end = life.rng.randrange(start, half)
    export.run('--start', f'seq:{start}', '--end', f'seq:{end}')
    life.is_whole(export.place)
    export.run('--start', f'seq:{start}', '--end', f'seq:{life.rng.randrange(end, half)}')
    export.run('--start', f'seq:{start}')
    life.calm()
    life.is_whole(export.place)
    life.killed_until_done(('import', '--from', export.place, '--to', 'log:back'), times=2)
    for partition in (0, 1):
        cat = ('stream', 'cat', '--format', 'ndjson', '--partition', partition)
        equal(
            life.scratch.sluice(*cat, 'back').raw, life.scratch.sluice(*cat, 'orders', '--from', f'seq:{start}').raw,
            f'events of partition {partition} from {start}',
        )
    life.gone('back')


def given_other_settings(life, run):
    export = Export(life, run)

    def words():
        export.sizes = life.sizes()
        return export.words('--object-events', life.rng.choice((50, 1000)), '--concurrency', life.rng.choice((0, 1, 3)))

    life.killed_until_done(words, times=5)
    export.is_whole()


def beside_a_paused_one(life, run):
    """Two transfers of one stream; one is paused while the other goes on."""
    export, other = Export(life, run), Export(life, f'{run}-second')
    process = life.start(other.words())
    export.killed()
    pausing(life, process, other.name)
    export.run()
    other.run()
    export.is_whole()
    other.is_whole()


def bereft_of_an_upload(life, run):
    """A rule of the bucket aborts uploads, of a paused, killed, or running export."""
    export = Export(life, run)
    for _ in range(life.rng.randrange(1, 4)):
        process = life.start(export.words('--on-pause', 'keep'))
        life.moment(1)
        if life.rng.random() < 0.3:
            abort_some(life, export)
        if life.rng.random() < 0.3:
            pausing(life, process, export.name)
        else:
            life.kill(process)
        abort_some(life, export)
    export.run()
    export.is_whole()


def abort_some(life, export):
    for upload in life.store.uploads():
        if upload['key'].startswith(folder_of(export.place)) and life.rng.random() < 0.7:
            try:
                life.bucket.abort_upload(upload)
            except urllib.error.HTTPError as why:  # the export was faster: it is completed
                equal(why.code, 404, 'the answer to the abort')


def stopped_or_cancelled(life, run):
    """While it runs or nobody runs it; killed in the middle, it is given again. Then nothing is open; and it begins again."""
    export = Export(life, run)
    for _ in range(life.rng.randrange(1, 3)):
        process = life.start(export.words())
        life.moment(1)
        if life.rng.random() < 0.5:
            life.kill(process)
        what = life.rng.choice(('stop', 'cancel'))
        life.killed_until_done(('transfer', what, export.name), statuses=(0, NOTHING_THERE))
        if life.rng.random() < 0.2:
            life.kill(process)
        else:
            ended(process, 0, PAUSED, -signal.SIGKILL)
        ends(life, export, what)
    export.run()
    export.is_whole()


def ends(life, export, what):
    """The transfer is told once more, by a shell that nobody kills."""
    shown = life.scratch.sluice('transfer', 'show', export.name, '--json', status=None)
    if shown.returncode:
        return  # killed before it was known
    life.scratch.sluice('transfer', what, export.name)
    seen = json.loads(life.scratch.sluice('transfer', 'show', export.name, '--json').out)
    expect(seen['observed'] in ('stopped', 'cancelled', 'completed'), f'state after {what}: {seen["observed"]}')
    equal([key for key in life.bucket.uploads() if key.startswith(folder_of(export.place))], [], f'open uploads after {what}')


def mended(life, run):
    """Objects are deleted or damaged; the repair is killed, too."""
    export = Export(life, run)
    export.name = ''  # a repair claims as the export that has no name of its own
    export.run()
    life.calm()
    keys = life.bucket.keys(f'{folder_of(export.place)}{export.stream}/partition=')
    for key in life.rng.sample(keys, life.rng.randrange(1, len(keys) + 1)):
        if life.rng.random() < 0.7:
            life.bucket.delete(key)
        else:
            life.bucket.put(key, life.bucket.get(key)[:-1])
    life.trouble()
    life.killed_until_done(('repair', export.place, '--from', f'log:{export.stream}'))
    life.calm()
    export.run()
    life.killed_until_done(('cleanup', export.place, '--older-than', '0s', '--take-over'))
    export.is_whole()


def bereft_of_commits(life, run):
    """Somebody deletes the newest commits; a repair, killed, makes the export go on from what is left."""
    export = growing(life, run)
    export.name = ''
    export.run()
    export.append(1)
    export.run()
    life.calm()
    for partition in (0, 1):
        commits = life.bucket.keys(f'{folder_of(export.place)}{export.stream}/_sluice/commits/p={partition}/')
        for key in commits[life.rng.randrange(1, len(commits) + 1):]:
            life.bucket.delete(key)
    life.trouble()
    life.killed_until_done(('repair', export.place, '--from', export.stream))
    export.run()
    life.killed_until_done(('cleanup', export.place, '--older-than', '0s', '--take-over'))
    export.is_whole()
    life.gone(export.stream)


def cleaned_up(life, run):
    """What a dead export left goes, by a cleanup that is killed, too; then the export goes on, also without its state."""
    export = Export(life, run)
    for _ in range(life.rng.randrange(1, 3)):
        export.killed()
        if life.rng.random() < 0.5:
            shutil.rmtree(life.scratch / 'state', ignore_errors=True)
        if life.rng.random() < 0.7 and life.bucket.keys(folder_of(export.place)):
            held = ('--take-over',) if life.rng.random() < 0.7 else ()
            life.killed_until_done(('cleanup', export.place, '--older-than', '0s', *held), statuses=(0, NOTHING_THERE))
    export.run()
    life.killed_until_done(('cleanup', export.place, '--older-than', '0s', '--take-over'))
    export.is_whole()


def imported_meanwhile(life, run):
    """Imports, killed, while the export follows; the last one takes the rest."""
    export = growing(life, run)
    process = life.start(export.words('--follow', '--object-age', '50ms'))
    wait_for(lambda: len(life.bucket.keys(f'{folder_of(export.place)}{export.stream}/_sluice/commits/')) >= 4, 'it commits', process)
    into = ('import', '--from', export.place, '--to', f'log:copy{run}')
    for turn in range(life.rng.randrange(1, 4)):
        export.append(turn)
        life.killed_until_done(into, times=2)
        if life.rng.random() < 0.5:
            life.kill(process)
            process = life.start(export.words('--follow', '--object-age', '50ms'))
    pausing(life, process, export.name)
    export.run()
    life.calm()
    life.killed_until_done(into, times=2)
    equal(
        events.left_by(life.scratch, f'copy{run}', export.form), life.source(export.stream, export.form),
        f'events taken while they came ({export.form})',
    )
    export.is_whole()
    life.gone(f'copy{run}')
    life.gone(export.stream)


LIVES = (
    paused_and_killed, followed, given_its_ends, given_other_settings, beside_a_paused_one, bereft_of_an_upload,
    stopped_or_cancelled, mended, bereft_of_commits, cleaned_up, imported_meanwhile,
)


@suite.case
def a_life_with_kills_ends_whole():
    print(f'# seed {SEED}, {RUNS} runs', flush=True)
    with Killing(count=600, large=3) as life:
        life.play(LIVES, RUNS)


suite.run()
