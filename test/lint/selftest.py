"""test: each lint, and the counting of test results, is shown what it must catch in a small house of its own."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import arrows
import coroutine_temporaries
import formatted
import headers_alone
import named_tests
import no_machine_paths
import planted_bugs
import pure_rooms
from house import SEES, Unavailable

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import run_tests  # noqa: E402 - beside this folder

PLANTED_ELSEWHERE = json.dumps([{'name': 'a bug', 'file': 'base/src/io/io.cpp', 'old': 'return 1;', 'new': 'return 2;'}])

FLAGS = {
    room: ' '.join(f'-I{{source}}/{other}/include' for other in sorted(sees)) for room, sees in SEES.items()
}


class House:
    """A folder with the five rooms, each with a public header, a core and an io source; and the simulator."""

    def __init__(self, folder):
        self.source = pathlib.Path(folder).resolve()
        self.build = self.source / 'build'
        self.flags = {room: flags.format(source=self.source) for room, flags in FLAGS.items()}
        self.flags = {room: f'{flags} -I{self.source}/fake' for room, flags in self.flags.items()}
        for room in SEES:
            self.write(f'{room}/include/sluice/{room}/door.hpp', '#pragma once\n')
            self.write(f'{room}/src/core/core.cpp', f'#include <sluice/{room}/door.hpp>\n')
            self.write(f'{room}/src/io/io.cpp', f'#include <sluice/{room}/door.hpp>\n')
        self.write('tools/s3sim/src/io/io.cpp', '#include <sluice/base/door.hpp>\n')
        self.write('fake/boost/asio/post.hpp', '')

    def write(self, name, text):
        path = self.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def objects(self):
        """(object, source, flags) of everything there is to compile."""
        for room in SEES:
            folder = f'{room}/{room}_program.p' if room == 'tools' else f'{room}/libsluice_{room}.a.p'
            yield f'{room}/libsluice_{room}_core.a.p/core.cpp.o', f'{room}/src/core/core.cpp', self.flags[room]
            yield f'{folder}/io.cpp.o', f'{room}/src/io/io.cpp', self.flags[room]
        yield 'tools/s3sim/libs3sim.a.p/io.cpp.o', 'tools/s3sim/src/io/io.cpp', self.flags['tools']

    def configure(self):
        self.build.mkdir(exist_ok=True)
        rules = ['rule cxx', '  command = g++ -std=c++20 -E -MD -MF $out.d -o $out $in $flags', '  depfile = $out.d',
                 '  deps = gcc']
        listed = []
        for out, source, flags in self.objects():
            rules += [f'build {out}: cxx {self.source / source}', f'  flags = {flags}']
            command = f'g++ -std=c++20 {flags} -o {out} -c {source}'
            listed.append({'directory': str(self.build), 'command': command, 'file': source, 'output': out})
        (self.build / 'build.ninja').write_text('\n'.join(rules) + '\n')
        (self.build / 'compile_commands.json').write_text(json.dumps(listed))

    def make(self):
        self.configure()
        subprocess.run(['ninja', '-C', self.build], check=True, capture_output=True)


AWAIT_CLEAN = """
#include <coroutine>
#include <string>
struct text { std::string words; int number = 0; };
struct later {
    struct promise_type {
        later get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() {}
    };
    bool await_ready() { return true; }
    void await_suspend(std::coroutine_handle<>) {}
    void await_resume() {}
};
later take(text);
template <class F> later call(F);
later clean() {
    text named{"a", 1};
    co_await take(named);
}
"""
AWAIT_AGGREGATE = AWAIT_CLEAN + 'later planted() { co_await take(text{"a", 1}); }\n'
AWAIT_LAMBDA = AWAIT_CLEAN + 'later planted(std::string s) { co_await call([s] { return s.size(); }); }\n'
AWAIT_TERNARY = AWAIT_CLEAN + 'later planted(bool b, text x, text y) { co_await take(b ? x : text(y)); }\n'

# (lint, file, what is planted there, words the finding must hold); no file: nothing may be found.
PLANTS = [
    (pure_rooms, None, None, None),
    (pure_rooms, 'stream/src/core/core.cpp', '#include <thread>\n', 'a core sees'),
    (pure_rooms, 'stream/src/core/core.cpp', '#include <condition_variable>\n', 'a core sees'),
    (pure_rooms, 'engine/src/core/core.cpp', '#include <filesystem>\n', 'a core sees'),
    (pure_rooms, 'base/src/core/core.cpp', '#include <boost/asio/post.hpp>\n', 'a core sees'),
    (pure_rooms, 'stream/src/io/io.cpp', '#include "../../../engine/include/sluice/engine/door.hpp"\n', 'against'),
    (pure_rooms, 'engine/src/io/io.cpp', '#include "../../../stream/src/core/core.cpp"\n', 'private header'),
    (pure_rooms, 'base/src/core/core.cpp', '#include "../io/io.cpp"\n', "room's io"),
    (pure_rooms, 'tools/s3sim/src/io/io.cpp', '#include <sluice/s3client/door.hpp>\n', 'against'),
    (pure_rooms, 'base/src/core/forgotten.cpp', '', 'no object'),
    (headers_alone, None, None, None),
    (headers_alone, 'stream/include/sluice/stream/door.hpp', '#pragma once\nstd::string name();\n', 'alone'),
    (headers_alone, 'stream/include/sluice/stream/door.hpp', 'struct twice {};\n', 'alone'),
    (formatted, None, None, None),
    (formatted, 'base/src/io/io.cpp', 'int   a  ;\n', 'base/src/io/io.cpp'),
    (no_machine_paths, None, None, None),
    (no_machine_paths, 'docs/notes.md', 'it lies in /' + 'work/there\n', 'docs/notes.md:1'),
    (named_tests, None, None, None),
    (named_tests, 'docs/s3-compatibility.md', '| S3-01 a | b | `nobody/knows_it` |\n', 'no test nobody'),
    (named_tests, 'docs/s3-compatibility.md', '| S3-01 a | `b` | what is seen |\n', 'no test is named'),
    (named_tests, 'docs/reliability.md', '| 1 | a | `stream/nobody` |\n', 'no test nobody'),
    (named_tests, 'docs/reliability.md', 'held by a_case_of_no_test…\n', 'no case a_case_of_no_test'),
    (named_tests, 'docs/reliability.md', '# What holds at any moment\n| 1 | a | b | `nobody-planted` |\n', 'no bug is planted'),
    (planted_bugs, None, None, None),
    (planted_bugs, 'test/mutations/planted.json', PLANTED_ELSEWHERE, 'does not hold the text'),
    (coroutine_temporaries, 'stream/src/io/io.cpp', AWAIT_CLEAN, None),
    (coroutine_temporaries, 'stream/src/io/io.cpp', AWAIT_AGGREGATE, 'must get a name'),
    (coroutine_temporaries, 'stream/src/io/io.cpp', AWAIT_LAMBDA, 'must get a name'),
    (coroutine_temporaries, 'stream/src/io/io.cpp', AWAIT_TERNARY, 'must get a name'),
    (coroutine_temporaries, 'stream/src/io/io.cpp', AWAIT_CLEAN + 'nonsense;\n', 'error:'),
]


def verdict(lint, house, expected, what):
    """None, or how the lint's findings differ from what was expected."""
    try:
        findings = lint.check(house.source, house.build)
    except Unavailable:
        return None
    if expected is None:
        return f'{lint.__name__} finds something where nothing is ({what}): {findings[0]}' if findings else None
    if not any(expected in finding for finding in findings):
        return f'{lint.__name__} does not see {what!r}: {findings}'
    return None


