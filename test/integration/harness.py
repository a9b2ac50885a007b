"""test: what the integration scripts share: cases with names, scratch folders, programs that are stopped again.

A script looks like this, and is called with the build folder and, if wanted, the names of cases:

    from harness import Suite, Scratch, Simulator, equal
    suite = Suite(__file__)

    @suite.case
    def an_export_can_be_imported_again():
        with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket') as store:
            scratch.sluice('stream', 'create', 'log:events')
            ...
    suite.run()

It prints one line a case, `@case passed|failed|skipped NAME [reason]`, and last `@counts P F S of T`, which
run_tests.py sums. It exits with 1 when a case failed and with 77 when all were skipped.
"""
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request

ACCESS_KEY = 'AKIDEXAMPLEEXAMPLE00'
SECRET_KEY = 'secret/of+the=simulator'
REGION = 'us-east-1'

# A shell that runs this in the background has it ignore SIGINT, and so would the programs started here until they listen.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Skip(Exception):
    """Raised by skip(): the case cannot run on this machine, and why."""


class Failure(Exception):
    """Raised by fail() and its friends: what was expected did not happen."""


def skip(reason):
    raise Skip(reason)


def fail(reason):
    raise Failure(reason)


def expect(condition, what):
    if not condition:
        fail(what)


def equal(seen, expected, what='value'):
    if seen != expected:
        fail(f'{what}: seen {seen!r:.400}, expected {expected!r:.400}')


def contains(text, part, what='output'):
    if part not in text:
        fail(f'{what} lacks {part!r}: {text!r:.600}')


def build_folder():
    """The build folder, argv[1]."""
    if len(sys.argv) < 2 or not pathlib.Path(sys.argv[1], 'build.ninja').exists():
        sys.exit(f'usage: {sys.argv[0]} BUILD-FOLDER [CASE...]')
    return pathlib.Path(sys.argv[1]).resolve()


def source_folder():
    return pathlib.Path(__file__).resolve().parents[2]


def program(name):
    """Where the build put `sluice` or `sluice-s3sim`."""
    folders = {'sluice': 'tools/sluice', 'sluice-s3sim': 'tools/s3sim'}
    found = build_folder() / folders.get(name, 'tools') / name
    expect(found.exists(), f'{found.name} has not been built')
    return str(found)


def spread(arguments):
    """The words of a command; with SLUICE_TEST_THREADS exports and imports run on so many threads, unless they say themselves."""
    threads = os.environ.get('SLUICE_TEST_THREADS')
    may = arguments[0] in ('export', 'import') and '--threads' not in arguments
    return (*arguments, '--threads', threads) if threads and may else arguments


def sanitized():
    """True in a build with sanitizers: things are slower there, and scripts may do less."""
    return os.environ.get('SLUICE_TEST_SANITIZED') == '1'


def need(*commands):
    """Skips the case when one of these commands is not installed."""
    for command in commands:
        if shutil.which(command) is None:
            skip(f'{command} is not installed')


# ---------------------------------------------------------------------------------------------- processes


def stop(process, with_signal=signal.SIGKILL, patience=20):
    """Ends exactly this process, and waits for it; a process that ignores a polite signal is killed."""
    if process.poll() is None:
        process.send_signal(with_signal)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            pipe.close()
    return process.returncode


def first_line(process, patience=30):
    """The first line of a program's standard output (a binary pipe); fails when it ends or is silent."""
    line = b''
    until = time.monotonic() + patience
    while not line.endswith(b'\n'):
        ready, _, _ = select.select([process.stdout], [], [], max(0, until - time.monotonic()))
        if not ready:
            fail(f'{process.args[0]} said nothing in {patience} s')
        more = os.read(process.stdout.fileno(), 1)
        if not more:
            fail(f'{process.args[0]} ended with {process.wait()} before its first line')
        line += more
    return line.decode().rstrip('\n')


def wait_for(what, told, process=None, patience=90):
    """Until `what()` is true; its last value is returned. `process` must not end before."""
    until = time.monotonic() + patience
    while True:
        seen = what()
        if seen:
            return seen
        expect(time.monotonic() < until, told)
        expect(process is None or process.poll() is None, f'{told}: the process ended with {process and process.poll()}')
        time.sleep(0.02)


