"""test: every tracked source is as clang-format 14 writes it."""
import re
import shutil
import subprocess

from house import Unavailable, tracked


def check(source, build):
    if shutil.which('clang-format-14') is None:
        raise Unavailable('clang-format-14 is not installed')
    names = tracked(source, '*.cpp', '*.hpp')
    answer = subprocess.run(
        ['clang-format-14', '--dry-run', '-Werror', *names], cwd=source, capture_output=True, text=True
    )
    wrong = set(re.findall(r'^(\S+):\d+:\d+: error:', answer.stderr, re.M))
    if answer.returncode != 0 and not wrong:
        return [answer.stderr[-300:]]
    return [f'{name}: not as clang-format-14 writes it' for name in sorted(wrong)]
