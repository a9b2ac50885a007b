"""test: documents of an export as a stranger makes them: their checksum, and a document closed by it."""
import base64
import json

TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x9A6C9329AC4BC9B5 if byte & 1 else 0)
    TABLE.append(byte)
SEAL_SIZE = 29


def crc64(data):
    """CRC-64/NVME, as text in documents."""
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return base64.b64encode((crc ^ 0xFFFFFFFFFFFFFFFF).to_bytes(8, 'big')).decode()


def seal(body):
    """The document of these bytes, closed by their checksum."""
    return body + f',"crc64nvme":"{crc64(body)}"}}\n'.encode()


def resealed(document):
    """The document with its checksum made right again."""
    return seal(document[:-SEAL_SIZE])


def forged(document, data):
    """The commit, as if it had been made for this one object in one piece."""
    told = json.loads(document)
    del told['crc64nvme']
    [one] = told['objects']
    one['bytes'], one['crc64nvme'] = len(data), crc64(data)
    one['pieces'] = one['pieces'][:1]
    one['pieces'][0]['crc64nvme'] = one['crc64nvme']
    return seal(json.dumps(told, separators=(',', ':'), ensure_ascii=False).encode()[:-1])
