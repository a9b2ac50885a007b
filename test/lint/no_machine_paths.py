"""test: no tracked file names a folder of the machine it was written on."""
import pathlib
import re

from house import tracked

PLACES = re.compile(r'/(?:work|root|farm)/|/home/[a-z]+/')


def check(source, build):
    findings = []
    for name in tracked(source):
        text = pathlib.Path(source, name).read_bytes().decode(errors='replace')
        for number, line in enumerate(text.splitlines(), 1):
            place = PLACES.search(line)
            if place:
                findings.append(f'{name}:{number}: names {place[0]}')
    return findings
