"""Movies in HDF5 files by h5py and hdf5storage, with what annulus must read: make_hdf5.py FOLDER."""

import json
import os
import sys

try:
    import h5py
    import numpy as np
except ImportError as error:
    print(f"SKIP: {error.name} is not installed")
    sys.exit(0)

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
T, H, W = 53, 21, 34
generator = np.random.default_rng(5)


def movie(dtype, frames=T):
    """Numbers over the whole range of a type, so that a wrong sign or byte order shows."""
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return (generator.normal(size=(frames, H, W)) * 1000).astype(dtype)
    info = np.iinfo(dtype)
    # Beyond 2**53 two programs may round to float32 in different ways.
    low, high = max(info.min, -(2**53)), min(info.max, 2**53)
    return generator.integers(low, high, (frames, H, W), dtype=dtype.newbyteorder("="), endpoint=True).astype(dtype)


def expect(name, frames, **options):
    """What annulus must read of a file: its own sample type where it has one, else float32 (int16 for int8)."""
    kind, size = frames.dtype.kind, frames.dtype.itemsize
    target = {"u1": "u1", "u2": "u2", "i1": "i2", "i2": "i2"}.get(f"{kind}{size}", "f4")
    np.save(os.path.join(folder, f"{name}.expected.npy"), frames.astype(f"<{target}"))
    if options:
        with open(os.path.join(folder, f"{name}.options.json"), "w") as file:
            json.dump(options, file)
    print(f"made: {name}")


def write(name, frames, expected=None, libver="earliest", options=None, attributes=None, **how):
    with h5py.File(os.path.join(folder, name), "w", libver=libver) as file:
        dataset = file.create_dataset("mov", data=frames, **how)
        for key, value in (attributes or {}).items():
            dataset.attrs[key] = value
    expect(name, frames if expected is None else expected, **(options or {}))


for dtype in ["u1", "<u2", ">u2", "i1", "<i2", ">i2", "<i4", ">u4", "<i8", "<u8", "<f2", "<f4", ">f4", ">f8"]:
    write(f"h5_{dtype.replace('<', 'le_').replace('>', 'be_')}.h5", movie(dtype))

counts = movie("u2")
for libver in ["earliest", "latest"]:
    write(f"h5_contiguous_{libver}.h5", counts, libver=libver)
    write(f"h5_frames_{libver}.h5", counts, libver=libver, chunks=(1, H, W), maxshape=(None, H, W))
    write(f"h5_gzip_{libver}.h5", counts, libver=libver, chunks=(5, 8, 11), compression="gzip", shuffle=True)
    write(f"h5_checked_{libver}.h5", counts, libver=libver, chunks=(7, H, W), compression="gzip", fletcher32=True)
write("h5_scaled.h5", counts, chunks=(5, 8, 11), scaleoffset=0)
write("h5_traces.h5", movie("u2", 1500), chunks=(1000, 16, 16))
write("h5_last_contiguous.h5", counts.transpose(1, 2, 0), counts, options={"axes": "YXT"})
write("h5_last_chunks.h5", counts.transpose(1, 2, 0), counts, chunks=(H, W, 1))
write("h5_last_gzip.h5", counts.transpose(1, 2, 0), counts, options={"axes": "YXT"}, chunks=(8, 8, 20), compression="gzip")
write("h5_xyt.h5", counts.transpose(2, 1, 0), counts, options={"axes": "XYT"}, chunks=(8, 8, 20))
write("h5_txy.h5", counts.transpose(0, 2, 1), counts, options={"axes": "TXY"}, chunks=(5, 8, 8))
write("h5_axes.h5", counts.transpose(1, 2, 0), counts, attributes={"axes": "yxt"})
write("h5_single.h5", counts[..., None], counts)
write("h5_single_channel.h5", counts[:, None], counts, chunks=(3, 1, 10, 10))

name = "h5_labels.h5"
with h5py.File(os.path.join(folder, name), "w") as file:
    dataset = file.create_dataset("recording/frames", data=counts.transpose(2, 0, 1))
    for axis, label in enumerate(["x", "time", "y"]):
        dataset.dims[axis].label = label
expect(name, counts)

name = "h5_user_block.h5"
with h5py.File(os.path.join(folder, name), "w", userblock_size=1024) as file:
    file["mov"] = counts
expect(name, counts)

name = "h5_virtual.h5"
for part in range(2):
    with h5py.File(os.path.join(folder, f"h5_part{part}.h5"), "w") as file:
        file["data"] = counts[part * 26 : part * 26 + 26 + part]
layout = h5py.VirtualLayout(shape=counts.shape, dtype=counts.dtype)
for part in range(2):
    source = h5py.VirtualSource(f"h5_part{part}.h5", "data", shape=(26 + part, H, W))
    layout[part * 26 : part * 26 + 26 + part] = source
with h5py.File(os.path.join(folder, name), "w", libver="latest") as file:
    file.create_virtual_dataset("mov", layout)
expect(name, counts)

name = "h5_link.h5"
with h5py.File(os.path.join(folder, name), "w") as file:
    file["mov"] = h5py.ExternalLink("h5_part_target.h5", "/deep/data")
with h5py.File(os.path.join(folder, "h5_part_target.h5"), "w") as file:
    file["deep/data"] = counts
expect(name, counts)

name = "h5_named.h5"
with h5py.File(os.path.join(folder, name), "w") as file:
    file["a/first"] = counts[::-1]
    file["a/second"] = counts
expect(name, counts, dataset="a/second")

try:
    import hdf5storage
except ImportError:
    print("SKIP: hdf5storage is not installed")
    sys.exit(0)

# In MATLAB: rows × columns × frames.
matlab = {
    "mat_counts.mat": {"Y": counts.transpose(1, 2, 0), "Ysiz": np.array([[H], [W], [T]], dtype="f8"), "Fs": 12.5},
    "mat_double.mat": {"movie": movie("f8").transpose(1, 2, 0)},
    "mat_flat.mat": {
        "Y": counts.transpose(2, 1, 0).reshape(H * W, T, order="C"),
        "Ysiz": np.array([[H], [W], [T]], dtype="f8"),
    },
}
for name, variables in matlab.items():
    path = os.path.join(folder, name)
    if os.path.exists(path):
        os.remove(path)
    hdf5storage.savemat(path, variables, format="7.3", store_python_metadata=False, matlab_compatible=True)
    frames = variables["movie"].transpose(2, 0, 1) if "movie" in variables else counts
    expect(name, frames)
