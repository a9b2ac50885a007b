"""test: the client as a stranger gets it: installed, found by pkg-config and by CMake, used by the example.

The program is compiled once by default, by pkg-config, and by CMake too with SLUICE_INSTALLED_BY_CMAKE=1.
"""
import os
import re
import shlex
import subprocess

from harness import Scratch, Simulator, Suite, build_folder, contains, equal, expect, need, skip, source_folder, sanitized

suite = Suite(__file__)
EXAMPLE = source_folder() / 'examples/s3_get_put.cpp'


def run(*command, cwd=None, env=None):
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True
    )
    expect(done.returncode == 0, f'{command[0]}: {done.stdout[-1000:]}{done.stderr[-2000:]}')
    return done.stdout.strip()


def install(scratch):
    """The prefix of a copy that was moved elsewhere."""
    if sanitized():
        skip('a sanitized library wants a sanitized program')
    need('meson', 'pkg-config')
    run('meson', 'install', '-C', build_folder(), '--no-rebuild', '--destdir', scratch / 'root')
    found = list((scratch / 'root').rglob('include/sluice/s3/client.hpp'))
    equal(len(found), 1, 'client.hpp installed')
    return found[0].parents[3]


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
        folder = next(prefix.rglob('sluice-s3client.pc')).parent
        ask = ('pkg-config', f'--define-variable=prefix={prefix}', 'sluice-s3client')
        env = {'PKG_CONFIG_PATH': str(folder)}
        flags, libraries = run(*ask, '--cflags', env=env), run(*ask, '--libs', env=env)
        expect('-isystem' not in flags and '-D' not in flags, f'flags of our own build: {flags}')
        compiler = shlex.split(os.environ.get('CXX', 'g++'))
        run(*compiler, '-O0', *shlex.split(flags), EXAMPLE, '-o', scratch / 'example', *shlex.split(libraries))
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
