"""Damage to files: of their bytes, of the values in JSON, of arrays and of texts."""

import copy
import io
import json
import random
import zipfile

import numpy as np
from scipy.io import loadmat, savemat

NASTY = (
    *(None, True, -1, 0, 2**63, 10**400, -1e308, 1e-320, float('nan'), float('inf')),
    *('', 'a', 'NaN', '../../etc/passwd', 'http://127.0.0.1:1/', '9' * 400, '\0'),
    *([], {}, [[]], [None], [[1, 2], [3]], {'type': 'os.system'}, [1e300] * 51),
)
DTYPES = ('?', 'i1', 'u8', 'f2', 'f8', 'c16', 'M8[s]', 'S3', 'U3', 'V4')


def damage_bytes(data, draw):
    """Flip, cut, repeat, insert or blank a part of a file."""
    data = bytearray(data)
    start = draw.randrange(len(data) + 1)
    end = min(len(data), start + draw.choice((1, 1, 4, 64, 4096)))
    kind = draw.randrange(6)
    if kind == 0:
        del data[start:]
    elif kind == 1:
        del data[start:end]
    elif kind == 2:
        data[start:end] = bytes(end - start)
    elif kind == 3:
        data[end:end] = data[start:end]
    elif kind == 4:
        data[start:start] = draw.randbytes(draw.choice((1, 8, 100)))
    else:
        for place in range(start, end):
            data[place] ^= 1 << draw.randrange(8)
    return bytes(data)


def damage_json(data, draw):
    """Put something nasty in the place of a value, or remove or repeat one."""
    lines = data.decode().splitlines()
    line = draw.randrange(len(lines))
    try:
        content = [json.loads(lines[line])]
    except ValueError:
        line, lines, content = 0, [''], [json.loads(data)]
    content = copy.deepcopy(content)
    owner, key = content, 0
    while True:
        value = owner[key]
        if not isinstance(value, dict | list) or not value or draw.random() < 0.15:
            break
        owner = value
        key = draw.choice(list(value) if isinstance(value, dict) else range(len(value)))
    kind = draw.randrange(4)
    if kind == 0 and owner is not content:
        del owner[key]
    elif kind == 1:
        owner[key] = [owner[key]] * draw.choice((2, 5))
    elif kind == 2 and draw.random() < 0.3:
        owner[key] = '@'  # nested deeper than Python recurses
    else:
        owner[key] = draw.choice(NASTY)
    lines[line] = json.dumps(content[0])
    deep = '[' * 5000 + ']' * 5000
    return '\n'.join(lines).replace('"@"', deep).encode(errors='replace')


def damage_array(array, draw):
    """Change the type, the shape or values of an array."""
    kind = draw.randrange(6)
    array = np.array(array)
    with np.errstate(all='ignore'):
        if kind == 0:
            return np.zeros(array.shape, draw.choice(DTYPES))
        if kind == 1:
            shape = [
                draw.choice((0, 1, 2, 3, 17, 18)) for _ in range(draw.randrange(5))
            ]
            return np.ones(shape)
        if kind == 2 and array.dtype.kind in 'fiu':
            value = draw.choice((0, -1, 1e-40, 1e6, 1e300, np.nan, np.inf, -np.inf))
            array = array.astype(float)
            array[... if draw.random() < 0.5 or not array.ndim else 0] = value
            return array
        if kind == 3 and array.ndim:
            return array.swapaxes(0, -1)
        if kind == 4 and array.ndim:
            return array[draw.choice((slice(0), slice(1), slice(None, -1)))]
        return np.array(draw.choice(NASTY[:12]), dtype=object)


def damage_npz(data, draw):
    """Damage one array of an archive, leave it out, or put another beside it."""
    with np.load(io.BytesIO(data)) as archive:
        arrays = dict(archive)
    name = draw.choice(list(arrays))
    if draw.random() < 0.15:
        del arrays[name]
    else:
        arrays[name] = damage_array(arrays[name], draw)
    file = io.BytesIO()
    np.savez(file, **arrays)
    if draw.random() < 0.2:  # the archive itself is whole, but not its member
        return damage_member(file.getvalue(), draw)
    return file.getvalue()


def damage_mat(data, draw):
    """Damage one field of a MATLAB file; SciPy itself crashes on damaged bytes."""
    fields = {k: v for k, v in loadmat(io.BytesIO(data)).items() if k[0] != '_'}
    name = draw.choice(list(fields))
    if draw.random() < 0.15:
        del fields[name]
    else:
        value = damage_array(fields[name], draw)
        fields[name] = value if value.dtype.kind in 'biufc' else 'text'
    file = io.BytesIO()
    savemat(file, fields)
    return file.getvalue()


def damage_npy(data, draw):
    """Damage the array of an npy file."""
    file = io.BytesIO()
    np.save(file, damage_array(np.load(io.BytesIO(data)), draw))
    return file.getvalue()


def damage_member(data, draw):
    """Damage the bytes of one file of an archive, with the right checksum."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = draw.choice(list(files))
    content = files[name]
    header = damage_bytes(content[:128], draw)
    files[name] = header + content[128:]
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def damage_text(data, draw):
    """Replace, remove or repeat a word of a text."""
    text = data.decode()
    places = [i for i, letter in enumerate(text) if letter in ' ,\n\t'] or [0]
    start = draw.randrange(len(places))
    end = min(start + draw.choice((1, 1, 3, 40)), len(places) - 1)
    word = text[places[start] : places[end]]
    kind = draw.randrange(3)
    new = draw.choice([str(value) for value in NASTY[:15]]) if kind == 0 else ''
    if kind == 1:
        new = word * draw.choice((2, 20))
    return (text[: places[start] + 1] + new + text[places[end] :]).encode()


DAMAGES = {
    '.npz': (damage_npz, damage_npz, damage_member),
    '.npy': (damage_npy,),
    '.json': (damage_json, damage_json, damage_json),
    '.csv': (damage_text, damage_text),
    '.txt': (damage_text, damage_text),
    '.trc': (damage_text, damage_text),
    '.asf': (damage_text, damage_text),
    '.amc': (damage_text, damage_text),
    '.pth': (damage_member,),
}


def mutations(data, suffix, count, seed):
    """Yield a file's content with one to three damages, ``count`` times."""
    for number in range(count):
        draw = random.Random(f'{seed} {number}')
        damaged = data
        for _ in range(draw.choice((1, 1, 2, 3))):
            kinds = (damage_bytes, *DAMAGES.get(suffix, ()))
            damage = damage_mat if suffix == '.mat' else draw.choice(kinds)
            try:
                damaged = damage(damaged, draw)
            except Exception:  # noqa: BLE001  # it is too damaged for this one
                if suffix != '.mat':
                    damaged = damage_bytes(damaged, draw)
        yield damaged
