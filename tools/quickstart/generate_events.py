#!/usr/bin/env python3
"""quickstart: prints generated events as NDJSON for `sluice stream append --format ndjson`.

usage: generate_events.py COUNT [SEED]

The same seed gives the same bytes. Among the events is everything that is easily lost on the way: no key and an
empty key, null and empty values, headers that repeat, headers with null and with empty values, bytes that are no
text, missing timestamps, times before 1970, and a few values of several MiB.
"""
import base64
import datetime
import json
import random
import sys

WORDS = 'wind water stone river sluice gate harbour lock weir mill boat rain north delta canal pump'.split()
EPOCH = datetime.datetime(1970, 1, 1)


def as_json(data):
    """Text where it is UTF-8, else base64."""
    try:
        return data.decode('utf-8')
    except UnicodeDecodeError:
        return {'base64': base64.b64encode(data).decode('ascii')}


def any_value(dice, number):
    """Mostly text, sometimes binary, null or empty; each 2,000th is several MiB large."""
    if number % 2000 == 777:
        return as_json(dice.randbytes(dice.randrange(2 << 20, 6 << 20)))
    kind = dice.random()
    if kind < 0.02:
        return None
    if kind < 0.04:
        return ''
    if kind < 0.14:
        return as_json(dice.randbytes(dice.randrange(1, 3000)))
    return ' '.join(dice.choices(WORDS, k=dice.randrange(1, 60))) + ' ≈ grüße 水'


def any_headers(dice):
    if dice.random() < 0.5:
        return []
    headers = []
    for _ in range(dice.randrange(1, 5)):
        value = dice.choice([None, '', 'text', as_json(dice.randbytes(9))])
        headers.append({'name': dice.choice(['trace', 'trace', 'source', '']), 'value': value})
    return headers


def any_timestamp(dice):
    if dice.random() < 0.1:
        return None
    micros = dice.randrange(-10**15, 2 * 10**15)
    moment = EPOCH + datetime.timedelta(microseconds=micros)
    return moment.strftime('%Y-%m-%dT%H:%M:%S.') + f'{moment.microsecond:06}Z'


def main():
    count = int(sys.argv[1])
    dice = random.Random(sys.argv[2] if len(sys.argv) > 2 else 'sluice')
    for number in range(count):
        key = dice.choice([None, '', f'key-{dice.randrange(500)}', as_json(dice.randbytes(5))])
        event = {
            'timestamp': any_timestamp(dice), 'key': key, 'headers': any_headers(dice),
            'value': any_value(dice, number),
        }
        print(json.dumps(event, ensure_ascii=False))


if __name__ == '__main__':
    main()
