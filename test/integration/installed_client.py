"""test: the client as a stranger gets it: installed, found by pkg-config and by CMake, used by the example.

The program is compiled once by default, by pkg-config, and by CMake too with SLUICE_INSTALLED_BY_CMAKE=1.
"""
import os
import re

from harness import Scratch, Simulator, Suite, contains, equal, expect, need, skip, source_folder
from installed_copy import compile_by_pkg_config, install, run

suite = Suite(__file__)
EXAMPLE = source_folder() / 'examples/s3_get_put.cpp'


def use(scratch, program, store):
    """Runs the program against the simulator."""
    text = 'there and back'
    done = scratch.run(program, store.url, 'bucket', text)
    equal(done.out, text + '\n', 'what came back')
    wrong = scratch.run(program, store.url, 'bucket', text, env={'AWS_SECRET_ACCESS_KEY': 'canary'}, status=1)
    contains(wrong.err, 'PutObject bucket/any bytes/at all')
    expect('canary' not in wrong.err and wrong.err.count('\n') == 1, f'one line without secrets: {wrong.err}')


@suite.case
def the_example_is_built_by_pkg_config():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket') as store:
        prefix = install(scratch)
        compile_by_pkg_config(prefix, 'sluice-s3client', [EXAMPLE], scratch / 'example')
        use(scratch, scratch / 'example', store)


@suite.case
def the_example_is_built_by_cmake():
    need('cmake')
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket') as store:
        prefix = install(scratch)
        (scratch / 'CMakeLists.txt').write_text(
            'cmake_minimum_required(VERSION 3.16)\nproject(stranger CXX)\n'
            'find_package(sluice-s3client 0.1 REQUIRED CONFIG)\n'
            f'add_executable(example {EXAMPLE})\ntarget_link_libraries(example PRIVATE sluice::s3client)\n'
        )
        run('cmake', '-S', scratch.path, '-B', scratch / 'out', f'-DCMAKE_PREFIX_PATH={prefix}')
        if os.environ.get('SLUICE_INSTALLED_BY_CMAKE') != '1':
            skip('configured only; SLUICE_INSTALLED_BY_CMAKE=1 compiles it too')
        run('cmake', '--build', scratch / 'out')
        use(scratch, scratch / 'out/example', store)


@suite.case
def the_documentation_shows_this_example():
    text = (source_folder() / 'docs/s3client.md').read_text()
    blocks = re.findall(r'```cpp\n(.*?)```', text, re.S)
    expect(EXAMPLE.read_text() in blocks, 'docs/s3client.md must hold examples/s3_get_put.cpp as it is')


suite.run()
