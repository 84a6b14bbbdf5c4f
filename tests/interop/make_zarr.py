"""Zarr folders by zarr-python (versions 2 and 3 of the format) and by xarray as minian does, with what annulus must read: make_zarr.py FOLDER."""

import json
import os
import shutil
import sys

try:
    import numpy as np
    import zarr
    import numcodecs
    from zarr import codecs
except ImportError as error:
    print(f"SKIP: {error.name} is not installed")
    sys.exit(0)
if int(zarr.__version__.split(".")[0]) < 3:
    print(f"SKIP: zarr {zarr.__version__} is installed, and 3 is needed to write both versions of the format")
    sys.exit(0)
try:
    import xarray as xr
except ImportError:
    xr = None
    print("SKIP: xarray is not installed, so nothing is written as minian writes it")

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
T, H, W = 23, 21, 34
generator = np.random.default_rng(37)


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


def place(name):
    path = os.path.join(folder, name)
    shutil.rmtree(path, ignore_errors=True)
    return path


def expect(name, frames, options=None):
    kind, size = frames.dtype.kind, frames.dtype.itemsize
    target = {"b1": "u1", "u1": "u1", "u2": "u2", "i1": "i2", "i2": "i2"}.get(f"{kind}{size}", "f4")
    np.save(os.path.join(folder, f"{name}.expected.npy"), frames.astype(f"<{target}"))
    if options:
        with open(os.path.join(folder, f"{name}.options.json"), "w") as file:
            json.dump(options, file)
    print(f"made: {name}")


def write(name, frames, version, expected=None, options=None, chunks=(5, 8, 16), **how):
    array = zarr.create_array(place(name), shape=frames.shape, dtype=frames.dtype, chunks=chunks, zarr_format=version, **how)
    array[...] = frames
    expect(name, frames if expected is None else expected, options)


counts = movie("u2")
for dtype in ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]:
    frames = movie(dtype)
    for version in (2, 3):
        write(f"zarr{version}_{np.dtype(dtype).name}.zarr", frames, version)
        write(f"zarr{version}_{np.dtype(dtype).name}_plain.zarr", frames, version, compressors=None, chunks=(4, H, W))
for dtype in ["u2", "f4", "f8"]:
    write(f"zarr2_{np.dtype(dtype).name}_be.zarr", movie(f">{dtype}"), 2)
    frames = movie(dtype)
    write(f"zarr3_{np.dtype(dtype).name}_be.zarr", frames, 3, serializer=codecs.BytesCodec(endian="big"))

for name, codec in {
    "zlib": numcodecs.Zlib(),
    "gzip": numcodecs.GZip(),
    "zstd": numcodecs.Zstd(),
    "lz4": numcodecs.LZ4(),
    **{f"blosc_{kind}": numcodecs.Blosc(kind) for kind in ["blosclz", "lz4", "lz4hc", "zlib", "zstd"]},
    "blosc_bits": numcodecs.Blosc("zstd", shuffle=numcodecs.Blosc.BITSHUFFLE),
    "blosc_no_shuffle": numcodecs.Blosc("lz4", shuffle=numcodecs.Blosc.NOSHUFFLE),
}.items():
    write(f"zarr2_{name}.zarr", counts, 2, compressors=codec)
write("zarr2_delta.zarr", counts, 2, compressors=numcodecs.Zlib(), filters=[numcodecs.Delta("<u2")])
write("zarr2_shuffle.zarr", counts, 2, compressors=numcodecs.Zlib(), filters=[numcodecs.Shuffle(2)])
write("zarr2_fortran.zarr", counts, 2, order="F")
write("zarr2_slashes.zarr", counts, 2, chunk_key_encoding={"name": "v2", "separator": "/"})
write("zarr3_dots.zarr", counts, 3, chunk_key_encoding={"name": "default", "separator": "."})
for name, codec in {"gzip": codecs.GzipCodec(), "zstd": codecs.ZstdCodec(), "blosc": codecs.BloscCodec(cname="zstd")}.items():
    write(f"zarr3_{name}.zarr", counts, 3, compressors=codec)
write("zarr3_checksum.zarr", counts, 3, compressors=[codecs.ZstdCodec(), codecs.Crc32cCodec()])
write("zarr3_transposed.zarr", counts, 3, filters=[codecs.TransposeCodec(order=(2, 0, 1))])
write("zarr3_shards.zarr", counts, 3, shards=(10, 16, 32))
write("zarr3_shards_plain.zarr", counts, 3, shards=(10, 16, 32), compressors=None)
write("zarr3_large_chunks.zarr", counts, 3, chunks=(64, 64, 64))
write("zarr3_whole.zarr", counts, 3, chunks=(T, H, W))
for axes in ["YXT", "TXY", "XYT"]:
    moved = np.ascontiguousarray(counts.transpose(["TYX".index(axis) for axis in axes]))
    write(f"zarr2_{axes}.zarr", moved, 2, counts, {"axes": axes})
write("zarr3_five_axes.zarr", counts[:, None, None], 3, counts, chunks=(5, 1, 1, 8, 16))
names = {"T": "time", "Y": "y", "X": "x"}
moved = np.ascontiguousarray(counts.transpose(2, 0, 1))
write("zarr3_named_axes.zarr", moved, 3, counts, dimension_names=["x", "time", "y"])

for version in (2, 3):
    # Chunks that were never written are the fill value.
    for fill, dtype in [(7, "u2"), (np.nan, "f4"), (-np.inf, "f8")]:
        frames = np.full((T, H, W), fill, dtype)
        frames[5:10, 8:16] = movie(dtype)[5:10, 8:16]
        name = f"zarr{version}_fill_{np.dtype(dtype).name}.zarr"
        array = zarr.create_array(place(name), shape=frames.shape, dtype=dtype, chunks=(5, 8, 16), fill_value=fill, zarr_format=version)
        array[5:10, 8:16] = frames[5:10, 8:16]
        expect(name, frames)
    name = f"zarr{version}_group.zarr"
    group = zarr.open_group(place(name), mode="w", zarr_format=version)
    inner = group.create_group("session/recording")
    for key, frames in [("first", counts), ("second", movie("u2"))]:
        array = inner.create_array(key, shape=frames.shape, dtype=frames.dtype, chunks=(5, 8, 16))
        array[...] = frames
    inner.create_array("trace", shape=(T,), dtype="f4")[:] = 1
    expect(name, frames, {"dataset": "session/recording/second"})

if xr:
    coordinates = {"frame": np.arange(T), "height": np.arange(H), "width": np.arange(W)}
    for version in (2, 3):
        for key in ["varr", "Y_fm_chk"]:
            name = f"minian{version}_{key}.zarr"
            frames = movie("u1")
            data = xr.DataArray(frames, dims=["frame", "height", "width"], coords=coordinates, name=key).chunk(
                {"frame": 6, "height": 11, "width": 34}
            )
            data.assign_coords(session="s1", animal="m7").to_dataset().to_zarr(place(name), zarr_format=version)
            expect(name, frames)
        name = f"minian{version}_dataset.zarr"
        frames = movie("f4")
        xr.Dataset(
            {
                "org": (("height", "width", "frame"), frames.transpose(1, 2, 0)),
                "A": (("unit_id", "height", "width"), np.ones((3, H, W), "f4")),
                "C": (("unit_id", "frame"), np.ones((3, T), "f4")),
            },
            coords={**coordinates, "unit_id": [1, 4, 9]},
        ).to_zarr(place(name), zarr_format=version)
        expect(name, frames)
