"""Movies in .npy files by NumPy, of every type, byte order and order of axes, with what annulus must read: make_numpy.py FOLDER."""

import json
import os
import sys

try:
    import numpy as np
    from numpy.lib import format as npy_format
except ImportError as error:
    print(f"SKIP: {error.name} is not installed")
    sys.exit(0)

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
T, H, W = 23, 21, 34
generator = np.random.default_rng(17)


def movie(dtype):
    """Numbers over the whole range of a type, so that a wrong sign or byte order shows."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return generator.integers(0, 2, (T, H, W)).astype(dtype)
    if dtype.kind == "f":
        return (generator.normal(size=(T, H, W)) * 1000).astype(dtype)
    info = np.iinfo(dtype)
    # Beyond 2**53 two programs may round to float32 in different ways.
    low, high = max(info.min, -(2**53)), min(info.max, 2**53)
    return generator.integers(low, high, (T, H, W), dtype=dtype.newbyteorder("="), endpoint=True).astype(dtype)


def write(name, array, frames, options=None, version=None):
    with open(os.path.join(folder, name), "wb") as file:
        npy_format.write_array(file, array, version=version)
    kind, size = frames.dtype.kind, frames.dtype.itemsize
    target = {"b1": "u1", "u1": "u1", "u2": "u2", "i1": "i2", "i2": "i2"}.get(f"{kind}{size}", "f4")
    np.save(os.path.join(folder, f"{name}.expected.npy"), frames.astype(f"<{target}"))
    if options:
        with open(os.path.join(folder, f"{name}.options.json"), "w") as file:
            json.dump(options, file)
    print(f"made: {name}")


for dtype in ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]:
    for byteorder in "<>":
        frames = movie(np.dtype(dtype).newbyteorder(byteorder))
        name = f"numpy_{np.dtype(dtype).name}_{'le' if byteorder == '<' else 'be'}"
        write(f"{name}.npy", frames, frames)
        write(f"{name}_fortran.npy", np.asfortranarray(frames), frames)

counts = movie("u2")
for version in [(1, 0), (2, 0), (3, 0)]:
    write(f"numpy_version_{version[0]}.npy", counts, counts, version=version)
for axes in ["TYX", "YXT", "TXY", "XYT"]:
    moved = counts.transpose(["TYX".index(axis) for axis in axes])
    write(f"numpy_{axes}.npy", np.ascontiguousarray(moved), counts, {"axes": axes})
    write(f"numpy_{axes}_fortran.npy", np.asfortranarray(moved), counts, {"axes": axes})
write("numpy_picture.npy", counts[0], counts[:1])
write("numpy_channel_axis.npy", counts[..., None], counts)
