"""test: the client as a stranger gets it: installed, found by pkg-config and by CMake, used by the example.

The program is compiled once by default, and linked by both; with SLUICE_INSTALLED_BY_CMAKE=1 CMake compiles it, too.
"""
import os
import re

from harness import Scratch, Simulator, Suite, contains, equal, expect, need, source_folder
from installed_copy import compile_by_pkg_config, install, run

suite = Suite(__file__)
EXAMPLE = source_folder() / 'examples/s3_get_put.cpp'


def use(scratch, program, store):
    """Runs the program against the simulator."""
    text = 'there and back'
    done = scratch.run(program, 'bucket', text)
    equal(done.out, f'notes/any bytes at all: {len(text)} bytes\n{text}\n', 'what came back')
    wrong = scratch.run(program, 'bucket', text, env={'AWS_SECRET_ACCESS_KEY': 'canary'}, status=1)
    contains(wrong.err, 'PutObject bucket/notes/any bytes at all')
    expect('canary' not in wrong.err and wrong.err.count('\n') == 1, f'one line without secrets: {wrong.err}')
    nowhere = scratch.run(program, 'bucket', text, env={'AWS_ENDPOINT_URL_S3': 'ftp://x'}, status=1)
    contains(nowhere.err, 'it must begin with http:// or https://')
    contains(scratch.run(program, status=1).err, 'usage: s3_get_put BUCKET TEXT')


# A unit of a stranger's, which CMake compiles: it finds the headers, and what they want of the compiler.
STRANGER = """#include <sluice/s3/client.hpp>
bool is_endpoint(const char* url) { return sluice::s3::parse_endpoint(url).has_value(); }
"""


@suite.case
def the_example_is_built_by_pkg_config_and_by_cmake():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket') as store:
        prefix = install(scratch)
        compile_by_pkg_config(prefix, 'sluice-s3client', [EXAMPLE], scratch / 'example')
        use(scratch, scratch / 'example', store)
        need('cmake')
        compiled = scratch / f'example-{EXAMPLE.stem}.o'
        unit = EXAMPLE if os.environ.get('SLUICE_INSTALLED_BY_CMAKE') == '1' else compiled
        (scratch / 'stranger.cpp').write_text(STRANGER)
        (scratch / 'CMakeLists.txt').write_text(
            'cmake_minimum_required(VERSION 3.16)\nproject(stranger CXX)\n'
            'find_package(sluice-s3client 0.1 REQUIRED CONFIG)\n'
            f'add_executable(example stranger.cpp {unit})\ntarget_link_libraries(example PRIVATE sluice::s3client)\n'
        )
        run('cmake', '-S', scratch.path, '-B', scratch / 'out', f'-DCMAKE_PREFIX_PATH={prefix}')
        run('cmake', '--build', scratch / 'out')
        use(scratch, scratch / 'out/example', store)


@suite.case
def the_example_is_short():
    lines = EXAMPLE.read_text().splitlines()
    expect(len(lines) <= 30 and max(map(len, lines)) <= 100, f'{len(lines)} lines')


@suite.case
def the_documentation_shows_this_example():
    text = (source_folder() / 'docs/s3client.md').read_text()
    blocks = re.findall(r'```cpp\n(.*?)```', text, re.S)
    expect(EXAMPLE.read_text() in blocks, 'docs/s3client.md must hold examples/s3_get_put.cpp as it is')


suite.run()
