"""test: a log on a disk that is full, small or read-only, without file descriptors, with two writers: nothing is reset, and it goes on."""
import contextlib
import json
import os
import pathlib
import re
import subprocess

import events
from harness import Scratch, Simulator, Suite, contains, equal, expect, need, program, skip, stop, wait_for

suite = Suite(__file__)
MIB = 1 << 20
LINE = 'x' * 1023 + '\n'


def stream_folder(scratch, stream):
    return pathlib.Path(scratch.env['XDG_DATA_HOME'], 'sluice', stream)


def count(scratch, stream):
    return scratch.sluice('stream', 'cat', stream).out.count('\n')


def refused(done, *words):
    lines = [line for line in done.err.splitlines() if line.startswith('sluice:')]
    equal(len(lines), 1, f'lines that say why: {done.err!r:.600}')
    for word in words:
        contains(lines[0], word, 'the line')


@contextlib.contextmanager
def mounted(scratch, *arguments):
    """A file system of its own at scratch/disk, where data and state of the programs lie from then on."""
    if os.geteuid() != 0:
        skip('mounting a small file system needs root')
    where = scratch / 'disk'
    where.mkdir()
    done = subprocess.run(['mount', *map(str, arguments), str(where)], capture_output=True, text=True)
    if done.returncode != 0:
        skip(f'mounting a small file system is not allowed here: {done.stderr.strip()[:100]}')
    scratch.env.update(XDG_DATA_HOME=str(where / 'data'), XDG_STATE_HOME=str(where / 'state'))
    try:
        yield where
    finally:
        for process in reversed(scratch.processes):
            stop(process)
        subprocess.run(['umount', '-l', str(where)], check=False)


def in_memory(scratch, size):
    return mounted(scratch, '-t', 'tmpfs', '-o', f'size={size}', 'tmpfs')


def on_ext4(scratch, mebibytes):
    need('mkfs.ext4')
    image = scratch / 'image'
    image.write_bytes(b'')
    os.truncate(image, mebibytes * MIB)
    scratch.run('mkfs.ext4', '-q', '-m', '0', image)
    return mounted(scratch, '-o', 'loop', image)


