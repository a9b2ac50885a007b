"""test: a page's commands, run as they stand there, and what the page shows below them, compared with what they say.

A line of the page is a pattern: `…` is anything, and alone on a line any number of lines; a number is any number with any unit,
a process any process. A name in hex digits is any such name, but the same one throughout the section, also in its commands.
Where the page shows nothing below a command, anything is right.
"""
import re
import subprocess

from harness import expect, fail

NUMBER = r'\d[\d,]*(?:\.\d+)?(?: ?(?:[KMGT]iB|B|ms|s|min|h)(?:/s)?(?!\w))?'
TOKEN = re.compile(
    r'(?P<anything>…)'
    r'|(?P<process>pid \d+ on \w[\w.-]*)'
    r'|(?P<object>\b\d{20}(?:\.\d{16})?-\d+-[0-9a-f]{8}\b)'
    r'|(?P<place>(?<![\w/=])\d+/\d+(?:\.\d+)?)'
    r'|(?P<name>(?<![0-9a-zA-Z])[0-9a-f]{8,}\b)'
    rf'|(?P<number>(?<![\w.]){NUMBER})'
)
SEEN = {
    'anything': r'.*', 'process': r'pid \d+ on \S+?', 'place': r'\d+/\d+(?:\.\d+)?', 'number': NUMBER,
    'object': r'(\d{20}(?:\.\d{16})?-\d+-[0-9a-f]{8})', 'name': r'([0-9a-f]{8,})',
}


def sections(file):
    """The sections of a page, by title."""
    parts = re.split(r'^## (.*)\n', file.read_text(), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2]))


def blocks(text):
    """The blocks of a section that show commands or what they say: a list of [command, lines] each; the command is None
    where a block begins with what is said."""
    found = []
    for block in re.findall(r'^```\n(.*?)^```$', text, re.DOTALL | re.MULTILINE):
        found.append([])
        for line in block.splitlines():
            if line.startswith('$ '):
                found[-1].append([line[2:], []])
            elif found[-1]:
                found[-1][-1][1].append(line)
            else:
                found[-1].append([None, [line]])
    return found


def names_after(line, seen, names):
    """The names known when the page's line fits what was seen; None when it does not fit."""
    pattern, at, new = '', 0, []
    for token in TOKEN.finditer(line):
        pattern += re.escape(line[at:token.start()]) + SEEN[token.lastgroup]
        at = token.end()
        if token.lastgroup in ('object', 'name'):
            new.append(token[0])
    found = re.fullmatch(pattern + re.escape(line[at:]), seen)
    if not found:
        return None
    known = dict(names)
    for name, other in zip(new, found.groups()):
        if known.setdefault(name, other) != other:
            return None
    return known if len(set(known.values())) == len(known) else None


def fit(lines, seen, names):
    """The names known when all lines of the page fit all that was seen, in order, else None; and how many fitted."""
    if not lines:
        return (None if seen else names), 0
    if lines[0] == '…':
        tries = [fit(lines[1:], seen[skipped:], names) for skipped in range(len(seen) + 1)]
        known, most = max(tries, key=lambda each: (each[0] is not None, each[1]))
        return known, most + 1
    known = names_after(lines[0], seen[0], names) if seen else None
    if known is None:
        return None, 0
    known, most = fit(lines[1:], seen[1:], known)
    return known, most + 1


class Reader:
    """Somebody who does what a section says, in a scratch: `next_block()` until it ends, and `done()`."""

    def __init__(self, scratch, text):
        self.scratch, self.text, self.left = scratch, text, blocks(text)
        self.names, self.statuses = {}, set()

    def next_block(self, *statuses):
        """Runs the commands of the next block, which end with these statuses."""
        expect(self.left, 'the section has one more block')
        block = self.left.pop(0)
        commands = [command for command, _ in block]
        expect(len(commands) == len(statuses), f'{len(statuses)} commands are expected on the page, there are {commands}')
        for (command, lines), status in zip(block, statuses):
            self.compare(command, lines, self.run(command, status))

    def said(self, text):
        """Compares the next block, which shows no command, with what was said elsewhere."""
        [[command, lines]] = self.left.pop(0)
        expect(command is None, f'a block without commands is expected, not {command}')
        self.compare('what is shown', lines, text)

    def run(self, command, status):
        """Runs a line by a shell, with names as they are here; what it says, of both outputs in their order."""
        for name, other in self.names.items():
            command = command.replace(name, other)
        process = self.scratch.start('bash', '-c', command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = process.communicate(timeout=120)[0].decode()
        self.scratch.processes.remove(process)
        expect(process.returncode == status, f'status {process.returncode} instead of {status}: {command}\n{said}')
        self.statuses.add(status)
        return said

    def compare(self, command, lines, said):
        if not lines:
            return
        known, fitted = fit(lines, said.splitlines(), self.names)
        if known is None:
            page = '\n'.join(f'{"   " if n < fitted else ">> "}{line}' for n, line in enumerate(lines))
            fail(f'{command}\nthe page shows (from >> on it does not fit):\n{page}\nit says:\n{said}')
        self.names = known

    def done(self):
        """All blocks were run, and each exit status that the text names was seen."""
        expect(not self.left, f'{len(self.left)} blocks of the section were not run')
        named = {int(one or other) for one, other in re.findall(r'\bstatus (\d)|\((\d)\)', self.text)}
        expect(named <= self.statuses, f'the text names status {sorted(named - self.statuses)}, which was not seen')
