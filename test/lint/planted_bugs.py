"""test: every planted bug still says what it changes: its old text stands once or more in its file."""
import json
import pathlib


def check(source, build):
    findings = []
    for listed in sorted(pathlib.Path(source, 'test', 'mutations').glob('planted*.json')):
        for bug in json.loads(listed.read_text()):
            file = pathlib.Path(source, bug['file'])
            if not file.exists():
                findings.append(f'{listed.name}: {bug["name"]}: there is no {bug["file"]}')
            elif bug['old'] not in file.read_text():
                findings.append(f'{listed.name}: {bug["name"]}: {bug["file"]} does not hold the text to be changed')
    return findings