def fill(scratch, stream, chunk=MIB):
    """Appends until the disk is full; what the refused command said."""
    for _ in range(200):
        done = scratch.sluice('stream', 'append', stream, stdin=LINE * (chunk // 1024), status=None)
        if done.returncode != 0:
            equal(done.returncode, 1, f'status of an append to a full disk: {done.err[-600:]}')
            return done
    expect(False, 'the disk is full some day')


def holding(scratch, stream):
    """A writer that has the stream open and waits for its input."""
    process = scratch.start_sluice('stream', 'append', stream, stdin=subprocess.PIPE)
    process.stdin.write(b'held\n')
    process.stdin.flush()
    pid = f'{process.pid}'
    lock = stream_folder(scratch, stream) / 'LOCK'
    wait_for(lambda: lock.exists() and lock.read_text() == pid, 'the writer holds the stream', process)
    wait_for(lambda: 'held' in scratch.sluice('stream', 'cat', stream).out, 'its event is durable', process)
    return process


@suite.case
def a_second_writer_is_told_the_pid_and_a_killed_one_leaves_the_stream_free_at_once():
    with Scratch() as scratch:
        scratch.sluice('stream', 'create', 'orders')
        for _ in range(3):
            first = holding(scratch, 'orders')
            done = scratch.sluice('stream', 'append', 'orders', stdin='mine\n', status=7)
            refused(done, 'orders', f'pid {first.pid}')
            done = scratch.sluice('stream', 'delete', 'orders', '--yes', status=7)
            refused(done, f'pid {first.pid}')
            stop(first)
            scratch.sluice('stream', 'append', 'orders', stdin='mine\n')
        equal(count(scratch, 'orders'), 6, 'events')


@suite.case
def an_input_that_does_not_fit_is_appended_up_to_a_place_that_is_told():
    lines = [b'%06d' % n + LINE[6:].encode() for n in range(9000)]
    with Scratch() as scratch, in_memory(scratch, '14m') as disk:
        scratch.sluice('stream', 'create', 'orders')
        (disk / 'filler').write_bytes(bytes(7 * MIB))
        done = scratch.sluice('stream', 'append', 'orders', stdin=b''.join(lines), status=1)
        refused(done, 'does not fit', 'append the rest')
        told = int(re.search(r'the first ([0-9,]+) events', done.err)[1].replace(',', ''))
        expect(0 < told < 9000, f'some fit: {told}')
        equal(scratch.sluice('stream', 'cat', 'orders', '--format', 'lines').raw, b''.join(lines[:told]), 'what is in it')
        (disk / 'filler').unlink()
        scratch.sluice('stream', 'append', 'orders', stdin=b''.join(lines[told:]))
        equal(scratch.sluice('stream', 'cat', 'orders', '--format', 'lines').raw, b''.join(lines), 'everything')


@suite.case
def below_the_reserve_appends_end_and_exports_go_on_until_there_is_room_again():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB') as store:
        with in_memory(scratch, '24m') as disk:
            scratch.sluice('stream', 'create', 'orders', '--retain-bytes', '2MiB')
            scratch.sluice('stream', 'append', 'orders', stdin='first\n')
            export = ('export', '--from', 'orders', '--to', 's3://bkt/p')
            scratch.sluice(*export)  # its cursor holds what it has not read
            refused(fill(scratch, 'orders'), 'disk', 'orders', 'kept free', 'free some space')
            room = os.statvfs(disk)
            left = room.f_bavail * room.f_frsize
            expect(MIB < left < 3 * MIB, f'a twentieth stays free: {left}')
            scratch.sluice('stream', 'verify', 'orders')
            full = json.loads(scratch.sluice('stream', 'info', 'orders', '--json').out)['partitions'][0]
            expect(full['bytes'] > 15 * MIB, f'what is not exported stays: {full}')
            # Cursor, journal and watermark live on the same disk.
            scratch.sluice(*export)
            scratch.sluice('verify', 's3://bkt/p')
            # Retention makes room within the append that finds none.
            scratch.sluice('stream', 'append', 'orders', stdin=LINE * 3000)
            info = json.loads(scratch.sluice('stream', 'info', 'orders', '--json').out)['partitions'][0]
            expect(info['bytes'] < 8 * MIB, f'exported segments went: {info}')
            scratch.sluice(*export)
            contains(scratch.sluice('verify', 's3://bkt/p').out, 'whole', 'what verify says')
            equal(store.uploads(), [], 'open uploads')


@suite.case
def on_a_real_disk_the_next_segment_is_reserved_and_given_back():
    with Scratch() as scratch, on_ext4(scratch, 96):
        scratch.sluice('stream', 'create', 'orders', '--retain-bytes', '128MiB')  # segments of 16 MiB
        fresh = stream_folder(scratch, 'orders') / 'p=0' / 'segment.new'
        scratch.sluice('stream', 'append', 'orders', stdin=LINE * (5 << 10))
        expect(not fresh.exists(), 'a small stream reserves nothing')
        process = scratch.start_sluice('stream', 'append', 'orders', stdin=subprocess.PIPE)
        process.stdin.write(LINE.encode() * (8 << 10))
        process.stdin.flush()
        wait_for(fresh.exists, 'the next segment is reserved', process)
        about = wait_for(lambda: os.stat(fresh).st_blocks and os.stat(fresh), 'its blocks are taken', process)
        expect(about.st_blocks * 512 >= 16 * MIB and about.st_size == 0, f'16 MiB are reserved: {about}')
        process.stdin.close()
        equal(process.wait(60), 0, 'status of the append')
        expect(not fresh.exists(), 'what was reserved is given back')
        refused(fill(scratch, 'orders', 4 * MIB), 'disk', 'orders', 'kept free')
        room = os.statvfs(scratch / 'disk')
        expect(room.f_bavail * room.f_frsize > 3 * MIB, 'a twentieth stays free')
        scratch.sluice('stream', 'verify', 'orders')
        before = count(scratch, 'orders')
        scratch.sluice('stream', 'trim', 'orders', '--keep-bytes', '8MiB')
        scratch.sluice('stream', 'append', 'orders', stdin=LINE)
        expect(0 < count(scratch, 'orders') < before, 'the newest events stay')
        scratch.sluice('stream', 'verify', 'orders')


@suite.case
def a_disk_that_became_read_only_resets_nothing():
    with Scratch() as scratch, in_memory(scratch, '16m') as disk:
        events.create(scratch, 'orders', count=300, partitions=2)
        before = events.digest(scratch, 'orders')
        segments = {path: path.read_bytes() for path in stream_folder(scratch, 'orders').rglob('*') if path.is_file()}
        scratch.run('mount', '-o', 'remount,ro', disk)
        refused(scratch.sluice('stream', 'append', 'orders', stdin='one\n', status=1), 'orders', 'Read-only')
        refused(scratch.sluice('stream', 'create', 'more', status=1), 'Read-only')
        equal(events.digest(scratch, 'orders'), before, 'events while the disk is read-only')
        scratch.sluice('stream', 'verify', 'orders')
        scratch.run('mount', '-o', 'remount,rw', disk)
        for path, content in segments.items():
            equal(path.read_bytes(), content, f'{path.name} afterwards')
        scratch.sluice('stream', 'append', 'orders', stdin='one\n')
        scratch.sluice('stream', 'verify', 'orders')


@suite.case
def without_file_descriptors_nothing_is_taken_for_new():
    need('prlimit')
    with Scratch() as scratch:
        events.create(scratch, 'orders', count=300, partitions=3)
        known = sum(count_all(scratch))
        failed = 0
        for most in range(6, 30):
            limited = ('prlimit', f'--nofile={most}')
            done = scratch.run(*limited, *sluice('stream', 'append', 'orders'), stdin='one more\n', status=None)
            known += done.returncode == 0
            failed += done.returncode != 0
            expect(done.returncode in (0, 1, 127), f'status {done.returncode} with {most} descriptors: {done.err[-400:]}')
            expect('no such stream' not in done.err, f'with {most} descriptors: {done.err[-400:]}')
            listed = scratch.run(*limited, *sluice('stream', 'list'), status=None)
            expect(listed.returncode != 0 or 'orders' in listed.out, f'list with {most} descriptors: {listed.out!r}')
        expect(0 < failed < 24, f'{failed} of 24 runs lacked descriptors')
        equal(sum(count_all(scratch)), known, 'events')
        scratch.sluice('stream', 'verify', 'orders')


@suite.case
def a_data_directory_that_cannot_be_read_is_no_empty_one():
    with Scratch() as scratch:
        (scratch / 'no-folder').write_text('')
        for words in (('list',), ('info', 'orders')):
            done = scratch.sluice('stream', *words, '--data-dir', scratch / 'no-folder', status=None)
            expect(done.returncode not in (0, 3), f'status {done.returncode} of {words[0]}: {done.out!r}')
            expect('no-folder' in done.err and 'Not a directory' in done.err, done.err)


def count_all(scratch):
    return [scratch.sluice('stream', 'cat', 'orders', '--partition', n).out.count('\n') for n in range(3)]


def sluice(*words):
    return (program('sluice'), *words)


@suite.case
def the_names_of_a_new_state_file_and_of_its_folders_are_synced():
    need('strace')
    with Scratch() as scratch:
        (scratch / 'there').mkdir()
        folders = [scratch / 'there', scratch / 'there' / 'a', scratch / 'there' / 'a' / 'b']
        file = folders[-1] / 'state.sqlite'
        done = scratch.run(
            'strace', '-f', '-y', '-o', scratch / 'calls', '-e', 'trace=openat,mkdir,mkdirat,fsync',
            program('sluice'), 'transfer', 'list', '--state', file, status=None,
            env={'ASAN_OPTIONS': 'detect_leaks=0:exitcode=99'},  # leaks cannot be looked for beside strace
        )
        calls = (scratch / 'calls').read_text().splitlines() if (scratch / 'calls').exists() else []
        if not any('openat' in call for call in calls):
            skip(f'strace cannot trace here: {done.err[-200:]}')
        equal(done.returncode, 0, 'exit status')

        def first(what):
            found = [n for n, call in enumerate(calls) if re.search(what, call)]
            expect(found, f'no call {what}')
            return found[0]

        order = []
        for above, folder in zip(folders, folders[1:]):
            order += [first(f'mkdir.*"{folder}"'), first(f'fsync\\(\\d+<{above}>')]
        order += [first(f'openat.*"{file}".*O_EXCL'), first(f'fsync\\(\\d+<{folders[-1]}>'), first(f'openat.*"{file}"(?!.*O_EXCL)')]
        equal(order, sorted(order), 'the order of the calls')


suite.run()
