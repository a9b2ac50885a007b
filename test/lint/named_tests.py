"""test: every test that docs/s3-compatibility.md names for a requirement exists, as a file and as a case of it; so does what
docs/reliability.md names: suites with their room, cases (`…` ends one that is cut short), planted bugs in its table of what always holds."""
import json
import pathlib
import re

PAGE = 'docs/s3-compatibility.md'
CASE = re.compile(r'(?:_TEST_CASE(?:_F)?\(|^def )\s*(\w+)', re.M)
NAMED = re.compile(r'`(\w+)(?:/(\w+))?(?:\[[^`\]]*\])?`')
# A requirement, what is done, and what shows it.
ROW = re.compile(r'^\| (S3-\d\d) .*\| ([^|]*) \|$')


RELIABILITY = 'docs/reliability.md'
SUITE = re.compile(r'`(?:base|command|differential|engine|fuzz|integration|s3|stream|tools)/(\w+)`')
CUT_CASE = re.compile(r'\b([a-z0-9]+(?:_[a-z0-9]+){2,})(…|\*)?')
# The table whose last column names planted bugs, by words of their names.
ALWAYS = re.compile(r'^\| \d \| .* \| ([^|]*) \|$')


def missing_of_reliability(source, cases):
    """What the page names and nobody has."""
    page = pathlib.Path(source, RELIABILITY)
    every = set(cases).union(*cases.values())
    planted = [
        bug['name'] for path in pathlib.Path(source, 'test/mutations').glob('planted*.json') for bug in json.loads(path.read_text())
    ]
    always = False
    for number, line in enumerate(page.read_text().splitlines() if page.exists() else [], 1):
        always = line == '# What holds at any moment' or always and not line.startswith('# ')
        row = ALWAYS.match(line) if always else None
        words = re.findall(r'`([^`]*)`', row[1]) if row else []
        yield from (f'{number}: no bug is planted by the words {word}' for word in words if not any(word in name for name in planted))
        text = line[:row.start(1)] if row else line
        yield from (f'{number}: there is no test {suite}' for suite in SUITE.findall(text) if suite not in cases)
        for case, cut in CUT_CASE.findall(text):
            if not any(name.startswith(case) if cut else name == case for name in every):
                yield f'{number}: there is no case {case}'


def check(source, build):
    cases = {}
    for each in pathlib.Path(source, 'test').rglob('*.*'):
        if each.suffix in ('.cpp', '.py'):
            cases.setdefault(each.stem, set()).update(CASE.findall(each.read_text()))
    findings = []
    page = pathlib.Path(source, PAGE)
    for row in filter(None, map(ROW.match, page.read_text().splitlines() if page.exists() else [])):
        # What stands in brackets, behind a semicolon or beside the names is prose, and may name profiles.
        for suite, case in NAMED.findall(row[2]):
            if suite not in cases and case:
                findings.append(f'{PAGE}: {row[1]}: there is no test {suite}')
            elif case and case not in cases[suite]:
                findings.append(f'{PAGE}: {row[1]}: {suite} has no case {case}')
        if not any(suite in cases for suite, _ in NAMED.findall(row[2])):
            findings.append(f'{PAGE}: {row[1]}: no test is named')
    return findings + [f'{RELIABILITY}:{each}' for each in missing_of_reliability(source, cases)]