class Scratch:
    """A folder of its own with the environment of a new user: no credentials, no configuration, no state.

    `env` is what programs get; add to it. Every process started through it is dead when it closes.
    """

    def __init__(self, in_folder=None):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix='sluice-test-', dir=in_folder))
        self.processes = []
        kept = ('PATH', 'TMPDIR', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS', 'LSAN_OPTIONS')
        self.env = {name: os.environ[name] for name in kept if name in os.environ}
        self.env.update(
            LC_ALL='C.UTF-8',
            HOME=str(self.path / 'home'),
            XDG_DATA_HOME=str(self.path / 'data'),
            XDG_STATE_HOME=str(self.path / 'state'),
            AWS_EC2_METADATA_DISABLED='true',
        )
        (self.path / 'home').mkdir()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for process in reversed(self.processes):
            stop(process)
        if kind is None or not os.environ.get('SLUICE_TEST_KEEP'):
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            print(f'# kept: {self.path}')

    def __truediv__(self, name):
        return self.path / name

    def use(self, store):
        """Programs of this scratch talk to `store` (anything with url) with its keys from now on."""
        self.env.update(
            AWS_ACCESS_KEY_ID=getattr(store, 'access_key', ACCESS_KEY),
            AWS_SECRET_ACCESS_KEY=getattr(store, 'secret_key', SECRET_KEY),
            AWS_REGION=getattr(store, 'region', REGION),
            AWS_ENDPOINT_URL_S3=store.url,
        )

    def start(self, *command, env=None, **options):
        """Starts a program; it is killed with the scratch at the latest."""
        options.setdefault('stdin', subprocess.DEVNULL)
        command = [str(word) for word in command]
        environment = {**self.env, **(env or {})}
        process = subprocess.Popen(command, env=environment, cwd=self.path, **options)
        self.processes.append(process)
        return process

    def run(self, *command, env=None, stdin=b'', status=0, patience=300):
        """Runs a program to its end; returns it with `out` and `err` as text and `raw` as bytes.

        `status` is the exit status that is expected; None takes any.
        """
        process = self.start(
            *command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        try:
            raw, err = process.communicate(stdin.encode() if isinstance(stdin, str) else stdin, patience)
        except subprocess.TimeoutExpired:
            stop(process)
            fail(f'no end in {patience} s: {" ".join(process.args)}')
        self.processes.remove(process)
        process.raw, process.out, process.err = raw, raw.decode(errors='replace'), err.decode(errors='replace')
        if status is not None and process.returncode != status:
            fail(
                f'status {process.returncode} instead of {status}: {" ".join(process.args)}\n'
                f'{process.out[-1500:]}{process.err[-3000:]}'
            )
        return process

    def sluice(self, *arguments, **options):
        """`run` for the command sluice."""
        return self.run(program('sluice'), *spread(arguments), **options)

    def start_sluice(self, *arguments, **options):
        """`start` for the command sluice."""
        return self.start(program('sluice'), *spread(arguments), **options)


class Simulator:
    """sluice-s3sim on a free port; the scratch's programs are set up to use it.

    `options` are those of its command line. With `--data-dir` it can be stopped and started again.
    """

    access_key, secret_key, region = ACCESS_KEY, SECRET_KEY, REGION

    def __init__(self, scratch, *options, use=True):
        self.scratch, self.options, self.use = scratch, options, use
        self.process = self.url = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, port=0):
        self.process = self.scratch.start(
            program('sluice-s3sim'), '--listen', f'127.0.0.1:{port}', '--access-key', self.access_key,
            '--secret-key', self.secret_key, '--region', self.region, *self.options, stdout=subprocess.PIPE
        )
        line = first_line(self.process)
        contains(line, 'listening on http', "the simulator's first line")
        self.url = line.split()[-1]
        if self.use:
            self.scratch.use(self)

    def stop(self, with_signal=signal.SIGKILL):
        if self.process:
            stop(self.process, with_signal)
            self.process = None

    def ask(self, method, path, body=None):
        """One request to the simulator's own pages under /_sim/; returns the JSON it answers, or None."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        no_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with no_proxy.open(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text.strip() else None

    def counters(self):
        return self.ask('GET', '/_sim/counters')

    def uploads(self):
        return self.ask('GET', '/_sim/uploads')

    def set_faults(self, faults):
        return self.ask('PUT', '/_sim/faults', faults)

    def clear_faults(self):
        return self.ask('DELETE', '/_sim/faults')


# ---------------------------------------------------------------------------------------------- cases


class Suite:
    """Cases in the order of their definition. A case is a sentence that is false when it fails."""

    def __init__(self, script):
        self.name = pathlib.Path(script).stem
        self.cases = []

    def case(self, function):
        """Decorator: the function is a case, named by itself."""
        self.cases.append((function.__name__, function))
        return function

    def cases_for(self, values, name=str):
        """Decorator: one case for each value, which the function gets."""

        def add(function):
            for value in values:
                def bound(value=value):
                    return function(value)
                self.cases.append((f'{function.__name__}[{name(value)}]', bound))
            return function

        return add

    def run(self):
        """Runs the cases, prints the protocol, and exits."""
        build_folder()
        wanted = sys.argv[2:]
        chosen = [case for case in self.cases if not wanted or any(word in case[0] for word in wanted)]
        counts = {'passed': 0, 'failed': 0, 'skipped': 0}
        for name, function in chosen:
            began = time.monotonic()
            verdict, reason = self._verdict(function)
            counts[verdict] += 1
            print(f'@case {verdict} {self.name}/{name} {reason}'.rstrip())
            print(f'# {time.monotonic() - began:.1f} s', flush=True)
        passed, failed, skipped = counts.values()
        print(f'@counts {passed} {failed} {skipped} of {len(chosen)}', flush=True)
        sys.exit(1 if failed else 77 if skipped and not passed else 0)

    @staticmethod
    def _verdict(function):
        try:
            function()
            return 'passed', ''
        except Skip as why:
            return 'skipped', one_line(why)
        except Failure as why:
            traceback.print_exc()
            return 'failed', one_line(why)
        except Exception as why:  # noqa: BLE001 - a script's own mistake is a failed case too
            traceback.print_exc()
            return 'failed', one_line(f'{type(why).__name__}: {why}')


def one_line(text):
    return ' | '.join(line.strip() for line in str(text).splitlines() if line.strip())[:1000]
