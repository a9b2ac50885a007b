"""test: the library as a stranger gets it: installed, and moved elsewhere."""
import os
import pathlib
import shlex
import subprocess

from harness import build_folder, equal, expect, need, sanitized, skip


def run(*command, cwd=None, env=None):
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True
    )
    expect(done.returncode == 0, f'{command[0]}: {done.stdout[-1000:]}{done.stderr[-2000:]}')
    return done.stdout.strip()


def install(scratch, build=None):
    """The prefix of a copy that was moved elsewhere; of another build only the libraries, and no CMake package."""
    if build is None and sanitized():
        skip('a sanitized library wants a sanitized program')
    need('meson', 'pkg-config')
    only = ('--tags', 'devel') if build else ()
    run('meson', 'install', '-C', build or build_folder(), '--no-rebuild', *only, '--destdir', scratch / 'root')
    found = list((scratch / 'root').rglob('include/sluice/s3/client.hpp'))
    equal(len(found), 1, 'client.hpp installed')
    return found[0].parents[3]


def compile_by_pkg_config(prefix, package, sources, program, *options):
    """A program of somebody else's; its sources at once."""
    folder = next(prefix.rglob(package + '.pc')).parent
    ask = ('pkg-config', f'--define-variable=prefix={prefix}', package)
    env = {'PKG_CONFIG_PATH': str(folder)}
    flags, libraries = run(*ask, '--cflags', env=env), run(*ask, '--libs', env=env)
    expect('-isystem' not in flags and '-D' not in flags, f'flags of our own build: {flags}')
    words = [*shlex.split(os.environ.get('CXX', 'g++')), '-O0', *options, *shlex.split(flags)]
    objects = [pathlib.Path(f'{program}-{source.stem}.o') for source in sources]
    compiling = [subprocess.Popen([*words, '-c', str(each), '-o', str(to)]) for each, to in zip(sources, objects)]
    equal([each.wait() for each in compiling], [0] * len(compiling), 'status of the compiler')
    run(*words, *objects, '-o', program, *shlex.split(libraries))