def try_plant(real_source, lint, name, text, expected):
    with tempfile.TemporaryDirectory(prefix='sluice-lint-') as folder:
        house = House(folder)
        shutil.copy(pathlib.Path(real_source, '.clang-format'), house.source)
        if name:
            house.write(name, text)
        if lint is pure_rooms:
            house.make()
        else:
            house.configure()
        return verdict(lint, house, expected, f'{name}: {(text or "")[-60:]}')


def try_arrows():
    with tempfile.TemporaryDirectory(prefix='sluice-lint-') as folder:
        house = House(folder)
        house.configure()
        yield verdict(arrows, house, None, 'a tidy house')
        house.flags['base'] += f' -I{house.source}/engine/include'
        house.configure()
        yield verdict(arrows, house, 'against the arrows', 'base with an include folder of engine')
        house.flags = {room: '' for room in SEES}
        house.configure()
        yield verdict(arrows, house, 'sees nothing', 'rooms without their own include folder')


def entry(result, text, status=0):
    return {'name': 'room/suite', 'result': result, 'returncode': status, 'stdout': text}


# (testlog entries, passed, failed, skipped)
RESULTS = [
    ([entry('OK', '@counts 3 0 1 of 4\n')], 3, 0, 1),
    ([entry('FAIL', '@case failed a b\n@counts 2 1 0 of 3\n', 1)], 2, 1, 0),
    ([entry('SKIP', '@case skipped a why\n@counts 0 0 1 of 1\n', 77)], 0, 0, 1),
    ([entry('OK', 'no counts')], 0, 1, 0),
    ([entry('OK', '@counts 0 0 0 of 0\n')], 0, 1, 0),
    ([entry('OK', '@counts 2 0 0 of 5\n')], 2, 1, 0),
    ([entry('FAIL', '@counts 4 0 0 of 4\n', 99)], 4, 1, 0),
    ([entry('FAIL', 'Segmentation fault', -11)], 0, 1, 0),
    ([entry('TIMEOUT', '@case passed a\n@case failed b why\n', -15)], 1, 2, 0),
    ([entry('ERROR', '@counts 1 0 0 of 1\n', 127)], 1, 1, 0),
]


def try_counting():
    unnamed = run_tests.Tally()
    unnamed.add(entry('FAIL', '@case failed a b\n@counts 2 2 0 of 4\n', 1))
    if [note for note in unnamed.notes if 'room/suite' in note and '1 case' in note] == []:
        yield f'run_tests does not tell of a failed case without a name: {unnamed.notes}'
    for entries, passed, failed, skipped in RESULTS:
        tally = run_tests.Tally()
        for each in entries:
            tally.add(each)
        seen = (tally.passed, tally.failed, tally.skipped)
        if seen != (passed, failed, skipped):
            yield f'run_tests counts {seen} instead of {(passed, failed, skipped)} for {entries}'


def check(source, build):
    found = [try_plant(source, *plant) for plant in PLANTS]
    found += try_arrows()
    found += try_counting()
    return [finding for finding in found if finding]
