"""test: Avro objects as readers see them that are not ours: fastavro where Python has it, else Apache's avro package.

Debian has the second one (python3-avro), which only the system's own Python sees.
"""
import base64
import datetime
import io

from harness import skip

try:
    import fastavro
except ImportError:
    fastavro = None
try:
    import avro.datafile
    import avro.errors
    import avro.io
    import avro.schema
except ImportError:
    avro = None

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def missing():
    """Why no other reader can be asked; empty when one can."""
    return '' if fastavro or avro else 'Python has neither fastavro nor an avro package (python3-avro)'


def records(data, codec='none'):
    """The records of an object, as dictionaries. Skipped by name where no reader knows the codec."""
    if why := missing():
        skip(why)
    if fastavro:
        try:
            return list(fastavro.reader(io.BytesIO(data)))
        except ValueError as why:
            if not avro:
                skip(f'fastavro does not read {codec}: {why}')
    try:
        return list(avro.datafile.DataFileReader(io.BytesIO(data), avro.io.DatumReader()))
    except avro.errors.UnsupportedCodec:
        skip(f'Python\'s avro package does not read {codec} (python3-zstandard)')


def as_json(data):
    """Bytes as the events' JSON carries them."""
    if data is None:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {'base64': base64.b64encode(data).decode()}


def timestamp_as_json(time):
    """Microseconds, or what readers make of them."""
    if time is None:
        return None
    if isinstance(time, datetime.datetime):
        time = (time if time.tzinfo else time.replace(tzinfo=datetime.timezone.utc)) - EPOCH
        time = time // datetime.timedelta(microseconds=1)
    try:
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=time)
    except OverflowError:
        return time
    return moment.isoformat(timespec='microseconds') + 'Z'


def event_as_json(event):
    fragment = event['fragment']
    if fragment is not None and fragment['last'] is not None:
        last = fragment['last']
        crc = base64.b64encode(last['crc64nvme']).decode()
        fragment = {**fragment, 'last': {'length': last['length'], 'crc64nvme': crc}}
    return {
        'sequence': event['sequence'],
        'timestamp': timestamp_as_json(event['timestamp']),
        'key': as_json(event['key']),
        'headers': [{'name': each['name'], 'value': as_json(each['value'])} for each in event['headers']],
        'value': as_json(event['value']),
        'fragment': fragment,
    }
