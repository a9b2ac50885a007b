"""test: every test that docs/s3-compatibility.md names for a requirement exists, as a file and as a case of it."""
import pathlib
import re

PAGE = 'docs/s3-compatibility.md'
CASE = re.compile(r'(?:_TEST_CASE(?:_F)?\(|^def )\s*(\w+)', re.M)
NAMED = re.compile(r'`(\w+)(?:/(\w+))?(?:\[[^`\]]*\])?`')
# A requirement, what is done, and what shows it.
ROW = re.compile(r'^\| (S3-\d\d) .*\| ([^|]*) \|$')


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
    return findings
