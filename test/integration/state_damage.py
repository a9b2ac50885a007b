"""test: a state file that is damaged: it is refused by name, with the way out, and that loses nothing."""
import os
import shutil
import sqlite3

import events
from bucket import Bucket
from harness import Scratch, Simulator, Suite, contains, equal, expect

suite = Suite(__file__)
EXPORT = ('export', '--from', 'orders', '--to', 's3://bkt/p')
PAGE = 4096


class Setting:
    """A stream of which a part is exported, and the rest is to be."""

    def __enter__(self):
        self.scratch = Scratch()
        self.store = Simulator(self.scratch, '--bucket', 'bkt', '--min-part-size', '1KiB')
        self.scratch.__enter__()
        self.store.__enter__()
        events.create(self.scratch, 'orders', count=300)
        self.scratch.sluice(*EXPORT)
        events.append(self.scratch, 'orders', seed=2, count=100)
        self.bucket = Bucket(self.store, 'bkt')
        self.state = self.scratch / 'state' / 'sluice' / 'state.sqlite'
        expect(self.state.exists(), 'the state file')
        return self

    def __exit__(self, *why):
        self.store.__exit__(*why)
        self.scratch.__exit__(*why)

    def refused(self, says):
        """Whoever opens it or looks into it says which file it is, and what to do; nothing is changed."""
        before, bytes_before = self.bucket.keys(), self.state.read_bytes()
        for words in (EXPORT, ('plan', *EXPORT), ('transfer', 'list')):
            done = self.scratch.sluice(*words, status=1)
            contains(done.err, f'state file {self.state}: ')
            contains(done.err, says)
        equal(self.bucket.keys(), before, 'objects')
        equal(self.state.read_bytes(), bytes_before, 'the state file')

    def mended(self):
        """Moved away, as it was said."""
        for suffix in ('', '-wal', '-shm'):
            file = self.state.with_name(self.state.name + suffix)
            if file.exists():
                os.replace(file, self.scratch / ('broken' + suffix))
        self.goes_on()

    def goes_on(self, *words):
        self.scratch.sluice(*EXPORT, *words)
        contains(self.scratch.sluice('verify', 's3://bkt/p', '--against', 'orders').out, '400 events')


@suite.case
def one_that_was_cut_in_the_middle():
    for part in (0.5, 0.99):
        with Setting() as at:
            data = at.state.read_bytes()
            at.state.write_bytes(data[:int(len(data) * part)])
            at.refused(f'move it away, with {at.state}-wal')
            at.mended()


@suite.case
def one_with_a_page_that_is_another():
    with Setting() as at:
        good = at.state.read_bytes()
        pages = len(good) // PAGE
        expect(pages > 8, f'{pages} pages')
        for page in range(1, pages):
            noise = bytes(byte ^ 0x55 for byte in good[page * PAGE:(page + 1) * PAGE])
            at.state.write_bytes(good[:page * PAGE] + noise + good[(page + 1) * PAGE:])
            done = at.scratch.sluice('transfer', 'list', status=None)
            expect(done.returncode == 1 or 'export-' in done.out, f'page {page}: {done.out}{done.err}')
        at.state.write_bytes(good[:PAGE] + bytes(PAGE) + good[2 * PAGE:])
        at.refused(f'move it away, with {at.state}-wal')
        at.mended()


@suite.case
def one_of_a_version_to_come():
    with Setting() as at:
        with sqlite3.connect(at.state) as db:
            db.execute('PRAGMA user_version = 99')
        db.close()
        at.refused('has schema version 99')
        contains(at.scratch.sluice('transfer', 'list', status=1).err, 'use the newer sluice, or another state file')
        at.goes_on('--state', at.scratch / 'other.sqlite')


@suite.case
def one_beside_the_wal_of_another_file():
    with Setting() as at:
        other = at.scratch / 'other.sqlite'
        for name in ('a', 'b', 'c'):
            at.scratch.sluice('export', '--from', 'orders', '--to', f's3://bkt/{name}', '--name', name, '--state', other)
        db = sqlite3.connect(other)
        db.execute('PRAGMA wal_autocheckpoint = 0')
        db.execute("UPDATE transfer SET last_error = 'x'")
        db.execute("UPDATE lane SET next_sequence = 7")
        db.commit()
        shutil.copy(f'{other}-wal', f'{at.state}-wal')
        db.close()
        at.refused(f'move it away, with {at.state}-wal')
        at.mended()


@suite.case
def one_of_an_older_version_is_read_by_a_plan_as_it_will_be():
    with Setting() as at:
        db = sqlite3.connect(at.state)
        for table, column in (('transfer', 'url'), ('destination', 'url'), ('destination', 'claim'), ('destination', 'cursor')):
            db.execute(f'ALTER TABLE {table} DROP COLUMN {column}')
        db.execute('PRAGMA user_version = 3')
        db.commit()
        db.close()
        older = at.state.read_bytes()
        commits = at.bucket.keys('p/orders/_sluice/commits/p=0/')
        newest = at.bucket.get(commits[-1])
        at.bucket.delete(commits[-1])
        told = at.scratch.sluice('plan', *EXPORT, status=7)
        contains(told.out + told.err, 'the state file knows commit')  # only there it is known
        equal(at.state.read_bytes(), older, 'the state file')
        at.bucket.put(commits[-1], newest)
        at.scratch.sluice('plan', *EXPORT)
        at.goes_on()


suite.run()
