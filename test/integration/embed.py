"""test: transfers inside somebody else's program: installed, found by pkg-config and CMake, on the program's own executor.

test/embed is that program; examples/embed_export.cpp is the shortest one. With SLUICE_EMBED_ROUNDS=6 the program
measures, too: how late a timer is while so many exports and imports of 400 MB run beside it at full speed.
"""
import json
import os
import re
import subprocess
import threading
import time
import urllib.request

from bucket import Bucket
from harness import Scratch, Simulator, Suite, equal, expect, need, skip, source_folder
from installed_copy import compile_by_pkg_config, install, run

suite = Suite(__file__)
HOST = [source_folder() / 'test/embed' / name for name in ('embed.cpp', 'memory_streams.cpp')]
EXAMPLE = source_folder() / 'examples/embed_export.cpp'
MICROS_AHEAD = 600_000_000  # of the program's own clock
ROUNDS = int(os.environ.get('SLUICE_EMBED_ROUNDS', '0'))
EVENTS = 400_000 if ROUNDS else 60_000


class Asking(threading.Thread):
    """Asks the program's own server for progress as long as it answers."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.url = f'http://127.0.0.1:{port}/'
        self.states, self.ended = [], False

    def run(self):
        while not self.ended:
            try:
                with urllib.request.urlopen(self.url, timeout=10) as answer:
                    self.states.append(json.load(answer).get('state'))
            except OSError:
                return
            time.sleep(0.01)


def host(scratch, program, store, bucket, threads, events):
    """Runs the program to its end; its status, what it told by step, and the states its server showed."""
    folder = scratch / f'host-{bucket}'
    folder.mkdir()
    running = scratch.start(program, store.url, bucket, folder, threads, events, 1000, ROUNDS, stdout=subprocess.PIPE, text=True)
    steps, asking = {}, None
    for line in running.stdout:
        step = json.loads(line)
        print('#', step, flush=True)
        steps[step.pop('step')] = step
        if asking is None:
            asking = Asking(steps['listening']['port'])
            asking.start()
    status = running.wait(60)
    asking.ended = True
    asking.join()
    return status, steps, asking.states


def check(scratch, store, bucket, status, steps, states):
    equal(steps['paused']['state'], 'paused', 'after pause() from another thread')
    for step in ('exported', 'imported', 'continued'):
        equal((steps[step]['state'], steps[step]['outcome']), ('completed', ''), step)
    equal(steps['compared']['equal'], True, 'what came back through the store is the same')
    equal(steps['shut_down']['state'], 'paused', 'a transfer that shutdown() met')
    equal(status, 0, 'exit status of the program')
    expect('running' in states, f'the program answered while it moved events: {states[:20]}')
    for folder in ('one', 'two'):
        scratch.sluice('verify', f's3://{bucket}/{folder}/orders')
    there, now = Bucket(store, bucket), time.time() * 1e6
    commits = [key for key in there.keys() if '/commits/' in key]
    expect(len(commits) > 4, f'commits: {commits}')
    for key in commits:
        ahead = json.loads(there.get(key))['at'] - now
        expect(MICROS_AHEAD - 120e6 < ahead <= MICROS_AHEAD, f"{key} is of {ahead} us from now: not by the program's clock")
    equal(there.uploads(), [], 'uploads that are left')


@suite.case
def a_program_with_its_own_store_logger_and_clock():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'one-thread', '--bucket', 'two-threads') as store:
        compile_by_pkg_config(install(scratch), 'sluice-engine', HOST, scratch / 'host', '-O1')
        for bucket, threads in (('one-thread', 1), ('two-threads', 2)):
            check(scratch, store, bucket, *host(scratch, scratch / 'host', store, bucket, threads, EVENTS))


def use_example(scratch, program, store):
    """An export of a log by the shortest program, and again: nothing is new."""
    scratch.sluice('stream', 'create', 'orders')
    scratch.sluice('stream', 'append', 'orders', stdin=b'one\ntwo\n')
    words = (scratch / 'data/sluice', scratch / 'host-state', 'log:orders')
    done = scratch.run(program, *words, 's3://bucket/example')
    progress = json.loads(done.out)
    equal((progress['state'], progress['targets'][0]['events']), ('completed', 2), 'progress at the end')
    scratch.sluice('verify', 's3://bucket/example/orders', '--against', 'orders')
    wrong = scratch.run(program, *words[:2], 'log:nothing', 's3://bucket/example', status=1)
    expect('nothing' in wrong.err and wrong.err.count('\n') == 1, f'one line that names the stream: {wrong.err}')


@suite.case
def the_shortest_program_is_built_by_cmake():
    need('cmake')
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket') as store:
        prefix = install(scratch)
        (scratch / 'CMakeLists.txt').write_text(
            'cmake_minimum_required(VERSION 3.16)\nproject(stranger CXX)\n'
            'find_package(sluice-engine 0.1 REQUIRED CONFIG)\n'
            f'add_executable(example {EXAMPLE})\ntarget_link_libraries(example PRIVATE sluice::engine)\n'
        )
        run('cmake', '-S', scratch.path, '-B', scratch / 'out', f'-DCMAKE_PREFIX_PATH={prefix}')
        run('cmake', '--build', scratch / 'out')
        use_example(scratch, scratch / 'out/example', store)


@suite.case
def no_thread_races_another():
    if os.environ.get('SLUICE_EMBED_RACES') != '1':
        skip('SLUICE_EMBED_RACES=1 builds the libraries anew, with the thread sanitizer')
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'races') as store:
        build = scratch / 'build'
        options = ('-Db_sanitize=thread', '-Db_lundef=false', '-Doptimization=1', '-Dtests=false')
        run('meson', 'setup', build, source_folder(), *options)
        run('ninja', '-C', build, 'packaging/libsluice-engine.a', 'packaging/libsluice-s3client.a')
        prefix = install(scratch, build)
        compile_by_pkg_config(prefix, 'sluice-engine', HOST, scratch / 'host', '-O1', '-g', '-fsanitize=thread', '-Wno-tsan')
        check(scratch, store, 'races', *host(scratch, scratch / 'host', store, 'races', 2, 60_000))


@suite.case
def the_documentation_shows_this_example():
    text = (source_folder() / 'docs/embedding.md').read_text()
    expect(EXAMPLE.read_text() in re.findall(r'```cpp\n(.*?)```', text, re.S), 'docs/embedding.md holds examples/embed_export.cpp as it is')


suite.run()
