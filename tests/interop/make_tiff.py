"""Movies in TIFF files by tifffile, with what annulus must read: make_tiff.py FOLDER."""

import json
import os
import sys

try:
    import numpy as np
    import tifffile
except ImportError as error:
    print(f"SKIP: {error.name} is not installed")
    sys.exit(0)
try:
    import imagecodecs  # noqa: F401

    CODECS = True
except ImportError:
    CODECS = False
    print("SKIP: imagecodecs is not installed, so there are no LZW, zstd and PackBits files")

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
T, C, H, W = 23, 3, 21, 34
generator = np.random.default_rng(7)


def movie(dtype, *shape):
    """Numbers over the whole range of a type, so that a wrong sign or byte order shows."""
    dtype = np.dtype(dtype)
    shape = shape or (T, H, W)
    if dtype.kind == "f":
        return (generator.normal(size=shape) * 1000).astype(dtype)
    info = np.iinfo(dtype)
    # Beyond 2**53 two programs may round to float32 in different ways.
    low, high = max(info.min, -(2**53)), min(info.max, 2**53)
    return generator.integers(low, high, shape, dtype=dtype.newbyteorder("="), endpoint=True).astype(dtype)


def expect(name, frames, **options):
    """What annulus must read of a file: its own sample type where it has one, else float32 (int16 for int8)."""
    kind, size = frames.dtype.kind, frames.dtype.itemsize
    target = {"u1": "u1", "u2": "u2", "i1": "i2", "i2": "i2"}.get(f"{kind}{size}", "f4")
    np.save(os.path.join(folder, f"{name}.expected.npy"), frames.astype(f"<{target}"))
    if options:
        with open(os.path.join(folder, f"{name}.options.json"), "w") as file:
            json.dump(options, file)
    print(f"made: {name}")


def write(name, data, expected=None, options=None, bigtiff=False, byteorder=None, imagej=False, ome=None, **how):
    path = os.path.join(folder, name)
    with tifffile.TiffWriter(path, bigtiff=bigtiff, byteorder=byteorder, imagej=imagej, ome=ome) as file:
        file.write(data, **{"photometric": "minisblack", **how})
    if expected is not False:
        expect(name, data if expected is None else expected, **(options or {}))


for dtype in ["u1", "u2", "i1", "i2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"]:
    for byteorder in "<>":
        order = "le" if byteorder == "<" else "be"
        write(f"tiff_{dtype}_{order}.tif", movie(dtype), byteorder=byteorder, bigtiff=byteorder == ">")
    write(f"tiff_zlib_{dtype}.tif", movie(dtype), compression="zlib", byteorder=">")

counts = movie("u2")
write("tiff_strips.tif", counts, rowsperstrip=4)
write("tiff_tiles.tif", counts, tile=(16, 32))
write("tiff_pages_apart.tif", counts, contiguous=False, metadata=None)
write("tiff_one_directory.tif", counts, metadata={"axes": "TYX"})
write("tiff_zlib_tiles.tif", counts, compression="zlib", tile=(16, 16))
if CODECS:
    for kind in ["lzw", "zstd", "packbits"]:
        write(f"tiff_{kind}.tif", counts, compression=kind, rowsperstrip=5)
        if kind == "packbits":
            continue
        for dtype, predictor in [("u1", 2), ("u2", 2), ("u4", 2), ("u8", 2), ("f2", 3), ("f4", 3), ("f8", 3)]:
            for byteorder in "<>":
                order = "le" if byteorder == "<" else "be"
                name = f"tiff_{kind}_predictor_{dtype}_{order}.tif"
                write(name, movie(dtype), compression=kind, predictor=predictor, byteorder=byteorder, tile=(16, 16))

# The axes of tifffile's own description, and hyperstacks of ImageJ, of which one channel is a movie.
several = movie("u2", T, C, H, W)
for channel in range(C):
    chosen = {"expected": several[:, channel], "options": {"channel": channel + 1}}
    write(f"tiff_axes_tcyx_{channel}.tif", several, metadata={"axes": "TCYX"}, **chosen)
    write(f"tiff_imagej_{channel}.tif", several, imagej=True, metadata={"axes": "TCYX"}, **chosen)
    write(f"tiff_ome_{channel}.ome.tif", several, ome=True, metadata={"axes": "TCYX"}, **chosen)
    swapped = several.transpose(1, 0, 2, 3)
    write(f"tiff_ome_ctyx_{channel}.ome.tif", swapped, ome=True, metadata={"axes": "CTYX"}, **chosen)
    write(f"tiff_ome_tiled_{channel}.ome.tif", several, ome=True, bigtiff=True, byteorder=">", tile=(16, 16),
          compression="zlib", metadata={"axes": "TCYX"}, **chosen)
    # Channels within each page, apart or pixel by pixel.
    write(f"tiff_planar_{channel}.tif", several, metadata=None, planarconfig="separate", **chosen)
    pixels = several.transpose(0, 2, 3, 1)
    for name, how in {"plain": {}, "zlib": {"compression": "zlib", "tile": (16, 16)}, "strips": {"rowsperstrip": 4}}.items():
        write(f"tiff_colour_{name}_{channel}.tif", pixels, photometric="rgb", planarconfig="contig", **how, **chosen)
    if CODECS:
        for dtype, predictor in [("u2", 2), ("f4", 3)]:
            values = movie(dtype, T, H, W, C)
            write(f"tiff_colour_predictor_{dtype}_{channel}.tif", values, values[..., channel], {"channel": channel + 1},
                  photometric="rgb", compression="zlib", predictor=predictor)
write("tiff_imagej_slices.tif", counts, imagej=True, metadata={"axes": "ZYX"})
write("tiff_imagej_truncated.tif", counts, imagej=True, metadata={"axes": "TYX", "finterval": 0.1, "unit": "um"},
      resolution=(1 / 0.65, 1 / 0.65))
write("tiff_ome_depth.ome.tif", counts, ome=True, metadata={"axes": "ZYX"})
write("tiff_ome_facts.ome.tif", counts, ome=True, metadata={
    "axes": "TYX", "PhysicalSizeX": 0.65, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 650.0, "PhysicalSizeYUnit": "nm",
    "TimeIncrement": 50.0, "TimeIncrementUnit": "ms", "Plane": {"DeltaT": [0.05 * i for i in range(T)]},
})

# Two images in one file, and reduced versions of images in SubIFDs and as pages of their own.
name = "tiff_ome_two_images.ome.tif"
with tifffile.TiffWriter(os.path.join(folder, name), ome=True) as file:
    file.write(counts, photometric="minisblack", metadata={"axes": "TYX"})
    file.write(movie("u1", 4, 9, 9), photometric="minisblack", metadata={"axes": "TYX"})
expect(name, counts)
name = "tiff_pyramid.ome.tif"
with tifffile.TiffWriter(os.path.join(folder, name), ome=True) as file:
    file.write(counts, subifds=1, photometric="minisblack", tile=(16, 16), metadata={"axes": "TYX"})
    file.write(counts[:, ::2, ::2], subfiletype=1, photometric="minisblack", tile=(16, 16))
expect(name, counts)
name = "tiff_reduced_pages.tif"
with tifffile.TiffWriter(os.path.join(folder, name)) as file:
    for frame in counts:
        file.write(frame, photometric="minisblack", metadata=None, contiguous=False)
        file.write(frame[::2, ::2], photometric="minisblack", subfiletype=1, metadata=None, contiguous=False)
expect(name, counts)

# A set of several files, opened from its second, and one whose description is a file of its own.
halves, marks = [counts[:10], counts[10:]], ["urn:uuid:" + digit * 8 + "-0000-4000-8000-000000000000" for digit in "ab"]


def set_xml(prefix, uuid):
    data = "".join(
        f'<TiffData IFD="0" FirstT="{first}" PlaneCount="{len(part)}"><UUID FileName="{prefix}_{i}.ome.tif">{mark}</UUID></TiffData>'
        for i, (first, part, mark) in enumerate(zip([0, 10], halves, marks))
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="{uuid}">'
        f'<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="{W}" SizeY="{H}" SizeC="1" '
        f'SizeZ="1" SizeT="{T}">{data}</Pixels></Image></OME>'
    )


for i, (part, mark) in enumerate(zip(halves, marks)):
    path = os.path.join(folder, f"tiff_set_{i}.ome.tif")
    tifffile.imwrite(path, part, photometric="minisblack", metadata=None, description=set_xml("tiff_set", mark).encode())
    expect(f"tiff_set_{i}.ome.tif", counts)
    refers = f'<OME UUID="{mark}"><BinaryOnly MetadataFile="tiff_referred.companion.ome" UUID="urn:uuid:c"/></OME>'
    path = os.path.join(folder, f"tiff_referred_{i}.ome.tif")
    tifffile.imwrite(path, part, photometric="minisblack", metadata=None, description=refers)
    expect(f"tiff_referred_{i}.ome.tif", counts)
with open(os.path.join(folder, "tiff_referred.companion.ome"), "w") as file:
    file.write(set_xml("tiff_referred", "urn:uuid:c"))
# An independent reader agrees about the set.
if not np.array_equal(tifffile.imread(os.path.join(folder, "tiff_set_1.ome.tif")), counts):
    raise SystemExit("tifffile reads the set otherwise")

# ScanImage: channels alternate, settings in the software tag, times in every page's description.
settings = "SI.VERSION_MAJOR = '2019bR1'\nSI.hChannels.channelSave = [1;2;3]\nSI.hFastZ.enable = false\n" \
    "SI.hRoiManager.scanFrameRate = 30.05\nSI.hStackManager.numSlices = 1\nSI.hStackManager.framesPerSlice = 23"
recorded = movie("i2", T, C, H, W)
for channel in range(C):
    name = f"tiff_scanimage_{channel}.tif"
    with tifffile.TiffWriter(os.path.join(folder, name), bigtiff=True) as file:
        for t in range(T):
            for c in range(C):
                said = f"frameNumbers = {t + 1}\nframeTimestamps_sec = {t / 30.05:.9f}\nepoch = [2019  8 17 16 34 38.214]\n"
                file.write(recorded[t, c], photometric="minisblack", metadata=None, contiguous=False, software=settings,
                           description=said)
    expect(name, recorded[:, channel], channel=channel + 1)
name = "tiff_one_frame_per_file"
os.makedirs(os.path.join(folder, name), exist_ok=True)
for t in range(T):
    tifffile.imwrite(os.path.join(folder, name, f"frame_{t + 1}.tif"), counts[t], photometric="minisblack")
expect(name, counts)
